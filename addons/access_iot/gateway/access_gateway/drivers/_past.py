"""What a controller that stands alone did, as far as nobody has told it yet."""

from datetime import datetime, timedelta

from access_policy.event import utc_text

from ..rules import Device
from . import Alarm, Told, Verdict

# How far back we ask after a start of ours: as long as it can have opened without us.
ALONE_FOR = timedelta(days=14)


class Past:
    """What of a device's own log is in the ERP's: told by another box than this."""

    def __init__(self, device: Device):
        self._logged = device.logged
        # Of the last moment that is there: how many events come again.
        self._left = device.logged.count if device.logged else 0

    def since(self, now: datetime) -> datetime:
        """Give from when on it is asked; by a clock set back nothing was told yet."""
        first = now - ALONE_FOR
        is_known = self._logged and self._logged.until <= now
        return max(first, self._logged.until) if is_known else first

    def has(self, told: Told) -> bool:
        """Tell whether it is of the last moment in the log, and one of those there."""
        if not (self._left and isinstance(told, Alarm | Verdict) and told.at):
            return False
        if utc_text(told.at) != utc_text(self._logged.until):
            return False
        self._left -= 1
        return True
