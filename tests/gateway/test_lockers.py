"""Which locker a band gets (requirement C5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_gateway.banks import Locker, Place
from access_gateway.lockers import (
    Choice,
    Outcome,
    choose,
    may_have,
    may_open_own,
    nearest,
)
from access_gateway.rules import RulesError, rules_from_document
from access_gateway.words import say
from access_policy import Decision, Reason
from access_policy.reason import GRANTS, NOTES

from .locker_world import BANK, TERMINALS, document, lockers

places = st.builds(Place, st.integers(1, 3), st.integers(1, 9))
banks = st.dictionaries(
    st.integers(0, 30),
    st.builds(Locker, st.just(BANK), st.just("n"), places, out_of_order=st.booleans()),
)


def decision(reason=Reason.RIGHT, credential=1, warnings=()):
    granted = reason in GRANTS
    return Decision(granted, reason, 1, credential, warnings=tuple(warnings))


@given(st.dictionaries(st.integers(), places), places)
def test_nearest_is_nearest(free, terminal):
    found = nearest(free, terminal)
    in_row = [place for place in free.values() if place.row == terminal.row]
    if found is None:
        assert not in_row
        return
    assert free[found] in in_row
    distance = abs(free[found].position - terminal.position)
    assert all(abs(one.position - terminal.position) >= distance for one in in_row)


@given(banks, places, st.dictionaries(st.integers(0, 30), st.integers(2, 5)))
def test_what_is_assigned_was_free_and_in_order_and_none_free_is_full(
    bank, terminal, held
):
    outcome, locker = choose(bank, terminal, decision(), held, ())
    free = {
        key: one.place
        for key, one in bank.items()
        if key not in held and not one.out_of_order and one.place.row == terminal.row
    }
    assert outcome is (Outcome.ASSIGNED if free else Outcome.ROW_FULL)
    assert locker == nearest(free, terminal)


@given(banks, places, st.dictionaries(st.integers(0, 30), st.integers(1, 3)))
def test_who_has_a_locker_gets_no_second_one(bank, terminal, held):
    own = {key for key in bank if held.get(key) == 1}
    outcome, locker = choose(bank, terminal, decision(), held, own)
    if not own:
        return
    assert locker in own
    is_here = bank[locker].place.row == terminal.row
    assert outcome is (Outcome.OPENED if is_here else Outcome.OTHER_ROW)


def test_a_locker_whose_board_is_away_is_not_given():
    bank = {key: Locker(BANK, "n", Place(1, key), str(key)) for key in (1, 2)}
    chosen = choose(
        bank, Place(1, 1), decision(), {}, (), lambda one: one.device == "2"
    )
    assert chosen == Choice(Outcome.ASSIGNED, 2)


@pytest.mark.parametrize("reason", set(Reason) - set(GRANTS))
def test_who_is_refused_gets_no_locker(reason):
    bank = {1: Locker(BANK, "n", Place(1, 1))}
    chosen = choose(bank, Place(1, 1), decision(reason), {}, ())
    assert chosen == Choice(Outcome.WRONG_BAND)


def test_who_could_only_leave_gets_no_locker_but_opens_the_own_one():
    left = decision(Reason.LEFT_WITHOUT_RIGHT, warnings=[Reason.RIGHT_EXPIRED])
    assert not may_have(left) and may_open_own(left)


@pytest.mark.parametrize(
    "reason",
    [
        Reason.CREDENTIAL_BLOCKED,
        Reason.CREDENTIAL_LOST,
        Reason.CREDENTIAL_RETURNED,
        Reason.CREDENTIAL_UNKNOWN,
        Reason.POINT_LOCKED,
        Reason.POINT_LOCKDOWN,
        Reason.POLICY_EXPIRED,
    ],
)
def test_a_band_in_other_hands_or_a_shut_place_opens_no_own_locker(reason):
    assert not may_open_own(decision(reason))
    left = decision(Reason.LEFT_WITHOUT_RIGHT, warnings=[reason])
    assert not may_open_own(left)


def test_a_band_without_a_number_gets_nothing_where_all_may_enter():
    bank = {1: Locker(BANK, "n", Place(1, 1))}
    unlocked = decision(Reason.POINT_UNLOCKED, credential=None)
    assert choose(bank, Place(1, 1), unlocked, {}, ()).outcome is Outcome.WRONG_BAND


def test_every_reason_is_thought_of():
    # A new reason keeps the holder out until somebody decides otherwise.
    known = {*GRANTS, *NOTES, Reason.DURESS, Reason.NOT_INSIDE}
    harmless = {one for one in set(Reason) - known if may_open_own(decision(one))}
    assert len(harmless) == 17


def test_the_rules_name_the_bolts_to_the_board():
    rules = rules_from_document(document())
    assert rules.devices["board"].outputs == frozenset(range(6))
    assert set(rules.bank_of_terminal) == set(TERMINALS)
    assert rules.lockers[4].place == Place(2, 1)


def test_two_lockers_on_one_bolt_are_no_rules():
    with pytest.raises(RulesError, match="same output"):
        rules_from_document(document(lockers=lockers(output=3)))


def test_a_terminal_of_two_banks_is_no_rule():
    bank = document()["banks"][str(BANK)]
    with pytest.raises(RulesError, match="two banks"):
        rules_from_document(document(banks={"2": bank, "3": bank}))


@pytest.mark.parametrize("broken", [{"1": {}}, {"x": lockers()["1"]}, [1]])
def test_lockers_that_are_malformed_are_no_rules(broken):
    with pytest.raises(RulesError, match="malformed"):
        rules_from_document(document(lockers=broken))


def test_other_words_come_with_the_rules():
    words = {"locker_row_full": "Rząd pełny", "of no use": "{x}"}
    assert say("locker_row_full", words) == "Rząd pełny"
    assert say("locker_opened", {"locker_opened": "{0} {number}"}, "A1") == "{0} A1"
