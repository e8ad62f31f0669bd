"""Spans of minutes as the clock on the wall shows them, and what is done with them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from .schedule import DAY

_MINUTE = timedelta(minutes=1)
_ALMOST_A_MINUTE = _MINUTE - timedelta.resolution

# Minutes of the wall clock, counted through from the first day of the calendar; the
# end is excluded. The day, as its ordinal, is minute // DAY.
Span = tuple[int, int]


def on_wall(
    start: datetime, end: datetime, zone: tzinfo, outwards: bool = False
) -> list[Span]:
    """Give the minutes that the clock on the wall shows during a period."""
    start += timedelta() if outwards else _ALMOST_A_MINUTE
    end += _ALMOST_A_MINUTE if outwards else timedelta()
    if start >= end:
        return []
    # Elsewhere than near its ends, a repeated hour lies in the period anyhow.
    near = {at.astimezone(zone).date() for at in (start, end)}
    backs = {back for day in near if (back := _goes_back(day, zone)) is not None}
    cuts = [start, *sorted(back for back in backs if start < back < end), end]
    parts = []
    for a, b in zip(cuts, cuts[1:], strict=False):
        # A part that is ended by the clocks ends at what they would have shown.
        just_before = b - _MINUTE if b in backs else b
        shown = _shown(just_before, zone) + (1 if b in backs else 0)
        parts.append((_shown(a, zone), shown))
    return union(parts)


def _shown(at: datetime, zone: tzinfo) -> int:
    local = at.astimezone(zone)
    return local.toordinal() * DAY + local.hour * 60 + local.minute


def _goes_back(day: date, zone: tzinfo) -> datetime | None:
    """Give the moment of a local day when the clocks go back, if they do."""
    start, end = (
        datetime.combine(one, time.min, zone).astimezone(timezone.utc)
        for one in (day, day + timedelta(days=1))
    )

    def offset(minute: int) -> timedelta:
        return (start + minute * _MINUTE).astimezone(zone).utcoffset()

    minutes, before = (end - start) // _MINUTE, offset(0)
    if offset(minutes) >= before:
        return None
    back = bisect_left(range(minutes), True, key=lambda one: offset(one) < before)
    return start + back * _MINUTE


def union(spans: Iterable[Span]) -> list[Span]:
    """Join what touches or overlaps.

    >>> union([(5, 7), (1, 3), (3, 4)])
    [(1, 4), (5, 7)]
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        elif start < end:
            joined.append((start, end))
    return joined


def without(spans: Iterable[Span], cuts: list[Span]) -> Iterator[Span]:
    """Take minutes away; the cuts are sorted and lie apart.

    >>> list(without([(0, 9)], [(2, 3), (5, 6)]))
    [(0, 2), (3, 5), (6, 9)]
    """
    for start, end in spans:
        index = bisect_right(cuts, start, key=lambda cut: cut[1])
        while index < len(cuts) and cuts[index][0] < end:
            if start < cuts[index][0]:
                yield start, cuts[index][0]
            start = cuts[index][1]
            index += 1
        if start < end:
            yield start, end
