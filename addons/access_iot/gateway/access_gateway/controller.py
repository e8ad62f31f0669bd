"""From a card at a reader to a bolt: decide, record, release - in this order."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from access_policy import (
    Attempt,
    Decision,
    PassageEvent,
    Reason,
    decide,
    seal_token,
)
from access_policy.reading import PIN, Reading

from .devices import Devices
from .drivers import DeviceError, Read, Release
from .facts import Facts
from .journal import Journal, JournalFull
from .policy_store import PolicyStore
from .rules import Rules
from .tokens import reading_of

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

    ``now`` gives the time in UTC; ``on_event`` is called when an event is recorded.
    """

    def __init__(
        self,
        seal_key: bytes,
        store: PolicyStore,
        journal: Journal,
        facts: Facts,
        devices: Devices,
        now: Callable[[], datetime],
        on_event: Callable[[], None] = lambda: None,
    ):
        self._seal_key = seal_key
        self._store = store
        self._journal = journal
        self._facts = facts
        self._devices = devices
        self._now = now
        self._on_event = on_event
        # By reader: what was held to it last, and when.
        self._last: dict[str, tuple[str | None, float]] = {}
        # By point: the card that waits for its PIN.
        self._cards: dict[int, Card] = {}
        self._releases: set[asyncio.Task[None]] = set()

    def handle(self, read: Read) -> Decision | None:
        """Decide on what a reader read, and start the release that follows.

        Gives ``None`` for what is no attempt (the card is still held to the reader, or
        the reader belongs to no point) and for one that could not be recorded.
        """
        rules = self._store.rules
        point = rules.point_of_reader.get(read.device)
        if point is None:
            log.warning("device %s reads, but belongs to no point", read.device)
            return None
        now = self._now()
        what = reading_of(rules, point, read, now)
        seal = what.token and seal_token(self._seal_key, what.token)
        if self._is_repeated(read, seal):
            return None
        try:
            attempt = Attempt(point, seal, now, typed=read.kind == PIN)
            decision = self._decide(rules, attempt, read, what)
        except JournalFull as error:
            log.error("point %s stays shut, no event recorded: %s", point, error)
            return None
        if decision.granted:
            release = asyncio.create_task(self._release_logged(rules, point, read.at))
            self._releases.add(release)
            release.add_done_callback(self._releases.discard)
        return decision

    async def release(self, point: int, user: int) -> Decision:
        """Let staff open a point by hand.

        Raises ``JournalFull`` when it could not be recorded (nothing was opened) and
        ``DeviceError`` when it was recorded, but the lock did not open.
        """
        rules = self._store.rules
        decision = self._record(rules, Attempt(point, None, self._now(), user))
        if decision.granted:
            await self._release(rules, point)
        return decision

    def _decide(
        self, rules: Rules, attempt: Attempt, read: Read, what: Reading
    ) -> Decision:
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

        decision = self._record(rules, attempt, shown)
        # A PIN may not wait for itself.
        if decision.reason is Reason.PIN_MISSING and read.kind != PIN:
            self._cards[point] = Card(attempt.credential, shown(decision), read.at)
        return decision

    def _record(
        self,
        rules: Rules,
        attempt: Attempt,
        shown: Callable[[Decision], str | None] = lambda _decision: None,
    ) -> Decision:
        state = self._facts.state
        decision = decide(rules.policy, state, attempt)
        event = PassageEvent.of(attempt, decision, shown(decision), rules.version)
        events = list(filter(None, (event, event.of_first(decision))))
        for one in events:
            self._journal.append(one)
        for one in events:
            state.turn_back(one.point, (one.person, one.companion), one.time)
            state.note(one)
        self._on_event()
        log.info("point %s: %s", attempt.point, decision.reason.value)
        return decision

    async def _release(self, rules: Rules, point: int) -> None:
        wire = rules.wiring.get(point)
        if wire is not None and wire.lock is not None:
            lock = self._devices.get(wire.lock)
            await lock.release(Release(wire.output, wire.release_ms))

    async def _release_logged(self, rules: Rules, point: int, read_at: float) -> None:
        try:
            await self._release(rules, point)
        except DeviceError as error:
            log.error("point %s: granted, but not opened: %s", point, error)
        else:
            taken = asyncio.get_running_loop().time() - read_at
            log.debug("point %s: open %.1f ms after the read", point, 1000 * taken)

    def _is_repeated(self, read: Read, seal: str | None) -> bool:
        """Tell whether the same thing is still held to the reader."""
        last = self._last.get(read.device)
        self._last[read.device] = (seal, read.at)
        if last is None or last[0] != seal:
            return False
        return 1000 * (read.at - last[1]) < read.repeat_ms
