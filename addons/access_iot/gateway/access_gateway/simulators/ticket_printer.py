"""A ticket printer that speaks ESC/POS, on a serial line or a TCP port."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from .line import Line

_PAGES = {
    0: "cp437",
    2: "cp850",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    45: "cp1250",
    46: "cp1251",
}
# Commands by their first two bytes, and how many bytes follow.
_FOLLOWING = {
    b"\x1b@": 0,
    b"\x1b!": 1,
    b"\x1bE": 1,
    b"\x1bM": 1,
    b"\x1b-": 1,
    b"\x1b{": 1,
    b"\x1ba": 1,
    b"\x1bd": 1,
    b"\x1bt": 1,
    b"\x1db": 1,
    b"\x1dB": 1,
    b"\x1dh": 1,
    b"\x1dw": 1,
    b"\x1df": 1,
    b"\x1dH": 1,
    b"\x1dr": 1,
    b"\x1dI": 1,
}
_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_FACTS = {0x41: b"1.04 ESC/POS", 0x43: b"TM-SIM", 0x44: b"X0001"}
_LARGE = 0x30


@dataclass
class Slip:
    """A piece of paper: what is in large letters on it is the title."""

    title: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    barcode: str | None = None
    qr: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == Slip()


class SimulatedPrinter:
    """A printer on a ``Line``, or without one on a TCP port of the loopback.

    ``slips`` are those that were cut off; ``paper`` is what hangs out of it still.
    ``breaks_after`` so many bytes it has no paper any more, or with ``cuts_line`` the
    line breaks. Set ``out_of_paper``, ``low_paper``, ``cover_open``, ``silent``,
    ``garbled``. It answers for its status unless ``answers`` is off.
    Runs within ``async with``; ``stop`` and ``start`` switch its power.
    """

    def __init__(
        self,
        line: Line | None = None,
        printed: Callable[[Slip], None] = lambda _slip: None,
    ):
        self.slips: list[Slip] = []
        self.paper = Slip()
        self.out_of_paper = self.low_paper = self.cover_open = False
        self.silent = self.garbled = self.cuts_line = False
        self.answers = True
        self.breaks_after: int | None = None
        self._line = line
        self._printed = printed
        self._port = 0
        self._server: asyncio.Server | None = None
        self._terminal: asyncio.ReadTransport | None = None
        self._connections: set[asyncio.BaseTransport] = set()
        self._waiting = bytearray()
        self._text = bytearray()
        self._begun = ""
        self._qr = ""
        self._page, self._is_large = 0, False

    async def __aenter__(self) -> "SimulatedPrinter":
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @property
    def address(self) -> str:
        """What a gateway has as the device's address."""
        return str(self._line.path) if self._line else f"tcp://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begin to answer; over TCP at the same port as before."""
        loop = asyncio.get_running_loop()
        if self._line is not None:
            self._terminal, _ = await loop.connect_read_pipe(
                lambda: _Connection(self, self._line.send),
                open(self._line.far, "rb", buffering=0),
            )
            return
        self._server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", self._port
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
        if self._server is not None:
            self._server.close()
            self.drop()
            self._server = None
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Break the connections there are."""
        for transport in list(self._connections):
            transport.abort()

    def resume(self) -> None:
        """Go on with what is waiting: there is paper again, and the cover is shut."""
        self.out_of_paper = self.cover_open = False
        self._work(lambda _answer: None)

    def take(self, data: bytes, answer: Callable[[bytes], None]) -> None:
        """Take what was sent: answer what is to be answered at once, print the rest."""
        if self.silent:
            return
        if self.garbled:
            answer(b"\xff\x00\x81\xfe")
            return
        while data:
            if data.startswith(_CLEAR):
                self._waiting.clear()
                self._text.clear()
                self._begun = ""
                data = data[len(_CLEAR) :]
            elif data.startswith(b"\x10\x04") and len(data) > 2:
                if self.answers:
                    answer(bytes([self._status(data[2])]))
                data = data[3:]
            else:
                self._receive(data[0])
                self._work(answer)
                data = data[1:]

    def _receive(self, byte: int) -> None:
        if self.breaks_after is not None:
            self.breaks_after -= 1
            if self.breaks_after < 0:
                self.breaks_after = None
                self.out_of_paper = not self.cuts_line
                if self.cuts_line:
                    self.drop()
        if not self.cuts_line or self.breaks_after is not None:
            self._waiting.append(byte)

    def _status(self, which: int) -> int:
        is_stopped = self.out_of_paper or self.cover_open
        said = {
            1: 0x08 * is_stopped,
            2: 0x04 * self.cover_open | 0x20 * self.out_of_paper,
            4: 0x60 * self.out_of_paper | 0x0C * self.low_paper,
        }
        return 0x12 | said.get(which, 0)

    def _work(self, answer: Callable[[bytes], None]) -> None:
        while self._waiting and not (self.out_of_paper or self.cover_open):
            used = self._step(bytes(self._waiting), answer)
            if not used:
                return
            del self._waiting[:used]

    def _step(self, data: bytes, answer: Callable[[bytes], None]) -> int:
        """Do the first command; give its length, 0 if it is not all there yet."""
        if data[0] == 0x0A:
            self._end_line()
            return 1
        if data[0] not in (0x1B, 0x1D):
            self._text.append(data[0])
            return 1
        self._end_page()
        head, rest = data[:2], data[2:]
        if head == b"\x1dk":
            return self._barcode(rest)
        if head == b"\x1d(":
            return self._function(rest)
        if head == b"\x1dV":
            return self._cut(rest)
        following = _FOLLOWING.get(head, 0)
        if len(data) < 2 + following:
            return 0
        self._set(head, rest[0] if following else 0, answer)
        return 2 + following

    def _set(self, head: bytes, value: int, answer: Callable[[bytes], None]) -> None:
        if head == b"\x1b@":
            self._page, self._is_large = 0, False
        elif head == b"\x1bt":
            self._page = value
        elif head == b"\x1b!":
            self._is_large = value & _LARGE == _LARGE
        elif head == b"\x1dr" and self.answers:
            answer(bytes([0x03 * self.low_paper]))
        elif head == b"\x1dI" and self.answers and value in _FACTS:
            answer(b"_" + _FACTS[value] + b"\0")

    def _barcode(self, rest: bytes) -> int:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:
            return 0
        code = rest[2 : 2 + rest[1]].decode("ascii")
        if rest[0] == 73 and code.startswith("{B"):
            self.paper.barcode = code[2:].replace("{{", "{")
        return 4 + rest[1]

    def _function(self, rest: bytes) -> int:
        length = 3 + int.from_bytes(rest[1:3], "little")
        if len(rest) < max(3, length):
            return 0
        if rest[:1] == b"k" and rest[3:5] == b"1P":
            self._qr = rest[6:length].decode()
        elif rest[:1] == b"k" and rest[3:5] == b"1Q":
            self.paper.qr = self._qr
        return 2 + length

    def _cut(self, rest: bytes) -> int:
        if not rest or (rest[0] in (65, 66) and len(rest) < 2):
            return 0
        if not self.paper.is_empty:
            self.slips.append(self.paper)
            self._printed(self.paper)
        self.paper = Slip()
        return 3 + (rest[0] in (65, 66))

    def _end_page(self) -> None:
        """Turn what was received into letters, as the page may change now."""
        self._begun += self._text.decode(_PAGES[self._page], "replace")
        self._text.clear()

    def _end_line(self) -> None:
        self._end_page()
        if self._begun:
            (self.paper.title if self._is_large else self.paper.lines).append(
                self._begun
            )
        self._begun = ""


class _Connection(asyncio.Protocol):
    def __init__(
        self, printer: SimulatedPrinter, answer: Callable[[bytes], None] | None = None
    ):
        self._printer = printer
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._answer is None:
            self._answer = transport.write
            self._printer._connections.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._printer._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._printer.take(data, self._answer)
