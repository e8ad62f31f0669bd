"""A stay as pieces of real time in which neither zone, hours nor day changes.

Real seconds are cut where the wall shows an hour that the tariff asks about. Between
two changes of the clocks the wall is real time and an offset, so that is where cuts are
computed: an hour that comes twice is cut twice, one that is skipped not at all.
``access_policy.spans`` goes the other way, from periods to what the wall shows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo

from .model import DAY, Tariff
from .stay import Piece, Stay

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)
DAY_SECONDS = DAY * 60

# A real time from which on the wall shows that time and an offset, both in seconds.
_Offset = tuple[int, int]


def seconds(at: datetime) -> int:
    """Give the full seconds since 1970; what is shorter than a second never counts."""
    return (at - _EPOCH) // _SECOND


def utc(at: int) -> datetime:
    return _EPOCH + at * _SECOND


def pieces_of(tariff: Tariff, stay: Stay, until: int) -> list[Piece]:
    """Cut a stay; passages after ``until`` have not happened yet.

    The last piece is empty when someone has come into a zone at that very second; a
    zone that was left in the second in which it was entered was not entered.
    """
    spans = _spans(stay, until)
    if not spans:
        return []
    start = spans[0][1]
    wall = _offsets(start, until, tariff.calendar.timezone) if tariff.cuts else []
    cuts = sorted(set(_cuts(tariff, wall, start, until)))
    kinds: dict[int, str] = {}
    pieces = []
    for zone, first, last in spans:
        inside = cuts[bisect_right(cuts, first) : bisect_left(cuts, last)]
        for a, b in zip([first, *inside], [*inside, last], strict=True):
            day, minute = _shown(tariff, wall, a)
            if wall and day not in kinds:
                kinds[day] = tariff.calendar.kind(day)
            pieces.append(Piece(zone, a, b, day, kinds.get(day, ""), minute))
    return pieces


def moment_piece(tariff: Tariff, at: int) -> Piece:
    """Give a moment as a piece in no zone."""
    calendar = tariff.calendar
    wall = [(at, _offset(at, calendar.timezone))]
    day, minute = _shown(tariff, wall, at)
    return Piece(None, at, at, day, calendar.kind(day), minute)


def _spans(stay: Stay, until: int) -> list[tuple[int, int, int]]:
    spans: list[tuple[int, int, int]] = []
    zone, since = None, until
    for passage in stay.passages:
        at = seconds(passage.at)
        if at > until:
            break
        if passage.zone == zone:
            continue
        if zone is not None and since < at:
            spans.append((zone, since, at))
        zone, since = passage.zone, at
    if zone is not None:
        spans.append((zone, since, until))
    return spans


def _cuts(tariff: Tariff, wall: list[_Offset], start: int, until: int) -> Iterator[int]:
    if tariff.counts_24h:
        yield from range(start + DAY_SECONDS, until, DAY_SECONDS)
    ends = [*(since for since, _offset in wall[1:]), until]
    for (since, offset), end in zip(wall, ends, strict=bool(wall)):
        yield since
        first_day = (since + offset) // DAY_SECONDS * DAY_SECONDS - offset
        for midnight in range(first_day, end, DAY_SECONDS):
            for minute in tariff.cuts:
                if since < midnight + minute * 60 < end:
                    yield midnight + minute * 60


def _shown(tariff: Tariff, wall: list[_Offset], at: int) -> tuple[int, int]:
    """Give the opening day and the minute that the wall shows."""
    if not wall:
        return 0, 0
    local = at + wall[bisect_right(wall, at, key=lambda one: one[0]) - 1][1]
    day = (local - tariff.calendar.day_starts * 60) // DAY_SECONDS
    return day, local % DAY_SECONDS // 60


def _offset(at: int, zone: tzinfo) -> int:
    return utc(at).astimezone(zone).utcoffset() // _SECOND


def _offsets(start: int, until: int, zone: tzinfo) -> list[_Offset]:
    """Give the offset at the start and from each change of the clocks on.

    Clocks do not change twice within a day.
    """
    offsets = [(start, _offset(start, zone))]
    last = start
    for at in [*range(start + DAY_SECONDS, until, DAY_SECONDS), until]:
        now = _offset(at, zone)
        if now != offsets[-1][1]:
            day = range(last, at + 1)
            changed = bisect_left(day, True, key=lambda s: _offset(s, zone) == now)
            offsets.append((day[changed], now))
        last = at
    return offsets
