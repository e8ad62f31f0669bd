"""What happened: here, as the journal has it, and elsewhere, as the ERP tells it.

Both make the one state that decisions look at. What the ERP told is kept on disk as it
came, so that a gateway knows it after a start without network.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from access_policy import PassageEvent, Policy, State, event_of, state_from_document
from access_policy.state import time_of

from .journal import Journal
from .kept import Kept
from .sealing import Sealing

log = logging.getLogger(__name__)

# Changes may always weigh so much; beyond that no more than the state itself.
LIGHT_CHANGES = 1_000_000

# How many events of the journal are noted before a card at a reader gets its turn.
SLICE = 500

_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)


class Told(NamedTuple):
    """An answer of the ERP; with a ``state`` it stands in place of all before."""

    cursor: str
    state: State | None
    events: list[PassageEvent]


class Facts:
    """The state of one gateway.

    ``cursor`` says how far the ERP told what happened elsewhere; ``None`` asks for all.
    """

    def __init__(self, path: Path, journal: Journal, sealing: Sealing | None = None):
        self._kept = Kept(path, sealing)
        self._journal = journal
        self.state = State()
        self.cursor: str | None = None
        self._is_behind = False
        self._refusal: str | None = None
        self._keeping: str | None = None
        self._restore()

    @property
    def problem(self) -> str | None:
        return "; ".join(filter(None, (self._keeping, self._refusal))) or None

    async def take(self, answer: Any) -> None:
        """Note what an answer tells, if it is good; otherwise ask for all."""
        if answer is None:
            return
        try:
            told = await asyncio.to_thread(_told, answer)
        except _MALFORMED as error:
            self._refuse(f"facts refused: {error!r}")
            self.cursor = None
            return
        is_whole = told.state is not None or self._kept.is_empty
        await asyncio.to_thread(self._keep, answer, is_whole)
        if told.state is not None:
            self.state = await self._with_own(told.state)
        self._note(told.events)
        self.cursor = None if self._is_long() else told.cursor
        self._refusal = None

    def upkeep(self, policy: Policy, now: datetime) -> None:
        """Forget what counts no more; after trouble with the disk, begin anew."""
        self.state.end_stays(policy, now)
        self.state.forget_uses_before(_month_before(now.date()).isoformat())
        if self._is_behind:
            self.cursor = None

    def _keep(self, answer: Mapping[str, Any], is_whole: bool) -> None:
        """Write an answer; after one that was not, only the whole is worth it."""
        if self._is_behind and not is_whole:
            return
        try:
            if is_whole:
                self._kept.replace(json.dumps(answer))
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
        try:
            self._replay(*self._kept.read())
        except FileNotFoundError:
            pass
        except (*_MALFORMED, OSError) as error:
            self._refuse(f"stored facts refused: {error!r}")
            self.cursor = None
        after = 0
        while records := self._journal.records(after, SLICE):
            self._note(event_of(record) for _sequence, record in records)
            after = records[-1][0]

    def _replay(self, whole: str, changes: list[str]) -> None:
        told = _told(json.loads(whole))
        self.state = told.state or self.state
        self._note(told.events)
        self.cursor = told.cursor
        for change in changes:
            told = _told(json.loads(change))
            self._note(told.events)
            self.cursor = told.cursor

    async def _with_own(self, state: State) -> State:
        """Note the journal's events in a state while the former one decides."""
        after = 0
        # Between the last look into the journal and the return nothing is recorded.
        while records := self._journal.records(after, SLICE):
            for sequence, record in records:
                state.note(event_of(record))
                after = sequence
            await asyncio.sleep(0)
        return state

    def _note(self, events: Iterable[PassageEvent]) -> None:
        for event in events:
            self.state.note(event)

    def _refuse(self, problem: str) -> None:
        if problem != self._refusal:
            log.error("%s", problem)
        self._refusal = problem


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
    return Told(cursor, built, events)


def _month_before(day: date) -> date:
    """Give the first day of the month before a day's.

    >>> _month_before(date(2026, 1, 15))
    datetime.date(2025, 12, 1)
    """
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
