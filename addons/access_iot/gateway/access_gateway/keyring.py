"""The gateway's keys while the ERP renews them: at no moment without a working set.

The ERP hands out the next keys in an answer to the old token, again and again until the
new token is used. They are on disk before that. Which set is in force for rules and
credentials follows from the rules: those that the next policy key has signed come
whole, sealed by the next seal key, and put both in force between two decisions.
So a crash leaves a state from which a start goes on, whichever instruction it hit:

- next keys not on disk: the old token is still good, and the ERP hands them out again;
- on disk: both tokens are tried, the new one first;
- rules on disk: they tell by their signature which keys they are made for;
- rules and identity on disk: the old keys are gone.
"""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from access_policy import seal_token

from .identity import Identity, IdentityError, Keys
from .link import Link
from .policy_store import PolicyStore
from .sealing import Sealing

log = logging.getLogger(__name__)


class Keyring:
    """The keys of one gateway. ``link`` and ``store`` use them."""

    def __init__(
        self,
        directory: Path,
        identity: Identity,
        store: PolicyStore,
        link: Link,
        sealing: Sealing | None = None,
    ):
        self._directory = directory
        self._identity = identity
        self._store = store
        self._link = link
        self._sealing = sealing
        self.problem: str | None = None
        self._changing = asyncio.Lock()
        self._hand_out()

    def seal(self, token: str) -> str:
        """Give what the rules in force know a token by."""
        return seal_token(self._seal_keys[self._store.public_key], token)

    async def take(self, document: Mapping[str, Any] | None) -> None:
        """Keep the next keys durably, then use them."""
        if document is None:
            return
        try:
            keys = Keys.from_document(document)
        except IdentityError as error:
            self._note(f"new keys refused: {error}")
            return
        async with self._changing:
            if keys == self._identity.next or not await self._settled():
                return
            if await self._kept(self._identity.with_next(keys)):
                log.info("new keys from the server: kept, and used from now on")

    async def settle(self) -> None:
        """Forget the old keys once rules under the next ones are in force and kept."""
        async with self._changing:
            await self._settled()

    async def _settled(self) -> bool:
        later = self._identity.next
        if later is None or later.policy_key != self._store.public_key:
            return True
        if self._store.is_unkept:
            return False
        if done := await self._kept(self._identity.renewed()):
            log.info("the new keys are in force, the old ones are forgotten")
        return done

    async def _kept(self, identity: Identity) -> bool:
        try:
            await asyncio.to_thread(identity.save, self._directory, self._sealing)
        except OSError as error:
            self._note(f"new keys cannot be kept on disk: {error}")
            return False
        self._identity, self.problem = identity, None
        self._hand_out()
        return True

    def _hand_out(self) -> None:
        later = self._identity.next
        sets = [later, self._identity.keys] if later else [self._identity.keys]
        self._seal_keys = {keys.policy_key: keys.seal_key for keys in sets}
        self._link.tokens = tuple(keys.token for keys in sets)
        self._store.next_key = later and later.policy_key

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem
