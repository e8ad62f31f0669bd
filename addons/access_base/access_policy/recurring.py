"""When a person may enter, as weekly recurring keys for locks that decide alone (A10).

Such a lock keeps a table of keys for each person and asks nobody. What a key holds, see
``RecurringKey``; there is no line for a count, a ticket or a holiday, so

* monthly limits and used-up tickets are not looked at: the keys suit points where
  either layer of rights is enough. Where both layers must allow, they are the minutes
  that both allow. The hours of a right that takes a ticket give no key;
* holidays, denied minutes and the ends of rights become gaps between keys;
* modes and orders of the point are left to whoever brings the keys to the lock;
* keys are for entering: minutes of early entry count, those of late exit do not.

**What is joined.** The hours of one band that begin on one day are joined where they
touch or overlap, whatever rights they come of. Bands are never joined with each other.
A booking that a right exempts is a key of its own, parted at midnight, with no early
entry; a part whose minutes the hours of rights cover anyhow gives none.

**Fewest keys.** That leaves, for each band and span of minutes, a set of days. A key
covers every day of its weekdays from its first to its last day; the keys of a set
cover exactly its days, and no smaller number of keys does (``_cover`` has the proof).
A closed Wednesday so parts all weekdays of a band in two keys, before and after it:
one long key for the others and two for Wednesdays would be three.

**Clock.** Keys hold what the clock on the wall shows, as bands do. Rights and bookings
that begin or end at a moment of UTC are read on that clock: a minute that comes twice,
when clocks go back, belongs to a period when one of its two passes does, so nobody is
kept out of what was booked; the hour that is skipped parts nothing. What is allowed
is rounded to whole minutes inwards, what is denied outwards.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from operator import ge
from typing import NamedTuple, TypeVar

from .model import Combination, Effect, Grant, Layer, Person, Right, Venue
from .policy import Policy
from .schedule import DAY, week_day
from .spans import Span, on_wall, union, without

T = TypeVar("T")

_MARGIN = 3  # days around those asked for, more than their hours can reach


@dataclass(frozen=True, slots=True)
class RecurringKey:
    """One line of a lock's table: every week, on some weekdays, from when to when.

    It lets in on each day from ``valid_from`` to ``valid_to`` (both included, local
    dates of the venue) that is one of ``weekdays`` (Monday is 0), from minute ``start``
    (0 to 1439) to minute ``end`` (excluded) of the venue's clock. An ``end`` over 1440
    is on the day after, 2880 at most; weekday and dates are those of the day on which
    it begins. ``valid_from`` and ``valid_to`` are days on which it does let in.
    ``band`` is ``None`` for a booking and for a right at any hour.
    """

    weekdays: frozenset[int]
    start: int
    end: int
    valid_from: date
    valid_to: date
    band: int | None = None


class _Held(NamedTuple):
    """A right in the hands of a person, with the time for which it counts."""

    right: Right
    valid_from: datetime
    valid_to: datetime


def recurring_keys(
    policy: Policy,
    person: int,
    point: int,
    first_day: date,
    last_day: date,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[RecurringKey, ...]:
    """Give the fewest keys by which a person may enter at a point.

    They hold the hours that begin on the days from ``first_day`` to ``last_day``, both
    included (early entry may begin on the evening before), and what of bookings falls
    on these days. Nobody unknown, suspended or with an identity not yet checked gets
    any. ``since`` and ``until`` are when what is shown (a card) is good, end excluded.
    The order in which rights and bookings are given changes nothing.
    """
    who, where = policy.persons.get(person), policy.points.get(point)
    if where is None or where.venue not in policy.venues:
        return ()
    if who is None or who.suspended or who.identity_unchecked:
        return ()
    days = range(first_day.toordinal(), last_day.toordinal() + 1)
    entry = _Entry(policy, who, point, days, since, until)
    found = [
        key
        for band, spans in entry.hours_by_band().items()
        for key in _keys(band, _joined_by_day(spans))
    ]
    found += _keys(None, entry.bookings_beyond_hours())
    return tuple(sorted(found, key=_rank))


def _rank(key: RecurringKey) -> tuple:
    band = -1 if key.band is None else key.band
    return key.valid_from, key.start, key.end, band, sorted(key.weekdays), key.valid_to


class _Entry:
    """What one person may do at one point on some days, in minutes of the wall."""

    def __init__(
        self,
        policy: Policy,
        who: Person,
        point: int,
        days: range,
        since: datetime | None,
        until: datetime | None,
    ):
        self.since, self.until = since, until
        self.policy = policy
        self.who = who
        self.point = point
        self.days = days
        self.near = range(days.start - _MARGIN, days.stop + _MARGIN)
        self.number = policy.points[point].venue
        self.venue: Venue = policy.venues[self.number]
        held = list(self._held())
        allowed = [one for one in held if one.right.effect is Effect.ALLOW]
        denied = [one for one in held if one.right.effect is Effect.DENY]
        self.closed = union(self._denied(denied))
        if policy.points[point].combination is Combination.BOTH:
            device = [one for one in allowed if one.right.layer is Layer.DEVICE]
            allowed = [one for one in allowed if one.right.layer is Layer.PLAN]
            self.closed = union([*self.closed, *self._outside(self._open_by(device))])
        self.allowed = allowed

    def hours_by_band(self) -> dict[int | None, list[Span]]:
        found: dict[int | None, list[Span]] = {}
        for band, span in self._hours_of(self.allowed, self.days):
            found.setdefault(band, []).extend(without([span], self.closed))
        return found

    def bookings_beyond_hours(self) -> set[Span]:
        """Give the parts of bookings that are not open anyhow."""
        hours = union(s for spans in self.hours_by_band().values() for s in spans)
        booked = (p for s in self._booked(self.allowed) for p in self._by_day(s))
        parts = without(booked, self.closed)
        return {part for part in parts if any(without([part], hours))}

    def _held(self) -> Iterator[_Held]:
        way = self.policy.ways[self.point]
        for grant in (*self.who.rights, *self.policy.everyones_rights):
            right = self.policy.rights.get(grant.right)
            if right is None:
                continue
            zones = way.allow if right.effect is Effect.ALLOW else way.deny
            if self.point in right.points or not zones.isdisjoint(right.zones):
                yield self._with_validity(right, grant)

    def _with_validity(self, right: Right, grant: Grant) -> _Held:
        starts = [right.when.valid_from, grant.valid_from, self.since]
        ends = [right.when.valid_to, grant.ends_at(self.venue), self.until]
        starts.append(_moment(self.near.start))
        ends.append(_moment(self.near.stop))
        return _Held(
            right,
            max(start for start in starts if start is not None),
            min(end for end in ends if end is not None),
        )

    def _hours_of(
        self, held: Iterable[_Held], days: range
    ) -> Iterator[tuple[int | None, Span]]:
        for one in held:
            if one.right.ticket_types is not None:
                continue
            valid = on_wall(one.valid_from, one.valid_to, self.venue.timezone)
            outside = self._outside(valid)
            for band, span in self._hours(one.right, days):
                for part in without([span], outside):
                    yield band, part

    def _booked(self, held: list[_Held]) -> Iterator[Span]:
        """Give the minutes of bookings for which a right exempts them."""
        for program, start, end in self.who.bookings:
            found: list[Span] = []
            for right, since, until in held:
                exempts = right.exempt is not None
                if not exempts or (right.exempt and program not in right.exempt):
                    continue
                period = max(start, since), min(end, until)
                found += on_wall(*period, self.venue.timezone)
            yield from union(found)

    def _open_by(self, held: list[_Held]) -> list[Span]:
        hours = [span for _band, span in self._hours_of(held, self.near)]
        return union([*hours, *self._booked(held)])

    def _denied(self, held: Iterable[_Held]) -> Iterator[Span]:
        for right, start, end in held:
            valid = on_wall(start, end, self.venue.timezone, outwards=True)
            outside = self._outside(valid)
            for _band, span in self._hours(right, self.near):
                yield from without([span], outside)

    def _hours(self, right: Right, days: range) -> Iterator[tuple[int | None, Span]]:
        """Give the hours of a right that begin on some days, with early entry."""
        when = right.when
        for day in days:
            weekday = week_day(when, date.fromordinal(day), self.venue.holidays)
            if weekday is None:
                continue
            midnight = day * DAY
            if when.bands is None:
                yield None, (midnight, midnight + DAY)
                continue
            for key in when.bands:
                band = self.policy.bands.get(key)
                week = band.hours.get(self.number) if band is not None else None
                for start, end in week[weekday] if week is not None else ():
                    yield key, (midnight + start - when.early_entry, midnight + end)

    def _outside(self, spans: list[Span]) -> list[Span]:
        """Give all minutes that could matter but these."""
        first, last = self.near.start - _MARGIN, self.near.stop + _MARGIN
        return list(without([(first * DAY, last * DAY)], union(spans)))

    def _by_day(self, span: Span) -> Iterator[Span]:
        for day in range(span[0] // DAY, (span[1] - 1) // DAY + 1):
            if day in self.days:
                yield max(span[0], day * DAY), min(span[1], (day + 1) * DAY)


def _moment(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time.min, timezone.utc)


def _joined_by_day(spans: Iterable[Span]) -> list[Span]:
    """Join the spans that begin on one day; none reaches over two midnights."""
    days: dict[int, list[Span]] = {}
    for start, end in spans:
        while end > (start // DAY + 2) * DAY:
            midnight = (start // DAY + 1) * DAY
            days.setdefault(start // DAY, []).append((start, midnight))
            start = midnight
        days.setdefault(start // DAY, []).append((start, end))
    return [span for parts in days.values() for span in union(parts)]


def _keys(band: int | None, spans: Iterable[Span]) -> Iterator[RecurringKey]:
    """Give the fewest keys of a band, for each span of minutes by itself."""
    days: dict[Span, set[int]] = {}
    for start, end in spans:
        midnight = start // DAY * DAY
        days.setdefault((start - midnight, end - midnight), set()).add(start // DAY)
    for (start, end), found in days.items():
        for covered in _cover(found):
            yield RecurringKey(
                weekdays=frozenset(date.fromordinal(d).weekday() for d in covered),
                start=start,
                end=end,
                valid_from=date.fromordinal(min(covered)),
                valid_to=date.fromordinal(max(covered)),
                band=band,
            )


def _cover(days: Collection[int]) -> list[list[int]]:
    """Part days in the fewest sets of the form "these weekdays, from day to day".

    Exact. Let p be the first day that no key covers yet. Some key must cover p, and it
    may as well begin on p: all before is covered. Which weekdays it can have depends
    on its last day alone: those of which no day between is missing. So it may as well
    end just before one of these is missing: at most seven choices. What is covered
    then is, for each weekday, all up to some day. Breadth first over these states,
    without those that another one is nowhere behind, finds the smallest number. Among
    equals the first key reaches furthest.

    >>> _cover({1, 2, 8, 9, 15, 22})  # Mondays and Tuesdays, and two more Mondays
    [[1, 8, 15, 22], [2, 9]]
    """
    wanted = [sorted(day for day in days if day % 7 == row) for row in range(7)]
    everything = tuple(len(row) for row in wanted)
    # By how many days of each weekday are covered, the keys that do it.
    reached: dict[tuple[int, ...], list[list[int]]] = {(0,) * 7: []}
    while everything not in reached:
        further: dict[tuple[int, ...], list[list[int]]] = {}
        for state, keys in reached.items():
            for covered, key in _next_keys(days, wanted, state):
                further.setdefault(covered, [*keys, key])
        reached = _foremost(further)
    return reached[everything]


def _next_keys(
    days: Collection[int], wanted: list[list[int]], state: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Yield the keys that may come next, the furthest first, with the state then."""
    first = min(row[n] for row, n in zip(wanted, state, strict=True) if n < len(row))
    last = max(row[-1] for row in wanted if row)
    missing = [
        _first_missing(days, first + (row - first) % 7, last) for row in range(7)
    ]
    for stop in sorted(set(missing), reverse=True):
        if not first < stop <= missing[first % 7]:
            continue
        covered = tuple(
            max(n, bisect_left(row, stop)) if gap >= stop else n
            for row, n, gap in zip(wanted, state, missing, strict=True)
        )
        # A weekday is in the key when it has a day that was not covered before.
        yield (
            covered,
            sorted(
                day
                for row, before, now in zip(wanted, state, covered, strict=True)
                if before < now
                for day in row[before:now]
            ),
        )


def _first_missing(days: Collection[int], day: int, last: int) -> int:
    """Give the first of every seventh day that is not among the days."""
    while day in days:
        day += 7
    return min(day, last + 1)


def _foremost(states: dict[tuple[int, ...], T]) -> dict[tuple[int, ...], T]:
    """Leave the states out that are nowhere ahead of another one."""
    return {
        state: keys
        for state, keys in states.items()
        if not any(all(map(ge, one, state)) for one in states if one != state)
    }
