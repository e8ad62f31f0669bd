"""Doors that the rules unlock for a time, or a fire, are held open without the ERP."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from .devices import Devices
from .policy_store import PolicyStore

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Holding:
    """Holds the locks of points that are unlocked now, and lets go of all others."""

    def __init__(
        self,
        store: PolicyStore,
        devices: Devices,
        now: Callable[[], datetime],
        is_burning: Callable[[], bool] = lambda: False,
    ):
        self._is_burning = is_burning
        self._store = store
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
            self._devices.hold(self._unlocked())
        except Exception:
            # Whatever one set of rules does, the next ones must count.
            log.exception("fault in holding doors open")

    def is_free(self, point: int) -> bool:
        """Tell whether anybody may pass a point now."""
        rules, wire = self._store.rules, self._store.rules.wiring.get(point)
        if wire is not None and wire.opens_on_fire and self._is_burning():
            return True
        return rules.policy.is_unlocked(point, self._now())

    def _unlocked(self) -> dict[str, frozenset[int]]:
        """Give by lock the outputs of points that are unlocked now."""
        found: dict[str, set[int]] = {}
        for point, wire in self._store.rules.wiring.items():
            if wire.lock is not None and self.is_free(point):
                found.setdefault(wire.lock, set()).add(wire.output)
        return {lock: frozenset(outputs) for lock, outputs in found.items()}
