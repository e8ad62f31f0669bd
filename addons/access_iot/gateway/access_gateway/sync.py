"""Events up, rules and commands down, over one link, for as long as the ERP wants."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from access_policy.event import one_line, utc_text

from . import __version__
from .clock import Clock
from .devices import Devices
from .facts import Facts
from .installed import describe
from .journal import Head, Journal, JournalError
from .link import CutOff, Link, LinkError, Refused, Unreachable
from .orders import Orders, parse_time
from .policy_store import PolicyStore
from .rules import Rules
from .tasks import end
from .waiting import Waiting
from .words import in_one_line

log = logging.getLogger(__name__)

BATCH = 500

# What happens together goes up together, and after the bolts have moved.
GATHER_S = 0.005

# Until the next poll when there is something to tell at once.
URGENT_S = 0.02

# How much of a problem is told to the ERP.
PROBLEM_LENGTH = 500


class Taker(Protocol):
    """Takes what an answer says under a name, ``None`` for nothing."""

    problem: str | None

    async def take(self, told: Any) -> None: ...


class Sync:
    """Keeps the ERP and this gateway up to date with each other.

    ``poll`` is in seconds, ``pushed_poll`` while the ERP says by itself that there is
    news (``is_pushed``; ``on_unannounced`` is called when it did not), and
    ``cut_off_poll`` that of a gateway whose token the ERP
    refuses; ``on_rules`` is awaited when new rules are in force. ``takers`` take what
    else the answers say, by its name there. ``link_problem`` says in words why the ERP
    is not spoken to, if it is not.
    """

    def __init__(
        self,
        link: Link,
        gateway: str,
        journal: Journal,
        store: PolicyStore,
        facts: Facts,
        orders: Orders,
        devices: Devices,
        now: Callable[[], datetime],
        on_rules: Callable[[Rules], Awaitable[None]],
        poll: float = 1.0,
        cut_off_poll: float = 60.0,
        is_pushed: Callable[[], bool] = lambda: False,
        pushed_poll: float = 5.0,
        on_unannounced: Callable[[], None] = lambda: None,
        clock: Clock | None = None,
        takers: Mapping[str, "Taker"] | None = None,
        unknown_banks: Callable[[], list[int]] = list,
    ):
        self._link = link
        self._clock = clock or Clock(now)
        self._gateway = gateway
        self._journal = journal
        self._store = store
        self._facts = facts
        self._orders = orders
        self._devices = devices
        self._now = now
        self._on_rules = on_rules
        self._poll = poll
        self._cut_off_poll = cut_off_poll
        self._is_pushed = is_pushed
        self._pushed_poll = pushed_poll
        self._on_unannounced = on_unannounced
        self._takers = takers or {}
        self._unknown_banks = unknown_banks
        self._drivers: list[dict[str, Any]] | None = None
        self._drivers_told = False
        self._told: dict[str, Any] = {}
        self._in_force_since = now()
        self._woken = asyncio.Event()
        self._appended = asyncio.Event()
        self._reached = asyncio.Event()
        # Not while the ERP refuses the token: then only polls ask, and slowly.
        self._is_let_in = asyncio.Event()
        self._is_let_in.set()
        self._problems: dict[str, str] = {}
        self.link_problem: str | None = None

    def wake(self) -> None:
        """Poll at once: there is something to tell, or to fetch."""
        self._woken.set()

    def event_appended(self) -> None:
        self._appended.set()

    @property
    def has_been_answered(self) -> bool:
        """Whether the ERP has answered since the start."""
        return self._drivers_told

    @property
    def problem(self) -> str | None:
        """What is wrong with the gateway apart from devices and the link, in words."""
        parts = (self._journal, self._store, self._facts, self._clock)
        told = [part.problem for part in (*parts, *self._takers.values())]
        found = [*told, *self._problems.values()]
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
                await self._rest(is_urgent)
                continue
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
            await self._pause(delay)

    async def _rest(self, is_urgent: bool) -> None:
        """Wait until there is something to ask, or to tell that is new here."""
        if self._orders.results:
            self._woken.set()
        if is_urgent:
            await self._pause(min(URGENT_S, self._poll))
            return
        asked = time.monotonic()
        while not await self._pause(self._poll):
            longest = self._pushed_poll if self._is_pushed() else 0.0
            if time.monotonic() - asked >= longest or self._told != self._status():
                return

    async def _pause(self, seconds: float) -> bool:
        """Wait, but for news no longer than to gather it; tell whether there is any."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
            await asyncio.sleep(min(URGENT_S, self._poll))
        return self._woken.is_set()

    async def _exchange(self) -> bool:
        """Poll once; tell whether there is something to say at once."""
        if self._store.is_unkept:
            await asyncio.to_thread(self._store.keep)
        news = await self._news()
        was_called = self._woken.is_set()
        self._woken.clear()  # What is said from here on may not be in the answer.
        # What the ERP has by now is part of the state that it may tell.
        contained = self._journal.acknowledged
        asked = time.monotonic()
        answer = await self._ask(news)
        try:
            server_time = parse_time(answer["time"])
            policy, commands = answer["policy"], list(answer["commands"])
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"the server's answer is malformed: {error!r}") from error
        self._clock.compare(server_time)
        self._compare_journals(answer.get("journal"), contained)
        is_new = policy is not None and await self._take(policy)
        if not was_called and (commands or (is_new and self._store.is_changed)):
            self._on_unannounced()
        for command in commands:
            # Judged by the server's clock, the whole round trip counted as delay.
            delay = timedelta(seconds=time.monotonic() - asked)
            self._orders.take(command, server_time + delay)
        if self._journal.gateway and self._journal.acknowledged >= contained:
            await self._facts.take(answer.get("facts"), contained)
        tokens = self._link.tokens
        for name, taker in self._takers.items():
            await taker.take(answer.get(name))
        if self._link.tokens != tokens:
            self.wake()  # Until the new token is used the old one is told it, too.
        return is_new

    async def _ask(self, news: Mapping[str, Any]) -> dict[str, Any]:
        """Tell how it is here, and what came of commands; give the answer."""
        sent, found = dict(self._orders.results), self._orders.found
        status = self._status()
        answer = await self._link.post(
            "sync",
            {
                "gateway": self._gateway,
                "policy_version": self._store.version_told,
                "facts": self._facts.cursor,
                "status": status | news,
                "results": list(sent.values()),
                "banks": self._unknown_banks(),
            },
        )
        if found is self._orders.found:
            self._orders.found = None
        self._drivers_told, self._told = True, status
        for command in sent:
            del self._orders.results[command]
        return answer

    def _status(self) -> dict[str, Any]:
        return {
            "software": __version__,
            "pending": self._journal.pending_count,
            "problem": one_line(self.problem, PROBLEM_LENGTH),
            "push": self._is_pushed(),
            "policy": {
                "version": self._store.rules.version,
                "since": utc_text(self._in_force_since),
                "refused": one_line(self._store.refusal, PROBLEM_LENGTH),
            },
            "devices": self._device_status(),
        }

    async def _news(self) -> dict[str, Any]:
        """Give what the ERP does not know yet: the drivers, and what was found."""
        news = {}
        if not self._drivers_told:
            if self._drivers is None:
                # All their packages are imported for this: doors do not wait for it.
                self._drivers = in_one_line(await asyncio.to_thread(describe))
            news["drivers"] = self._drivers
        if self._orders.found is not None:
            news["found"] = in_one_line(self._orders.found)
        return news

    def _device_status(self) -> dict[str, dict[str, Any]]:
        return {
            device: {**told, "problem": one_line(told["problem"], PROBLEM_LENGTH)}
            for device, told in self._devices.status().items()
        }

    async def _take(self, envelope: Mapping[str, Any]) -> bool:
        made = await asyncio.to_thread(self._store.prepare, envelope)
        if made is None:
            return False
        # Here, where cards are decided on: no decision sees half of a change.
        self._store.enforce(made)
        self._in_force_since = self._now()
        await self._on_rules(self._store.rules)
        return True

    def _compare_journals(self, end: Any, acknowledged: int) -> None:
        """Find out that the ERP was restored, or that a copy of this box is in use.

        ``acknowledged`` is how far the ERP had come before it was asked.
        """
        if end is None:
            return
        try:
            end = Head(int(end["sequence"]), str(end["hash"]))
            if self._journal.is_lost:
                self._begin_anew(end)
            if self._journal.gateway is None:
                return
            self._journal.compare(end)
            if end.sequence < acknowledged:
                self._send_again_from(end.sequence + 1)
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"the server's answer is malformed: {error!r}") from error
        except JournalError as error:
            self._note("journal", str(error))
        else:
            if self._journal.is_delivered:
                self._note("journal", None)

    def _begin_anew(self, end: Head) -> None:
        self._journal.begin_anew(self._gateway, end)
        self._facts.cursor = None
        log.warning("a new journal begins after event %s", end.sequence)
        self._appended.set()

    def _send_again_from(self, sequence: int) -> None:
        self._journal.acknowledge(sequence - 1)
        # Its state lacks of our events what it counted before, and its cursors may too.
        self._facts.cursor = None
        words = (
            f"the server was restored from a backup: sent again from event {sequence}"
        )
        if floor := self._journal.lost:
            words += f"; events up to {floor.sequence} are deleted here and missing"
        self._note("journal", words)
        self._appended.set()

    # Up

    async def _upload_forever(self) -> None:
        waiting = Waiting(1.0)
        while True:
            if self._journal.is_delivered:
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
        events, floor = self._journal.pending(BATCH), self._journal.lost
        body: dict[str, Any] = {"gateway": self._gateway, "events": events}
        if floor is not None:
            body["floor"] = floor._asdict()
        try:
            answer = await self._link.post("events", body)
        except Refused as error:
            if isinstance(error.answer.get("acknowledged"), int):
                self._journal.acknowledge(error.answer["acknowledged"])
            raise
        try:
            acknowledged = int(answer["acknowledged"])
        except (KeyError, TypeError, ValueError) as error:
            raise LinkError(f"the server's answer is malformed: {error!r}") from error
        if acknowledged < before:
            self._send_again_from(acknowledged + 1)
            return
        self._journal.acknowledge(acknowledged)
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
