"""Readers that send what they read as text, and how it is cut into frames."""

import asyncio
from collections.abc import Callable

from ..rules import Device
from . import DeviceError, Driver, Role, Setting, Told

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


KIND = Setting(
    "kind",
    "Reads",
    "card",
    (
        ("card", "Cards and wristbands"),
        ("barcode", "Barcodes and QR codes"),
        ("pin", "PINs (a keypad)"),
    ),
)


class TextReader(Driver):
    """A reader at a file descriptor: a driver opens, reads and closes it."""

    roles = frozenset({Role.READER, Role.KEYPAD})

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._kind = self.setting("kind")
        self._silence = TYPING_S if self._kind == "pin" else SILENCE_S
        self._fd: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> int:
        """Give the file descriptor of the line; raise ``DeviceError``."""
        raise NotImplementedError

    def read(self) -> bytes:
        """Give the text that has come, few bytes so that a flood leaves others a turn.

        Raise ``OSError`` when the line is lost.
        """
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def framer(self) -> Framer:
        return LineFramer()

    async def connect(self) -> None:
        self._fd = self.open()
        self._framer = self.framer()
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        loop.add_reader(self._fd, self._receive)

    async def serve(self) -> None:
        raise await self._lost

    async def disconnect(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._fd = None
        self.close()

    def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            text = self.read()
        except BlockingIOError:
            return
        except OSError:
            loop.remove_reader(self._fd)
            self._lost.set_result(DeviceError(f"unplugged: {self.device.address}"))
            return
        self._give(self._framer.feed(text))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(
            self._silence, lambda: self._give(self._framer.silence())
        )

    def _give(self, frames: list[str | None]) -> None:
        for value in frames:
            self.give(self._kind, value)
