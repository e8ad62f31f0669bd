"""The running gateway: its parts put together, started and shut down."""

import asyncio
import json
import logging
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from .controller import Controller
from .devices import Devices
from .drivers import Read
from .facts import Facts
from .files import write_atomically
from .holding import Holding
from .identity import Identity
from .journal import Journal, JournalError
from .link import Link
from .policy_store import PolicyStore
from .rules import Rules
from .sync import Sync
from .tasks import end

log = logging.getLogger(__name__)

JOURNAL_FILE = "journal.db"
POLICY_FILE = "policy.json"
FACTS_FILE = "facts.json"
STATUS_FILE = "status.json"

STATUS_EVERY_S = 1.0
UPKEEP_EVERY_S = 60.0


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a gateway is run here; for the polls see ``Sync``."""

    state_dir: Path
    serial_dir: Path = Path("/dev")
    poll: float = 1.0
    cut_off_poll: float = 60.0
    retention: timedelta = timedelta(days=30)


class Runtime:
    """One gateway. Made in the event loop that runs it; ``now`` gives the UTC time."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        now: Callable[[], datetime] = utc_now,
    ):
        self._settings, self._identity, self._now = settings, identity, now
        self.journal = Journal(settings.state_dir / JOURNAL_FILE)
        self.journal.continue_from(identity.gateway, identity.journal)
        self.facts = Facts(settings.state_dir / FACTS_FILE, self.journal, now)
        self.store = PolicyStore(
            settings.state_dir / POLICY_FILE, identity.gateway, identity.policy_key
        )
        self.devices = Devices(settings.serial_dir, self._handle)
        self.holding = Holding(self.store, self.devices, now)
        self.link = Link(identity.url, identity.token)
        self.controller = Controller(
            identity.seal_key,
            self.store,
            self.journal,
            self.facts,
            self.devices,
            now,
            on_event=lambda: self.sync.event_appended(),
        )
        self.sync = Sync(
            self.link,
            identity.gateway,
            self.journal,
            self.store,
            self.facts,
            self.controller,
            self.devices,
            now,
            on_rules=self._apply,
            poll=settings.poll,
            cut_off_poll=settings.cut_off_poll,
        )
        self._shown: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, and leave every lock at rest."""
        async with self.link:
            await self._apply(self.store.rules)
            tasks = [
                asyncio.create_task(self.sync.run()),
                asyncio.create_task(self._show_status()),
                asyncio.create_task(self._keep_up()),
                asyncio.create_task(self.holding.run()),
            ]
            try:
                await stop.wait()
            finally:
                log.info("shutting down")
                await end(tasks)
                await self.devices.close()
                self.journal.close()

    def status(self) -> dict[str, Any]:
        """Give what ``access-gateway status`` shows."""
        rules = self.store.rules
        return {
            "gateway": self._identity.gateway,
            "server": self._identity.url,
            "server_problem": self.sync.link_problem,
            "policy_version": rules.version,
            "policy_expires_at": rules.expires_at,
            "pending": self.journal.pending_count,
            "problem": self.sync.problem,
            "devices": self.devices.status(),
        }

    def _handle(self, read: Read) -> None:
        try:
            self.controller.handle(read)
        except Exception:
            # Whatever one read does, the reader must go on.
            log.exception("device %s: fault while handling a read", read.device)

    async def _apply(self, rules: Rules) -> None:
        await self.devices.apply(rules.devices)
        await self.holding.settle()

    async def _show_status(self) -> None:
        while True:
            shown = json.dumps(self.status(), indent=1, ensure_ascii=False)
            if shown != self._shown:
                path = self._settings.state_dir / STATUS_FILE
                with suppress(OSError):
                    write_atomically(path, shown, durable=False)
                    self._shown = shown
            await asyncio.sleep(STATUS_EVERY_S)

    async def _keep_up(self) -> None:
        while True:
            now = self._now()
            before = now - self._settings.retention
            self.facts.upkeep(self.store.rules.policy, now)
            try:
                self.journal.prune(
                    self.facts.spared(self.journal.last_old(before, now))
                )
                self.journal.forget_commands(before)
                self.journal.recover()
            except (JournalError, sqlite3.DatabaseError) as error:
                log.error("the journal cannot be pruned: %s", error)
            await asyncio.sleep(UPKEEP_EVERY_S)


async def run(settings: Settings, identity: Identity) -> None:
    """Run a gateway until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Runtime(settings, identity).run(stop)
