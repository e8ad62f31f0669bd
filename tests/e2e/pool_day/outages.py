"""What fails in the day, and goes on: the ERP and the gateway are killed, tills change.

The ERP dies while all are busy: gates and lockers go on by themselves, and tills send
again what was not answered. The gateway dies between two times of the day, and must
know who is inside and who has which locker.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .day import Day

DEATHS = 2
# How often guests arrive until the doors are closed.
ARRIVALS = 50
# When in a time of the day the ERP dies.
SECONDS = 0.1, 1.5


class Outages:
    """``is_one`` while the ERP is away or starts anew."""

    def __init__(self, day: Day):
        self.day, self.is_one = day, False
        self._chance = random.Random(f"{day.seed}/outages")
        steps = self._chance.sample(range(8, ARRIVALS), 2 * DEATHS)
        self._erp, self._gateway = steps[:DEATHS], steps[DEATHS:]
        self._sessions = ARRIVALS // 2

    def during(self, step: int) -> list[Coroutine[Any, Any, None]]:
        """Give what goes on beside the guests."""
        self.is_one = step in self._erp
        return [self._kill_the_erp()] if self.is_one else []

    async def after(self, step: int) -> None:
        if step in self._gateway:
            self.day.count("gateway_killed")
            await self.day.house.kill_gateway()
        if step == self._sessions:
            tills = self.day.tills.all.values()
            await asyncio.gather(*(till.work(till.change_session) for till in tills))

    async def _kill_the_erp(self) -> None:
        self.day.count("erp_killed")
        await asyncio.sleep(self._chance.uniform(*SECONDS))
        await self.day.house.kill_erp()
