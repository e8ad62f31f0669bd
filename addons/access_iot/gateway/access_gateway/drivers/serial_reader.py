"""Readers of cards and barcodes, and keypads, that send text over a serial line."""

import termios

import serial

from . import BAUDRATE, SERIAL_ADDRESS, DeviceError, Setting, require_port
from ._text_reader import KIND, Framer, LineFramer, StxEtxFramer, TextReader

_FRAMERS = {"crlf": LineFramer, "stx_etx": StxEtxFramer}


class SerialReader(TextReader):
    title = "Serial card or barcode reader"
    address_help = SERIAL_ADDRESS
    settings = (
        KIND,
        Setting(
            "framing",
            "Framing",
            "crlf",
            (("crlf", "Line end (CR, LF)"), ("stx_etx", "STX … ETX")),
            help="How the reader marks where a number ends.",
        ),
        BAUDRATE,
    )

    _port: serial.Serial | None = None

    def open(self) -> int:
        require_port(self.device.address)
        try:
            self._port = serial.Serial(
                self.device.address,
                self.setting("baudrate"),
                timeout=0,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:
            raise DeviceError(str(error)) from error
        return self._port.fileno()

    def read(self) -> bytes:
        try:
            return self._port.read(512)
        except termios.error as error:
            raise OSError from error

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def framer(self) -> Framer:
        return _FRAMERS[self.setting("framing")]()
