"""A serial port of OSDP readers, and what libosdp has of it for each of them."""

import termios
import time

import serial
from osdp import Channel

INBOX = 4096

_MARK, _SOM = 0xFF, 0x53
# So long libosdp waits for an answer.
_LONGEST_S = 0.2
# Of a frame from its first byte to its check sum.
_LENGTHS = range(7, 1025)


class Wire(Channel):
    """The way to one reader as libosdp has it: it never blocks and never raises."""

    def __init__(self, port: "Port", unit: int, answers_within: float):
        super().__init__()
        self.unit, self.answers_within = unit, answers_within
        # It did not answer when it was asked last.
        self.is_silent = False
        self.is_last_try = False
        self.asked_at = 0.0
        self.inbox = bytearray()
        self._port: Port | None = port
        self._number: int | None = None

    def cut(self) -> None:
        """Let go of the port: libosdp never lets go of what it was given."""
        self._port = None
        self.inbox.clear()

    def break_off(self) -> None:
        """Give a broken answer: the one thing that makes libosdp give up at once."""
        self.inbox[:] = (_SOM, 0x80 | self.unit, 8, 0, 4, 0x40, 0, 0)

    def read(self, max_bytes: int) -> bytes:
        data = bytes(self.inbox[:max_bytes])
        del self.inbox[:max_bytes]
        return data

    def write(self, buf: bytes) -> int:
        frame = buf[1:] if buf[0] == _MARK else buf
        number = frame[4] & 3
        # With number 0 it begins with a reader; the same again is a second try.
        self.is_last_try = number in (0, self._number)
        self._number = number
        self.asked_at = time.monotonic()
        return 0 if self._port is None else self._port.ask(self, buf)

    def flush(self) -> None:
        self.inbox.clear()


class Port:
    """Readers take turns: one is asked, and answers or does not.

    Only whole frames of who was asked come through; noise and late answers do not.
    """

    def __init__(self, line: serial.Serial):
        self.error: Exception | None = None
        self.asked: Wire | None = None
        self._line = line
        self._received = bytearray()
        self._was_heard = False

    def ask(self, wire: Wire, data: bytes) -> int:
        self._received.clear()
        self._was_heard = False
        self.asked = wire
        try:
            return self._line.write(data) or 0
        except (OSError, termios.error) as error:
            self.error = error
            return 0

    def receive(self) -> None:
        """Take what has come."""
        data = self._line.read(INBOX)
        self._was_heard = True
        if self.asked is not None:
            self._received += data
            self._look_for_frame(self.asked)

    def look(self) -> None:
        """Wait no longer for who had time enough to answer."""
        wire = self.asked
        if wire is None:
            return
        within = wire.answers_within if wire.is_last_try else _LONGEST_S
        if time.monotonic() < wire.asked_at + within:
            return
        wire.is_silent = not self._was_heard
        self.asked = None
        if wire.is_last_try:
            wire.break_off()

    def _look_for_frame(self, wire: Wire) -> None:
        received, begin = self._received, bytes((_SOM, 0x80 | wire.unit))
        while (found := received.find(begin)) >= 0:
            del received[:found]
            if len(received) < 4:
                return
            length = received[2] | received[3] << 8
            if length not in _LENGTHS:
                del received[0]
            elif len(received) < length:
                return
            else:
                wire.inbox += received[:length]
                wire.is_silent = False
                self.asked = None
                return
        # The beginning of a frame may be the last byte.
        del received[:-1]
