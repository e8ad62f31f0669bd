"""Time bands against the local clock."""

from collections.abc import Container
from datetime import datetime

from .model import Period


def in_period(period: Period, weekdays: Container[int], local: datetime) -> bool:
    """Tell whether local wall time lies in a period that begins on one of the weekdays.

    The wall clock decides: when the clocks go back the repeated hour belongs to the
    band twice, when they go forward the missing hour is simply short.

    >>> night = Period(weekday=4, start=22 * 60, end=6 * 60)
    >>> in_period(night, {4}, datetime(2026, 11, 21, 5, 59))  # Saturday morning
    True
    >>> in_period(night, {4}, datetime(2026, 11, 21, 6, 0))
    False
    """
    if period.weekday not in weekdays:
        return False
    minute = local.hour * 60 + local.minute
    days_since_begin = (local.weekday() - period.weekday) % 7
    if period.end > period.start:
        return days_since_begin == 0 and period.start <= minute < period.end
    if days_since_begin == 0:
        return minute >= period.start
    return days_since_begin == 1 and minute < period.end
