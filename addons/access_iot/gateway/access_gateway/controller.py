"""From a card at a reader to a bolt: decide, record, release - in this order."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from access_policy import (
    Attempt,
    CredentialError,
    Decision,
    PassageEvent,
    State,
    credential_token,
    decide,
    seal_token,
)
from access_policy.event import shown

from .devices import Devices
from .drivers import DeviceError, Read, Release
from .journal import Journal, JournalFull
from .policy_store import PolicyStore
from .rules import Rules

log = logging.getLogger(__name__)


class Controller:
    """Decides for the points of one gateway.

    ``now`` gives the time in UTC; ``on_event`` is called when an event is recorded.
    """

    def __init__(
        self,
        seal_key: bytes,
        store: PolicyStore,
        journal: Journal,
        devices: Devices,
        now: Callable[[], datetime],
        on_event: Callable[[], None] = lambda: None,
    ):
        self._seal_key = seal_key
        self._store = store
        self._journal = journal
        self._devices = devices
        self._now = now
        self._on_event = on_event
        self._state = State()
        # By reader: what was held to it last, and when.
        self._last: dict[str, tuple[str | None, float]] = {}
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
        token = _token(read)
        seal = None if token is None else seal_token(self._seal_key, token)
        if self._is_repeated(read, seal):
            return None
        try:
            decision = self._record(rules, Attempt(point, seal, self._now()), token)
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

    def _record(
        self, rules: Rules, attempt: Attempt, token: str | None = None
    ) -> Decision:
        decision = decide(rules.policy, self._state, attempt)
        seen = token and shown(token, known=decision.credential is not None)
        event = PassageEvent.of(attempt, decision, seen, rules.version)
        self._journal.append(event)
        self._state.note(event)
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


def _token(read: Read) -> str | None:
    try:
        return None if read.value is None else credential_token(read.kind, read.value)
    except CredentialError:
        return None
