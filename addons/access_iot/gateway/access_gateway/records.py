"""What the gateway keeps: journal, rules, keys, and who has which locker."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from .clock import Clock
from .facts import Facts
from .files import sweep
from .identity import Identity
from .journal import JournalError
from .keyring import Keyring
from .link import Link
from .policy_store import PolicyStore
from .sealing import Sealing
from .stores import Stores
from .takeover import Takeover

log = logging.getLogger(__name__)

POLICY_FILE = "policy.json"
FACTS_FILE = "facts.json"


class Records:
    """All of it is in one directory; what is damaged there stops none of the rest."""

    def __init__(
        self,
        directory: Path,
        identity: Identity,
        now: Callable[[], datetime],
        sealing: Sealing | None,
    ):
        sweep(directory)
        self.directory, self.identity, self.now = directory, identity, now
        self.stores = Stores(directory, identity.gateway, identity.journal, sealing)
        self.journal, self.lockers = self.stores.journal, self.stores.lockers
        self.clock = Clock(now)
        self.clock.begin_after(self.journal.last_time)
        self.facts = Facts(directory / FACTS_FILE, self.journal, now, sealing)
        self.store = PolicyStore(
            directory / POLICY_FILE,
            identity.gateway,
            identity.policy_key,
            identity.next and identity.next.policy_key,
            sealing,
        )
        # Keys are renewed over it.
        self.link = Link(identity.url, identity.token)
        self.keyring = Keyring(directory, identity, self.store, self.link, sealing)
        self.takeover = Takeover(self.lockers, self.journal, self.store)

    def forget_old(self, retention: timedelta) -> None:
        """Let go of what was long ago, and of what is delivered and told."""
        now = self.now()
        before = now - retention
        self.facts.upkeep(self.store.rules.policy, now)
        try:
            self.journal.prune(self.facts.spared(self.journal.last_old(before, now)))
            self.journal.commands.forget(before)
            self.journal.recover()
        except (JournalError, sqlite3.DatabaseError) as error:
            log.error("the journal cannot be pruned: %s", error)
