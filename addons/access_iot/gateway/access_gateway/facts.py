"""What happened: here, as the journal has it, and elsewhere, as the ERP tells it.

Both make the one state that decisions look at. What the ERP told is kept on disk, so
that a gateway knows it after a start without network. With it stands up to which event
of the journal the ERP's state has them: only these may be deleted there.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from access_policy import PassageEvent, Policy, State, event_of, state_from_document
from access_policy.document import section_of
from access_policy.event import utc_text
from access_policy.fields import integer
from access_policy.state import Toggle, time_of

from .journal import Journal
from .kept import Kept
from .sealing import Sealing

log = logging.getLogger(__name__)

# Changes may always weigh so much; beyond that no more than the state itself.
LIGHT_CHANGES = 1_000_000

# How many events of the journal are noted before a card at a reader gets its turn.
SLICE = 500

# As many events happen within minutes: how long somebody waits for a second person, or
# wrong PINs lock a keypad.
MOMENTS = 5000

_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)


class Told(NamedTuple):
    """An answer of the ERP; with a ``state`` it stands in place of all before.

    ``names`` are those of the rules for persons who had another one here.
    """

    cursor: str
    state: State | None
    events: list[PassageEvent]
    names: Mapping[int, int]


class Facts:
    """The state of one gateway.

    ``cursor`` says how far the ERP told what happened elsewhere; ``None`` asks for all.
    ``contained`` is the last event of the journal that is part of the state on disk;
    ``now`` gives the time in UTC.
    """

    def __init__(
        self,
        path: Path,
        journal: Journal,
        now: Callable[[], datetime],
        sealing: Sealing | None = None,
    ):
        self._kept = Kept(path, sealing)
        self._journal = journal
        self._now = now
        self.state = State()
        self.cursor: str | None = None
        self.contained = 0
        self._is_behind = False
        self._refusal: str | None = None
        self._keeping: str | None = None
        self._restore()

    @property
    def problem(self) -> str | None:
        return "; ".join(filter(None, (self._keeping, self._refusal))) or None

    async def take(self, answer: Any, contained: int = 0) -> None:
        """Note what an answer tells, if it is good; otherwise ask for all.

        ``contained`` is the last event of the journal that a state in it has.
        """
        if answer is None:
            return
        heard = utc_text(self._now())
        try:
            told = await asyncio.to_thread(_told, answer)
        except _MALFORMED as error:
            self._refuse(f"facts refused: {error!r}")
            self.cursor = None
            return
        is_whole = told.state is not None or self._kept.is_empty
        if told.state is None:
            contained = 0
        ours = {"journal": self._journal.gateway, "contained": contained}
        answer = {**answer, **ours, "heard": heard}
        await asyncio.to_thread(self._keep, answer, is_whole)
        if told.state is not None:
            self.state = await self._with_own(told, contained)
        for event in told.events:
            self.state.turn_back(event.point, (event.person, event.companion), heard)
        self._note(told.events, heard)
        self.cursor = None if self._is_long() else told.cursor
        self._refusal = None

    def upkeep(self, policy: Policy, now: datetime) -> None:
        """Forget what counts no more; after trouble with the disk, begin anew."""
        self.state.end_stays(policy, now)
        known = {key for one in policy.persons.values() for key, _ticket in one.tickets}
        self.state.forget_before(_month_before(now.date()).isoformat(), known)
        if self._is_behind:
            self.cursor = None

    def spared(self, last: int) -> int:
        """Give how far the journal may be deleted, at most to an event.

        When that is not as far, the state is asked for that has what is to be deleted.
        """
        if last > self.contained:
            self.cursor = None
        return min(last, self.contained)

    def _keep(self, answer: Mapping[str, Any], is_whole: bool) -> None:
        """Write an answer; after one that was not, only the whole is worth it."""
        if self._is_behind and not is_whole:
            return
        try:
            if is_whole:
                self._kept.replace(json.dumps(answer))
                self.contained = answer["contained"]
            else:
                self._kept.append([json.dumps(answer)])
        except OSError as error:
            if not self._is_behind:
                log.error("what happened elsewhere is not kept on disk: %s", error)
            self._keeping = f"what happened elsewhere is not kept on disk: {error}"
            self._is_behind = True
        else:
            self._keeping, self._is_behind = None, False

    def _is_long(self) -> bool:
        whole, changes = self._kept.sizes
        return not self._is_behind and changes > max(whole, LIGHT_CHANGES)

    def _restore(self) -> None:
        names: Mapping[int, int] = {}
        try:
            kept = self._kept.read()
            if self._kept.wants_sealing:
                raise ValueError("nobody with this machine's key has written them")
            names = self._replay(*kept)
        except FileNotFoundError:
            pass
        except (*_MALFORMED, OSError) as error:
            self._refuse(f"stored facts refused: {error!r}")
            self.cursor = None
        if self._journal.floor > self.contained:
            self.cursor = None
        after, now = self._from_here_on(self.contained), utc_text(self._now())
        while records := self._journal.records(after, SLICE):
            for after, record in records:
                event = _renamed(record, names)
                _note_own(self.state, event, after > self.contained, now)
        self.state.toggled = self._toggled()

    def _replay(self, whole: str, changes: list[str]) -> Mapping[int, int]:
        """Note what is kept on disk, and give the names that came with it."""
        answer = json.loads(whole)
        if answer["journal"] != self._journal.gateway:
            raise ValueError("they are those of another gateway")
        told = _told(answer)
        names = told.names
        self.contained = integer(answer["contained"])
        self.state = told.state or self.state
        self._note(told.events, answer["heard"])
        self.cursor = told.cursor
        for change in changes:
            answer = json.loads(change)
            told = _told(answer)
            self._note(told.events, answer["heard"])
            self.cursor = told.cursor
        return names

    async def _with_own(self, told: Told, contained: int) -> State:
        """Note the journal's events in a state while the former one decides."""
        state = told.state
        after, now = self._from_here_on(contained), utc_text(self._now())
        # Between the last look into the journal and the return nothing is recorded.
        while records := self._journal.records(after, SLICE):
            for after, record in records:
                event = _renamed(record, told.names)
                _note_own(state, event, after > contained, now)
            await asyncio.sleep(0)
        state.toggled = self.state.toggled
        return state

    def _toggled(self) -> dict[int, Toggle]:
        """Give how it stands at points that are locked by the next reading.

        They may be open for longer than what a state tells, so it is asked of the
        journal itself. Without one they are locked.
        """
        here = State()
        for event in self._journal.of_toggles():
            here.turn_back(event.point, (), event.time)
            here.note_at_point(event)
        return here.toggled

    def _from_here_on(self, contained: int) -> int:
        """Give after which event the journal is read: of those that a state contains
        only the last ones count, for moments. A start must not read a month."""
        return max(0, contained - MOMENTS)

    def _note(self, events: Iterable[PassageEvent], heard: str) -> None:
        for event in events:
            self.state.note(event, heard)

    def _refuse(self, problem: str) -> None:
        if problem != self._refusal:
            log.error("%s", problem)
        self._refusal = problem


def _note_own(state: State, event: PassageEvent, is_new: bool, now: str) -> None:
    """Note an event of the journal; unless it is new, the state has it.

    But for the point: what counts for moments only, a state does not tell.
    """
    state.turn_back(event.point, (), event.time)
    if is_new:
        state.note(event, now)
    else:
        state.note_at_point(event)


def _told(answer: Mapping[str, Any]) -> Told:
    """Read an answer in full, so that nothing is noted of one that is malformed."""
    cursor, state = answer["cursor"], answer.get("state")
    if not isinstance(cursor, str):
        raise TypeError("a cursor that is no text")
    events = [event_of(record) for record in answer.get("events", ())]
    trial = State()
    for event in events:
        time_of(event.time)
        trial.note(event)
    built = None if state is None else state_from_document(state)
    names = section_of(answer, "names", integer)
    return Told(cursor, built, events, names)


def _renamed(record: str, names: Mapping[int, int]) -> PassageEvent:
    """Give an event by the names that persons have in the rules."""
    event = event_of(record)
    if event.person in names or event.companion in names:
        person, companion = (
            names.get(one, one) for one in (event.person, event.companion)
        )
        event = event._replace(person=person, companion=companion)
    return event


def _month_before(day: date) -> date:
    """Give the first day of the month before a day's.

    >>> _month_before(date(2026, 1, 15))
    datetime.date(2025, 12, 1)
    """
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
