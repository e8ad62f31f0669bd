"""One gate or door after a release (requirement F7), by the clock of the test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_gateway.gate import Equipment, Gate
from access_policy import Reason

from .world import event

ANNA = event(person=1, zone=1, day="2026-11-21")
BEN = event(person=2, zone=1, day="2026-11-21")


def gate():
    """A turnstile that waits three seconds for who was let in."""
    return Gate(Equipment(seconds=3, has_sensor=True))


def door():
    """A door with a contact that may stand open ten seconds."""
    return Gate(Equipment(seconds=3, has_contact=True, held_after=10))


def reasons(happenings):
    return [happening.reason for happening in happenings]


# Gates


def test_who_was_let_in_and_passes_is_counted():
    one = gate()
    one.release(0, ANNA)
    assert one.passage(1, is_free=False) == [(Reason.PASSED, ANNA)]
    assert one.is_done


def test_who_does_not_pass_in_time_is_told_of():
    one = gate()
    one.release(0, ANNA)
    assert one.tick(2.9, is_free=False) == []
    assert one.tick(3, is_free=False) == [(Reason.NOT_PASSED, ANNA)]
    assert one.tick(4, is_free=False) == []


def test_a_second_person_on_one_passage_is_told_of():
    one = gate()
    one.release(0, ANNA)
    one.passage(1, is_free=False)
    assert reasons(one.passage(1.5, is_free=False)) == [Reason.SECOND_PASSAGE]


def test_two_who_were_let_in_pass_in_their_order():
    one = gate()
    one.release(0, ANNA)
    one.release(1, BEN)
    assert one.passage(1.5, is_free=False) == [(Reason.PASSED, ANNA)]
    assert not one.is_done
    assert one.passage(2, is_free=False) == [(Reason.PASSED, BEN)]


def test_one_card_shown_twice_lets_one_through():
    one = gate()
    one.release(0, ANNA)
    one.release(1, ANNA)
    assert one.passage(1.5, is_free=False) == [(Reason.PASSED, ANNA)]
    assert reasons(one.passage(2, is_free=False)) == [Reason.SECOND_PASSAGE]


def test_a_passage_without_any_release_is_forced():
    assert reasons(gate().passage(100, is_free=False)) == [Reason.DOOR_FORCED]


def test_a_passage_against_the_direction_is_told_and_takes_nobodys_place():
    one = gate()
    one.release(0, ANNA)
    assert reasons(one.reverse_passage(is_free=False)) == [Reason.REVERSE_PASSAGE]
    assert one.passage(1, is_free=False) == [(Reason.PASSED, ANNA)]


def test_a_gate_that_is_free_tells_of_nobody():
    one = gate()
    assert one.passage(1, is_free=True) == []
    assert one.reverse_passage(is_free=True) == []


def test_a_release_that_failed_awaits_nobody():
    one = gate()
    one.release(0, ANNA)
    one.withdraw(ANNA)
    assert one.is_done
    assert reasons(one.passage(1, is_free=False)) == [Reason.DOOR_FORCED]


def test_who_opens_from_inside_may_pass():
    one = gate()
    one.release(0)
    assert one.passage(1, is_free=False) == []


# Doors


def test_a_door_that_opens_without_a_release_is_forced_until_it_is_shut():
    one = door()
    assert reasons(one.opened(1, is_free=False)) == [Reason.DOOR_FORCED]
    assert reasons(one.shut(2)) == [Reason.DOOR_SHUT]


def test_a_door_that_opens_after_a_release_is_quiet():
    one = door()
    one.release(0, ANNA)
    assert one.opened(3.4, is_free=False) == []
    assert one.shut(5) == []


def test_a_door_that_was_shut_behind_somebody_is_forced_by_the_next():
    one = door()
    one.release(0, ANNA)
    one.opened(0.5, is_free=False)
    one.shut(1)
    assert reasons(one.opened(1.6, is_free=False)) == [Reason.DOOR_FORCED]


def test_a_door_that_bounces_as_it_shuts_is_quiet():
    one = door()
    one.release(0, ANNA)
    one.opened(0.5, is_free=False)
    one.shut(1)
    assert one.opened(1.1, is_free=False) == []


def test_a_door_held_open_is_told_of_once():
    one = door()
    one.release(0, ANNA)
    one.opened(1, is_free=False)
    assert one.tick(12.9, is_free=False) == []
    assert reasons(one.tick(13, is_free=False)) == [Reason.DOOR_HELD]
    assert one.tick(14, is_free=False) == []
    assert reasons(one.shut(20)) == [Reason.DOOR_SHUT]


def test_another_release_lets_it_stand_open_longer():
    one = door()
    one.release(0, ANNA)
    one.opened(1, is_free=False)
    one.release(9, BEN)
    assert one.tick(21, is_free=False) == []
    assert reasons(one.tick(22, is_free=False)) == [Reason.DOOR_HELD]


def test_a_door_that_is_unlocked_may_stand_open():
    one = door()
    assert one.opened(0, is_free=True) == []
    assert one.tick(1000, is_free=True) == []


def test_its_time_begins_when_it_is_locked_again():
    one = door()
    one.opened(0, is_free=True)
    one.tick(1000, is_free=True)
    assert one.tick(1009, is_free=False) == []
    assert reasons(one.tick(1010, is_free=False)) == [Reason.DOOR_HELD]


@pytest.mark.parametrize("again", ["opened", "shut"])
def test_what_a_contact_tells_twice_happens_once(again):
    one = door()
    one.opened(0, is_free=False)
    if again == "shut":
        one.shut(1)
        assert one.shut(2) == []
    else:
        assert one.opened(1, is_free=False) == []


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["anna", "ben", "pass", "tick"]),
        st.floats(0, 2, allow_nan=False),
    ),
    max_size=30,
)


@given(MOVES)
def test_nobody_passes_more_often_than_let_in_and_everybody_is_told_of(moves):
    """Each grant ends in at most one passage or time-out; shown again, it is one."""
    one, now, granted, ended = gate(), 0.0, 0, []
    for move, wait in moves:
        now += wait
        ended += one.tick(now, is_free=False)
        if move == "pass":
            ended += one.passage(now, is_free=False)
        elif move != "tick":
            one.release(now, ANNA if move == "anna" else BEN)
            granted += 1
    ended += one.tick(now + 10, is_free=False)
    told = [one for one in ended if one.event is not None]
    assert len(told) <= granted
    assert one.is_done


# Several releases at once


def test_the_bolt_stays_for_who_was_let_in_while_the_door_swings():
    one = door()
    one.release(0, ANNA)
    one.opened(1, is_free=False)
    one.release(2, BEN)
    one.shut(2.5)
    assert not one.is_done
    assert one.opened(3, is_free=False) == []
    one.shut(4)
    assert one.is_done


def test_the_bolt_stays_for_who_pressed_the_exit_button():
    one = gate()
    one.release(0, ANNA)
    one.release(0.5)
    assert reasons(one.passage(1, is_free=False)) == [Reason.PASSED]
    assert not one.is_done
    assert one.passage(2, is_free=False) == []
    assert one.is_done


def test_a_release_that_failed_ends_no_other():
    one = gate()
    one.release(0, ANNA)
    one.release(0, BEN)
    one.withdraw(ANNA)
    assert one.passage(1, is_free=False) == [(Reason.PASSED, BEN)]
