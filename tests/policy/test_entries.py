"""What entries cost, over histories in which each decision is noted."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from access_policy import (
    Attempt,
    Combination,
    Decision,
    Mode,
    PassageEvent,
    Point,
    Policy,
    Reason,
    State,
    Zone,
    decide,
    policy_from_document,
    state_of,
)
from access_policy.schedule import is_in_force

from .settings import examples
from .strategies import attempt, document, made_by, order, section

Step = tuple[State, Attempt, Decision]


def history(chance: Random, combination: str | None = None) -> tuple:
    """Give rules under which much is entered, and attempts in the order of time."""
    drawn = document(chance)
    drawn["expires_at"] = None
    for point in drawn["points"].values():
        point["combination"] = combination or chance.choice(("either", "both"))
    for entry in drawn["credentials"].values():
        entry.update(valid_from=None, valid_to=None, status="active")
    for person in drawn["persons"].values():
        person.update(suspended=False, identity_unchecked=False)
    for right in drawn["rights"].values():
        right.update(valid_from=None, valid_to=None)
    tried = [attempt(chance) for _ in range(40)]
    return policy_from_document(drawn), sorted(tried, key=lambda one: one.at)


def with_orders(chance: Random) -> tuple:
    policy, tried = history(chance)
    orders = policy_from_document({"orders": section(chance, order)}).orders
    return replace(policy, orders=orders), tried


def steps(policy: Policy, tried: list[Attempt]) -> Iterator[Step]:
    state = State()
    for one in tried:
        decision = decide(policy, state, one)
        yield state, one, decision
        for event in events_of(one, decision):
            state.note(event)


BY_RIGHT = (Reason.RIGHT, Reason.UNLOCKED_UNTIL_READ)


def events_of(one: Attempt, decision: Decision) -> list[PassageEvent]:
    event = PassageEvent.of(one, decision, seen=None)
    return list(filter(None, (event, event.of_first(decision))))


def cost(decision: Decision) -> int:
    # Who has to wait for a second person uses up nothing yet.
    if decision.day is None or not decision.granted:
        return 0
    return 1 if decision.ticket is None else 2


histories = made_by(history)
recorded = made_by(lambda chance: history(chance, "record"))
ordered = made_by(with_orders)


@given(histories)
@examples(200)
def test_no_more_entries_than_the_limits(one: tuple):
    policy, tried = one
    state = state_of(
        event
        for _state, attempt, decision in steps(policy, tried)
        for event in events_of(attempt, decision)
    )
    for uses in state.uses.values():
        for right, band, month in {(use.right, use.band, use.day[:7]) for use in uses}:
            same = [use for use in uses if use[:2] == (right, band)]
            days = {use.day for use in same if use.day[:7] == month}
            assert len(days) <= policy.rights[right].limits[band]
    tickets = dict(entry for who in policy.persons.values() for entry in who.tickets)
    for key, uses in state.ticket_uses.items():
        assert tickets[key].entries is None or len(uses) <= tickets[key].entries


def alternatives(policy: Policy, state: State, one: Attempt, decision: Decision):
    """Decide as if the person had a single right, band and ticket, each in turn."""
    person = policy.persons[decision.person]
    allow = {k: right for k, right in policy.rights.items() if right.effect == "allow"}
    deny = {k: right for k, right in policy.rights.items() if right.effect == "deny"}
    denied = tuple(grant for grant in person.rights if grant.right in deny)
    for grant in (*person.rights, *policy.everyones_rights):
        if grant.right not in allow:
            continue
        right = allow[grant.right]
        for band in right.when.bands or (None,):
            bands = right.when.bands and frozenset((band,))
            narrow = replace(right, when=replace(right.when, bands=bands))
            for ticket in person.tickets or (None,):
                who = replace(
                    person,
                    rights=(*denied, grant),
                    tickets=(ticket,) if ticket else (),
                )
                alone = replace(
                    policy,
                    rights={**deny, grant.right: narrow},
                    persons={**policy.persons, decision.person: who},
                )
                yield decide(alone, state, one)


@given(histories)
@examples(60)
def test_no_decision_costs_more_than_it_must(one: tuple):
    policy, tried = one
    for state, attempt_, decision in steps(policy, tried):
        if cost(decision) and policy.points[attempt_.point].combination == "either":
            others = alternatives(policy, state, attempt_, decision)
            opening = [other for other in others if other.reason in BY_RIGHT]
            assert cost(decision) == min(map(cost, opening))


def is_free(policy: Policy, state: State, one: Attempt, decision: Decision) -> bool:
    """Tell whether there is a reason for an entry that uses up nothing."""
    right, person = policy.rights[decision.right], policy.persons[decision.person]
    way = policy.ways[one.point]
    is_booked = right.exempt is not None and any(
        booking.start <= one.at < booking.end for booking in person.bookings
    )
    if way.is_controlled and right.ticket_types is not None:
        return is_booked
    if is_booked or way.is_leaving or way.around_from & right.zones:
        return True
    if right.ticket_types is not None:
        uses = state.ticket_uses.get(decision.ticket, ())
        is_again = any(use.point == one.point for use in uses)
        is_of_today = dict(person.tickets)[decision.ticket].once_a_day and bool(uses)
        return is_again or is_of_today
    if decision.band not in right.limits:
        return True
    uses = state.uses.get(decision.person, ())
    return any(use[:2] == (decision.right, decision.band) for use in uses)


@given(histories)
@examples(200)
def test_an_entry_is_used_up_or_free_for_a_reason(one: tuple):
    policy, tried = one
    for state, attempt_, decision in steps(policy, tried):
        if decision.reason in BY_RIGHT and decision.day is None:
            assert is_free(policy, state, attempt_, decision)


@given(histories)
@examples(100)
def test_a_refusal_uses_up_nothing_and_moves_nobody(one: tuple):
    for _state, _attempt, decision in steps(*one):
        if not decision.granted:
            assert (decision.zone, decision.companion) == (None, None)
            if decision.reason is not Reason.SECOND_PERSON_NEEDED:
                told = (decision.band, decision.day, decision.ticket)
                assert told == (None, None, None)


def is_known(policy: Policy, one: Attempt) -> bool:
    point = policy.points.get(one.point)
    return point is not None and point.venue in policy.venues


@given(recorded)
@examples(100)
def test_a_point_that_only_records_refuses_in_lockdown_alone(one: tuple):
    policy, tried = one
    for _state, attempt_, decision in steps(policy, tried):
        is_open = is_known(policy, attempt_) and (
            policy.mode_at(attempt_.point, attempt_.at) is not Mode.LOCKDOWN
        )
        assert decision.granted == is_open


def with_combination(policy: Policy, combination: Combination) -> Policy:
    points = {k: replace(p, combination=combination) for k, p in policy.points.items()}
    return replace(policy, points=points)


@given(histories)
@examples(100)
def test_both_layers_open_only_what_either_opens(one: tuple):
    policy, tried = one
    both = with_combination(policy, Combination.BOTH)
    either = with_combination(policy, Combination.EITHER)
    for state, attempt_, decision in steps(both, tried):
        assert decision.granted <= decide(either, state, attempt_).granted


@given(ordered, st.sampled_from((1, 2, 3)))
@examples(100)
def test_a_weaker_order_changes_nothing_while_a_stronger_one_holds(
    one: tuple, key: int
):
    policy, tried = one
    priority = max(order.priority for order in policy.orders.values())
    weaker = replace(
        policy.orders[key], priority=priority - 1, points=frozenset(policy.points)
    )
    more = replace(policy, orders={**policy.orders, 9: weaker})
    strongest = [one for one in policy.orders.values() if one.priority == priority]
    for attempt_ in filter(partial(is_known, policy), tried):
        point, at = attempt_.point, attempt_.at
        venue = policy.points[point].venue
        if any(
            point in order.points
            and is_in_force(order.when, policy.bands, venue, policy.venues[venue], at)
            for order in strongest
        ):
            assert more.mode_at(point, at) is policy.mode_at(point, at)


def test_a_point_within_a_zone_is_no_way_out():
    """Or lockers would only warn of whoever may not have one."""
    policy = Policy(zones={2: Zone()}, points={1: Point(1, zone_from=2, zone_to=2)})
    assert not policy.ways[1].is_leaving
