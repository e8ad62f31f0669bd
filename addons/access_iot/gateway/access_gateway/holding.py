"""Doors that the rules, a reading or a fire unlock are held open without the ERP."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from access_policy import PassageEvent, Reason
from access_policy.event import utc_text

from .devices import Devices
from .journal import JournalError
from .policy_store import PolicyStore
from .recorder import Recorder

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Holding:
    """Holds the locks of points that are unlocked now, and lets go of all others."""

    def __init__(
        self,
        store: PolicyStore,
        recorder: Recorder,
        devices: Devices,
        now: Callable[[], datetime],
        is_burning: Callable[[], bool] = lambda: False,
    ):
        self._is_burning = is_burning
        self._store = store
        self._recorder = recorder
        self._devices = devices
        self._now = now
        self._looking = asyncio.Event()

    async def run(self) -> None:
        """Look once a second, and when told to, until cancelled."""
        while True:
            self._looking.clear()
            self.settle()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._looking.wait(), EVERY_S)

    def look(self) -> None:
        """Do not wait for the second to be over."""
        self._looking.set()

    def settle(self) -> None:
        """Have the locks brought to what the rules say now."""
        try:
            self._end_toggles()
            self._devices.hold(self._unlocked())
        except Exception:
            # Whatever one set of rules does, the next ones must count.
            log.exception("fault in holding doors open")

    def is_free(self, point: int) -> bool:
        """Tell whether anybody may pass a point now."""
        rules, wire = self._store.rules, self._store.rules.wiring.get(point)
        if wire is not None and wire.opens_on_fire and self._is_burning():
            return True
        if rules.policy.is_unlocked(point, self._now()):
            return True
        return self._unlocked_since(point) is not None

    def _unlocked_since(self, point: int) -> str | None:
        policy, state = self._store.rules.policy, self._recorder.facts.state
        return state.unlocked_since(policy, point, self._now())

    def _end_toggles(self) -> None:
        """End what a reading unlocked and its time or another mode locked since.

        For good: a door that a lockdown shut must not spring open after it.
        """
        rules = self._store.rules
        for point, last in list(self._recorder.facts.state.toggled.items()):
            is_over = rules.policy.is_known(point) and not self._unlocked_since(point)
            if is_over and not last.is_shut:
                self._note_end(point, rules.version)

    def _note_end(self, point: int, version: int) -> None:
        log.info("point %s: %s", point, Reason.LOCKED_BY_ITSELF.value)
        event = PassageEvent(
            utc_text(self._now()),
            point,
            False,
            Reason.LOCKED_BY_ITSELF.value,
            policy=version,
        )
        try:
            self._recorder.record(event)
        except JournalError as error:
            log.error("point %s: locked by itself, not recorded: %s", point, error)
            state = self._recorder.facts.state
            state.turn_back(point, (), event.time)
            state.note_at_point(event)

    def _unlocked(self) -> dict[str, frozenset[int]]:
        """Give by lock the outputs of points that are unlocked now."""
        found: dict[str, set[int]] = {}
        for point, wire in self._store.rules.wiring.items():
            if wire.lock is not None and self.is_free(point):
                found.setdefault(wire.lock, set()).add(wire.output)
        return {lock: frozenset(outputs) for lock, outputs in found.items()}
