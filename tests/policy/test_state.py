"""The state follows from the events alone, however they arrive."""

import json
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from access_policy import (
    DocumentError,
    PassageEvent,
    State,
    policy_from_document,
    state_from_document,
    state_of,
)
from access_policy.document import MOST_PIN_TRIES
from access_policy.event import utc_text
from access_policy.model import Waiting
from access_policy.state import Presence, TicketUse, Toggle, Use, document_of_state

from .builders import MONDAY
from .settings import examples
from .strategies import documents, logs, made_by, moment, states
from .test_properties import JUNK, places, replaced

moments = made_by(moment)


def passage(minute: int = 0, reason: str = "right", **fields: Any) -> PassageEvent:
    at = utc_text(MONDAY + timedelta(minutes=minute))
    fields = {"point": 1, "person": 51, "granted": reason == "right", **fields}
    return PassageEvent(time=at, reason=reason, **fields)


def at(minute: int) -> str:
    return passage(minute).time


@given(logs, st.randoms(use_true_random=True))
@examples(400)
def test_order_and_repetition_change_nothing(log: list, chance: Random):
    again = [*log, *chance.choices(log, k=len(log))] if log else []
    chance.shuffle(again)
    assert state_of(again) == state_of(log)


@given(logs)
@examples(400)
def test_what_is_kept_as_a_document_is_the_same_state(log: list):
    document = json.loads(json.dumps(document_of_state(state_of(log))))
    assert state_from_document(document) == state_of(log)


@given(logs, documents, moments)
@examples(200)
def test_an_ended_stay_is_not_begun_again_by_its_own_event(log, document, now):
    policy, state = policy_from_document(document), state_of(log)
    state.end_stays(policy, now)
    ended = deepcopy(state)
    for event in log:
        state.note(event)
    assert state == ended


@given(logs, documents, moments)
@examples(200)
def test_occupancy_counts_who_is_there(log, document, now):
    policy, state = policy_from_document(document), state_of(log)
    state.end_stays(policy, now)
    zones = [last.zone for last in state.presence.values() if last.zone]
    assert state.occupancy == {zone: zones.count(zone) for zone in zones}


@given(states, st.randoms(use_true_random=True), st.sampled_from(JUNK))
@examples(400)
def test_malformed_state_is_refused_or_is_a_state(document, chance: Random, junk: Any):
    try:
        found = state_from_document(
            replaced(document, chance.choice(places(document)), junk)
        )
    except DocumentError:
        return
    assert isinstance(found, State)


def test_an_entry_of_the_month_is_noted():
    state = state_of([passage(right=31, band=1, day="2026-11-23")])
    assert state.uses == {51: {Use(31, 1, "2026-11-23")}}


def test_an_entry_of_a_ticket_is_noted():
    state = state_of([passage(right=31, band=1, day="2026-11-23", ticket=7)])
    assert state.ticket_uses == {7: {TicketUse("2026-11-23", at(0), 1)}}
    assert state.uses == {}


def test_a_passage_that_uses_up_nothing_is_no_use():
    state = state_of([passage(right=31, band=1, ticket=7)])
    assert (state.uses, state.ticket_uses) == ({}, {})


def test_who_entered_is_present():
    state = state_of([passage(zone=2)])
    assert (state.presence, state.occupancy) == ({51: Presence(2, at(0))}, {2: 1})


def test_the_companion_goes_along():
    state = state_of([passage(zone=2, companion=52)])
    assert (state.presence[52], state.occupancy) == (Presence(2, at(0)), {2: 2})


def test_who_left_is_no_longer_counted():
    state = state_of([passage(0, zone=2), passage(1, zone=0)])
    assert (state.presence, state.occupancy) == ({51: Presence(0, at(1))}, {})


def test_a_refusal_moves_nobody():
    state = state_of([passage(reason="zone_full", zone=2)])
    assert state.presence == {}


def test_a_correction_moves():
    state = state_of([passage(0, zone=2), passage(1, "presence_corrected", zone=0)])
    assert state.presence == {51: Presence(0, at(1))}


def test_nobody_moves_later_than_it_is_heard_of():
    state = State()
    state.note(passage(60, zone=2), heard=at(1))
    assert state.presence == {51: Presence(2, at(1))}
    state.note(passage(2, zone=0))
    assert state.presence[51].zone == 0


def test_a_correction_opens_nothing():
    assert state_of([passage(0, "presence_corrected", zone=0)]).last_granted == {}


def test_a_passage_without_person_only_opens():
    state = state_of([passage(person=None, zone=2)])
    assert state == State(last_granted={1: at(0)})


def test_a_point_is_unlocked_until_it_is_read_again():
    opened, locked = passage(0, "unlocked_until_read"), passage(1, "locked_again")
    assert state_of([opened]).toggled == {1: Toggle(at(0), False)}
    for events in ([opened, locked], [locked, opened]):
        assert state_of(events).toggled == {1: Toggle(at(1), True)}


def test_what_did_not_open_stays_locked():
    events = [passage(0, "unlocked_until_read"), passage(1, "not_opened")]
    assert state_of(events).toggled == {1: Toggle(at(1), True)}


def test_a_point_that_was_unlocked_later_than_now_was_by_a_wrong_clock():
    state = state_of([passage(60, "unlocked_until_read")])
    state.turn_back(1, (), at(1))
    assert state.toggled[1].time < at(1)


def test_the_first_of_two_persons_waits():
    state = state_of([passage(0, "second_person_needed")])
    assert state.waiting == {1: Waiting(51, at(0))}


def test_who_waits_keeps_what_the_entry_will_use_up():
    entry = {"credential": 101, "right": 31, "band": 1, "day": "2026-11-23"}
    state = state_of([passage(0, "second_person_needed", ticket=7, **entry)])
    assert state.waiting == {1: Waiting(51, at(0), 101, 31, 1, "2026-11-23", 7)}
    assert (state.uses, state.ticket_uses) == ({}, {})


def test_the_latest_one_waits():
    events = [passage(n, "second_person_needed", person=51 + n) for n in range(2)]
    assert state_of(events).waiting == {1: Waiting(52, at(1))}


def test_nobody_waits_once_the_door_was_opened():
    events = [passage(0, "second_person_needed"), passage(0, person=52)]
    assert state_of(events).waiting == {}


def test_who_comes_after_the_opening_waits():
    events = [passage(0, person=52), passage(1, "second_person_needed")]
    assert state_of(events).waiting == {1: Waiting(51, at(1))}


def test_wrong_pins_are_noted_by_point():
    unknown = {"reason": "credential_unknown", "person": None}
    state = state_of(
        [
            passage(1, "pin_wrong"),
            passage(0, seen="pin:…", **unknown),
            passage(2, seen="rfid:04DEADBEEF", **unknown),  # a card is no PIN
            passage(3, "pin_locked", seen="pin:…"),  # nor is what was not looked at
            passage(4, "pin_wrong", point=2),
        ]
    )
    assert state.wrong_pins == {1: (at(0), at(1)), 2: (at(4),)}


def test_only_the_last_wrong_pins_are_kept():
    minutes = list(range(MOST_PIN_TRIES + 2))
    Random(1).shuffle(minutes)
    state = state_of(passage(minute, "pin_wrong") for minute in minutes)
    assert state.wrong_pins[1] == tuple(map(at, sorted(minutes)[2:]))


def test_stays_end():
    state = state_of([passage(0, zone=2), passage(1, person=52, zone=2)])
    policy = policy_from_document({"zones": {"2": {"max_stay": 60}}})
    state.end_stays(policy, MONDAY + timedelta(minutes=60))
    assert state.presence == {51: Presence(0, at(0)), 52: Presence(2, at(1))}
    assert state.occupancy == {2: 1}


def test_entries_of_old_days_are_forgotten():
    uses = {51: {Use(1, 1, "2026-10-31"), Use(1, 1, "2026-11-01")}}
    state = State(uses=uses | {52: {Use(1, 1, "2026-10-31")}})
    state.forget_before("2026-11-01", ())
    assert state.uses == {51: {Use(1, 1, "2026-11-01")}}


def test_entries_of_tickets_that_are_gone_are_forgotten():
    old, new = (
        TicketUse(day, f"{day}T09:00:00.000Z", 1)
        for day in ("2026-10-31", "2026-11-01")
    )
    state = State(ticket_uses={7: {old}, 8: {old}, 9: {old, new}})
    state.forget_before("2026-11-01", {7})
    assert state.ticket_uses == {7: {old}, 9: {old, new}}


def test_who_left_long_ago_is_forgotten():
    state = state_of([passage(person=51 + zone, zone=zone) for zone in (0, 1)])
    state.forget_before("2026-11-23", ())
    assert set(state.presence) == {51, 52}
    state.forget_before("2026-11-24", ())
    assert (set(state.presence), state.occupancy) == ({52}, {1: 1})
