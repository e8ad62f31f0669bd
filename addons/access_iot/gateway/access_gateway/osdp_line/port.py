"""The serial port as libosdp has it."""

import termios
import time

import serial
from osdp import Channel

INBOX = 4096


class Port(Channel):
    """The serial port as libosdp has it: it never blocks and never raises."""

    def __init__(self, port: serial.Serial):
        super().__init__()
        self.id = 1
        self.error: Exception | None = None
        self.has_moved = False
        # By unit: how long it may take, and when it answered last.
        self.answers_within: dict[int, float] = {}
        self.seen: dict[int, float] = {}
        # The units that did not answer when asked last.
        self.silent: set[int] = set()
        self._port = port
        self._inbox = bytearray()
        self._unit = 0
        self._was_answered = False
        # By unit: the number of the command that it was sent last.
        self._numbers: dict[int, int] = {}
        self._due = 0.0

    def receive(self) -> None:
        """Take what has come; who was asked last is who answers."""
        data = self._port.read(INBOX)
        if len(self._inbox) < INBOX:
            self._inbox += data
        self.seen[self._unit] = time.monotonic()
        self.silent.discard(self._unit)
        self._was_answered = True
        self.has_moved = True

    def read(self, max_bytes: int) -> bytes:
        if time.monotonic() >= self._due:
            # A broken answer: the one thing that makes libosdp give up at once.
            self._due = float("inf")
            if not self._was_answered:
                self.silent.add(self._unit)
            self._inbox.clear()
            return bytes((0x53, 0x80 | self._unit, 8, 0, 4, 0x40, 0, 0))
        data = bytes(self._inbox[:max_bytes])
        del self._inbox[:max_bytes]
        return data

    def write(self, buf: bytes) -> int:
        self._inbox.clear()
        frame = buf[1:] if buf[0] == 0xFF else buf
        unit, number = frame[1], frame[4] & 3
        # With number 0 it begins with a reader; the same again is a second try.
        is_last_try = number in (0, self._numbers.get(unit))
        self._unit, self._numbers[unit] = unit, number
        self._was_answered = False
        within = self.answers_within.get(unit, 0.0)
        self._due = time.monotonic() + within if is_last_try else float("inf")
        self.has_moved = True
        try:
            return self._port.write(buf) or 0
        except (OSError, termios.error) as error:
            self.error = error
            return 0

    def flush(self) -> None:
        self._inbox.clear()
