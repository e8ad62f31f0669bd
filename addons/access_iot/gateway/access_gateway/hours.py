"""When members may pass at points whose lock decides alone, worked out but once.

Most members of a plan have the same hours, and most changes of the rules concern few of
them. So what was worked out is kept by what it follows from, until the rules that all
share are others.

What such a lock cannot know gives no hours: where a PIN is asked for besides, where two
must come, at interlocks, and while an order locks a point. Who leaves is not kept in.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple

from access_policy import (
    Combination,
    Credential,
    Effect,
    Grant,
    Mode,
    Person,
    Policy,
    RecurringKey,
    Right,
    recurring_keys,
)

# Further off than this a date decides nothing about the hours of a period.
_MARGIN = timedelta(days=10)
_SHUT = (Mode.LOCKED, Mode.LOCKDOWN, Mode.CONTROLLED_PIN)
_SOMEBODY = 1

Hours = tuple[RecurringKey, ...]


class Period(NamedTuple):
    """Days, both included."""

    first: date
    last: date


def period_at(at: datetime) -> Period:
    """Give this week and the next one, so that hours change once a week.

    On a Monday it is the week before: somewhere it is Sunday still.
    """
    day = at.date() - timedelta(days=1)
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=13))


class Timetable:
    """The hours of persons at points, by the rules that ``follow`` was told last."""

    def __init__(self) -> None:
        self._basis: tuple[Any, ...] | None = None
        self._policy = Policy()
        self._period = Period(date.min, date.min)
        # By point the rules that hold there for who comes alone; none: it stays shut.
        self._rules: dict[int, Policy | None] = {}
        self._known: dict[tuple[Any, ...], Hours] = {}

    def follow(self, policy: Policy, period: Period) -> None:
        """Go by these rules; what was worked out by the same ones is known."""
        rights = dict(policy.rights)  # they are changed in place
        shared = (policy.venues, policy.bands, policy.zones, policy.points)
        basis = (period, *shared, policy.orders, rights)
        if basis != self._basis:
            self._basis, self._period = basis, period
            self._rules, self._known = {}, {}
        self._policy = policy

    def hours(self, credential: Credential, point: int) -> Hours:
        """Give when a credential may be let in at a point."""
        if point not in self._rules:
            self._rules[point] = self._rules_at(point)
        rules, person = self._rules[point], self._policy.persons.get(credential.person)
        if rules is None or person is None:
            return ()
        since = self._begin(credential.valid_from)
        ends = filter(None, (credential.valid_to, self._policy.expires_at))
        until = self._end(min(ends, default=None))
        near = self._near(person)
        if self._lets_all_pass(point):
            near = replace(near, suspended=False, identity_unchecked=False)
        key = (point, near, since, until)
        if key not in self._known:
            alone = rules.with_parts(persons={_SOMEBODY: key[1]})
            self._known[key] = recurring_keys(
                alone, _SOMEBODY, point, *self._period, since, until
            )
        return self._known[key]

    def _rules_at(self, point: int) -> Policy | None:
        place, policy = self._policy.points.get(point), self._policy
        if place is None or place.persons > 1 or place.interlock or place.mode in _SHUT:
            return None
        rights = dict(policy.rights)
        if self._lets_all_pass(point):
            rights = {0: Right(points=frozenset({point}), everyone=True)}
            place = replace(place, combination=Combination.EITHER)
        # An order that locks the point denies it to everybody, for as long.
        for key in policy.orders_of.get(point, ()):
            order = policy.orders[key]
            if order.mode in _SHUT:
                rights[-key] = Right(
                    effect=Effect.DENY,
                    points=frozenset({point}),
                    when=order.when,
                    everyone=True,
                )
        return policy.with_parts(rights=rights, points={**policy.points, point: place})

    def _lets_all_pass(self, point: int) -> bool:
        """Tell whether what there is against a person is a warning only there."""
        is_recording = self._policy.points[point].combination is Combination.RECORD
        return is_recording or self._policy.ways[point].lets_out

    def _near(self, person: Person) -> Person:
        """Leave out what makes no difference now, so that more persons are alike."""
        begin, end = (_moment(day) for day in self._period)
        begin, end = begin - _MARGIN, end + _MARGIN
        return Person(
            rights=tuple(
                Grant(
                    one.right,
                    self._begin(one.valid_from),
                    self._end(one.valid_to),
                    grace=one.grace,
                )
                for one in person.rights
            ),
            suspended=person.suspended,
            identity_unchecked=person.identity_unchecked,
            bookings=tuple(
                one for one in person.bookings if one.end > begin and one.start < end
            ),
        )

    def _begin(self, at: datetime | None) -> datetime | None:
        is_over = at is None or at < _moment(self._period.first) - _MARGIN
        return None if is_over else at

    def _end(self, at: datetime | None) -> datetime | None:
        is_far = at is None or at > _moment(self._period.last) + _MARGIN
        return None if is_far else at


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.utc)
