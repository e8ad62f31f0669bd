"""Where too many typed PINs were wrong, none is looked at for a while.

Nothing has to be undone: it follows from the times of the wrong ones at the point.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .model import Venue
from .state import time_of


def is_locked(wrong: Sequence[str], venue: Venue, at: datetime) -> bool:
    """Tell whether PINs are refused at a time.

    They are for ``pin_lock_minutes`` after the last of ``pin_tries`` wrong ones that
    were typed within as many minutes. Those that come meanwhile do not count.

    >>> from zoneinfo import ZoneInfo
    >>> venue = Venue(ZoneInfo("UTC"), pin_tries=2, pin_lock_minutes=5)
    >>> wrong = ["2026-11-23T09:00:00.000Z", "2026-11-23T09:05:00.000Z"]
    >>> [is_locked(wrong, venue, time_of(f"2026-11-23T09:{at}Z"))
    ...  for at in ("04:59", "05:00", "09:59", "10:00")]
    [False, True, True, False]
    """
    if not venue.pin_tries:
        return False
    span = timedelta(minutes=venue.pin_lock_minutes)
    times = list(map(time_of, wrong))
    return any(
        last - first <= span and last <= at < last + span
        for first, last in zip(times, times[venue.pin_tries - 1 :], strict=False)
    )
