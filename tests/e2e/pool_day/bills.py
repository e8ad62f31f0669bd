"""What each guest owes, worked out anew: the list in plain words, minute by minute.

The list: the first 60 minutes are 29.00 (children 19.00), ten more are for changing,
then each started minute is 0.60, in the sauna 0.90. Who goes into the sauna pays 15.00
once. A stay is never more than 80.00. A ticket pays for the pool's first minutes, not
for the sauna's entry. A lost band costs the credit limit, and nothing else.
All amounts are cents. Nothing of ``access_tariff`` is used here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BASE = {"adult": 2900, "child": 1900}
FREE_UNTIL = 70
MINUTE, SAUNA_MINUTE = 60, 90
SAUNA_ENTRY = 1500
MOST = 8000
LIMIT = 5000
GRACE = timedelta(minutes=15)
HOURS_UNIT = 30


@dataclass
class Stay:
    """What was seen of a guest; ``passages`` are times and names of zones."""

    kind: str
    covered: int = 0
    passages: list[tuple[datetime, str | None]] = field(default_factory=list)
    is_lost: bool = False
    paid: int = 0
    tab: list[int] = field(default_factory=list)
    corrected: int = 0
    settled_at: datetime | None = None

    def time(self, at: datetime) -> int:
        """Give what the stay costs in all, if it is left at this time."""
        if self.is_lost:
            return LIMIT
        if not self.passages:
            return 0
        begin, cents = self.passages[0][0], 0
        if not self.covered:
            cents += BASE[self.kind]
        minute = FREE_UNTIL
        while begin + timedelta(minutes=minute) < at:
            if minute >= self.covered:
                where = self._zone(begin + timedelta(minutes=minute))
                cents += SAUNA_MINUTE if where == "sauna" else MINUTE
            minute += 1
        if any(zone == "sauna" for _time, zone in self.passages):
            cents += SAUNA_ENTRY
        return min(cents, MOST)

    def _zone(self, at: datetime) -> str | None:
        return [zone for time, zone in self.passages if time <= at][-1]

    def owed(self, at: datetime) -> int:
        """Give what is due at the desk for the time, before corrections."""
        if self.settled_at and at <= self.settled_at + GRACE:
            return 0
        return self.time(at) - self.paid

    def taken_minutes(self, at: datetime) -> int:
        """Give what a card of hours is charged with, by started half hours."""
        passed = at - self.passages[0][0]
        units = -(-passed // timedelta(minutes=HOURS_UNIT))
        return min(units * HOURS_UNIT, self.covered)
