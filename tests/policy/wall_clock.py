"""An oracle for hours: slow, simple, and without ``zoneinfo`` or the package's code.

The rules of the clocks are written out as the laws say them (since 2007).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
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


def hours_of_day(day: date, schedule: Mapping, holidays: Iterable[date]) -> int | None:
    """Tell which weekday's hours hold on a day, 7 for those of holidays."""
    own = schedule["holidays"] if day in holidays else "as_weekday"
    eve = (
        schedule["holiday_eves"]
        if day + timedelta(days=1) in holidays
        else "as_weekday"
    )
    if own == "own_hours":
        return 7
    if own == "closed" or eve == "closed":
        return None
    is_listed = day.weekday() in schedule["weekdays"]
    return day.weekday() if eve == "open" or is_listed else None


def is_open(
    local: datetime,
    periods: Iterable[tuple[int, int, int]],
    schedule: Mapping,
    holidays: Iterable[date],
    is_leaving: bool,
) -> bool:
    """Tell it by laying out the minutes of each day around, one by one."""
    now = local.replace(second=0, microsecond=0)
    late = schedule["late_exit"] if is_leaving else 0
    for days in range(-4, 4):
        day = local.date() + timedelta(days=days)
        hours = hours_of_day(day, schedule, holidays)
        for weekday, start, end in periods:
            if weekday != hours:
                continue
            midnight = datetime(day.year, day.month, day.day)
            length = (end - start) if end > start else DAY + end - start
            first = start - schedule["early_entry"]
            for minute in range(first, start + length + late):
                if midnight + timedelta(minutes=minute) == now:
                    return True
    return False
