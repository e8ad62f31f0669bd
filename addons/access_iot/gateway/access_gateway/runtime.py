"""The running gateway: its parts put together, started and shut down."""

import asyncio
import json
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from . import __version__, systemd
from .compare import Comparison
from .discovery import discover
from .doors import Doors
from .files import write_atomically
from .identity import Identity
from .orders import Orders
from .records import Records
from .rules import Rules
from .sealing import Sealing
from .sync import Sync
from .tasks import end, forever
from .updates import Updates
from .wake import Wake
from .words import in_one_line

log = logging.getLogger(__name__)

STATUS_FILE = "status.json"
SERIAL_DIR = Path("/dev")

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
    serial_dir: Path = SERIAL_DIR
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
        kept = self._records = Records(settings.state_dir, identity, now, sealing)
        self.journal, self.clock, self.facts = kept.journal, kept.clock, kept.facts
        self.store, self.link, self.keyring = kept.store, kept.link, kept.keyring
        self.takeover = kept.takeover
        doors = self.doors = Doors(
            kept, settings.serial_dir, on_event=lambda: self.sync.event_appended()
        )
        self.devices, self.recorder = doors.devices, doors.recorder
        self.holding, self.gates, self.album = doors.holding, doors.gates, doors.album
        self.controller, self.locker_desk = doors.controller, doors.locker_desk
        self.wake = Wake(
            identity.url,
            token=lambda: self.link.tokens[-1],
            on_news=lambda: self.sync.wake(),
            first_wait=settings.poll,
        )
        self.updates = Updates(
            settings.state_dir,
            self.link,
            identity.gateway,
            online=self._devices_online,
            restart=self._restart,
        )
        self.orders = self._new_orders()
        self.sync = self._new_sync()
        self._shown: str | None = None
        self._stop: asyncio.Event | None = None
        self.wants_restart = False

    def _new_orders(self) -> Orders:
        def poll() -> None:
            self.sync.wake()

        orders = Orders(
            self.journal,
            self.controller,
            self.locker_desk,
            self.devices,
            self._now,
            look_around=lambda: discover(self._settings.serial_dir),
            on_result=poll,
        )
        comparison = Comparison(self.link, self._identity.gateway, self.store, poll)
        orders.add("compare", comparison.perform)
        return orders

    def _new_sync(self) -> Sync:
        settings = self._settings
        return Sync(
            self.link,
            self._identity.gateway,
            self.journal,
            self.store,
            self.facts,
            self.orders,
            self.devices,
            self._now,
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
                *self.doors.work,
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
                self._records.stores.close()

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
            "serial_dir": str(self._settings.serial_dir.absolute()),
            "devices": {
                key: {"name": rules.devices[key].name, **told}
                for key, told in self.devices.status().items()
                if key in rules.devices
            },
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

    async def _apply(self, rules: Rules) -> None:
        await self.keyring.settle()
        await self.doors.apply(rules)

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
            self._records.forget_old(self._settings.retention)
            # Not while it burns: for a moment the doors would fall shut.
            if self._records.stores.can_be_opened_now() and not self.gates.is_burning:
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
