"""Comparing what this gateway holds with what the ERP thinks it does."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from access_policy.digest import policy_digests

from .link import Link, LinkError, Refused
from .orders import Outcome, parse_time
from .policy_store import PolicyStore

OUTDATED = "rules_outdated"
# How often and how long newer rules are waited for.
TRIES = 5
PAUSE_S = 1.0
# The ERP compiles all the rules for it.
PATIENCE_S = 60.0


class Comparison:
    """Tells the ERP in short what is in force; it says what should be otherwise."""

    def __init__(
        self, link: Link, gateway: str, store: PolicyStore, poll: Callable[[], None]
    ):
        self._link = link
        self._gateway = gateway
        self._store = store
        self._poll = poll

    async def perform(self, command: Mapping[str, Any]) -> Outcome:
        """Carry out a command ``compare``."""
        for _try in range(TRIES):
            try:
                told = await self._told(command)
                await self._link.post("compare", told, patience=PATIENCE_S)
            except Refused as error:
                if error.code != OUTDATED:
                    return False, str(error)
            except LinkError as error:
                return False, str(error)
            else:
                return True, None
            self._poll()
            await asyncio.sleep(PAUSE_S)
        return False, "the rules change too fast to be compared"

    async def _told(self, command: Mapping[str, Any]) -> dict[str, Any]:
        rules, at = self._store.rules, parse_time(command["issued_at"])
        # Copied, as a change may come meanwhile; what they hold never changes.
        held = rules.policy.with_parts(
            persons=dict(rules.policy.persons),
            credentials=dict(rules.policy.credentials),
            rights=dict(rules.policy.rights),
        )
        sections = await asyncio.to_thread(policy_digests, held, at)
        return {
            "gateway": self._gateway,
            "command": str(command["id"]),
            "version": rules.version,
            "sections": {**sections, **rules.digests},
        }
