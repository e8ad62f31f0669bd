"""A reader that types what it reads: real input events, on a named pipe."""

import os
import struct
import time
from pathlib import Path

_EVENT = struct.Struct("llHHi")
_SYN, _KEY, _MSC = 0, 1, 4
_SHIFT, _ENTER = 42, 28
_CODES = {
    letter: code
    for first, row in {
        2: "1234567890-=",
        16: "qwertyuiop[]",
        30: "asdfghjkl;'`",
        43: "\\zxcvbnm,./",
        57: " ",
    }.items()
    for code, letter in enumerate(row, first)
}
_SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))


class SimulatedKeyboard:
    """Is at ``path`` within ``with``, but for while it is unplugged."""

    def __init__(self, path: Path):
        self.path = path
        self._fd: int | None = None

    def __enter__(self) -> "SimulatedKeyboard":
        self.plug()
        return self

    def __exit__(self, *_error: object) -> None:
        self.unplug()

    def plug(self) -> None:
        if self._fd is None:
            os.mkfifo(self.path)
            # Both ways, so that it stays open while nobody else has it open.
            self._fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        if self._fd is not None:
            self.path.unlink()
            os.close(self._fd)
            self._fd = None

    def hold(self, card: str) -> float:
        """Type a number and Enter; give when, by ``time.monotonic()``."""
        at = time.monotonic()
        self.type(card)
        self.press(_ENTER)
        return at

    def type(self, text: str) -> None:
        for letter in text:
            plain = _SHIFTED.get(letter, letter.lower())
            self.press(_CODES[plain], shift=plain != letter)

    def press(self, code: int, shift: bool = False, repeats: int = 0) -> None:
        """Press a key and let go of it, held down for some repetitions."""
        if shift:
            self.event(_KEY, _SHIFT, 1)
        for value in (1, *[2] * repeats, 0):
            self.event(_MSC, 4, 0x70000 + code)
            self.event(_KEY, code, value)
            self.event(_SYN, 0, 0)
        if shift:
            self.event(_KEY, _SHIFT, 0)

    def event(self, kind: int, code: int, value: int) -> None:
        now = time.time()
        seconds, micros = int(now), int(now % 1 * 1e6)
        self.write(_EVENT.pack(seconds, micros, kind, code, value))

    def write(self, data: bytes) -> None:
        os.write(self._fd, data)
