"""Weekly hours as controllers keep them: within a day, and shared between cards.

A line that goes over midnight becomes two. Dates are left to the validity of the card
wherever they say no more than that, so that cards whose validity differs have the same
hours.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from access_policy import RecurringKey
from access_policy.schedule import DAY
from access_policy.spans import Span, union

from . import Key

_TOMORROW = timedelta(days=1)
WHOLE_DAY: tuple[Span, ...] = ((0, DAY),)
EVERY_DAY = tuple(range(7))


class Validity(NamedTuple):
    """The first and the last day of a card."""

    first: date
    last: date


class Week(NamedTuple):
    """Minutes of the day (the end excluded) on some weekdays, Monday is 0.

    ``dates`` are the first and last day, where the card is good for longer.
    """

    weekdays: tuple[int, ...]
    spans: tuple[Span, ...]
    dates: Validity | None = None


# Any hour of any day.
ALWAYS = (Week(EVERY_DAY, WHOLE_DAY),)


class _Part(NamedTuple):
    weekdays: frozenset[int]
    span: Span
    dates: Validity


def validity_of(key: Key) -> Validity | None:
    """Give the days on which a key lets in at all, if there are any."""
    return _validity(tuple(entry.hours for entry in key.entries))


@lru_cache(maxsize=10_000)
def _validity(hours: tuple[tuple[RecurringKey, ...], ...]) -> Validity | None:
    dates = [part.dates for lines in hours for part in _parts(lines)]
    if not dates:
        return None
    return Validity(min(one.first for one in dates), max(one.last for one in dates))


@lru_cache(maxsize=10_000)
def weeks_of(hours: tuple[RecurringKey, ...], validity: Validity) -> tuple[Week, ...]:
    """Give the hours of a card that is good for some days, always in the same order."""
    found: dict[Validity | None, list[list[Span]]] = {}
    for part in _parts(hours):
        says_no_more = _days(part, part.dates) == _days(part, validity)
        days = found.setdefault(
            None if says_no_more else part.dates, [[] for _day in EVERY_DAY]
        )
        for weekday in part.weekdays:
            days[weekday].append(part.span)
    weeks = [week for dates, days in found.items() for week in _weeks(days, dates)]
    return tuple(sorted(weeks, key=lambda one: (one.dates or (), one.weekdays)))


def _parts(lines: Iterable[RecurringKey]) -> Iterator[_Part]:
    for line in lines:
        dates = Validity(line.valid_from, line.valid_to)
        yield _Part(line.weekdays, (line.start, min(line.end, DAY)), dates)
        if line.end > DAY:
            weekdays = frozenset((day + 1) % 7 for day in line.weekdays)
            later = Validity(*(day + _TOMORROW for day in dates))
            yield _Part(weekdays, (0, line.end - DAY), later)


def _days(part: _Part, dates: Validity) -> list[int]:
    first, last = (day.toordinal() for day in dates)
    # The first day of the calendar was a Monday.
    return [day for day in range(first, last + 1) if (day - 1) % 7 in part.weekdays]


def _weeks(days: list[list[Span]], dates: Validity | None) -> Iterator[Week]:
    """Join the weekdays that have the same spans."""
    same: dict[tuple[Span, ...], list[int]] = {}
    for weekday, spans in enumerate(days):
        if spans:
            same.setdefault(tuple(union(spans)), []).append(weekday)
    for spans, weekdays in same.items():
        yield Week(tuple(weekdays), spans, dates)
