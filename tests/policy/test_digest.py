"""Telling in short what rules somebody holds."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given

from access_policy import Policy, policy_from_document
from access_policy.digest import differences, policy_digests
from access_policy.model import (
    Booking,
    Credential,
    Grant,
    Mode,
    Order,
    Person,
    Schedule,
    Ticket,
)
from access_policy.reason import Reason

from .strategies import document, made_by

AT = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def digests(at=AT, **parts):
    return policy_digests(Policy(**parts), at)


def person(**fields):
    return digests(persons={51: Person(**fields)})


def test_of_the_same_rules_it_is_the_same():
    document = {"rights": {"1": {"zones": [3, 1, 2]}}, "zones": {"1": {}}}
    turned = {"zones": {"1": {}}, "rights": {"1": {"zones": [2, 3, 1]}}}
    one, two = policy_from_document(document), policy_from_document(turned)
    assert policy_digests(one, AT) == policy_digests(two, AT)


@given(made_by(document), made_by(document))
def test_it_names_each_difference(one, two):
    one, two = policy_from_document(one), policy_from_document(two)
    found = differences(policy_digests(one, AT), policy_digests(two, AT))
    for section in ("zones", "bands", "points", "rights"):
        there, here = getattr(one, section), getattr(two, section)
        keys = {key for key in {*there, *here} if there.get(key) != here.get(key)}
        assert {int(key) for name, key, _ in found if name == section} == keys


@pytest.mark.parametrize(
    "fields",
    [
        {"suspended": True},
        {"identity_unchecked": True},
        {"rights": (Grant(1),)},
        {"rights": (Grant(1, valid_to=AT + DAY, then=Reason.PLAN_UNPAID),)},
        {"bookings": (Booking(5, AT, AT + DAY),)},
        {"tickets": ((7, Ticket(3, 10)),)},
    ],
)
def test_each_thing_about_a_person_counts(fields):
    assert person(**fields) != person()


def test_a_credential_counts_with_its_person():
    there = digests(persons={51: Person()})
    issued = {"TOKEN": (Credential(1, 51),)}
    here = digests(persons={51: Person()}, credentials=issued)
    assert differences(there, here) == [("persons", "51", "different")]


def test_a_credential_that_ended_long_ago_does_not_count():
    issued = {"TOKEN": (Credential(1, 51, valid_to=AT - 51 * DAY),)}
    here = digests(persons={51: Person()}, credentials=issued)
    assert differences(person(), here) == []


def test_a_credential_of_nobody_counts():
    here = digests(credentials={"TOKEN": (Credential(1, 51),)})
    assert differences(digests(), here) == [("persons", "51", "missing")]


def test_an_order_counts_until_it_is_over():
    def order(**when):
        return digests(
            orders={1: Order(frozenset({1}), Mode.LOCKED, 10, Schedule(**when))}
        )

    assert order(valid_to=AT) == digests()
    assert order(valid_to=AT + DAY) != digests()
    assert order(valid_from=AT - DAY) == order()
    assert order(valid_from=AT + DAY) != order()


def test_what_is_long_over_or_far_ahead_counts_for_nothing():
    """It comes and goes with the day on which the rules are compiled."""
    over, ahead = AT - 59 * DAY, AT + 44 * DAY
    assert person(bookings=(Booking(5, AT - DAY, AT),)) == person()
    assert person(bookings=(Booking(5, ahead, ahead + DAY),)) == person()
    assert person(tickets=((7, Ticket(3, valid_to=over)),)) == person()
    ended = Grant(1, valid_to=over, then=Reason.PLAN_ENDED)
    assert person(rights=(ended,)) == person()


def test_a_grant_that_has_begun_is_one_without_begin():
    grants = [Grant(1, valid_from=begin) for begin in (None, AT - DAY, AT)]
    assert len({str(person(rights=(grant,))) for grant in grants}) == 1


def test_near_holidays_count_alone():
    document = {"venues": {"1": {"timezone": "Europe/Warsaw"}}}
    venue = policy_from_document(document).venues[1]

    def closed(day):
        return digests(venues={1: replace(venue, holidays=frozenset([day.date()]))})

    assert closed(AT + DAY) != digests(venues={1: venue})
    assert closed(AT + 300 * DAY) == digests(venues={1: venue})
