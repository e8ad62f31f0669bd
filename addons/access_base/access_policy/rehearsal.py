"""The same passages by two sets of rules, for who wants to change one (A17)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from .decision import decide
from .event import PassageEvent
from .model import Attempt, Decision, Mode
from .policy import Policy
from .reason import Reason
from .state import State, time_of

# What rights, counts and places decided. All else was not for them to decide: a card
# that was blocked, a door that stood open, staff who opened by hand.
REPLAYED = frozenset(
    reason.value
    for reason in (
        Reason.RIGHT,
        Reason.UNLOCKED_UNTIL_READ,
        Reason.RECORDED_ONLY,
        Reason.LEFT_WITHOUT_RIGHT,
        Reason.DENIED,
        Reason.NO_RIGHT,
        Reason.RIGHT_NOT_YET_VALID,
        Reason.RIGHT_EXPIRED,
        Reason.PLAN_ENDED,
        Reason.PLAN_PAUSED,
        Reason.PLAN_UNPAID,
        Reason.OUTSIDE_HOURS,
        Reason.NOT_AT_THIS_DEVICE,
        Reason.NO_TICKET,
        Reason.EXIT_NOT_PAID,
        Reason.LIMIT_REACHED,
        Reason.ANTI_PASSBACK,
        Reason.ZONE_FULL,
        Reason.SECOND_PERSON_NEEDED,
    )
)


class Side(NamedTuple):
    """One of the two: rules, and what would have happened by them so far."""

    policy: Policy
    state: State


class Twice(NamedTuple):
    """A passage decided twice; ``position`` is its place among those given."""

    position: int
    event: PassageEvent
    before: Decision
    after: Decision


def side_of(policy: Policy) -> Side:
    """Make a side of the rules for rights alone.

    That the mode of the point, the PIN and the person were good then is known from the
    log; today they may be others.
    """
    points = {
        key: replace(point, mode=Mode.CONTROLLED, interlock=(), toggle_minutes=0)
        for key, point in policy.points.items()
    }
    persons = {
        key: replace(person, suspended=False, identity_unchecked=False)
        for key, person in policy.persons.items()
    }
    return Side(replace(policy, points=points, persons=persons, orders={}), State())


def replay(
    before: Side, after: Side, events: Iterable[PassageEvent], since: datetime
) -> Iterator[Twice]:
    """Decide the passages since a time, in their order, by both sides.

    Each side counts what it would have let through itself. What is older, and what
    rights do not decide, counts for both as it was.
    """
    for position, event in enumerate(events):
        if event.reason == Reason.WITH_SECOND_PERSON.value:
            continue  # each side lets the first in with the second, or does not
        at = time_of(event.time)
        if at < since or not is_replayed(event):
            before.state.note(event)
            after.state.note(event)
            continue
        attempt = Attempt(event.point, None, at, person=event.person)
        yield Twice(position, event, _pass(before, attempt), _pass(after, attempt))


def is_replayed(event: PassageEvent) -> bool:
    """Tell whether the rights of a person decided it."""
    return event.person is not None and event.reason in REPLAYED


def _pass(side: Side, attempt: Attempt) -> Decision:
    decision = decide(side.policy, side.state, attempt)
    event = PassageEvent.of(attempt, decision, None)
    for noted in filter(None, (event, event.of_first(decision))):
        side.state.note(noted)
    return decision
