"""An alarm panel that says again what nobody confirmed."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import datetime, timezone

from access_gateway.simulators.alarm_panel import SimulatedPanel
from devtools.processes import free_port

from .actor import Action, Actor

AGAIN_AFTER_S = 0.3
# How probable it is that the line loses an answer, and the gateway its power then.
ANSWER_LOST, POWER_LOST = 0.3, 0.2


class Alarms(Actor):
    def __init__(self, building):
        super().__init__(building)
        self._waiting: asyncio.Queue[int] = asyncio.Queue()
        self._zone = 0
        self.confirmed: list[int] = []
        self._port = free_port()

    def actions(self) -> dict[Action, int]:
        return {self.alarm: 6}

    def prepare(self) -> None:
        self.building.add_device(
            "alarm_panel",
            f"dc09://127.0.0.1:{self._port}",
            {"account": "1234", "tolerance_s": 0},
        )

    async def enter(self, stack: AsyncExitStack) -> None:
        self._panel = SimulatedPanel(self._port)
        self.building.do(self._report_forever())

    async def alarm(self) -> None:
        self._zone += 1
        self._waiting.put_nowait(self._zone)

    async def _report_forever(self) -> None:
        """Report one after the other, each as often as needed."""
        while True:
            zone = await self._waiting.get()
            at, again = datetime.now(timezone.utc), False
            while await self._report(zone, again, at) != "ACK":
                again = True
                await asyncio.sleep(AGAIN_AFTER_S)
            self.confirmed.append(zone)

    async def _report(self, zone: int, again: bool, at: datetime) -> str | None:
        try:
            event = f"1130 01 {zone:03d}"
            answer = await self._panel.contact_id(event, again=again, at=at)
        except OSError:
            return None
        if answer == "ACK" and self.chance.random() < ANSWER_LOST:
            if self.chance.random() < POWER_LOST:
                self.building.box.kill()
                self.building.box.start()
            return None
        return answer

    async def prove(self) -> None:
        await self.alarm()
        await self.building.until(
            lambda: len(self.confirmed) == self._zone, "alarms are not confirmed"
        )

    def check(self, log) -> None:
        told = [one for one in log.of_main() if one.event.reason == "alarm"]
        notes = [one.event.note for one in told]
        zones = [int(re.search(r", 0*(\d+),", note)[1]) for note in notes]
        assert sorted(zones) == sorted(self.confirmed), f"{notes}"

    def summary(self) -> str:
        return f"{len(self.confirmed)} alarms"
