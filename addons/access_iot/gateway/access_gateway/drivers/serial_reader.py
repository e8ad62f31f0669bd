"""Readers of cards and barcodes, and keypads, that send text over a serial line."""

import asyncio
import termios
from collections.abc import Callable

import serial

from ..rules import Device
from . import (
    BAUDRATE,
    SERIAL_ADDRESS,
    DeviceError,
    Driver,
    Role,
    Setting,
    Told,
    require_port,
)

# Longer than any credential; a reader that sends more sends rubbish.
MAX_FRAME = 256

# A frame takes some ten milliseconds: what is still open then never ends. A keypad may
# send each digit as it is typed.
SILENCE_S = 0.3
TYPING_S = 5.0

_STX, _ETX = 0x02, 0x03
_FILLING = b"\r\n\0"


class Framer:
    """Cuts a stream of bytes into frames, however it is split into chunks.

    Gives the text of each frame, or ``None`` for one that is unreadable: not printable
    ASCII, too long, or broken off. A run of rubbish is one unreadable frame.
    """

    def __init__(self) -> None:
        self._frame = bytearray()
        self._in_rubbish = False

    def feed(self, data: bytes) -> list[str | None]:
        return [found for byte in data for found in self._take(byte)]

    def silence(self) -> list[str | None]:
        """Give up what is open: the line has been quiet for long."""
        return self._break_off()

    def _take(self, byte: int) -> list[str | None]:
        raise NotImplementedError

    def _add(self, byte: int) -> list[str | None]:
        if len(self._frame) == MAX_FRAME:
            return self._rubbish()
        self._frame.append(byte)
        return []

    def _rubbish(self) -> list[str | None]:
        self._frame.clear()
        if self._in_rubbish:
            return []
        self._in_rubbish = True
        return [None]

    def _complete(self) -> str | None:
        text = bytes(self._frame).strip()
        self._frame.clear()
        if text and all(0x20 <= byte <= 0x7E for byte in text):
            return text.decode("ascii")
        return None

    def _break_off(self) -> list[str | None]:
        broken = [None] if self._frame else []
        self._frame.clear()
        self._in_rubbish = False
        return broken


class LineFramer(Framer):
    """Frames that CR, LF or both end."""

    def _take(self, byte: int) -> list[str | None]:
        if byte in b"\r\n":
            ended = [self._complete()] if self._frame else []
            self._in_rubbish = False
            return ended
        return [] if self._in_rubbish else self._add(byte)


class StxEtxFramer(Framer):
    """Frames between STX and ETX; line ends around and in them do not count."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = False

    def _take(self, byte: int) -> list[str | None]:
        if byte == _STX:
            broken = self._break_off()
            self._inside = True
            return broken
        if not self._inside:
            return [] if byte in _FILLING else self._rubbish()
        if byte == _ETX:
            self._inside = False
            return [self._complete()]
        return self._add(byte)

    def _rubbish(self) -> list[str | None]:
        self._inside = False
        return super()._rubbish()

    def silence(self) -> list[str | None]:
        self._inside = False
        return super().silence()


_FRAMERS = {"crlf": LineFramer, "stx_etx": StxEtxFramer}


class SerialReader(Driver):
    title = "Serial card or barcode reader"
    roles = frozenset({Role.READER, Role.KEYPAD})
    address_help = SERIAL_ADDRESS
    settings = (
        Setting(
            "kind",
            "Reads",
            "card",
            (
                ("card", "Cards and wristbands"),
                ("barcode", "Barcodes and QR codes"),
                ("pin", "PINs (a keypad)"),
            ),
        ),
        Setting(
            "framing",
            "Framing",
            "crlf",
            (("crlf", "Line end (CR, LF)"), ("stx_etx", "STX … ETX")),
            help="How the reader marks where a number ends.",
        ),
        BAUDRATE,
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._kind = self.setting("kind")
        self._silence = TYPING_S if self._kind == "pin" else SILENCE_S
        self._port: serial.Serial | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
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
        self._framer = _FRAMERS[self.setting("framing")]()
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        loop.add_reader(self._port.fileno(), self._receive)

    async def serve(self) -> None:
        raise await self._lost

    async def disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._port is not None:
            asyncio.get_running_loop().remove_reader(self._port.fileno())
            self._port.close()
            self._port = None

    def _receive(self) -> None:
        try:
            # Few enough that a flood leaves the loop to others in between.
            data = self._port.read(512)
        except (OSError, termios.error):
            asyncio.get_running_loop().remove_reader(self._port.fileno())
            self._lost.set_result(DeviceError(f"unplugged: {self.device.address}"))
            return
        self._give(self._framer.feed(data))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(
            self._silence, lambda: self._give(self._framer.silence())
        )

    def _give(self, frames: list[str | None]) -> None:
        for value in frames:
            self.give(self._kind, value)
