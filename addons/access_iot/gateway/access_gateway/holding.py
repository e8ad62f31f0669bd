"""Doors that the rules unlock for a time are held open, also without the ERP."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from access_policy import Mode

from .devices import Devices
from .policy_store import PolicyStore

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Holding:
    """Holds the locks of points that are unlocked now, and lets go of all others."""

    def __init__(
        self, store: PolicyStore, devices: Devices, now: Callable[[], datetime]
    ):
        self._store = store
        self._devices = devices
        self._now = now

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await self.settle()
            await asyncio.sleep(EVERY_S)

    async def settle(self) -> None:
        """Bring the locks to what the rules say now."""
        try:
            await self._devices.hold(self._unlocked())
        except Exception:
            # Whatever one set of rules does, the next ones must count.
            log.exception("fault in holding doors open")

    def _unlocked(self) -> dict[str, frozenset[int]]:
        """Give by lock the outputs of points that are unlocked now."""
        rules, now = self._store.rules, self._now()
        policy, found = rules.policy, {}
        if policy.expires_at is not None and now >= policy.expires_at:
            return {}
        for key, wire in rules.wiring.items():
            point = policy.points.get(key)
            if wire.lock is None or point is None or point.venue not in policy.venues:
                continue
            if policy.mode_at(key, now) is Mode.UNLOCKED:
                found.setdefault(wire.lock, set()).add(wire.output)
        return {lock: frozenset(outputs) for lock, outputs in found.items()}
