"""Time bands against the local clock."""

from collections.abc import Container, Iterable
from datetime import datetime

from .model import Period


def in_hours(
    periods: Iterable[Period], weekdays: Container[int], local: datetime
) -> bool:
    """Tell whether local wall time lies in a period that begins on one of the weekdays.

    The wall clock decides: when the clocks go back the repeated hour belongs to the
    band twice, when they go forward the missing hour is simply short.

    >>> friday_night = Period(weekday=4, start=22 * 60, end=6 * 60)
    >>> in_hours([friday_night], {4}, datetime(2026, 11, 21, 5, 59))  # on Saturday
    True
    >>> in_hours([friday_night], {4}, datetime(2026, 11, 21, 6, 0))
    False
    """
    minute = local.hour * 60 + local.minute
    today = local.weekday()
    yesterday = (today - 1) % 7
    for period in periods:
        begins, over_midnight = period.weekday, period.end <= period.start
        if begins not in weekdays:
            continue
        if begins == today and minute >= period.start:
            if over_midnight or minute < period.end:
                return True
        elif over_midnight and begins == yesterday and minute < period.end:
            return True
    return False
