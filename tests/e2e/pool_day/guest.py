"""A guest with a band: what they do, one thing at a time, and what they saw of it."""

from __future__ import annotations

import asyncio
import random
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .bills import LIMIT, Stay
from .house import GLANCE_S, PATIENCE_S, SHUT_S, Row
from .prices import BEER, CHIPS
from .venue import EXIT_MINUTES, ROOM

if TYPE_CHECKING:
    from .day import Day

Action = Callable[[], Awaitable[None]]
TICKET = timedelta(minutes=EXIT_MINUTES)
WARES = [("beer", BEER), ("chips", CHIPS)]


class Band(NamedTuple):
    id: int
    number: str
    value: str


class Guest:
    """``seen`` is the record by which the day is judged; the ERP knows nothing of it.

    What they do is drawn by a chance of their own, so that it does not hang on which
    thread was faster.
    """

    def __init__(self, day: Day, number: int, stay: Stay, is_leader: bool = False):
        self.day, self.number, self.seen = day, number, stay
        self.chance = random.Random(f"{day.seed}/{number}")
        self.is_leader = is_leader
        self.band: Band | None = None
        self.stay_id = 0
        self.zone: str | None = None
        self.locker: tuple[int, int] | None = None
        self.was_here = self.chance.randint(2, 12)
        # Of the exit ticket, and since when there is one.
        self.code: str | None = None
        self.let_go_at: datetime | None = None
        self.was_late = False
        self.delay = self.chance.choice([0, 0, 0, 0, 0, 0, 0, 0, 3])
        self.is_gone = False
        self.is_forgetful = self.chance.random() < 0.15
        self.drawn = 0
        # The line of the order, and whether they want their money back before going in.
        self.sold_by = 0
        self.changes_mind = self.chance.random() < 0.04

    def __str__(self) -> str:
        return f"guest {self.number} ({self.seen.kind})"

    # -- inside ------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left but to pay."""
        has_things = self.locker is not None and not self.is_forgetful
        return self.was_here <= 0 and self.zone == "pool" and not has_things

    async def act(self) -> None:
        """Do the next thing inside."""
        if self.zone is None:
            await self._go("entry", "pool")
            return
        self.was_here -= 1
        if self.was_here <= 0:
            await self._get_ready()
            return
        actions = self._actions()
        [action] = self.chance.choices(list(actions), list(actions.values()))
        self.day.count(action.__name__)
        await action()

    def _actions(self) -> dict[Action, float]:
        if self.zone == "sauna":
            return {self.rest: 2, self.leave_the_sauna: 2}
        found: dict[Action, float] = {
            self.rest: 3,
            self.go_into_the_sauna: 1.5,
            self.put_on_the_band: 1.2,
            self.put_too_much_on_the_band: 0.3,
            self.be_served_by_two: 0.3,
            self.pay_the_tab: 0.5,
            self.show_the_band: 0.3,
        }
        if self.locker is None:
            found |= {self.take_a_locker: 4, self.lose_the_band: 0.12}
        else:
            found[self.open_the_locker] = 1
        if self.day.is_group(self):
            found[self.try_the_room] = 1
        return found

    async def _get_ready(self) -> None:
        if self.zone == "sauna":
            await self.leave_the_sauna()
        elif self.locker is not None and not self.is_forgetful:
            await self.empty_the_locker()

    async def rest(self) -> None:
        """Swim."""

    async def _go(self, gate: str, zone: str | None) -> None:
        """Pass one of the gates of a kind."""
        name = self.day.gate(gate, self.chance)
        assert self.band is not None
        if not await self.day.house.gates[name].hold(self.band.value):
            self.day.differs(f"{self} with {self.band.number} is not let by {name}")
            return
        self._note(zone, name)

    def _note(self, zone: str | None, name: str) -> None:
        self.zone = zone
        self.seen.passages.append((self.day.now, zone))
        self.day.passages.append((self.stay_id, self.day.venue.points[name]))

    async def go_into_the_sauna(self) -> None:
        await self._go("sauna in", "sauna")

    async def leave_the_sauna(self) -> None:
        await self._go("sauna out", "pool")

    async def try_the_room(self) -> None:
        """Only the leader's band opens the group's room and closes it."""
        room = self.day.house.gates[ROOM]
        if not self.is_leader:
            if await room.hold(self.band.value, GLANCE_S):
                self.day.differs(f"{self} opened the room")
        elif self.day.room_used_at < self.day.now:
            # Which of two leaders was later cannot be told as the clock stands.
            self.day.room_used_at = self.day.now
            if not await room.toggle(self.band.value):
                self.day.differs(f"{self} did not open the room and close it")
            self.day.passages.append((self.stay_id, self.day.venue.room))

    # -- lockers ------------------------------------------------------

    async def take_a_locker(self) -> None:
        place = self.chance.randrange(len(self.day.house.rows))
        row = self.day.house.rows[place]
        async with row.turn:
            found = await row.hold(self.band.value)
            if found is None:
                self.day.differs(f"{self} got no locker in row {place}")
                return
            self.locker = place, found
            row.fill(found, self)
            await self._shut(row, found)

    async def open_the_locker(self) -> None:
        place, locker = self.locker
        row = self.day.house.rows[place]
        async with row.turn:
            await self._open(row, locker)
            await self._shut(row, locker)

    async def empty_the_locker(self) -> None:
        """Take all out, and leave when the row knows that it is free."""
        place, locker = self.locker
        row = self.day.house.rows[place]
        async with row.turn:
            await self._open(row, locker)
            row.empty(locker)
            await self.day.house.freed(place, locker)
            await self._shut(row, locker)
        self.locker = None

    async def _open(self, row: Row, locker: int) -> None:
        found = await row.hold(self.band.value)
        if found != locker:
            self.day.differs(f"{self} has locker {locker}, {found} opened")

    async def _shut(self, row: Row, locker: int) -> None:
        await asyncio.sleep(SHUT_S)
        row.shut(locker)
        await asyncio.sleep(SHUT_S)

    # -- bar and desk ------------------------------------------------------

    async def put_on_the_band(self) -> None:
        await self._buy(self.chance.choices(WARES, k=self.chance.randint(1, 2)))

    async def put_too_much_on_the_band(self) -> None:
        await self._buy([("beer", BEER)] * 5)

    async def _buy(self, wares: list[tuple[str, int]]) -> None:
        till = self.day.tills.next("bar")
        cents = sum(each for _name, each in wares)
        may = sum(self.seen.tab) + cents <= LIMIT
        refusal = await till.work(till.put_on_band, wares, self.band.value)
        if (refusal is None) is not may:
            self.day.differs(f"{self}: {self.seen.tab} + {cents}: {refusal}")
        if refusal is None:
            self.seen.tab.append(cents)

    async def be_served_by_two(self) -> None:
        """Two order at once on one band, which bears one of them."""
        left = LIMIT - sum(self.seen.tab)
        if left < BEER:
            return
        one, two = self.day.tills.all["bar 1"], self.day.tills.all["bar 2"]
        wares = [("beer", left * 6 // 10)]
        refusals = await asyncio.gather(
            *(
                till.work(till.put_on_band, wares, self.band.value)
                for till in (one, two)
            )
        )
        if [refusal is None for refusal in refusals].count(True) != 1:
            self.day.differs(f"{self} was served by two: {refusals}")
        self.seen.tab.append(left * 6 // 10)

    async def pay_the_tab(self) -> None:
        till = self.day.tills.next("desk")
        paid = await till.work(self.day.desk.pay_tab, till, self)
        if paid != sum(self.seen.tab):
            self.day.differs(f"{self}: {paid} asked for the tab of {self.seen.tab}")
        self.seen.tab.clear()

    async def show_the_band(self) -> None:
        till = self.day.tills.next("desk")
        found = await till.work(till.ask, "action_access_read", self.band.value)
        due = self.seen.owed(self.day.now) + sum(self.seen.tab)
        told = round(100 * found["stay"]["owed"])
        if told != due:
            self.day.differs(f"{self}: {told} shown, {due} due")

    async def lose_the_band(self) -> None:
        """Say so at the desk; who gets no other one goes home."""
        till, gets_another = self.day.tills.next("desk"), self.chance.random() < 0.6
        other = self.day.take_band() if gets_another else None
        lost, self.band = self.band, other
        self.band_number = (other or lost).number
        self.day.lost.append(lost)
        args = self.stay_id, other.id if other else False, "lost in the pool"
        await till.work(till.ask, "action_access_lost", *args)
        self.seen.is_lost = True
        if other is None:
            self.was_here = 0

    # -- out ------------------------------------------------------

    async def go_out(self) -> None:
        """Leave with the exit ticket; late, or with somebody who has a copy of it."""
        if self.delay:
            self.delay -= 1
            return
        gates, manner = self.day.house.gates, self.chance.random()
        is_good = self.day.now <= self.let_go_at + TICKET
        patience = PATIENCE_S if is_good else GLANCE_S
        first, second = self.day.exits(self.chance)
        if manner < 0.08:
            self.day.count("copies_at_once")
            opened = await self._hold_copies([first, second], patience)
            if len(opened) > 1:
                self.day.differs(f"{self}: copies opened {opened}")
            opens, [first] = bool(opened), opened[:1] or [first]
        else:
            opens = await gates[first].hold(self.code, patience)
        if opens is not is_good:
            self.day.differs(f"{self}, ticket of {self.let_go_at}: {opens}")
        if not opens:
            # Back to the desk with the same slip.
            self.day.count("came_late")
            self.was_late = True
            return
        self._note(None, first)
        self.is_gone = True
        if 0.08 < manner < 0.25:
            self.day.count("copy_after")
            if await gates[second].hold(self.code, GLANCE_S):
                self.day.differs(f"{self}: a copy of the ticket opened {second}")

    async def _hold_copies(self, names: list[str], patience: float) -> list[str]:
        """Hold a copy to each gate at once; give those that opened."""
        gates = self.day.house.gates
        tasks = {
            asyncio.create_task(gates[name].hold(self.code, patience)): name
            for name in names
        }
        done, waiting = await asyncio.wait(tasks, return_when=FIRST_COMPLETED)
        if any(task.result() for task in done) and waiting:
            # One went through: nobody stands before the other gate for long.
            more, waiting = await asyncio.wait(waiting, timeout=GLANCE_S)
            done |= more
            for task in waiting:
                task.cancel()
        else:
            done |= (await asyncio.wait(waiting))[0] if waiting else set()
        return [tasks[task] for task in done if task.result()]
