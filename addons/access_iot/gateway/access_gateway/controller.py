"""From a card at a reader to a bolt: decide, record, release - in this order."""

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from access_policy import (
    OUTDOORS,
    Attempt,
    Decision,
    PassageEvent,
    Reason,
    decide,
)
from access_policy.reading import PIN, Reading

from .devices import Devices
from .drivers import DeviceError
from .gates import Gates
from .journal import JournalFull
from .messages import PATIENCE_S, Indication, Read, Release, Verdict
from .policy_store import PolicyStore
from .recorder import Recorder
from .repeats import Repeats
from .rules import Rules
from .tasks import Background
from .tokens import reading_of
from .wiring import ReaderOf
from .words import guest_words

log = logging.getLogger(__name__)

# How long a card waits for its PIN (requirement A12).
PIN_WITHIN_S = 15.0


class Card(NamedTuple):
    """A card that waits for its PIN; ``at`` is as in ``Read``."""

    seal: str | None
    seen: str | None
    at: float


class Controller:
    """Decides for the points of one gateway.

    ``now`` gives the time in UTC.
    """

    def __init__(
        self,
        seal: Callable[[str], str],
        store: PolicyStore,
        recorder: Recorder,
        gates: Gates,
        devices: Devices,
        now: Callable[[], datetime],
    ):
        self._seal = seal
        self._store = store
        self._recorder = recorder
        self._gates = gates
        self._devices = devices
        self._now = now
        self._repeats = Repeats()
        # By point: the card that waits for its PIN.
        self._cards: dict[int, Card] = {}
        self._actions = Background()

    def handle(self, read: Read) -> Decision | None:
        """Decide on what a reader read, and start the release that follows.

        Gives ``None`` for what is no attempt (the card is still held to the reader, or
        the reader belongs to no point) and for one that could not be recorded.
        """
        rules = self._store.rules
        reader = ReaderOf(read.device, read.reader)
        point = rules.point_of_reader.get(reader)
        if point is None:
            log.warning("device %s reads, but belongs to no point", read.device)
            return None
        now = self._now()
        what = reading_of(rules, point, read, now)
        seal = what.token and self._seal(what.token)
        if self._repeats.is_repeated(read, seal):
            return None
        try:
            attempt = Attempt(point, seal, now, typed=read.kind == PIN)
            decision, events = self._decide(rules, attempt, read, what)
        except JournalFull as error:
            log.error("point %s stays shut, no event recorded: %s", point, error)
            return None
        self._actions.start(self._show(rules, read, decision))
        if decision.granted:
            self._actions.start(self._release_logged(rules, events, read.at))
        return decision

    def note_verdict(self, verdict: Verdict) -> None:
        """Write down what a device decided by itself."""
        rules = self._store.rules
        point = rules.point_of_reader.get(ReaderOf(verdict.device, verdict.reader))
        if point is None:
            log.warning("device %s decides for no point", verdict.device)
            return
        now = self._now()
        # No device knows the future, whatever its clock says.
        at = min(verdict.at or now, now)
        read = Read(verdict.device, verdict.kind, verdict.value, reader=verdict.reader)
        what = reading_of(rules, point, read, at)
        seal = what.token and self._seal(what.token)
        credential = rules.policy.credential(seal, at) if seal else None
        decision = Decision(
            verdict.granted,
            Reason.GRANTED_BY_DEVICE if verdict.granted else Reason.REFUSED_BY_DEVICE,
            person=credential and credential.person,
            credential=credential and credential.id,
            zone=_zone_behind(rules, point) if verdict.granted and credential else None,
        )
        event = PassageEvent.of(
            Attempt(point, seal, at),
            decision,
            what.seen(known=credential is not None),
            rules.version,
        )
        event = event._replace(note=verdict.reason)
        self._recorder.record_told(event, verdict)

    async def release(
        self, point: int, user: int, before: float = math.inf
    ) -> Decision:
        """Let staff open a point by hand, but not any more after ``before``.

        Raises ``JournalFull`` when it could not be recorded (nothing was opened) and
        ``DeviceError`` when it was recorded, but the lock did not open.
        """
        rules = self._store.rules
        attempt = Attempt(point, None, self._now(), user)
        decision, events = self._record(rules, attempt)
        if decision.granted:
            await self._release(rules, events, before)
        return decision

    def _decide(
        self, rules: Rules, attempt: Attempt, read: Read, what: Reading
    ) -> tuple[Decision, list[PassageEvent]]:
        """Decide on an attempt, or with a PIN on that of the card that waits for it."""
        point = attempt.point
        card = self._cards.pop(point, None)
        if read.kind == PIN and card and read.at <= card.at + PIN_WITHIN_S:
            # What is no PIN at all is a wrong one.
            pin = attempt.credential or ""
            attempt = replace(attempt, credential=card.seal, pin=pin, typed=False)
            return self._record(rules, attempt, lambda _decision: card.seen)

        def shown(decision: Decision) -> str | None:
            return what.seen(known=decision.credential is not None)

        decision, events = self._record(rules, attempt, shown)
        # A PIN may not wait for itself.
        if decision.reason is Reason.PIN_MISSING and read.kind != PIN:
            self._cards[point] = Card(attempt.credential, shown(decision), read.at)
        return decision, events

    def _record(
        self,
        rules: Rules,
        attempt: Attempt,
        shown: Callable[[Decision], str | None] = lambda _decision: None,
    ) -> tuple[Decision, list[PassageEvent]]:
        """Decide and write it down; give the events as they were decided: that of the
        attempt, and where two must come that of the first of them."""
        state = self._recorder.facts.state
        state.awaited = self._gates.awaited()
        decision = decide(rules.policy, state, attempt)
        event = PassageEvent.of(attempt, decision, shown(decision), rules.version)
        events = [event, *filter(None, [event.of_first(decision)])]
        self._recorder.record(*map(self._gates.withheld, events))
        log.info("point %s: %s", attempt.point, decision.reason.value)
        if decision.granted and _has_lock(rules, attempt.point):
            # At once: a copy of the ticket may be the next that is decided on. And
            # before the bolt moves, lest the door that opens count as forced.
            for event in events:
                self._gates.released(event)
        elif decision.reason is Reason.LOCKED_AGAIN:
            self._gates.locked(attempt.point)
        return decision, events

    async def _release(
        self, rules: Rules, events: Sequence[PassageEvent], before: float
    ) -> None:
        if not _has_lock(rules, events[0].point):
            return
        wire = rules.wiring[events[0].point]
        try:
            lock = self._devices.get(wire.lock)
            await lock.release(Release(wire.output, wire.release_ms, before))
        except DeviceError as error:
            self._gates.failed(events, str(error))
            raise

    async def _release_logged(
        self, rules: Rules, events: Sequence[PassageEvent], read_at: float
    ) -> None:
        point = events[0].point
        try:
            await self._release(rules, events, read_at + PATIENCE_S)
        except DeviceError as error:
            log.error("point %s: granted, but not opened: %s", point, error)
        else:
            taken = asyncio.get_running_loop().time() - read_at
            log.debug("point %s: open %.1f ms after the read", point, 1000 * taken)

    async def _show(self, rules: Rules, read: Read, decision: Decision) -> None:
        """Show it at the reader; what a reader cannot show changes nothing."""
        text = guest_words(decision, read.kind == PIN, rules.words)
        shown = Indication(not decision.is_refused, text, read.reader)
        try:
            await self._devices.get(read.device).show(shown)
        except (DeviceError, OSError) as error:
            log.debug("device %s shows nothing: %s", read.device, error)
        except Exception:
            log.exception("device %s: fault in its driver", read.device)


def _has_lock(rules: Rules, point: int) -> bool:
    wire = rules.wiring.get(point)
    return wire is not None and wire.lock is not None


def _zone_behind(rules: Rules, point: int) -> int:
    return rules.policy.points[point].zone_to or OUTDOORS
