"""Simulated devices behind one interface: what a person can see of them, and do."""

import asyncio
import re
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from .. import CoilChange, Line, SimulatedLockers, SimulatedReader, SimulatedRelays
from .plan import Device, PlanError


class NotPossible(ValueError):
    """What a person cannot do now; the text says why."""


class Fixture:
    """A device on the wall. ``changed`` is called when there is something to see.

    ``switched`` is called with an output, whether it is on, and ``time.monotonic()``;
    ``again`` when one that is on is switched on;
    ``refused`` when it shows so, and again with the words that it shows then.
    """

    reads: str | None = None
    has_keypad = False
    has_lamp = False

    def __init__(self, device: Device, line: Line):
        self.device, self.line = device, line
        self.lamp: str | None = None
        self.text = ""
        self.beeps = 0
        self.slips: list[Any] = []
        self.changed: Callable[[], None] = lambda: None
        self.switched: Callable[[int, bool, float], None] = lambda *_: None
        self.again: Callable[[int, float], None] = lambda *_: None
        self.refused: Callable[[str | None], None] = lambda _words: None

    def is_on(self, output: int) -> bool:
        return False

    def set_input(self, number: int, active: bool) -> None:
        raise PlanError(f"{self.device.name} has no inputs")

    def hold(self, value: str) -> float:
        """Hold something to it; give when."""
        raise NotPossible(f"{self.device.name} reads nothing")

    def type(self, keys: str) -> float:
        raise NotPossible(f"{self.device.name} has no keys")


class Reader(Fixture):
    """A reader on a serial line; it has no lamp."""

    def __init__(self, device: Device, line: Line, framing: str = "crlf"):
        super().__init__(device, line)
        framing = device.settings.get("framing") or framing
        self._reader = SimulatedReader(line, framing)
        self.reads = str(device.settings.get("kind") or "card")
        self.has_keypad = self.reads == "pin"

    def hold(self, value: str) -> float:
        return self._reader.hold(value)

    type = hold


class OsdpReader(Fixture):
    has_lamp = True

    def __init__(self, device: Device, line: Line):
        super().__init__(device, line)
        from ..osdp_reader import SimulatedOsdp

        self.reads = str(device.settings.get("kind") or "card")
        self.has_keypad = self.reads == "card"
        key = device.settings.get("key")
        self._osdp = SimulatedOsdp(
            line,
            unit=int(device.settings.get("unit") or 0),
            key=bytes.fromhex(key) if key else None,
            changed=lambda change: self.switched(*change),
            shown=self._shown,
            again=lambda *told: self.again(*told),
        )
        self._dark: asyncio.TimerHandle | None = None
        self._blank: asyncio.TimerHandle | None = None

    def enter(self, stack: AsyncExitStack) -> None:
        stack.enter_context(self._osdp)

    def is_on(self, output: int) -> bool:
        return self._osdp.outputs[output]

    def set_input(self, number: int, active: bool) -> None:
        self._osdp.set_contact(number, active)

    def hold(self, value: str) -> float:
        if self.reads == "plate":
            return self._osdp.see_plate(value)
        if not re.fullmatch("[0-9A-F]{6,32}", value):
            raise NotPossible("It reads chips.")
        return self._osdp.hold_chip(value)

    def type(self, keys: str) -> float:
        return self._osdp.type(keys)

    def _shown(self, kind: str, command: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        if kind == "lamp":
            colors = ("off", "red", "green", "amber", "blue")
            color = int(command["on_color"])
            self.lamp = colors[color] if color < len(colors) else "white"
            self._dark = self._later(
                loop, self._dark, command["timer_count"] / 10, "lamp"
            )
            if self.lamp == "red":
                self.refused(None)
        elif kind == "beep":
            self.beeps += 1
        else:
            self.text = str(command["data"])
            if self.lamp == "red":
                self.refused(self.text)
            self._blank = self._later(loop, self._blank, command["temp_time"], "text")
        self.changed()

    def _later(
        self,
        loop: asyncio.AbstractEventLoop,
        running: asyncio.TimerHandle | None,
        seconds: float,
        name: str,
    ) -> asyncio.TimerHandle:
        """Forget what is shown when its time is over."""

        def forget() -> None:
            setattr(self, name, None if name == "lamp" else "")
            self.changed()

        if running is not None:
            running.cancel()
        return loop.call_later(seconds, forget)


class Relays(Fixture):
    def __init__(self, device: Device, line: Line, beside: Iterable["Relays"] = ()):
        super().__init__(device, line)
        self.board = SimulatedRelays(
            line,
            unit=int(device.settings.get("unit") or 1),
            changed=self._switched,
            beside=[one.board for one in beside],
            again=lambda *told: self.again(*told),
        )

    def is_on(self, output: int) -> bool:
        return self.board.coils[output]

    def set_input(self, number: int, active: bool) -> None:
        self.board.inputs[number] = active

    def _switched(self, change: CoilChange) -> None:
        self.switched(*change)


class Lockers(Fixture):
    """The outputs are the locks; on is open."""

    def __init__(self, device: Device, line: Line, beside: Iterable["Lockers"] = ()):
        super().__init__(device, line)
        self.board = SimulatedLockers(
            line,
            board=int(device.settings.get("board") or 0),
            frame=device.settings.get("frame") or "cu16",
            shut_bit=int(device.settings.get("shut_bit") or 1),
            changed=self._moved,
            beside=[one.board for one in beside],
            again=lambda *told: self.again(*told),
        )

    def is_on(self, output: int) -> bool:
        return not self.board.shut[output]

    def shut(self, output: int) -> None:
        self.board.shut_door(output)

    def _moved(self, lock: int, shut: bool) -> None:
        self.switched(lock, not shut, asyncio.get_running_loop().time())


class Printer(Fixture):
    """Keeps what came out of it, the newest last."""

    KEPT = 5

    def __init__(self, device: Device, line: Line):
        super().__init__(device, line)
        from ..ticket_printer import SimulatedPrinter

        self.board = SimulatedPrinter(line, printed=self.printed)

    def printed(self, slip: Any) -> None:
        self.slips = [*self.slips, slip][-self.KEPT :]
        self.changed()


_SHARED = {"modbus_relay": Relays, "locker_board": Lockers}
SIMULATED = {*_SHARED, "osdp_reader", "serial_reader", "ticket_printer"}


async def build(
    devices: Iterable[Device], folder: Path, stack: AsyncExitStack, framing: str
) -> dict[str, Fixture]:
    """Put up the devices, those of one address on one line; give them by id.

    Those that there is no simulator for are left out: nobody is at their addresses.
    """
    by_address: dict[str, list[Device]] = {}
    for device in (one for one in devices if one.driver in SIMULATED):
        by_address.setdefault(device.address, []).append(device)
    found: dict[str, Fixture] = {}
    for address, there in by_address.items():
        line = stack.enter_context(Line(folder / address))
        for fixture in await _at_one_line(there, line, stack, framing):
            found[fixture.device.id] = fixture
    return found


async def _at_one_line(
    devices: list[Device], line: Line, stack: AsyncExitStack, framing: str
) -> list[Fixture]:
    kinds = {device.driver for device in devices}
    if len(kinds) > 1:
        raise PlanError(f"{line.path.name} is the address of {sorted(kinds)}")
    [driver] = kinds
    if driver in _SHARED:
        *others, last = devices
        beside = [_SHARED[driver](device, line) for device in others]
        first = _SHARED[driver](last, line, beside)
        await stack.enter_async_context(first.board)
        return [*beside, first]
    if driver == "osdp_reader":
        readers = [OsdpReader(device, line) for device in devices]
        for reader in readers:
            reader.enter(stack)
        return readers
    if driver == "serial_reader":
        return [Reader(device, line, framing) for device in devices]
    printers = [Printer(device, line) for device in devices]
    for printer in printers:
        await stack.enter_async_context(printer.board)
    return printers
