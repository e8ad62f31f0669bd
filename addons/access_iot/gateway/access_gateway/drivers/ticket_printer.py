"""Ticket printers that speak ESC/POS, over the network or a serial line.

Tried against our simulator only, never on a real printer.
"""

import asyncio
import io
import math
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import NamedTuple

from escpos.exceptions import Error as EscposError
from escpos.printer import Dummy

from ..rules import Device
from . import (
    BAUDRATE,
    SERIAL_ADDRESS,
    DeviceError,
    Driver,
    Role,
    Setting,
    Ticket,
    Told,
    Uncertain,
    require_in_time,
)
from ._stream import Stream, host_and_port

PORT = 9100

# Code pages by Epson's numbers, which most others use too.
_PAGES = {
    "cp850": 2,
    "cp1252": 16,
    "cp866": 17,
    "cp852": 18,
    "cp858": 19,
    "cp1250": 45,
    "cp1251": 46,
}
_AUTOMATIC = ("cp850", "cp852", "cp858")

# DLE EOT: each is answered at once by one byte that has these bits so.
_ASK_STATUS = (b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04")
_FIXED, _FIXED_SO = 0x93, 0x12
# GS r: answered, unlike the above, when all that came before it has been printed.
_ASK_PRINTED = b"\x1dr\x01"
# DLE DC4: drops what has not been printed yet, in the middle of a command too.
_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_INITIALIZE, _CUT = b"\x1b@", b"\n\x1dVB\0"
# GS I: each is answered by "_", a text, and a zero.
_FACTS = {"model": b"\x1dIC", "firmware": b"\x1dIA", "serial": b"\x1dID"}
_LONGEST_FACT = 80


class Status(NamedTuple):
    """``trouble`` keeps it from printing; ``is_low``: the roll is near its end."""

    trouble: str | None
    is_low: bool


class TicketPrinter(Driver):
    """Slips are printed one after the other, each once: after trouble in the middle of
    one nothing is sent again, and what is left of it is cut off before the next.
    """

    title = "Ticket printer (ESC/POS)"
    roles = frozenset({Role.PRINTER})
    address_help = f"tcp://HOST, with :PORT if it is not {PORT}. Or: {SERIAL_ADDRESS}"
    settings = (
        Setting(
            "encoding",
            "Letters",
            "auto",
            (
                ("auto", "Latin letters, switched as needed (850, 852, 858)"),
                *[(name, f"Code page {name[2:]}") for name in _PAGES],
            ),
            help="What the printer has no letter for is printed as a question mark.",
        ),
        Setting(
            "status",
            "Answers for Its Status",
            True,
            help="Without it nobody is told of missing paper or an open cover.",
        ),
        Setting(
            "width",
            "Paper Width (dots)",
            512,
            help="A barcode that is wider would not be printed.",
            low=200,
            high=2000,
        ),
        BAUDRATE._replace(default=19200),
        Setting("timeout_ms", "Answers within (ms)", 1000, low=10, high=10_000),
        Setting("print_ms", "Prints within (ms)", 15_000, low=50, high=60_000),
        Setting("check_ms", "Asked Every (ms)", 2000, low=10, high=60_000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._timeout = self.setting("timeout_ms") / 1000
        self._answers: bool = self.setting("status")
        self._stream: Stream | None = None
        # One speaks to the printer at a time, in the order in which they came.
        self._turn = asyncio.Lock()
        # Some of a slip may be on the paper, or waiting in the printer.
        self._is_torn = False
        if device.address.startswith("tcp://"):
            host_and_port(device.address, PORT)

    async def connect(self) -> None:
        self._stream = await Stream.open(
            self.device.address, PORT, self.setting("baudrate"), self._timeout
        )
        if self._is_torn:
            await self._send(_CLEAR)
        if self._answers:
            status = await self._check()
            if status.trouble is None:
                await self._read_facts()

    async def serve(self) -> None:
        every = self.setting("check_ms") / 1000
        while True:
            await asyncio.wait({self._stream.lost}, timeout=every)
            if self._stream.lost.done():
                raise self._stream.lost.result()
            if self._answers:
                async with self._turn:
                    await self._check()

    async def disconnect(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def print(self, ticket: Ticket, before: float = math.inf) -> None:
        """Raise ``Uncertain`` if something, but perhaps not all, has come out."""
        slip = render(ticket, self.setting("encoding"), self.setting("width"))
        async with self._turn:
            if not self.online:
                raise DeviceError(f"offline: {self.problem}")
            if self._answers:
                trouble = (await self._check()).trouble
                if trouble:
                    raise DeviceError(f"not printed: {trouble}")
            require_in_time(before)
            await self._print(slip, ticket.copies)

    async def identify(self) -> None:
        name = self.device.name or f"Printer {self.device.id}"
        await self.print(Ticket("*", (name,)))

    async def _print(self, slip: bytes, copies: int) -> None:
        begin = _CUT if self._is_torn else b""
        self._is_torn = True
        within = copies * self.setting("print_ms") / 1000
        try:
            await self._send(_INITIALIZE + begin + copies * slip, within)
            if self._answers:
                await self._until_printed(within)
        except DeviceError as error:
            # Connecting anew drops what the printer has not printed yet.
            words = f"may have been printed in part: {error}"
            if self._stream is not None:
                self._stream.lose(words)
            raise Uncertain(words) from error
        self._is_torn = False

    async def _until_printed(self, within: float) -> None:
        self._stream.forget()
        await self._send(_ASK_PRINTED)
        if not await self._stream.receive(1, within):
            trouble = (await self._check()).trouble
            raise DeviceError(trouble or "it does not get on with printing")

    async def _check(self) -> Status:
        """Ask for the status and note what is wrong; raise if there is no answer."""
        status = status_of(*[await self._ask_status(ask) for ask in _ASK_STATUS])
        self.note_flaw(0, status.trouble)
        self.facts["paper"] = "low" if status.is_low else "enough"
        return status

    async def _ask_status(self, ask: bytes) -> int:
        self._stream.forget()
        await self._send(ask)
        deadline = asyncio.get_running_loop().time() + self._timeout
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            said = await self._stream.receive(1, left)
            if said and said[0] & _FIXED == _FIXED_SO:
                return said[0]
        raise DeviceError(f"no answer from {self.device.address}")

    async def _read_facts(self) -> None:
        """Ask what it is; many printers do not say."""
        for name, ask in _FACTS.items():
            self._stream.forget()
            await self._send(ask)
            said = bytearray()
            while (byte := await self._stream.receive(1, self._timeout)) not in b"\0":
                said += byte
                if len(said) > _LONGEST_FACT:
                    return
            if not said.startswith(b"_"):
                return
            self.facts[name] = said[1:].decode("ascii", "replace")

    async def _send(self, data: bytes, within: float | None = None) -> None:
        if self._stream is None:
            raise DeviceError("shut down")
        await self._stream.send(data, within or self._timeout)


def status_of(printer: int, cause: int, paper: int) -> Status:
    """Read the three answers.

    >>> status_of(0x1A, 0x16, 0x12).trouble
    'the cover is open'
    >>> status_of(0x12, 0x12, 0x1E)
    Status(trouble=None, is_low=True)
    """
    is_low = bool(paper & 0x0C)
    if cause & 0x04:
        return Status("the cover is open", is_low)
    if paper & 0x60 or cause & 0x20:
        return Status("out of paper", is_low)
    if cause & 0x40:
        return Status("the printer has an error", is_low)
    return Status("the printer is offline" if printer & 0x08 else None, is_low)


def render(ticket: Ticket, encoding: str = "auto", width: int = 512) -> bytes:
    """Give what prints a ticket; raise ``DeviceError`` if it cannot be printed."""
    pages = _AUTOMATIC if encoding == "auto" else (encoding,)
    printer = Dummy()
    try:
        # The library tells what it does on standard output.
        with redirect_stdout(io.StringIO()):
            _put(printer, ticket, pages, width)
    except (EscposError, ValueError) as error:
        raise DeviceError(f"cannot be printed: {error}") from error
    return printer.output


def _put(printer: Dummy, ticket: Ticket, pages: tuple[str, ...], width: int) -> None:
    printer.set(align="center", bold=True, double_height=True, double_width=True)
    # Its own way of finding code pages knows pages that few printers have.
    printer._raw(_encoded(ticket.title, pages))
    printer.set_with_default(align="center")
    for line in ticket.lines:
        printer._raw(_encoded(line, pages))
    if ticket.barcode is not None:
        printer.ln()
        bar = _bar_width(ticket.barcode, width)
        # "{" begins a command within a CODE128.
        code = "{B" + ticket.barcode.replace("{", "{{")
        printer.barcode(code, "CODE128", function_type="B", height=100, width=bar)
        printer.ln()
    if ticket.qr is not None:
        printer.ln()
        printer.qr(ticket.qr, ec=1, size=6, native=True)
        printer.ln()
    printer.cut()


def _bar_width(code: str, width: int) -> int:
    """Give the dots of a bar: as many as fit, as what is too wide is left out."""
    if not (code.isascii() and code.isprintable() and 0 < len(code) < 120):
        raise DeviceError("a barcode is of ASCII letters, digits and signs only")
    # Start, check and each character have 11 bars' width, the end 13.
    modules = 11 * (len(code) + 2) + 13
    for dots in (3, 2):
        if dots * modules <= width:
            return dots
    raise DeviceError("the barcode is too long for the paper")


def _encoded(text: str, pages: tuple[str, ...]) -> bytes:
    r"""Give a line in these code pages, without what would be a command.

    >>> _encoded("ł\x1b", ("cp850", "cp852"))
    b'\x1bt\x02\x1bt\x12\x88 \n'
    """
    now = pages[0]
    said = _use(now)
    for letter in text:
        if not letter.isprintable():
            letter = " "
        page = next((page for page in (now, *pages) if _has(page, letter)), now)
        if page != now:
            said += _use(page)
        now = page
        said += letter.encode(page, "replace")
    return said + b"\n"


def _has(page: str, letter: str) -> bool:
    try:
        letter.encode(page)
    except UnicodeEncodeError:
        return False
    return True


def _use(page: str) -> bytes:
    return b"\x1bt" + bytes([_PAGES[page]])
