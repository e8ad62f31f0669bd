"""Lockers by orders of staff: opened, freed, and given."""

import pytest

from .locker_world import BANDS, BANK, FIRST, SECOND, lockers


def test_staff_open_with_a_reason(room):
    room.hold(FIRST)
    assert room.command("open_locker", 3) == (True, None)
    assert room.happened[-2:] == [("tell", "opened_by_staff", 3), ("release", 2)]
    note = room.told[-1]
    assert (note.user, note.words, note.credential) == (7, "lost band", 10)


def test_staff_open_a_free_one_and_one_out_of_order(room):
    room.change(lockers=lockers(out_of_order=True))
    assert room.command("open_locker", 3) == (True, None)


@pytest.mark.parametrize("note", [None, "", "  "])
def test_without_a_reason_nothing_opens(room, note):
    assert room.command("open_locker", 3, note=note) == (False, "a reason is needed")
    assert room.happened == []


def test_staff_open_nothing_in_a_lockdown(room):
    point = {"venue": 1, "zone_from": 1, "zone_to": 1, "mode": "lockdown"}
    room.change(points={str(BANK): point})
    assert room.command("open_locker", 3) == (False, "point_lockdown")


def test_a_freed_locker_is_given_to_the_next(room):
    room.hold(FIRST)
    assert room.command("free_locker", 3) == (True, None)
    assert room.command("free_locker", 3) == (True, None)
    assert [note.outcome for note in room.told] == ["assigned", "freed"]
    assert room.hold(SECOND) == ("assigned", 3)


def test_the_locker_of_a_lost_band_goes_to_the_persons_new_one(room):
    room.hold(FIRST)
    assert room.give(SECOND, person=BANDS[FIRST]) == (True, None)
    assert room.hold(SECOND) == ("opened", 3)
    assert room.hold(FIRST) == ("assigned", 2)


@pytest.mark.parametrize("person", [BANDS[SECOND], None])
def test_the_locker_of_somebody_else_is_not_handed_over(room, person):
    room.hold(FIRST)
    told = room.give(SECOND, person=person)
    assert told == (False, "somebody else has it: free it first")
    assert room.held == {3: BANDS[FIRST]}


def test_a_band_that_has_a_locker_is_handed_no_other(room):
    room.hold(FIRST)
    room.hold(SECOND)
    told = room.give(SECOND, person=BANDS[FIRST])
    assert told == (False, "this band has locker A2 already")


def test_a_free_locker_is_given_by_staff(room):
    assert room.give(FIRST) == (True, None)
    assert room.hold(FIRST) == ("opened", 3)


def test_a_locker_that_is_given_twice_is_given_once(room):
    assert room.give(FIRST) == room.give(FIRST, person=None) == (True, None)
    assert room.held == {3: BANDS[FIRST]}


def test_a_locker_out_of_order_is_given_to_nobody(room):
    room.change(lockers=lockers(out_of_order=True))
    assert room.give(FIRST) == (False, "it is out of order")


def test_a_locker_whose_board_is_offline_is_given_to_nobody(room):
    room.online = False
    assert room.give(FIRST) == (False, "its board is offline")


def test_a_locker_that_there_is_not_is_told(room):
    assert room.command("open_locker", 99) == (False, "there is no locker 99")
