"""Locks that decide alone know who may pass while this gateway is silent.

Of each device that stands alone the list is brought to the rules: when these change,
once a day, and when the device is back. Working out who may pass takes its time in
slices; the rules are changed in place meanwhile, and then it begins anew. The keys end
after a week or two, and with the rules: a gateway that is gone leaves no open doors.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from access_policy import Credential, CredentialStatus, Policy
from access_policy.event import utc_text

from .devices import Devices
from .drivers import DeviceError, Driver, Entry, Kept, Key
from .hours import Hours, Timetable, period_at
from .pace import Pace
from .policy_store import PolicyStore
from .rules import Rules
from .tasks import end

log = logging.getLogger(__name__)

EVERY_S = 1.0
# Until it is tried again, at first and at most.
RETRY_S = (5.0, 600.0)
# After it went well: as long as that took, so many times over, and at most.
REST_TIMES, REST_S = 4, 5.0


class _Aim(NamedTuple):
    """What the list of a device follows from."""

    driver: Driver
    arrivals: int
    day: date
    version: int


@dataclass
class _Course:
    """What the list of a device was brought to, and when it may be tried again."""

    done: _Aim | None = None
    # The connection that was tried last: when the device is back it is tried at once.
    tried: tuple[Driver, int] | None = None
    # The version of the rules with which it failed last.
    failed: int | None = None
    wait: float = 0.0
    not_before: float = 0.0


class _Door(NamedTuple):
    """A point, as a device that stands alone would open it."""

    point: int
    reader: int
    output: int


class Autonomy:
    """Has devices keep the cards of members; ``now`` gives the time in UTC."""

    def __init__(
        self, store: PolicyStore, devices: Devices, now: Callable[[], datetime]
    ):
        self._store = store
        self._devices = devices
        self._now = now
        self._timetable = Timetable()
        self._courses: dict[str, _Course] = {}
        self._looking = asyncio.Event()

    async def run(self) -> None:
        """Look once a second, and when told to, until cancelled."""
        working: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._looking.clear()
                self._begin(working)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._looking.wait(), EVERY_S)
        finally:
            await end(working.values())

    def look(self) -> None:
        """Do not wait for the second to be over."""
        self._looking.set()

    def _begin(self, working: dict[str, "asyncio.Task[None]"]) -> None:
        """Have each device seen to by itself: one may be slow."""
        for key, device in self._store.rules.devices.items():
            if device.stand_alone and (key not in working or working[key].done()):
                working[key] = asyncio.create_task(self.see_to(key))

    async def see_to(self, device: str) -> None:
        """Bring the list of a device to the rules, if it is not and is due."""
        try:
            driver = self._devices.get(device)
        except DeviceError:
            return  # told as the device's own problem
        course = self._courses.setdefault(device, _Course())
        if not (driver.online and self._is_due(course, driver)):
            return
        aim, began = self._aim(driver), time.monotonic()
        course.tried = aim.driver, aim.arrivals
        try:
            version, keys = await self._keys(device)
            kept = await driver.keep(keys)
        except DeviceError as error:
            self._note_failed(course, aim, str(error))
        except Exception as error:
            log.exception("device %s: fault in keeping its cards", device)
            self._note_failed(course, aim, f"fault: {type(error).__name__}")
        else:
            course.done = aim._replace(version=version)
            course.failed = None
            course.not_before = time.monotonic() + min(
                REST_TIMES * (time.monotonic() - began), REST_S
            )
            self._note_kept(driver, kept, len(keys))

    def _aim(self, driver: Driver) -> _Aim:
        version = self._store.rules.version
        return _Aim(driver, driver.arrivals, self._now().date(), version)

    def _is_due(self, course: _Course, driver: Driver) -> bool:
        if course.done == self._aim(driver):
            return False
        tried = course.tried == (driver, driver.arrivals)
        # Who was blocked meanwhile must not wait for a device that failed before.
        is_other = course.failed not in (None, self._store.rules.version)
        return not tried or is_other or time.monotonic() >= course.not_before

    def _note_failed(self, course: _Course, aim: _Aim, why: str) -> None:
        first, most = RETRY_S
        again = course.failed == aim.version
        course.wait = min(2 * course.wait, most) if again else first
        course.failed = aim.version
        course.not_before = time.monotonic() + course.wait
        _note_flaw(aim.driver, f"the cards of members could not be written: {why}")

    def _note_kept(self, driver: Driver, kept: Kept, count: int) -> None:
        at = utc_text(self._now())
        driver.facts.update(cards=kept.count, cards_known=count, cards_at=at)
        flaw = kept.flaw and f"not all cards of members are kept: {kept.flaw}"
        _note_flaw(driver, flaw)

    async def _keys(self, device: str) -> tuple[int, list[Key]]:
        """Work out the keys by rules that are still in force then; give which."""
        while True:
            rules = self._store.rules
            keys = await self._keys_by(rules, device)
            if keys is not None:
                return rules.version, keys

    async def _keys_by(self, rules: Rules, device: str) -> list[Key] | None:
        """Give the keys of a device; ``None`` when the rules changed meanwhile."""
        policy, doors, now = rules.policy, _doors(rules, device), self._now()
        self._timetable.follow(policy, period_at(now))
        pace, keys = Pace(), []
        # Those who have the same hours share what says so: there may be many of them.
        shared: dict[tuple[Hours, ...], tuple[Entry, ...]] = {}
        for issued in list(policy.credentials.values()):
            await pace.step()
            if self._store.rules is not rules:
                return None
            good = [one for one in issued if _is_good(one, now)]
            hours = tuple(self._hours(good, door.point) for door in doors)
            if not any(hours):
                continue
            if hours not in shared:
                shared[hours] = tuple(_entries(policy, doors, hours))
            keys.append(Key(good[0].number, shared[hours]))
        return keys

    def _hours(self, issued: list[Credential], point: int) -> Hours:
        """Give when one card opens, which several persons may have had in turn."""
        found = [self._timetable.hours(one, point) for one in issued]
        return found[0] if len(found) == 1 else tuple(dict.fromkeys(chain(*found)))


def _entries(
    policy: Policy, doors: list[_Door], hours: Iterable[Hours]
) -> Iterator[Entry]:
    for (point, reader, output), lines in zip(doors, hours, strict=True):
        if lines:
            zone = policy.venues[policy.points[point].venue].timezone
            yield Entry(reader, output, lines, zone)


def _is_good(credential: Credential, at: datetime) -> bool:
    """Tell whether it is a card that is good, or will be."""
    is_over = credential.valid_to is not None and credential.valid_to <= at
    is_active = credential.status is CredentialStatus.ACTIVE
    return credential.number is not None and is_active and not is_over


def _note_flaw(driver: Driver, flaw: str | None) -> None:
    if flaw is not None and flaw != driver.keys_flaw:
        log.error("device %s: %s", driver.device.id, flaw)
    driver.keys_flaw = flaw


def _doors(rules: Rules, device: str) -> list[_Door]:
    """Give the points at which a device both reads and opens."""
    policy = rules.policy
    return [
        _Door(point, wire.reader_number, wire.output)
        for point, wire in rules.wiring.items()
        if wire.reader == wire.lock == device and point in policy.points
    ]
