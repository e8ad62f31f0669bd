"""The pool gate with sensors, a button and fire: who comes through, and with whom."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import NamedTuple

from access_gateway.simulators import Line, SimulatedReader, SimulatedRelays

from .actor import Action, Actor
from .gateway import check_grants, check_holds, check_moves

POINT, COIL = "access_base.point_pool_gate", 2
ENTRANCE, ENTRANCE_COIL = "access_base.point_main_entrance", 0
READER, SENSORS, UNIT = "reader-pool-gate", "sensors", 2
PASSAGE, REVERSE, BUTTON, FIRE = 0, 1, 2, 7
RELEASE_S = 1.0
# How long a sensor is seen, which is asked every 50 ms.
PULSE_S = 0.2
# How long after its cause an event may be written down.
WITHIN_S = 3.0


class Seen(NamedTuple):
    """What happened here, and which events at which point tell of it."""

    begin: float
    end: float
    point: int
    reason: str
    credential: int | None = None


class Gate(Actor):
    def __init__(self, building):
        super().__init__(building)
        self.held: list[tuple[float, str]] = []
        self.seen: list[Seen] = []
        self.fires: list[tuple[float, float]] = []
        self.presses: list[tuple[float, float]] = []
        # At an entrance there is one person at a time.
        self._is_taken = asyncio.Lock()

    def actions(self) -> dict[Action, int]:
        return {self.come: 24, self.go_out: 6, self.burn: 2}

    def prepare(self) -> None:
        staff, points = self.building.erp.staff, self.building.people.points
        values = {"release_seconds": RELEASE_S}
        staff.call("access.point", "write", [points[POINT]], values)

    async def enter(self, stack: AsyncExitStack) -> None:
        lines = self.building.box.lines
        self._reader = SimulatedReader(stack.enter_context(Line(lines / READER)))
        wire = stack.enter_context(Line(lines / SENSORS))
        self._sensors = SimulatedRelays(wire, unit=UNIT)
        await stack.enter_async_context(self._sensors)

    @property
    def _bolts(self):
        return self.building.box.bolts

    async def come(self) -> None:
        if not self._is_taken.locked():
            self.building.do(self._come())

    async def _come(self) -> None:
        async with self._is_taken:
            card = self.building.people.anybody()
            at = time.monotonic()
            self.held.append((at, card))
            self._reader.hold(card)
            if not await self._opens(within=1.0):
                return
            manner = self.chance.choice(["alone", "alone", "followed", "not"])
            number = self.building.people.credentials.get(card)
            if manner == "not":
                await asyncio.sleep(RELEASE_S + 0.5)
                self._note(at, "not_passed", number)
                return
            await self._pulse(PASSAGE)
            self._note(at, "passed", number)
            if manner == "followed":
                begin = time.monotonic()
                await self._pulse(PASSAGE)
                self._note(begin, "second_passage")

    async def _opens(self, within: float) -> bool:
        """Tell whether the gate opens now; one that is stuck open does not."""
        begin = time.monotonic()
        while time.monotonic() < begin + within:
            if any(one.begin >= begin for one in self._bolts.openings(COIL)):
                return True
            await asyncio.sleep(0.02)
        return False

    async def go_out(self) -> None:
        """Somebody presses the button inside, or climbs out through the gate."""
        if not self._is_taken.locked():
            self.building.do(self._go_out())

    async def _go_out(self) -> None:
        async with self._is_taken:
            begin = time.monotonic()
            if self.chance.random() < 0.3:
                await self._pulse(REVERSE)
                self._note(begin, "reverse_passage")
                return
            await self._pulse(BUTTON)
            self.presses.append((begin, time.monotonic() + WITHIN_S))
            self._note(begin, "exit_button")
            await asyncio.sleep(RELEASE_S + 0.5)

    async def burn(self) -> None:
        if not self._sensors.inputs[FIRE]:
            self.building.do(self._burn())

    async def _burn(self) -> None:
        begin = time.monotonic()
        self._sensors.inputs[FIRE] = True
        await asyncio.sleep(self.chance.uniform(0.5, 3))
        self._sensors.inputs[FIRE] = False
        over = time.monotonic()
        self.fires.append((begin, over + WITHIN_S))
        if self._is_well(begin):
            self.seen.append(Seen(begin, begin + WITHIN_S, 0, "fire"))
            self.seen.append(Seen(over, over + WITHIN_S, 0, "fire_over"))

    async def _pulse(self, number: int) -> None:
        self._sensors.inputs[number] = True
        await asyncio.sleep(PULSE_S)
        self._sensors.inputs[number] = False
        await asyncio.sleep(PULSE_S)

    def _is_well(self, since: float) -> bool:
        """Whether the gateway had no reason to miss what happened since."""
        box = self.building.box
        return not box.was_disturbed(since - self.building.START_S, time.monotonic())

    def _note(self, begin: float, reason: str, credential: int | None = None) -> None:
        """Note what the log has to tell; while it burns everybody just goes."""
        is_fire = self._sensors.inputs[FIRE] or any(
            end > begin for _begin, end in self.fires
        )
        if self._is_well(begin) and not is_fire:
            point = self.building.people.points[POINT]
            end = time.monotonic() + WITHIN_S
            self.seen.append(Seen(begin, end, point, reason, credential))

    async def mend(self) -> None:
        self._sensors.inputs[FIRE] = False

    async def prove(self) -> None:
        """A fire opens what is set so, and no longer than it lasts."""
        begin = time.monotonic()
        self._sensors.inputs[FIRE] = True
        await self.building.until(self._all_open, "a fire does not open the doors")
        self._sensors.inputs[FIRE] = False
        await self.building.until(self._all_shut, "the doors stay open after a fire")
        self.fires.append((begin, time.monotonic()))

    def _all_open(self) -> bool:
        now = time.monotonic()
        return all(self._bolts.was_open(one, now, now) for one in (COIL, ENTRANCE_COIL))

    def _all_shut(self) -> bool:
        now = time.monotonic()
        coils = (COIL, ENTRANCE_COIL)
        return not any(self._bolts.was_open(one, now, now) for one in coils)

    def check(self, log) -> None:
        people, box = self.building.people, self.building.box
        point, entrance = people.points[POINT], people.points[ENTRANCE]
        reasons = [*self.fires, *self.presses]
        check_moves(log, point, COIL, box, reasons)
        check_moves(log, entrance, ENTRANCE_COIL, box, self.fires)
        check_grants(log, point, COIL, box)
        check_holds(log, point, self.held, people)
        told = log.of_main()
        untold = [one for one in self.seen if not _is_told(one, told)]
        assert untold == [], f"it happened, but the log has nothing: {untold}"

    def summary(self) -> str:
        count = len(self.seen)
        return f"{count} passages and the like at the gate, {len(self.fires)} fires"


def _is_told(seen: Seen, told: list) -> bool:
    return any(
        one.is_between(seen.begin, seen.end)
        and one.event.reason == seen.reason
        and one.event.point == seen.point
        and (seen.credential is None or one.event.credential == seen.credential)
        for one in told
    )
