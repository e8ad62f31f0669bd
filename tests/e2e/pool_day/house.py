"""The house: a real gateway process, and simulated gates and lockers at its lines."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

from access_gateway.pairing import pair
from access_gateway.simulators import (
    Line,
    SimulatedLockers,
    SimulatedReader,
    SimulatedRelays,
)
from devtools import venue as devices_of
from devtools.processes import Processes, answers, prints

from .shared_clock import SharedClock
from .venue import BOARDS_PER_ROW, LOCKS, RELEASE_S, ROWS, Venue, number_of

# From one person in the sensor to the next, which is asked every 50 ms.
PULSE_S = 0.3
# How long somebody waits for a door that opens, and for one that will not.
PATIENCE_S, GLANCE_S = 20.0, 0.6
SHUT_S = 0.25
# Our day is faster than the clock by which a reader tells this.
REPEAT_S = 2.1


class Reader:
    """A reader that takes what is held to it again so soon for the same."""

    def __init__(self, reader: SimulatedReader):
        self._reader = reader
        self._last: tuple[str, float] = ("", 0.0)

    async def hold(self, value: str) -> None:
        before, at = self._last
        if value == before:
            await asyncio.sleep(max(0.0, at + REPEAT_S - time.monotonic()))
        self._last = value, self._reader.hold(value)


class Gate:
    """A gate with its reader and sensor; one person at a time."""

    def __init__(self, relays: SimulatedRelays, reader: Reader, number: int):
        self._relays, self._reader, self._number = relays, reader, number
        self._is_taken = asyncio.Lock()
        self.passages = 0

    async def hold(self, value: str, patience: float = PATIENCE_S) -> bool:
        """Hold something to the reader, and go through if it opens."""
        async with self._is_taken:
            await self._reader.hold(value)
            try:
                await self._relays.wait_for(self._number, True, patience)
            except asyncio.TimeoutError:
                return False
            self.passages += 1
            # In the sensor until the bolt falls behind them, however busy the box is.
            self._relays.inputs[self._number] = True
            await self._relays.wait_for(self._number, False, 2 * RELEASE_S)
            self._relays.inputs[self._number] = False
            await asyncio.sleep(PULSE_S)
            return True

    async def toggle(self, value: str) -> bool:
        """Unlock it with one reading, go through, and lock it with the next one."""
        async with self._is_taken:
            await self._reader.hold(value)
            try:
                await self._relays.wait_for(self._number, True, PATIENCE_S)
                self._relays.inputs[self._number] = True
                await self._reader.hold(value)
                # Sooner than a bolt falls by itself.
                await self._relays.wait_for(self._number, False, RELEASE_S / 2)
            except asyncio.TimeoutError:
                return False
            finally:
                self._relays.inputs[self._number] = False
                await asyncio.sleep(PULSE_S)
            return True


class Row:
    """A row of lockers with its terminal."""

    def __init__(self, terminal: Reader, boards: list[SimulatedLockers]):
        self._terminal, self._boards = terminal, boards
        # One at a time stands there.
        self.turn = asyncio.Lock()
        self.holder: dict[int, Any] = {}

    async def hold(self, band: str) -> int | None:
        """Hold a band to the terminal; give the locker that springs open."""
        before = self._open()
        await self._terminal.hold(band)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if opened := self._open() - before:
                [locker] = opened
                return locker
            await asyncio.sleep(0.02)
        return None

    def _open(self) -> set[int]:
        return {
            LOCKS * place + lock
            for place, board in enumerate(self._boards)
            for lock, is_shut in enumerate(board.shut)
            if not is_shut
        }

    def fill(self, locker: int, who: Any) -> None:
        """Put things in; nobody else's may be there."""
        assert locker not in self.holder, f"{self.holder[locker]} and {who} have one"
        self.holder[locker] = who
        self._board(locker).inside[locker % LOCKS] = True

    def empty(self, locker: int) -> None:
        del self.holder[locker]
        self._board(locker).inside[locker % LOCKS] = False

    def shut(self, locker: int) -> None:
        self._board(locker).shut_door(locker % LOCKS)

    def _board(self, locker: int) -> SimulatedLockers:
        return self._boards[locker // LOCKS]


class House:
    """``gates`` and ``rows`` are what guests meet."""

    def __init__(self, folder: Path, venue: Venue, clock: SharedClock):
        self._venue, self._clock = venue, clock
        self._lines, self.state = folder / "lines", folder / "state"
        self._lines.mkdir()
        self.programs: Processes
        self.gates: dict[str, Gate] = {}
        self.rows: list[Row] = []

    async def enter(self, stack: AsyncExitStack, programs: Processes) -> None:
        relays = SimulatedRelays(stack.enter_context(Line(self._lines / "relays")))
        await stack.enter_async_context(relays)
        for number, name in enumerate(self._names()):
            self.gates[name] = Gate(relays, self._reader(stack, name), number)
        boards = [
            SimulatedLockers(None, board=one) for one in range(1, ROWS * BOARDS_PER_ROW)
        ]
        line = stack.enter_context(Line(self._lines / "lockers"))
        first = SimulatedLockers(line, board=0, beside=boards)
        await stack.enter_async_context(first)
        boards = [first, *boards]
        for row in range(ROWS):
            terminal = self._reader(stack, f"terminal-{row}")
            own = boards[BOARDS_PER_ROW * row : BOARDS_PER_ROW * (row + 1)]
            self.rows.append(Row(terminal, own))
        self.programs = programs
        await asyncio.to_thread(self._start, programs)
        await self.until(self._is_online, "devices are offline")

    def _names(self) -> list[str]:
        return [name for name in self._venue.points if name != "lockers"]

    def _reader(self, stack: AsyncExitStack, name: str) -> Reader:
        path = self._lines / name.replace(" ", "-")
        return Reader(SimulatedReader(stack.enter_context(Line(path))))

    def _start(self, programs: Processes) -> None:
        staff, gateway = self._venue.staff, self._venue.gateway
        shown = staff.call("access.gateway", "action_new_pairing_code", [gateway])
        code = shown["context"]["default_code"]
        pair(self.state, self._venue.odoo.url, code, False)
        command = [devices_of.COMMAND, "--state-dir", self.state, "run"]
        programs.start(
            "gateway",
            [*map(str, command), "--serial-dir", str(self._lines)],
            prints("policy .* in force"),
            env={**os.environ, **self._clock.variables()},
        )

    async def kill_erp(self) -> None:
        """Cut its power, and wait until it answers again."""
        await asyncio.to_thread(self.programs.kill, "odoo")
        [odoo] = [one for one in self.programs.started if one.name == "odoo"]
        is_back = answers(f"{self._venue.odoo.url}/web/health")
        await self.until(lambda: is_back(odoo), "the ERP did not come back")

    async def kill_gateway(self) -> None:
        """Cut its power, and wait until it is back with all its devices."""
        [box] = [one for one in self.programs.started if one.name == "gateway"]
        before = _count_online(box.log)
        await asyncio.to_thread(self.programs.kill, "gateway")
        await self.until(
            lambda: _count_online(box.log) - before >= self._devices,
            "the gateway did not come back",
        )

    def _is_online(self) -> bool:
        domain = [("gateway_id", "=", self._venue.gateway)]
        found = self._venue.staff.read("access.device", domain, "state")
        self._devices = len(found)
        return all(device["state"] == "online" for device in found)

    async def settle(self) -> None:
        """Wait until the ERP has what happened, and the gateway what was changed."""
        await self.until(self._is_told, "events are not delivered")
        await self.until(self._is_in_force, "rules are not in force")

    def _is_told(self) -> bool:
        row = "SELECT (SELECT max(sequence) FROM event), acknowledged FROM journal"
        [(last, acknowledged)] = self._journal(row)
        return last is None or last <= acknowledged

    async def freed(self, row: int, locker: int) -> None:
        """Wait until the gateway has seen that a locker stands open and empty."""
        number = f"{number_of(row, locker)}"
        last = "SELECT record FROM event WHERE record LIKE ? AND record LIKE ? "
        last += "ORDER BY sequence DESC LIMIT 1"

        def is_freed() -> bool:
            rows = self._journal(last, '%"locker_%', f'%"{number}%')
            return '"locker_freed"' in rows[0][0]

        await self.until(is_freed, f"locker {number} is not freed")

    def _journal(self, query: str, *args: str) -> list[tuple[Any, ...]]:
        path = self.state / "journal.db"
        with closing(sqlite3.connect(path, timeout=20)) as journal:
            return journal.execute(query, args).fetchall()

    def _is_in_force(self) -> bool:
        domain = [("id", "=", self._venue.gateway)]
        [found] = self._venue.staff.read("access.gateway", domain, "rules_state")
        return found["rules_state"] == "in_force"

    async def until(self, holds: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + 60
        while not await asyncio.to_thread(holds):
            assert time.monotonic() < deadline, complaint
            await asyncio.sleep(0.05)


def _count_online(log: Path) -> int:
    return log.read_text(errors="replace").count(": online")
