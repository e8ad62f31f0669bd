"""Time bands, weekdays and holidays against the local clock (requirement A4)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from .model import HOLIDAY, Band, HolidayRule, Schedule, Venue, Week

DAY = 24 * 60
_ONE_DAY = timedelta(days=1)

# Band and the day on which its hours began; no band where any hour is good.
Occurrence = tuple[int | None, date]


def week_day(when: Schedule, day: date, holidays: Collection[date]) -> int | None:
    """Tell which of the week's hours hold on a day, ``HOLIDAY`` among them, if any.

    What a holiday's own rule closes, or gives hours of its own, stays so also on the
    day before another holiday; one like its weekday follows the rule for such days.
    """
    weekday = day.weekday()
    if holidays:
        if day in holidays:
            if when.holidays is HolidayRule.CLOSED:
                return None
            if when.holidays is HolidayRule.OWN_HOURS:
                return HOLIDAY
        if (
            when.holiday_eves is not HolidayRule.AS_WEEKDAY
            and day + _ONE_DAY in holidays
        ):
            return weekday if when.holiday_eves is HolidayRule.OPEN else None
    return weekday if weekday in when.weekdays else None


def occurrences(
    when: Schedule,
    bands: Mapping[int, Band],
    venue: int,
    holidays: Collection[date],
    local: datetime,
    is_leaving: bool = False,
) -> list[Occurrence]:
    """Give the bands whose hours hold at a local time, with the day they began on.

    Times within the hours come before those within the minutes around them: before the
    begin to enter, after the end to leave. The wall clock decides: when the clocks go
    back the repeated hour belongs to a band twice, when they go forward the missing
    hour is simply short.
    """
    today = local.date()
    if when.bands is None:
        is_open = week_day(when, today, holidays) is not None
        return [(None, today)] if is_open else []
    minute = local.hour * 60 + local.minute
    weeks = []
    for key in sorted(when.bands) if len(when.bands) > 1 else when.bands:
        band = bands.get(key)
        if band is not None and venue in band.hours:
            weeks.append((key, band.hours[venue]))
    found = _held(weeks, _days(when, holidays, today, minute), 0, 0)
    early, late = when.early_entry, when.late_exit if is_leaving else 0
    if early or late:
        days = _days(when, holidays, today, minute, early, late)
        found += _held(weeks, days, early, late)
    return found


# A day that can have begun what holds now: the day of the week whose hours hold on it,
# itself, and now in minutes since it began.
_Day = tuple[int, date, int]


def _days(
    when: Schedule,
    holidays: Collection[date],
    today: date,
    minute: int,
    early: int = 0,
    late: int = 0,
) -> list[_Day]:
    days = [(today, minute), (today - _ONE_DAY, minute + DAY)]
    if minute < late:
        days.append((today - 2 * _ONE_DAY, minute + 2 * DAY))
    if minute >= DAY - early:
        days.append((today + _ONE_DAY, minute - DAY))
    found = []
    for day, now in days:
        weekday = week_day(when, day, holidays)
        if weekday is not None:
            found.append((weekday, day, now))
    return found


def _held(
    weeks: list[tuple[int, Week]], days: list[_Day], early: int, late: int
) -> list[Occurrence]:
    found: list[Occurrence] = []
    for key, week in weeks:
        for weekday, day, now in days:
            for start, end in week[weekday]:
                if start - early <= now < end + late:
                    found.append((key, day))
    return found


def is_in_force(
    when: Schedule, bands: Mapping[int, Band], key: int, venue: Venue, at: datetime
) -> bool:
    """Tell whether a schedule holds at a time, at the venue with a number."""
    if when.valid_from is not None and at < when.valid_from:
        return False
    if when.valid_to is not None and at >= when.valid_to:
        return False
    local = at.astimezone(venue.timezone)
    return bool(occurrences(when, bands, key, venue.holidays, local))
