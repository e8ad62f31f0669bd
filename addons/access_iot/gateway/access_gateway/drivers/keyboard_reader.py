"""Readers that type what they read, as a keyboard does (Linux input events).

Tried against our simulator only, on a named pipe instead of a real input device.
"""

import errno
import fcntl
import os
import struct

from . import DeviceError
from ._text_reader import KIND, TextReader

# A struct input_event as this machine has it: 24 bytes, or 16 where time has 32 bits.
EVENT = struct.Struct("llHHi")
SYN, KEY = 0, 1
SYN_DROPPED = 3
PRESSED, RELEASED = 1, 0

EVIOCGRAB = 0x40044590
_NAME_LENGTH = 128
_EVIOCGNAME = 0x80004506 | _NAME_LENGTH << 16
# What is no input device answers so, such as a pipe.
_NO_INPUT_DEVICE = (errno.ENOTTY, errno.EINVAL, errno.ENOSYS)

# Keys of the US layout by their codes, in rows as on the keyboard: plain and shifted.
_ROWS = {
    2: ("1234567890-=", "!@#$%^&*()_+"),
    16: ("qwertyuiop[]", "QWERTYUIOP{}"),
    30: ("asdfghjkl;'`", 'ASDFGHJKL:"~'),
    43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
    57: (" ", " "),
}
_KEYPAD = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_KEYPAD |= {55: "*", 74: "-", 78: "+", 83: ".", 98: "/"}
KEYS: dict[int, tuple[str, str]] = {
    **{
        first + place: pair
        for first, row in _ROWS.items()
        for place, pair in enumerate(zip(*row, strict=True))
    },
    **{code: (letter, letter) for code, letter in _KEYPAD.items()},
}
SHIFTS, ENDS = (42, 54), (28, 96, 15)
# With these a key is none of a number: Ctrl and Alt on both sides, and Windows.
_OTHERS = (29, 97, 56, 100, 125, 126)
_LOCKS = (58, 69, 70)
_RUBBISH = b"\xff"


class Typing:
    """Turns events of keys into the text that was typed; a line end ends it."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._down: set[int] = set()

    def feed(self, data: bytes) -> bytes:
        """Give the text; rubbish bytes stand for what is no text."""
        self._open += data
        whole = len(self._open) - len(self._open) % EVENT.size
        events = EVENT.iter_unpack(bytes(self._open[:whole]))
        typed = b"".join([self._typed(*event[2:]) for event in events])
        del self._open[:whole]
        return typed

    def _typed(self, kind: int, code: int, value: int) -> bytes:
        if kind == SYN and code == SYN_DROPPED:
            # We were too slow, and keys are missing.
            self._down.clear()
            return _RUBBISH
        if kind != KEY:
            return b""
        if code in SHIFTS or code in _OTHERS:
            (self._down.discard if value == RELEASED else self._down.add)(code)
            return b""
        if value != PRESSED or code in _LOCKS:
            return b""
        if code in ENDS:
            return b"\r"
        if code not in KEYS or self._down.intersection(_OTHERS):
            return _RUBBISH
        return KEYS[code][bool(self._down)].encode()


class KeyboardReader(TextReader):
    """The device is ours alone, so that nothing is typed on the console as well."""

    title = "Keyboard-wedge reader (USB)"
    address_help = "The input device's name, such as input/by-id/usb-ABC-event-kbd."
    settings = (
        KIND._replace(
            help="The reader must type as on a US keyboard, and Enter at the end."
        ),
    )

    _input: int | None = None

    def open(self) -> int:
        address = self.device.address
        try:
            self._input = os.open(address, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._grab()
        except FileNotFoundError as error:
            raise DeviceError(f"unplugged: there is no {address}") from error
        except OSError as error:
            raise DeviceError(f"cannot open {address}: {error.strerror}") from error
        self._typing = Typing()
        return self._input

    def read(self) -> bytes:
        data = os.read(self._input, 64 * EVENT.size)
        if not data:
            raise OSError("the other side has closed it")
        return self._typing.feed(data)

    def close(self) -> None:
        if self._input is not None:
            os.close(self._input)
            self._input = None

    def _grab(self) -> None:
        try:
            fcntl.ioctl(self._input, EVIOCGRAB, 1)
            said = fcntl.ioctl(self._input, _EVIOCGNAME, bytes(_NAME_LENGTH))
            self.facts["model"] = said.partition(b"\0")[0].decode("utf-8", "replace")
        except OSError as error:
            if error.errno not in _NO_INPUT_DEVICE:
                raise
