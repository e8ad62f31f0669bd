"""Two boxes with the same identity: a copied disk in another box."""

import asyncio
from contextlib import AsyncExitStack

from .actor import Action, Actor
from .bolts import SOON_S
from .box import Box, Row
from .gateway import COIL, POINT, SLACK_S
from .people import MEMBERS


class Twin(Actor):
    def __init__(self, building):
        super().__init__(building)
        self._count = 0
        # Those that are gateways of their own now: by gateway, the box.
        self._own: dict[int, tuple[Box, list[Row]]] = {}

    async def enter(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    def ordeals(self) -> list[Action]:
        return [self.start_a_copy]

    async def start_a_copy(self) -> None:
        """It is found out; then it is thrown away, or becomes a gateway of its own."""
        self._count += 1
        folder = self.building.folder / f"twin{self._count}"
        async with AsyncExitStack() as stack:
            box = Box(folder, FAULT_LINES_ONLY="1")
            self.building.boxes.append(box)
            await box.enter(stack)
            main = self.building.box
            await self.building.be_delivered()
            main.copy_to(box)
            main.start()
            copied = box.journal()
            with self.building.proxy.calm():
                await self._be_found_out(box, copied)
            box.kill()
            if self.chance.random() < 0.7:
                await self._become_its_own(box)
                box.kill()

    async def _be_found_out(self, box: Box, copied: list[Row]) -> None:
        await self._let_the_first_be_ahead(len(copied))
        box.start()
        await self._let_in(box, copied)
        await self.building.until(self._is_known, "the ERP does not tell of two")
        await self.building.until(
            lambda: box.has_said("a copy of this box is in use"), "it says nothing"
        )

    async def _let_the_first_be_ahead(self, count: int) -> None:
        await self.building.until(
            lambda: len(self.building.erp.log_of(self.building.gateway)) > count,
            "no event was delivered",
            meanwhile=lambda: self.building.box.hold(self.chance.choice(MEMBERS)),
        )

    async def _let_in(self, box: Box, copied: list[Row]) -> None:
        await self.building.until(
            lambda: len(box.journal()) >= len(copied) + 3,
            "the copy decides nothing",
            meanwhile=lambda: box.hold(self.chance.choice(MEMBERS)),
        )

    def _is_known(self) -> bool:
        domain = [("id", "=", self.building.gateway)]
        [found] = self.building.erp.staff.read("access.gateway", domain, "forked_at")
        return bool(found["forked_at"])

    async def _become_its_own(self, box: Box) -> None:
        gateway = await asyncio.to_thread(self._pair, box)
        # What it had not told when it was copied, but the first one has, is that one's.
        known = {row.hash for row in self.building.erp.log_of(self.building.gateway)}
        rows = [row for row in box.journal() if row.hash not in known]
        self._own[gateway] = box, rows
        box.start()
        await self.building.until(
            lambda: self.building.erp.log_of(gateway) == rows, "its events are missing"
        )
        # Else it could not be known any more after a restore.
        await asyncio.to_thread(self.building.erp.back_up)

    def _pair(self, box: Box) -> int:
        values = {"name": f"Copy {self._count}"}
        [gateway] = self.building.erp.staff.call("access.gateway", "create", [values])
        code = self.building.pairing_code(gateway)
        box.pair(f"http://127.0.0.1:{self.building.erp.port}", code, keep_events=True)
        return gateway

    def check(self, log) -> None:
        point = self.building.people.points[POINT]
        told = self.building.erp.log_of(self.building.gateway)
        for gateway, (box, rows) in self._own.items():
            assert self.building.erp.log_of(gateway) == rows
            told += rows
            # What it knew that the first one had delivered is that one's.
            before = rows[0].sequence - 1
            gaps = self.building.gaps(self.building.erp.journal_of(gateway))
            missing = [n for first, last in gaps for n in range(first, last + 1)]
            assert missing == list(range(1, before + 1))
            granted = [
                one
                for one in log.entries
                if one.row.hash in box.written
                and one.event.point == point
                and one.event.granted
            ]
            for at, _end in box.bolts.openings(COIL):
                assert any(e.is_between(at - SOON_S, at + SLACK_S) for e in granted)
        assert len({row.hash for row in told}) == len(told), "told by two boxes"

    def summary(self) -> str:
        return f"{self._count} copies of the box, {len(self._own)} became their own"
