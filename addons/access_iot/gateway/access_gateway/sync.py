"""Events up, rules and commands down, over one link, for as long as the ERP wants."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from . import __version__
from .controller import Controller
from .devices import Devices
from .drivers import DeviceError
from .facts import Facts
from .journal import Journal, JournalError
from .link import CutOff, Link, LinkError, Refused, Unreachable
from .policy_store import PolicyStore
from .rules import Rules
from .tasks import end

log = logging.getLogger(__name__)

BATCH = 500

# What happens together goes up together, and after the bolts have moved.
GATHER_S = 0.005

# Until the next poll when there is something to tell at once.
URGENT_S = 0.02

LONGEST_WAIT_S = 30.0

# How much of a problem is told to the ERP, and of what came of a command.
PROBLEM_LENGTH = 500
MESSAGE_LENGTH = 200

CLOCK_TOLERANCE_S = 60


class Waiting:
    """How long to wait after failures: twice as long each time, with some chance."""

    def __init__(self, first: float, longest: float = LONGEST_WAIT_S):
        self._first = first
        self._longest = longest
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def next(self) -> float:
        seconds = min(self._first * 2 ** min(self._failures, 16), self._longest)
        self._failures += 1
        return seconds * random.uniform(0.5, 1.0)


class Sync:
    """Keeps the ERP and this gateway up to date with each other.

    ``poll`` is in seconds, and ``cut_off_poll`` that of a gateway whose token the ERP
    refuses; ``on_rules`` is awaited when new rules are in force.
    ``link_problem`` says in words why the ERP is not spoken to, if it is not.
    """

    def __init__(
        self,
        link: Link,
        gateway: str,
        journal: Journal,
        store: PolicyStore,
        facts: Facts,
        controller: Controller,
        devices: Devices,
        now: Callable[[], datetime],
        on_rules: Callable[[Rules], Awaitable[None]],
        poll: float = 1.0,
        cut_off_poll: float = 60.0,
    ):
        self._link = link
        self._gateway = gateway
        self._journal = journal
        self._store = store
        self._facts = facts
        self._controller = controller
        self._devices = devices
        self._now = now
        self._on_rules = on_rules
        self._poll = poll
        self._cut_off_poll = cut_off_poll
        self._results: dict[str, dict[str, Any]] = {}
        self._appended = asyncio.Event()
        self._reached = asyncio.Event()
        # Not while the ERP refuses the token: then only polls ask, and slowly.
        self._is_let_in = asyncio.Event()
        self._is_let_in.set()
        self._problems: dict[str, str] = {}
        self.link_problem: str | None = None

    def event_appended(self) -> None:
        self._appended.set()

    @property
    def problem(self) -> str | None:
        """What is wrong with the gateway apart from devices and the link, in words."""
        parts = (self._journal, self._store, self._facts)
        found = [*(part.problem for part in parts), *self._problems.values()]
        return "; ".join(filter(None, found)) or None

    async def run(self) -> None:
        """Talk until cancelled."""
        tasks = [
            asyncio.create_task(self._poll_forever()),
            asyncio.create_task(self._upload_forever()),
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            await end(tasks)

    # Down

    async def _poll_forever(self) -> None:
        waiting = Waiting(self._poll)
        while True:
            try:
                is_urgent = await self._exchange()
                self._note_link(None)
                waiting.reset()
                self._reached.set()
                self._is_let_in.set()
                delay = min(URGENT_S, self._poll) if is_urgent else self._poll
            except CutOff as error:
                # It may be let in again, say when it was archived by mistake.
                self._is_let_in.clear()
                self._note_link(f"cut off by the server, pair again: {error}")
                delay = self._cut_off_poll
            except LinkError as error:
                self._note_link(str(error))
                delay = waiting.next()
            except Exception as error:
                log.exception("fault in the exchange with the server")
                self._note_link(f"fault in the exchange: {error!r}")
                delay = waiting.next()
            await asyncio.sleep(delay)

    async def _exchange(self) -> bool:
        """Poll once; tell whether there is something to say at once."""
        if self._store.is_unkept:
            await asyncio.to_thread(self._store.keep)
        sent = dict(self._results)
        # What the ERP has by now is part of the state that it may tell.
        contained = self._journal.acknowledged
        asked = time.monotonic()
        answer = await self._link.post(
            "sync",
            {
                "gateway": self._gateway,
                "policy_version": self._store.version_told,
                "facts": self._facts.cursor,
                "status": {
                    "software": __version__,
                    "pending": self._journal.pending_count,
                    "problem": _line(self.problem, PROBLEM_LENGTH),
                    "devices": self._device_status(),
                },
                "results": list(sent.values()),
            },
        )
        for command in sent:
            del self._results[command]
        try:
            server_time = parse_time(answer["time"])
            policy, commands = answer["policy"], list(answer["commands"])
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"the server's answer is malformed: {error!r}") from error
        self._compare_clocks(server_time)
        is_new = policy is not None and await self._take(policy)
        for command in commands:
            # Judged by the server's clock, the whole round trip counted as delay.
            delay = timedelta(seconds=time.monotonic() - asked)
            await self._run_command(command, server_time + delay)
        await self._facts.take(answer.get("facts"), contained)
        return is_new or bool(self._results)

    def _device_status(self) -> dict[str, dict[str, Any]]:
        return {
            device: {**told, "problem": _line(told["problem"], PROBLEM_LENGTH)}
            for device, told in self._devices.status().items()
        }

    async def _take(self, envelope: Mapping[str, Any]) -> bool:
        made = await asyncio.to_thread(self._store.prepare, envelope)
        if made is None:
            return False
        # Here, where cards are decided on: no decision sees half of a change.
        self._store.enforce(made)
        await self._on_rules(self._store.rules)
        return True

    async def _run_command(self, command: Any, server_time: datetime) -> None:
        try:
            key = str(command["id"])
            expires_at = parse_time(command["expires_at"])
        except (KeyError, TypeError, ValueError) as error:
            log.error("malformed command: %r", error)
            return
        try:
            ok, message = await self._outcome(command, key, server_time >= expires_at)
        except JournalError as error:
            ok, message = False, str(error)
        message = _line(message, MESSAGE_LENGTH)
        self._results[key] = {"command": key, "ok": ok, "message": message}

    async def _outcome(
        self, command: Mapping[str, Any], key: str, is_late: bool
    ) -> tuple[bool, str | None]:
        """Run a command unless it was run before; give what came of it."""
        if not self._journal.remember_command(key, self._now()):
            return self._journal.command_result(key)
        outcome = (False, "too late") if is_late else await self._perform(command)
        with suppress(JournalError):
            self._journal.finish_command(key, *outcome)
        return outcome

    async def _perform(self, command: Mapping[str, Any]) -> tuple[bool, str | None]:
        """Run a command; give whether it was done, and if not, why."""
        if command.get("kind") != "release":
            return False, f"unknown kind of command {command.get('kind')!r}"
        try:
            point, user = int(command["point"]), int(command["user"])
            decision = await self._controller.release(point, user)
        except (KeyError, TypeError, ValueError) as error:
            return False, f"malformed command: {error!r}"
        except (DeviceError, JournalError) as error:
            return False, str(error)
        return decision.granted, None if decision.granted else decision.reason.value

    def _compare_clocks(self, server_time: datetime) -> None:
        seconds = (self._now() - server_time).total_seconds()
        side = "ahead of" if seconds > 0 else "behind"
        text = f"the clock is {abs(seconds) / 60:.0f} min {side} the server's"
        self._note("clock", text if abs(seconds) > CLOCK_TOLERANCE_S else None)

    # Up

    async def _upload_forever(self) -> None:
        waiting = Waiting(1.0)
        while True:
            if not self._journal.pending_count:
                self._appended.clear()
                await self._appended.wait()
                await asyncio.sleep(GATHER_S)
            await self._is_let_in.wait()
            try:
                await self._deliver()
                self._note("events", None)
                waiting.reset()
            except Exception as error:
                if isinstance(error, CutOff):
                    self._is_let_in.clear()
                if not isinstance(error, LinkError | JournalError):
                    log.exception("fault in delivering events")
                is_away = isinstance(error, Unreachable)
                if not is_away:
                    self._note("events", f"events are not delivered: {error}")
                await self._wait(waiting.next(), until_reached=is_away)

    async def _deliver(self) -> None:
        """Send what comes first; raise unless the ERP holds more of it then.

        A refusal without ``acknowledged`` (other events than ours are there under these
        sequences: ``journal_forked``) leaves everything here as it is.
        """
        before = self._journal.acknowledged
        events = self._journal.pending(BATCH)
        body = {"gateway": self._gateway, "events": events}
        try:
            answer = await self._link.post("events", body)
        except Refused as error:
            if isinstance(error.answer.get("acknowledged"), int):
                self._journal.acknowledge(error.answer["acknowledged"])
            raise
        try:
            self._journal.acknowledge(int(answer["acknowledged"]))
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"the server's answer is malformed: {error!r}") from error
        if self._journal.acknowledged <= before:
            raise LinkError(f"the server does not keep event {before + 1}")

    async def _wait(self, seconds: float, until_reached: bool) -> None:
        """Wait, but for a server that is away no longer than until a poll works."""
        if not until_reached:
            await asyncio.sleep(seconds)
            return
        self._reached.clear()
        reached = asyncio.create_task(self._reached.wait())
        await asyncio.wait({reached}, timeout=seconds)
        reached.cancel()

    def _note(self, subject: str, problem: str | None) -> None:
        if problem is None:
            self._problems.pop(subject, None)
        elif self._problems.get(subject) != problem:
            log.error("%s", problem)
            self._problems[subject] = problem

    def _note_link(self, problem: str | None) -> None:
        if problem != self.link_problem:
            log.warning("%s", problem or "the server is reached again")
        self.link_problem = problem


def _line(words: str | None, length: int) -> str | None:
    """Give words as one short line, which the ERP takes."""
    if words is None:
        return None
    cut = words[:length]
    return "".join(sign if sign.isprintable() else " " for sign in cut)


def parse_time(text: str) -> datetime:
    """Give an aware time; raise ``ValueError``.

    >>> parse_time("2026-11-21T07:30:00Z").isoformat()
    '2026-11-21T07:30:00+00:00'
    """
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return at
