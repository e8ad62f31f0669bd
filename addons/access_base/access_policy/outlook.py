"""When a refused attempt would be granted: what a person can do (requirement A17)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

from .decision import decide
from .model import Attempt, Schedule
from .policy import Policy
from .state import State, time_of


def next_grant(
    policy: Policy, state: State, attempt: Attempt, days: int = 35
) -> datetime | None:
    """Give the next time at which the same attempt would be granted, if in some days.

    As far as is known now: nobody is let in elsewhere, nothing is changed until then.
    It looks at the times at which something begins or ends.
    """
    point = policy.points.get(attempt.point)
    if point is None or point.venue not in policy.venues:
        return None
    last = attempt.at + timedelta(days=days)
    turning_points = {
        *_turning_points(policy, attempt, days),
        *_ends_of_stay(policy, state, attempt),
    }
    for at in sorted(turning_points):
        if attempt.at < at <= last and _is_granted(policy, state, attempt, at):
            return at
    return None


def _is_granted(policy: Policy, state: State, attempt: Attempt, at: datetime) -> bool:
    return decide(policy, state, replace(attempt, at=at)).granted


def _turning_points(policy: Policy, attempt: Attempt, days: int) -> Iterator[datetime]:
    point = policy.points[attempt.point]
    zone = policy.venues[point.venue].timezone
    today = attempt.at.astimezone(zone).date()
    minutes = _minutes(policy, point.venue)
    for number in range(days + 1):
        midnight = datetime.combine(today + timedelta(days=number), time.min, zone)
        for minute in minutes:
            # Wall time: added while the zone is set, not as elapsed time.
            yield midnight + timedelta(minutes=minute)
    yield from _moments(policy, attempt)


def _minutes(policy: Policy, venue: int) -> set[int]:
    """Give the minutes of a day at which hours begin or end, for whoever they are."""
    schedules = [right.when for right in policy.rights.values()]
    schedules += [order.when for order in policy.orders.values()]
    spans = [
        span
        for band in policy.bands.values()
        for day in band.hours.get(venue, ())
        for span in day
    ]
    early = {0, *(schedule.early_entry for schedule in schedules)}
    found = {0}
    for start, end in spans:
        found |= {(start - minutes) % 1440 for minutes in early} | {end % 1440}
    return found


def _moments(policy: Policy, attempt: Attempt) -> Iterator[datetime]:
    """Give the moments from which or until which something is good."""
    for right in policy.rights.values():
        yield from _ends(right.when)
    for order in policy.orders.values():
        yield from _ends(order.when)
    issued = policy.credentials.get(attempt.credential, ())
    for person in _persons(policy, attempt):
        known = policy.persons.get(person)
        if known is None:
            continue
        for grant in known.rights:
            yield from filter(None, (grant.valid_from, grant.valid_to))
        for booking in known.bookings:
            yield from (booking.start, booking.end)
        for _key, ticket in known.tickets:
            yield from filter(None, (ticket.valid_from, ticket.valid_to))
    for credential in issued:
        yield from filter(None, (credential.valid_from, credential.valid_to))


def _persons(policy: Policy, attempt: Attempt) -> set[int | None]:
    issued = policy.credentials.get(attempt.credential, ())
    return {attempt.person, *(credential.person for credential in issued)}


def _ends_of_stay(policy: Policy, state: State, attempt: Attempt) -> Iterator[datetime]:
    """Give the moments when it counts no more that the person is inside."""
    for person in _persons(policy, attempt):
        last = state.presence.get(person)
        if last is None:
            continue
        for key in policy.zones_around(last.zone):
            zone = policy.zones.get(key)
            for minutes in (zone.antipassback_minutes, zone.max_stay) if zone else ():
                if minutes:
                    yield time_of(last.time) + timedelta(minutes=minutes)


def _ends(when: Schedule) -> Iterator[datetime]:
    yield from filter(None, (when.valid_from, when.valid_to))
