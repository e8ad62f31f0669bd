"""What the run would find: the checks at its end, with logs that are made up."""

from types import SimpleNamespace

import pytest

from access_gateway.simulators import CoilChange
from access_policy import PassageEvent

from .bolts import Bolts
from .box import Box, Row
from .gateway import check_grants, check_holds, check_moves
from .lockers import holders_by
from .log import Entry, Log

POINT, COIL = 5, 1


def entry(at, reason="right", granted=True, **more):
    event = PassageEvent("", POINT, granted, reason, **more)
    return Entry(1, Row(0, "", ""), event, at)


def log(*entries):
    return Log(list(entries), main=1)


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


def opened(box, begin, end):
    box.bolts.note(CoilChange(COIL, True, begin))
    box.bolts.note(CoilChange(COIL, False, end))


def test_a_bolt_that_moved_after_its_event_is_explained(box):
    opened(box, 10.5, 11)
    check_moves(log(entry(10.2)), POINT, COIL, box)


@pytest.mark.parametrize("at", [1.0, 10.9])
def test_an_event_of_another_time_explains_nothing(box, at):
    opened(box, 10.5, 11)
    with pytest.raises(AssertionError, match="for nobody"):
        check_moves(log(entry(at)), POINT, COIL, box)


def test_what_was_refused_explains_no_bolt(box):
    opened(box, 10.5, 11)
    with pytest.raises(AssertionError, match="for nobody"):
        check_moves(log(entry(10.2, "no_right", granted=False)), POINT, COIL, box)


def test_a_fire_explains_a_bolt(box):
    opened(box, 10.5, 11)
    check_moves(log(), POINT, COIL, box, reasons=[(10, 12)])


def test_a_grant_without_a_bolt_is_found(box):
    with pytest.raises(AssertionError, match="nothing moved"):
        check_grants(log(entry(10)), POINT, COIL, box)


def test_a_bolt_that_was_open_anyhow_will_do(box):
    opened(box, 9, 11)
    check_grants(log(entry(10)), POINT, COIL, box)


def test_not_opened_explains_a_grant(box):
    told = log(entry(10), entry(10.4, "not_opened", granted=False))
    check_grants(told, POINT, COIL, box)


def test_a_power_cut_explains_a_grant(box):
    box.kills.append(10.3)
    check_grants(log(entry(10)), POINT, COIL, box)


def test_a_full_disk_lasts_until_it_is_cleared(box):
    box.fills += [(10, True), (20, False)]
    assert [box.was_full(at, at + 1) for at in (8, 9.5, 15, 21)] == [
        False,
        True,
        True,
        False,
    ]


def test_who_was_let_in_after_leaving_is_found():
    people = SimpleNamespace(credentials={"CARD": 3})
    check_holds(log(entry(10, credential=3)), POINT, [(9.9, "CARD")], people)
    with pytest.raises(AssertionError, match="let in late"):
        check_holds(log(entry(10, credential=3)), POINT, [(1.0, "CARD")], people)


def test_a_locker_that_is_given_to_two_is_found():
    def locker(reason, credential):
        return entry(1.0, reason, False, credential=credential, note="A1")

    given, freed = locker("locker_assigned", 3), locker("locker_freed", 3)
    assert holders_by([given, freed, locker("locker_assigned", 4)]) == {"A1": 4}
    with pytest.raises(AssertionError, match="given to two"):
        holders_by([given, locker("locker_assigned", 4)])


def test_an_opening_lasts_until_the_bolt_falls():
    bolts = Bolts()
    bolts.note(CoilChange(COIL, True, 10))
    assert bolts.was_open(COIL, 20, 21)
    assert not bolts.was_open(COIL, 8, 9)
