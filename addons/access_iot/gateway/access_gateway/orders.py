"""Orders of staff, come from the ERP: each is carried out once, and not too late."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from access_policy.event import one_line

from .commands import Outcome
from .controller import Controller
from .devices import Devices
from .discovery import Offer
from .drivers import DeviceError, Ticket, Uncertain
from .journal import Journal, JournalError
from .locker_desk import LockerDesk
from .tasks import end

log = logging.getLogger(__name__)

# How much is told of what came of one.
MESSAGE_LENGTH = 200

Performing = Coroutine[Any, Any, Outcome]
Perform = Callable[[Mapping[str, Any]], Performing]


class Orders:
    """``results`` are what the ERP is yet to be told; ``on_result`` says there is one.

    Each runs in a task of its own, so that a device that takes its time keeps neither
    the next order nor the next poll waiting.
    """

    def __init__(
        self,
        journal: Journal,
        controller: Controller,
        locker_desk: LockerDesk,
        devices: Devices,
        now: Callable[[], datetime],
        look_around: Callable[[], Awaitable[list[Offer]]],
        on_result: Callable[[], None] = lambda: None,
    ):
        self._journal = journal
        self._controller = controller
        self._performers: dict[str, Perform] = {
            "release": self._release,
            "test": self._test,
            "identify": self._identify,
            "restart": self._restart,
            "print": self._print,
            "discover": self._discover,
            "open_locker": locker_desk.perform,
            "free_locker": locker_desk.perform,
            "hand_over_locker": locker_desk.perform,
        }
        self._devices = devices
        self._now = now
        self._look_around = look_around
        self._on_result = on_result
        self._running: dict[str, asyncio.Task[None]] = {}
        # What was found when last looked for, until the ERP knows it.
        self.found: list[dict[str, str]] | None = None
        # After a crash also of those before it: the ERP knows what it was told twice.
        lately = journal.commands.lately().items()
        self.results = {key: _told(key, outcome) for key, outcome in lately}

    def add(self, kind: str, perform: Perform) -> None:
        """Let a kind of command be carried out by another part."""
        self._performers[kind] = perform

    def take(self, command: Any, server_time: datetime) -> None:
        """Begin to carry out a command; one that is known is not run again."""
        try:
            key, expires_at = str(command["id"]), parse_time(command["expires_at"])
        except (KeyError, TypeError, ValueError) as error:
            log.error("malformed command: %r", error)
            return
        if key not in self._running:
            left = (expires_at - server_time).total_seconds()
            timed = {**command, "before": time.monotonic() + left}
            task = asyncio.create_task(self._run(timed, key, left <= 0))
            self._running[key] = task
            task.add_done_callback(lambda _task: self._running.pop(key, None))

    async def close(self) -> None:
        await end(self._running.values())

    async def _run(self, command: Mapping[str, Any], key: str, is_late: bool) -> None:
        try:
            outcome = await self._outcome(command, key, is_late)
        except JournalError as error:
            outcome = (False, str(error))
        self.results[key] = _told(key, outcome)
        self._on_result()

    async def _outcome(
        self, command: Mapping[str, Any], key: str, is_late: bool
    ) -> Outcome:
        """Run a command unless it was run before; give what came of it."""
        if not self._journal.commands.remember(key, self._now()):
            return self._journal.commands.result(key)
        outcome = (False, "too late") if is_late else await self._perform(command)
        with suppress(JournalError):
            self._journal.commands.finish(key, *outcome)
        return outcome

    async def _perform(self, command: Mapping[str, Any]) -> Outcome:
        """Run a command; give what came of it."""
        kind = command.get("kind")
        perform = self._performers.get(str(kind))
        if perform is None:
            return False, f"unknown kind of command {kind!r}"
        try:
            return await perform(command)
        except (KeyError, TypeError, ValueError) as error:
            return False, f"malformed command: {error!r}"
        except Uncertain as error:
            return None, str(error)
        except (DeviceError, JournalError, OSError) as error:
            return False, str(error)
        except Exception as error:
            log.exception("fault in command %s", kind)
            return False, f"fault: {error!r}"

    async def _release(self, command: Mapping[str, Any]) -> Outcome:
        point, user = int(command["point"]), int(command["user"])
        decision = await self._controller.release(point, user, command["before"])
        return decision.granted, None if decision.granted else decision.reason.value

    async def _test(self, command: Mapping[str, Any]) -> Outcome:
        return True, await self._devices.get(str(command["device"])).test()

    async def _identify(self, command: Mapping[str, Any]) -> Outcome:
        await self._devices.get(str(command["device"])).identify()
        return True, None

    async def _discover(self, _command: Mapping[str, Any]) -> Outcome:
        self.found = [offer._asdict() for offer in await self._look_around()]
        return True, f"{len(self.found)} found"

    async def _restart(self, command: Mapping[str, Any]) -> Outcome:
        driver = self._devices.get(str(command["device"]))
        driver.restart()
        # So that what is tested next is the new connection.
        await asyncio.sleep(0)
        return True, None

    async def _print(self, command: Mapping[str, Any]) -> Outcome:
        driver = self._devices.get(str(command["device"]))
        ticket = Ticket.from_document(command["ticket"])
        await driver.print(ticket, command["before"])
        return True, None


def _told(command: str, outcome: Outcome) -> dict[str, Any]:
    """Give what came of a command as the ERP is told."""
    ok, words = outcome
    return {"command": command, "ok": ok, "message": one_line(words, MESSAGE_LENGTH)}


def parse_time(text: str) -> datetime:
    """Give an aware time; raise ``ValueError``.

    >>> parse_time("2026-11-21T07:30:00Z").isoformat()
    '2026-11-21T07:30:00+00:00'
    """
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return at.astimezone(timezone.utc)
