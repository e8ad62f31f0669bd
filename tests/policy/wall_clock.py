"""An oracle for hours: slow, simple, and without ``zoneinfo`` or the package's code.

The rules of the clocks are written out as the laws say them (since 2007).
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

DAY = 24 * 60
WEEK = 7 * DAY
HOURS_FROM_UTC = {"Europe/Warsaw": 1, "Asia/Tokyo": 9, "America/New_York": -5}


def changes(zone: str, year: int) -> list[datetime]:
    """Give the moments of a year when the clocks go forward and back."""
    if zone == "Europe/Warsaw":
        return [_sunday(year, 3, -1, hour=1), _sunday(year, 10, -1, hour=1)]
    if zone == "America/New_York":
        return [_sunday(year, 3, 1, hour=7), _sunday(year, 11, 0, hour=6)]
    return []


def _sunday(year: int, month: int, index: int, hour: int) -> datetime:
    days = range(1, monthrange(year, month)[1] + 1)
    sundays = [day for day in days if date(year, month, day).weekday() == 6]
    return datetime(year, month, sundays[index], hour, tzinfo=timezone.utc)


def wall_clock(at: datetime, zone: str) -> datetime:
    """Give what the clock on the wall shows, without a zone."""
    hours = HOURS_FROM_UTC[zone]
    summer = changes(zone, at.year)
    if summer and summer[0] <= at < summer[1]:
        hours += 1
    return at.replace(tzinfo=None) + timedelta(hours=hours)


def open_minutes(
    periods: Iterable[tuple[int, int, int]], weekdays: Iterable[int]
) -> set[int]:
    """Give every open minute, counted from Monday 0:00, one by one."""
    found = set()
    for weekday, start, end in periods:
        if weekday not in weekdays:
            continue
        minute = weekday * DAY + start
        last = weekday * DAY + (end if end > start else DAY + end)
        while minute < last:
            found.add(minute % WEEK)
            minute += 1
    return found


def minute_of_week(local: datetime) -> int:
    return local.weekday() * DAY + local.hour * 60 + local.minute
