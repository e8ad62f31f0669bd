"""What happens at the venue: people hold, walk and push; bolts and lamps answer."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .fixtures import Fixture, Lockers, NotPossible
from .picture import picture
from .plan import Bank, Input, Plan, Point

# How long who passes is in the way, and a button or a light barrier is active.
PASSING_S, PULSE_S = 1.0, 0.2

# When nothing has moved by then, nothing will.
ANSWER_S = 2.5
KEPT_ATTEMPTS = 4
REFUSED = "refused"


@dataclass
class Attempt:
    """Something that was held to a reader, and what came of it."""

    who: str
    at: float
    clock: str
    result: str | None = None


@dataclass
class Passage:
    """How it stands at a point besides its bolt."""

    is_open: bool = False
    passing: str | None = None
    forced: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Venue:
    """The simulated devices as a place. ``changed`` is called when it looks different.

    ``switched`` is called for each output of each device, as ``Fixture`` has it.
    """

    def __init__(
        self,
        plan: Plan,
        fixtures: Mapping[str, Fixture],
        changed: Callable[[], None] = lambda: None,
        switched: Callable[[Fixture, int, bool, float], None] = lambda *_: None,
    ):
        there = tuple(one for one in plan.inputs if one.device in fixtures)
        self.plan, self.fixtures = replace(plan, inputs=there), fixtures
        self.changed = changed
        self.visitors: bool | None = None
        self.passages = {point: Passage() for point in plan.points}
        self.attempts: dict[str, deque[Attempt]] = {
            key: deque(maxlen=KEPT_ATTEMPTS) for key in fixtures
        }
        self.active: set[Input] = set()
        self._tell_switched = switched
        self._names = {
            token["value"]: person["name"]
            for person in plan.people
            for token in person["tokens"]
        }
        for key, fixture in fixtures.items():
            fixture.changed = self._look
            fixture.switched = self._switched_by(key)
            fixture.again = partial(self._answer, key, words="opened again")
            fixture.refused = partial(self._refused, key)
        for one in there:
            self._set(one, False)

    # What persons do

    def hold(self, reader: str, value: str, who: str = "") -> float:
        """Hold something to a reader, or type it there; give when."""
        fixture = self._fixture(reader)
        if fixture.reads is None:
            raise NotPossible(f"{fixture.device.name} reads nothing")
        at = fixture.hold(value)
        self._note(reader, who or self._names.get(value, value), at)
        return at

    def type(self, reader: str, keys: str, who: str = "") -> float:
        fixture = self._fixture(reader)
        if not fixture.has_keypad or not set(keys) <= set("0123456789*#"):
            raise NotPossible(f"{fixture.device.name} has no such keys")
        at = fixture.type(keys)
        if keys.endswith("#") or fixture.reads == "pin":
            self._note(reader, who or "PIN", at)
        return at

    def walk(self, point: int) -> None:
        """Walk or drive through, if it is not shut."""
        passage = self._passage(point)
        if not (self.is_released(point) or passage.is_open):
            raise NotPossible("It is shut.")
        self._pass(point, "through")

    def force(self, point: int) -> None:
        """Break a door open, or climb over a gate."""
        if self._inputs(point, "contact"):
            self._passage(point).forced = True
            self._open(point, True)
        else:
            self._pass(point, "forced")

    def back(self, point: int) -> None:
        """Come through against the gate's direction."""
        self._pass(point, "back")

    def door(self, point: int) -> None:
        """Pull a door open that is not locked, or shut it."""
        passage = self._passage(point)
        if not self._inputs(point, "contact"):
            raise NotPossible("It has no contact.")
        if not passage.is_open and not self.is_released(point):
            raise NotPossible("It is shut.")
        self._open(point, not passage.is_open)

    def button(self, point: int) -> None:
        """Push the exit button."""
        self._start(point, self._pulse(self._inputs(point, "exit_button")))

    def fire(self, device: str, number: int) -> None:
        """Switch a fire detector to alarm, or back."""
        for one in self.plan.inputs:
            if (one.device, one.number, one.sense) == (device, number, "fire"):
                self._set(one, one not in self.active)
        self._look()

    def shut(self, locker: int) -> None:
        """Push the door of a locker until it locks."""
        for one in (one for bank in self.plan.banks for one in bank.lockers):
            board = self.fixtures.get(one.device or "")
            if one.id == locker and isinstance(board, Lockers):
                board.shut(one.output)

    def plug(self, device: str) -> None:
        """Pull out the line of a device (and of those beside it), or put it back."""
        line = self._fixture(device).line
        (line.unplug if line.is_plugged else line.plug)()
        self._look()

    def is_released(self, point: int) -> bool:
        told = self.plan.points[point]
        lock = self.fixtures.get(told.lock or "")
        return lock is not None and lock.is_on(told.output)

    # What there is to see

    def picture(self) -> dict[str, Any]:
        return picture(self)

    # What follows

    def _note(self, reader: str, who: str, at: float) -> None:
        attempt = Attempt(who, at, time.strftime("%H:%M:%S"))
        self.attempts[reader].append(attempt)
        loop = asyncio.get_running_loop()
        loop.call_later(ANSWER_S, self._end_waiting, attempt)
        self._look()

    def _end_waiting(self, attempt: Attempt) -> None:
        if attempt.result is None:
            attempt.result = "nothing moved"
            self._look()

    def _refused(self, reader: str, words: str | None) -> None:
        """End the attempt that was refused; the words come after the lamp."""
        looked_for = None if words is None else REFUSED
        for attempt in self.attempts[reader]:
            if attempt.result == looked_for:
                attempt.result = words or REFUSED
                break
        self._look()

    def _switched_by(self, key: str) -> Callable[[int, bool, float], None]:
        def switched(output: int, on: bool, at: float) -> None:
            if on:
                self._answer(key, output, at)
            else:
                self._look()
            self._tell_switched(self.fixtures[key], output, on, at)

        return switched

    def _answer(self, key: str, output: int, at: float, words: str = "opened") -> None:
        """Tell those who wait at readers of what opens here, or is told to again."""
        for point in self.plan.points.values():
            if (point.lock, point.output) == (key, output):
                self._tell(point.readers, words, at)
        for bank in self.plan.banks:
            for locker in bank.lockers:
                if (locker.device, locker.output) == (key, output):
                    self._tell(bank.of_row(locker.row), f"{locker.number} {words}", at)
        self._look()

    def _tell(self, readers: tuple[str, ...], words: str, at: float) -> None:
        waiting = [
            attempt
            for reader in readers
            for attempt in self.attempts.get(reader, ())
            if attempt.result is None
        ]
        for attempt in waiting:
            attempt.result = f"{words} after {max(at - attempt.at, 0) * 1000:.0f} ms"

    def _pass(self, point: int, how: str) -> None:
        passage = self._passage(point)
        if passage.passing:
            raise NotPossible("Somebody is in the way.")
        passage.passing = how
        self._start(point, self._passing(point, how))
        self._look()

    async def _passing(self, point: int, how: str) -> None:
        passage = self._passage(point)
        was_open = passage.is_open
        try:
            self._open(point, True)
            await asyncio.sleep(PASSING_S / 2)
            sense = "reverse_passage" if how == "back" else "passage"
            await self._pulse(self._inputs(point, sense))
            await asyncio.sleep(PASSING_S / 2)
        finally:
            passage.passing = None
            self._open(point, was_open)

    async def _pulse(self, inputs: list[Input]) -> None:
        for one in inputs:
            self._set(one, True)
        self._look()
        await asyncio.sleep(PULSE_S)
        for one in inputs:
            self._set(one, False)
        self._look()

    def _open(self, point: int, is_open: bool) -> None:
        passage = self._passage(point)
        contacts = self._inputs(point, "contact")
        passage.is_open = is_open and bool(contacts)
        passage.forced = passage.forced and is_open
        for one in contacts:
            self._set(one, is_open)
        self._look()

    def _set(self, one: Input, is_so: bool) -> None:
        (self.active.add if is_so else self.active.discard)(one)
        self._fixture(one.device).set_input(one.number, is_so is not one.inverted)

    def _start(self, point: int, work: Any) -> None:
        tasks = self._passage(point).tasks
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _inputs(self, point: int, sense: str) -> list[Input]:
        return [
            one for one in self.plan.inputs if (one.point, one.sense) == (point, sense)
        ]

    def senses(self, point: Point) -> set[str]:
        return {one.sense for one in self.plan.inputs if one.point == point.id}

    def lockers(self, bank: Bank, row: int) -> list[Any]:
        there = [one for one in bank.lockers if one.row == row]
        return sorted(there, key=lambda one: one.position)

    def _passage(self, point: int) -> Passage:
        if point not in self.passages:
            raise NotPossible(f"There is no point {point}.")
        return self.passages[point]

    def _fixture(self, key: str) -> Fixture:
        if key not in self.fixtures:
            raise NotPossible(f"There is no device {key}.")
        return self.fixtures[key]

    def _look(self) -> None:
        self.changed()
