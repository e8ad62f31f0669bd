"""The time profiles of a UHPPOTE controller, shared between the cards that name them.

A controller opens at any hour for a card whose time profile is not there (so says the
simulator of its protocol's authors, by what they saw of real ones). So profiles are
written before the cards that name them, the end of a chain first, and none that a card
names is written to.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import date, time
from typing import Any, NamedTuple

from access_policy.spans import Span

from ._hours import ALWAYS, EVERY_DAY, Validity, Week

NEVER, AT_ANY_TIME = 0, 1
NUMBERS = range(2, 255)
_SEGMENTS = 3
_ALL_DATES = Validity(date(2000, 1, 1), date(2099, 12, 31))
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()

Ask = Callable[..., Awaitable[Any]]


class Profile(NamedTuple):
    """``segments`` end with their last minute; ``linked`` is the next one, or 0."""

    dates: Validity
    weekdays: tuple[bool, ...]
    segments: tuple[tuple[time, time], ...]
    linked: int = 0


class TimeProfiles:
    """Those of one controller, which are read once."""

    def __init__(self, ask: Ask):
        self._ask = ask
        self._there: dict[int, Profile] | None = None
        self._number_of: dict[Profile, int] = {}
        self._used: set[int] = set()
        self._found: dict[tuple[Week, ...], int | None] = {}

    def forget(self) -> None:
        self._there = None

    async def begin(self, named: Iterable[int]) -> None:
        """Write to none of those that cards name, nor to what these are linked to."""
        if self._there is None:
            self._there = await self._read()
            self._number_of = {one: number for number, one in self._there.items()}
        self._used, self._found = set(), {}
        for number in named:
            while number in self._there and number not in self._used:
                self._used.add(number)
                number = self._there[number].linked

    async def number_of(self, weeks: tuple[Week, ...]) -> int | None:
        """Give what a card has for these hours; ``None`` if there is no room for it."""
        if not weeks:
            return NEVER
        if weeks == ALWAYS:
            return AT_ANY_TIME
        if weeks not in self._found:
            self._found[weeks] = await self._chained(weeks)
        return self._found[weeks]

    async def _chained(self, weeks: tuple[Week, ...]) -> int | None:
        linked = 0
        for profile in reversed(list(_profiles(weeks))):
            found = await self._shared(profile._replace(linked=linked))
            if found is None:
                return None
            linked = found
        return linked

    async def _shared(self, profile: Profile) -> int | None:
        """Give the number of a profile, which is written if it is not there."""
        number = self._number_of.get(profile)
        if number is None:
            number = next((one for one in NUMBERS if one not in self._used), None)
            if number is None or not await self._write(number, profile):
                return None
        self._used.add(number)
        return number

    async def _write(self, number: int, profile: Profile) -> bool:
        (begin, end), (first, second, third) = profile.dates, profile.segments
        said = await self._ask(
            "set_time_profile",
            number,
            begin,
            end,
            *profile.weekdays,
            *first,
            *second,
            *third,
            profile.linked,
        )
        before = self._there.pop(number, None)
        if self._number_of.get(before) == number:
            del self._number_of[before]
        if said.stored:
            self._there[number], self._number_of[profile] = profile, number
        return said.stored

    async def _read(self) -> dict[int, Profile]:
        found = {}
        for number in NUMBERS:
            one = await self._ask("get_time_profile", number)
            if one.profile_id == number and one.start_date and one.end_date:
                found[number] = Profile(
                    Validity(one.start_date, one.end_date),
                    tuple(getattr(one, day) for day in _DAYS),
                    (
                        (one.segment_1_start, one.segment_1_end),
                        (one.segment_2_start, one.segment_2_end),
                        (one.segment_3_start, one.segment_3_end),
                    ),
                    one.linked_profile_id,
                )
        return found


def _profiles(weeks: Iterable[Week]) -> Iterator[Profile]:
    for week in weeks:
        segments = [_segment(span) for span in week.spans]
        weekdays = tuple(day in week.weekdays for day in EVERY_DAY)
        for first in range(0, len(segments), _SEGMENTS):
            some = segments[first : first + _SEGMENTS]
            # One that is left empty would be the first minute of the day.
            some += some[-1:] * (_SEGMENTS - len(some))
            yield Profile(week.dates or _ALL_DATES, weekdays, tuple(some))


def _segment(span: Span) -> tuple[time, time]:
    start, last = span[0], span[1] - 1
    return time(*divmod(start, 60)), time(*divmod(last, 60))
