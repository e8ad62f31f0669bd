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

from . import __version__, systemd
from .clock import Clock
from .compare import Comparison
from .controller import Controller
from .devices import Devices
from .discovery import discover
from .drivers import NotKept
from .facts import Facts
from .files import sweep, write_atomically
from .gates import Gates
from .holding import Holding
from .identity import Identity
from .journal import JournalError
from .keyring import Keyring
from .link import Link
from .locker_desk import LockerDesk
from .locker_events import event_of_note
from .locker_store import Note
from .messages import Alarm, Contact, Read, Told, Verdict
from .orders import Orders
from .pictures import Album
from .policy_store import PolicyStore
from .recorder import Recorder
from .rules import Rules
from .sealing import Sealing
from .stores import Stores
from .sync import Sync
from .takeover import Takeover
from .tasks import end, forever
from .updates import Updates
from .wake import Wake
from .words import in_one_line

log = logging.getLogger(__name__)

POLICY_FILE = "policy.json"
FACTS_FILE = "facts.json"
PICTURES_FOLDER = "pictures"
STATUS_FILE = "status.json"

STATUS_EVERY_S = 1.0
UPKEEP_EVERY_S = 60.0


def read_status(directory: Path) -> dict[str, Any] | None:
    """Give what the running program showed last; ``None`` before it has."""
    try:
        return json.loads((directory / STATUS_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a gateway is run here; for the polls see ``Sync``."""

    state_dir: Path
    serial_dir: Path = Path("/dev")
    poll: float = 1.0
    pushed_poll: float = 5.0
    cut_off_poll: float = 60.0
    retention: timedelta = timedelta(days=30)


class Runtime:
    """One gateway. Made in the event loop that runs it; ``now`` gives the UTC time."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        now: Callable[[], datetime] = utc_now,
        sealing: Sealing | None = None,
    ):
        self._settings, self._identity, self._now = settings, identity, now
        sweep(settings.state_dir)
        self._stores = Stores(settings.state_dir, identity.gateway, identity.journal)
        self.journal = self._stores.journal
        self.clock = Clock(now)
        self.clock.begin_after(self.journal.last_time)
        self.facts = Facts(settings.state_dir / FACTS_FILE, self.journal, now, sealing)
        self.store = PolicyStore(
            settings.state_dir / POLICY_FILE,
            identity.gateway,
            identity.policy_key,
            identity.next and identity.next.policy_key,
            sealing,
        )
        self.link = Link(identity.url, identity.token)
        self.keyring = Keyring(
            settings.state_dir, identity, self.store, self.link, sealing
        )
        self.devices = Devices(settings.serial_dir, self._handle)
        self.recorder = Recorder(
            self.journal, self.facts, now, on_event=lambda: self.sync.event_appended()
        )
        self.holding = Holding(
            self.store, self.devices, now, is_burning=lambda: self.gates.is_burning
        )
        self.gates = Gates(
            self.recorder,
            self.devices,
            now,
            is_free=self.holding.is_free,
            on_fire=self.holding.look,
        )
        self.album = Album(
            settings.state_dir / PICTURES_FOLDER,
            self.devices,
            self.link,
            identity.gateway,
            rules=lambda: self.store.rules,
            has_room=lambda: self.journal.has_room,
        )
        self.recorder.on_recorded = self.album.see
        self.wake = Wake(
            identity.url,
            token=lambda: self.link.tokens[-1],
            on_news=lambda: self.sync.wake(),
            first_wait=settings.poll,
        )
        self.controller = Controller(
            self.keyring.seal,
            self.store,
            self.recorder,
            self.gates,
            self.devices,
            now,
        )
        self._lockers = self._stores.lockers
        self.locker_desk = LockerDesk(
            self.keyring.seal,
            self.store,
            self._lockers,
            self.facts,
            self.devices,
            now,
            tell=self._tell_of_locker,
        )
        self.takeover = Takeover(self._lockers, self.journal, self.store)
        self.orders = Orders(
            self.journal,
            self.controller,
            self.locker_desk,
            self.devices,
            now,
            look_around=lambda: discover(settings.serial_dir),
            on_result=lambda: self.sync.wake(),
        )
        comparison = Comparison(
            self.link, identity.gateway, self.store, poll=lambda: self.sync.wake()
        )
        self.orders.add("compare", comparison.perform)
        self.updates = Updates(
            settings.state_dir,
            self.link,
            identity.gateway,
            online=self._devices_online,
            restart=self._restart,
        )
        self.sync = Sync(
            self.link,
            identity.gateway,
            self.journal,
            self.store,
            self.facts,
            self.orders,
            self.devices,
            now,
            on_rules=self._apply,
            poll=settings.poll,
            cut_off_poll=settings.cut_off_poll,
            is_pushed=lambda: self.wake.is_up,
            pushed_poll=settings.pushed_poll,
            on_unannounced=self.wake.missed,
            clock=self.clock,
            takers={
                "keys": self.keyring,
                "release": self.updates,
                "lockers": self.takeover,
            },
            unknown_banks=self.takeover.wanted,
        )
        self._shown: str | None = None
        self._stop: asyncio.Event | None = None
        self.wants_restart = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop, and leave every lock at rest."""
        self._stop = stop
        async with self.link:
            await self._apply(self.store.rules)
            work = (
                self.sync.run,
                self.wake.run,
                self._show_status,
                self._keep_up,
                self.holding.run,
                self.gates.run,
                self.album.run,
                self.locker_desk.run,
                lambda: self.updates.confirm_when(self._is_well),
                systemd.keep_watchdog,
            )
            tasks = [asyncio.create_task(forever(one)) for one in work]
            try:
                await stop.wait()
            finally:
                log.info("shutting down")
                systemd.notify("STOPPING=1")
                await end(tasks)
                await self.updates.close()
                await self.orders.close()
                await self.devices.close()
                self._stores.close()

    def status(self) -> dict[str, Any]:
        """Give what ``access-gateway status`` shows."""
        rules = self.store.rules
        shown = {
            "gateway": self._identity.gateway,
            "software": __version__,
            "server": self._identity.url,
            "server_problem": self.sync.link_problem,
            "push_problem": self.wake.problem,
            "policy_version": rules.version,
            "policy_expires_at": rules.expires_at,
            "pending": self.journal.pending_count,
            "problem": self.sync.problem,
            "devices": self.devices.status(),
        }
        return in_one_line(shown)

    def _devices_online(self) -> set[str]:
        shown = self.devices.status()
        return {device for device, told in shown.items() if told["online"]}

    def _is_well(self) -> bool:
        """Tell whether the ERP has answered and there are rules to decide by."""
        return self.sync.has_been_answered and self.store.rules.version > 0

    def _restart(self) -> None:
        """Shut down, to begin anew with another release."""
        self.wants_restart = True
        if self._stop is not None:
            self._stop.set()

    def _handle(self, told: Told) -> None:
        """Take what a device tells; raise ``NotKept`` for what it should tell again."""
        try:
            if isinstance(told, Read):
                self._handle_read(told)
            elif isinstance(told, Contact):
                self.gates.sense(told)
            elif isinstance(told, Verdict):
                self.controller.note_verdict(told)
            elif isinstance(told, Alarm):
                self.gates.note_alarm(told)
        except JournalError as error:
            raise NotKept(str(error)) from error
        except Exception:
            # Whatever one device tells, the others must go on.
            log.exception("device %s: fault while handling what it told", told.device)

    def _handle_read(self, read: Read) -> None:
        if read.device in self.store.rules.bank_of_terminal:
            self.locker_desk.handle(read)
        else:
            self.controller.handle(read)

    def _tell_of_locker(self, note: Note) -> None:
        """Write down what befell a locker, unless that was done before a crash."""
        event = event_of_note(note, self.store.rules)
        if note.id is None or not self.journal.has_lately(event):
            self.recorder.record(event)

    async def _apply(self, rules: Rules) -> None:
        await self.keyring.settle()
        self.gates.apply(rules)
        await self.devices.apply(rules.devices)
        self.gates.recall()
        self.holding.settle()

    async def _show_status(self) -> None:
        while True:
            self.clock.look()
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
                self.journal.commands.forget(before)
                self.journal.recover()
            except (JournalError, sqlite3.DatabaseError) as error:
                log.error("the journal cannot be pruned: %s", error)
            # Not while it burns: for a moment the doors would fall shut.
            if self._stores.can_be_opened_now() and not self.gates.is_burning:
                log.info("the disk can be used again: beginning anew")
                self._restart()
            await asyncio.sleep(UPKEEP_EVERY_S)


async def run(
    settings: Settings, identity: Identity, sealing: Sealing | None = None
) -> bool:
    """Run a gateway until SIGTERM or SIGINT; tell whether it wants to begin anew."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runtime = Runtime(settings, identity, sealing=sealing)
    await runtime.run(stop)
    return runtime.wants_restart
