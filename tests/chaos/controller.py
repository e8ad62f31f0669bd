"""A network controller that decides alone while the gateway is dead."""

import asyncio
import re
import time
from contextlib import AsyncExitStack

from access_gateway.simulators.uhppote_controller import Opening, SimulatedController

from .actor import Action, Actor
from .bolts import SOON_S
from .gateway import SLACK_S
from .people import STRANGER_NUMBER, SWIPER_NUMBER

POINT, DOOR = "access_base.point_court_1", 1
# Who is on its own list: from day to day, at doors 1 to 4.
_ALWAYS = bytes.fromhex("2020010120991231") + bytes([1, 1, 1, 1, 0, 0, 0, 0])
POWER_LOST = 0.05


class Controller(Actor):
    def __init__(self, building):
        super().__init__(building)
        self.openings: list[Opening] = []
        self.swipes: list[float] = []
        # By its number of the event: whether it let in, deciding alone.
        self.alone: dict[int, bool] = {}

    def actions(self) -> dict[Action, int]:
        return {self.swipe: 8, self.leave_it_alone: 1}

    async def enter(self, stack: AsyncExitStack) -> None:
        self._simulator = SimulatedController(opened=self.openings.append)
        number = SWIPER_NUMBER.to_bytes(4, "little")
        self._simulator.cards[SWIPER_NUMBER] = number + _ALWAYS
        await stack.enter_async_context(self._simulator)

    def prepare(self) -> None:
        settings = {"own_cards": True, "check_ms": 200}
        address = self._simulator.address
        device = self.building.add_device("uhppote_controller", address, settings)
        values = {
            "reader_id": device,
            "lock_id": device,
            "lock_output": 0,
            "reader_number": 0,
            "release_seconds": 1,
        }
        point = self.building.people.points[POINT]
        self.building.erp.staff.call("access.point", "write", [point], values)

    async def swipe(self) -> None:
        card = self.chance.choice([SWIPER_NUMBER, SWIPER_NUMBER, STRANGER_NUMBER])
        self._swipe(card)
        if self.chance.random() < POWER_LOST:
            # In just the moment in which the gateway fetches what it has told.
            await asyncio.sleep(self.chance.uniform(0, 0.5))
            self.building.box.kill()
            self.building.box.start()

    def _swipe(self, card: int) -> None:
        is_alone = not self._simulator.asks_gateway
        self.swipes.append(time.monotonic())
        self._simulator.swipe(DOOR, card)
        if is_alone:
            self.alone[max(self._simulator.events)] = card == SWIPER_NUMBER

    async def leave_it_alone(self) -> None:
        """The power is back, but the gateway takes longer than the controller."""
        self.building.box.kill()
        self._simulator.restart()
        for _ in range(self.chance.randint(1, 5)):
            self._swipe(self.chance.choice([SWIPER_NUMBER, STRANGER_NUMBER]))
        self.building.box.start()

    def check(self, log) -> None:
        point = self.building.people.points[POINT]
        told = log.at_point(point, "granted_by_device", "refused_by_device")
        numbers = [int(re.search(r", event (\d+)", e.event.note)[1]) for e in told]
        assert len(set(numbers)) == len(numbers), "told twice"
        assert self.alone.keys() <= set(numbers), "what it decided alone is missing"
        granted = {
            number: one.event.granted
            for number, one in zip(numbers, told, strict=True)
            if number in self.alone
        }
        assert granted == self.alone
        rights = log.at_point(point, "right")
        for one in self.openings:
            if one.by_gateway:
                begin, end = one.at - SOON_S, one.at + SLACK_S
                assert any(entry.is_between(begin, end) for entry in rights)

    def summary(self) -> str:
        count = len(self.swipes)
        return f"{count} cards at the controller, {len(self.alone)} while it was alone"
