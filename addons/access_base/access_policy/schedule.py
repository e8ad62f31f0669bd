"""Time bands, weekdays and holidays against the local clock (requirement A4)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta

from .model import HOLIDAY, Band, HolidayRule, Schedule, Venue

DAY = 24 * 60
_ONE_DAY = timedelta(days=1)

# Band and the day on which its hours began; no band where any hour is good.
Occurrence = tuple[int | None, date]


def week_day(when: Schedule, day: date, holidays: Collection[date]) -> int | None:
    """Tell which of the week's hours hold on a day, ``HOLIDAY`` among them, if any.

    A holiday's own rule comes before what the day before another holiday says.
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
) -> Iterator[Occurrence]:
    """Yield the bands whose hours hold at a local time, with the day they began on.

    Times within the hours come before those within the minutes around them: before the
    begin to enter, after the end to leave. The wall clock decides: when the clocks go
    back the repeated hour belongs to a band twice, when they go forward the missing
    hour is simply short.
    """
    today = local.date()
    if when.bands is None:
        if week_day(when, today, holidays) is not None:
            yield None, today
        return
    minute = local.hour * 60 + local.minute
    late = when.late_exit if is_leaving else 0
    for early, after in ((0, 0), (when.early_entry, late)):
        for key in sorted(when.bands):
            band = bands.get(key)
            week = band.hours.get(venue) if band is not None else None
            if week is None:
                continue
            for day, now in _days(today, minute, early, after):
                weekday = week_day(when, day, holidays)
                if weekday is None:
                    continue
                for start, end in week[weekday]:
                    if start - early <= now < end + after:
                        yield key, day
        if not (when.early_entry or late):
            return


def _days(today: date, minute: int, early: int, late: int) -> list[tuple[date, int]]:
    """Give the days that can have begun what holds now, each with its minute of now."""
    days = [(today, minute), (today - _ONE_DAY, minute + DAY)]
    if minute < late:
        days.append((today - 2 * _ONE_DAY, minute + 2 * DAY))
    if minute >= DAY - early:
        days.append((today + _ONE_DAY, minute - DAY))
    return days


def is_in_force(
    when: Schedule, bands: Mapping[int, Band], key: int, venue: Venue, at: datetime
) -> bool:
    """Tell whether a schedule holds at a time, at the venue with a number."""
    if when.valid_from is not None and at < when.valid_from:
        return False
    if when.valid_to is not None and at >= when.valid_to:
        return False
    local = at.astimezone(venue.timezone)
    found = occurrences(when, bands, key, venue.holidays, local)
    return next(found, None) is not None
