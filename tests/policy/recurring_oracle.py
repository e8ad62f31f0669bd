"""An oracle for recurring keys: every quarter of an hour asked by itself.

It goes by the moments that a quarter has on the world's clock (none, one or two), and
by the hours of ``schedule.occurrences``, which has an oracle of its own.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone

from access_policy.model import Combination, Effect, Layer, Right
from access_policy.policy import Policy
from access_policy.schedule import occurrences

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


def allowed_quarters(
    policy: Policy, first: date, last: date
) -> tuple[set[datetime], set[datetime]]:
    """Give the quarters when person 1 may enter at point 1, and those skipped.

    What lets in are hours that begin from the first to the last day and bookings on
    these days; what denies, or must allow besides, counts whenever it began.
    """
    oracle = _Oracle(policy, first, last)
    local = datetime.combine(first - 2 * DAY, time.min)
    allowed, skipped = set(), set()
    while local.date() < last + 3 * DAY:
        moments = oracle.moments(local)
        if not moments:
            skipped.add(local)
        elif oracle.allows(local, moments):
            allowed.add(local)
        local += QUARTER
    return allowed, skipped


class _Oracle:
    def __init__(self, policy: Policy, first: date, last: date):
        self.policy = policy
        self.first = first
        self.last = last
        self.venue = policy.venues[1]

    def moments(self, local: datetime) -> list[datetime]:
        zone = self.venue.timezone
        passes = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        moments = {one.astimezone(timezone.utc) for one in passes}
        return [
            at for at in moments if at.astimezone(zone).replace(tzinfo=None) == local
        ]

    def allows(self, local: datetime, moments: list[datetime]) -> bool:
        needs_both = self.policy.points[1].combination is Combination.BOTH
        layers = set()
        for at in moments:
            for right in self._valid_rights(at):
                is_deny = right.effect is Effect.DENY
                only_narrows = needs_both and right.layer is Layer.DEVICE
                if not self._is_open(right, local, at, is_deny or only_narrows):
                    continue
                if is_deny:
                    return False
                layers.add(right.layer)
        if needs_both:
            return layers == {Layer.PLAN, Layer.DEVICE}
        return bool(layers)

    def _valid_rights(self, at: datetime) -> Iterator[Right]:
        for grant in self.policy.persons[1].rights:
            right = self.policy.rights[grant.right]
            days = self.venue.grace_days if grant.grace else 0
            ends = [right.when.valid_to]
            wall = grant.valid_to and grant.valid_to.astimezone(self.venue.timezone)
            ends.append(wall and (wall + timedelta(days=days)).astimezone(timezone.utc))
            begins = (right.when.valid_from, grant.valid_from)
            if all(begin is None or begin <= at for begin in begins) and all(
                end is None or at < end for end in ends
            ):
                yield right

    def _is_open(
        self, right: Right, local: datetime, at: datetime, always: bool
    ) -> bool:
        is_asked_for = always or self.first <= local.date() <= self.last
        # What is forbidden stays so, whatever is booked.
        if is_asked_for and right.effect is Effect.ALLOW:
            for program, start, end in self.policy.persons[1].bookings:
                exempts = right.exempt is not None and (
                    not right.exempt or program in right.exempt
                )
                if exempts and start <= at < end:
                    return True
        bands, holidays = self.policy.bands, self.venue.holidays
        found = occurrences(right.when, bands, 1, holidays, local)
        return any(always or self.first <= day <= self.last for _band, day in found)
