"""A bank of lockers with two terminals, and people who leave their things there."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from typing import NamedTuple

from access_gateway.simulators import Line, SimulatedLockers
from access_gateway.simulators.osdp_reader import SimulatedOsdp

from .actor import Action, Actor
from .bolts import SOON_S
from .gateway import SLACK_S
from .people import MEMBERS, NEVER_SEEN, UNENTITLED

POINT, BOARD = "access_base.point_lockers_a", "lockers-a"
TERMINALS, UNITS = "terminals-lockers-a", (1, 2)
BANK = "access_iot.bank_lockers_a"
# How long somebody waits at a terminal, and a little more than a bolt may.
PATIENCE_S = 4.0
FREE_AFTER_S = 1


class Opened(NamedTuple):
    lock: int
    card: str | None
    at: float


class Lockers(Actor):
    def __init__(self, building):
        super().__init__(building)
        self.opened: list[Opened] = []
        # By lock, whose things are inside.
        self.inside: dict[int, str] = {}
        self._here: str | None = None
        self._is_taken = asyncio.Lock()
        self._visits = 0

    def actions(self) -> dict[Action, int]:
        return {self.come: 14}

    def prepare(self) -> None:
        staff = self.building.erp.staff
        bank = staff.by_xml_id(BANK)
        values = {"free_after_seconds": FREE_AFTER_S}
        staff.call("access.locker.bank", "write", [bank], values)
        domain = [("bank_id", "=", bank)]
        found = staff.read("access.locker", domain, "number", "output")
        # So few that each row is full at times.
        others = [one["id"] for one in found if one["output"] % 6 > 2]
        staff.call("access.locker", "write", others, {"out_of_order": True})
        self._number = {one["output"]: one["number"] for one in found}
        self._id = {one["number"]: one["id"] for one in found}

    async def enter(self, stack: AsyncExitStack) -> None:
        lines = self.building.box.lines
        line = stack.enter_context(Line(lines / BOARD))
        self._board = SimulatedLockers(line, changed=self._moved)
        await stack.enter_async_context(self._board)
        line = stack.enter_context(Line(lines / TERMINALS))
        self._terminals = [
            stack.enter_context(SimulatedOsdp(line, unit=unit)) for unit in UNITS
        ]

    def _moved(self, lock: int, is_shut: bool) -> None:
        if not is_shut:
            self.opened.append(Opened(lock, self._here, time.monotonic()))

    async def come(self) -> None:
        if not self._is_taken.locked():
            self.building.do(self._come())

    async def _come(self) -> None:
        """Somebody wants a locker, or their things; or has no right to either."""
        async with self._is_taken:
            owners = list(self.inside.values())
            self._here = self.chance.choice([*MEMBERS, *owners, UNENTITLED, NEVER_SEEN])
            self._visits += 1
            before = len(self.opened)
            self.chance.choice(self._terminals).hold_chip(self._here)
            lock = await self._wait_for_a_door(before)
            if lock is not None:
                await self._use(lock)
            self._here = None

    async def _wait_for_a_door(self, before: int) -> int | None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if len(self.opened) > before:
                return self.opened[-1].lock
            await asyncio.sleep(0.02)
        return None

    async def _use(self, lock: int) -> None:
        """Put things in, or take them out and leave the door open for a while."""
        is_mine = self.inside.get(lock) == self._here
        await asyncio.sleep(0.3)
        if is_mine and self.chance.random() < 0.6:
            self._set_inside(lock, None)
            await asyncio.sleep(FREE_AFTER_S + 1)
        elif lock not in self.inside:
            self._set_inside(lock, self._here)
        self._board.shut_door(lock)
        # Until the board was asked.
        await asyncio.sleep(0.3)

    def _set_inside(self, lock: int, card: str | None) -> None:
        self._board.inside[lock] = card is not None
        if card is None:
            del self.inside[lock]
        else:
            self.inside[lock] = card

    async def mend(self) -> None:
        async with self._is_taken:
            pass

    async def prove(self) -> None:
        """Who has things here gets at them."""
        for lock, card in list(self.inside.items()):
            self._here, found = card, None
            for _try in range(10):
                before = len(self.opened)
                # The first six stand in the first row.
                self._terminals[lock // 6].hold_chip(card)
                found = await self._wait_for_a_door(before)
                if found is not None:
                    break
            assert found == lock, f"locker {self._number[lock]} stays shut"
            self._board.shut_door(lock)
        self._here = None

    def check(self, log) -> None:
        told = log.at_point(self.building.people.points[POINT])
        holders = holders_by(told)
        there = {self._id[number]: who for number, who in holders.items()}
        assert there == self.building.box.lockers()
        credentials = self.building.people.credentials
        things = {self._number[k]: credentials[v] for k, v in self.inside.items()}
        words = f"things without a holder: {things} {holders} {_shown(told)}"
        assert things.items() <= holders.items(), words
        unexplained = [one for one in self.opened if not self._is_told(one, told)]
        words = "lockers opened for somebody else, or for nobody"
        assert unexplained == [], f"{words}: {unexplained} {_shown(told)}"

    def _is_told(self, one: Opened, told: list) -> bool:
        number = self._number[one.lock]
        credential = self.building.people.credentials.get(one.card)
        return any(
            entry.is_between(one.at - SOON_S, one.at + SLACK_S)
            and entry.event.reason in ("locker_assigned", "locker_opened")
            and entry.event.credential == credential
            and _locker(entry) == number
            for entry in told
        )

    def summary(self) -> str:
        opened = len(self.opened)
        return f"{self._visits} visits to the lockers, {opened} doors sprang open"


def _shown(told: list) -> list[tuple]:
    return [(e.at, e.event.reason, e.event.credential, e.event.note) for e in told]


def _locker(entry) -> str:
    return re.match("[^,]*", entry.event.note or "")[0]


def holders_by(told: list) -> dict[str, int]:
    """Give who has which locker by the log; none is given to two."""
    holders: dict[str, int] = {}
    for entry in told:
        number = _locker(entry)
        if entry.event.reason == "locker_assigned":
            assert number not in holders, f"{number} was given to two"
            holders[number] = entry.event.credential
        elif entry.event.reason == "locker_freed":
            del holders[number]
    return holders
