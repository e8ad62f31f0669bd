"""From a read to a release: what is decided, recorded and done, and in which order."""

import asyncio
import logging
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.drivers import DeviceError, Read
from access_gateway.journal import JournalFull
from access_gateway.words import WORDS, guest_words
from access_policy import Decision, Reason, State

from .world import CARD, STRANGER, controller_of, rules

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=timezone.utc)


class Door:
    """Stands in for store, journal, devices and lock, and notes what happens."""

    def __init__(self, **changes):
        self.rules = rules(**changes)
        self.state = State()
        self.events = []
        self.happened = []
        self.shown = []
        self.fails = None
        self.controller = controller_of(self, lambda: NOW)

    def append(self, event):
        if self.fails is JournalFull:
            raise JournalFull("database or disk is full")
        self.happened.append("recorded")
        self.events.append(event)
        return len(self.events)

    def get(self, device):
        assert device in ("lock", "reader")
        return self

    async def show(self, indication):
        self.shown.append(indication)

    async def release(self, command):
        if self.fails is DeviceError:
            raise DeviceError("offline: unplugged")
        self.happened.append(command)

    def hold(self, *values, at=0.0, repeat_ms=1000):
        """Hold cards to the reader, one each 100 ms, and let the releases happen."""

        async def scenario():
            decisions = [
                self.controller.handle(
                    Read("reader", "card", value, repeat_ms, at + 0.1 * count)
                )
                for count, value in enumerate(values)
            ]
            await asyncio.sleep(0)
            return decisions

        return asyncio.run(scenario())

    def reasons(self):
        return [event.reason for event in self.events]


@pytest.fixture
def door():
    return Door()


def test_a_member_is_let_in(door):
    (decision,) = door.hold(CARD)
    assert decision.granted


def test_the_event_is_recorded_before_the_release(door):
    door.hold(CARD)
    first, second = door.happened
    assert (first, second.output, second.milliseconds) == ("recorded", 0, 30)


def test_a_stranger_is_recorded_and_not_let_in(door):
    door.hold(STRANGER)
    assert door.happened == ["recorded"]


def test_a_stranger_is_shown_whole_so_that_the_card_can_be_issued(door):
    door.hold(STRANGER)
    assert door.events[0].seen == f"rfid:{STRANGER}"


def test_a_member_is_shown_by_the_end_of_the_number(door):
    door.hold(CARD)
    assert door.events[0].seen == f"rfid:…{CARD[-4:]}"


def test_the_event_names_the_rules_that_decided(door):
    door.hold(CARD)
    assert (door.events[0].policy, door.events[0].right) == (1, 1)


@pytest.mark.parametrize("value", [None, "not hexadecimal", "A1" * 2048, ""])
def test_what_is_no_card_is_unreadable(door, value):
    door.hold(value)
    assert door.reasons() == ["credential_unreadable"]


def test_an_expired_policy_refuses():
    door = Door(expires_at=NOW.isoformat())
    door.hold(CARD)
    assert door.reasons() == ["policy_expired"]


def test_a_mode_of_the_policy_counts():
    door = Door(points={"1": {"venue": 1, "zone_to": 1, "mode": "lockdown"}})
    door.hold(CARD)
    assert door.reasons() == ["point_lockdown"]


def test_a_reader_without_a_point_is_no_attempt():
    door = Door(wiring={})
    assert door.hold(CARD) == [None]


def test_a_point_without_a_lock_records_only():
    door = Door(wiring={"1": {"reader": "reader", "lock": None}})
    door.hold(CARD)
    assert door.happened == ["recorded"]


def test_a_lock_that_does_not_open_is_told_after_the_decision(door):
    door.fails = DeviceError
    door.hold(CARD)
    assert door.reasons() == ["right", "not_opened"]
    assert door.events[1].person == 1
    assert door.events[1].note == "offline: unplugged"


def test_the_reader_shows_words_for_every_reason_and_no_code():
    for reason in Reason:
        text = guest_words(Decision(False, reason), False, {})
        assert text in WORDS.values() and len(text) <= 16
    wrong = Decision(False, Reason.CREDENTIAL_UNKNOWN)
    assert guest_words(wrong, is_typed=True, translated={}) == "Wrong PIN"


def test_the_reader_shows_the_words_of_the_place():
    door = Door(words={"granted": "Witamy"})
    door.hold(CARD)
    assert [one.text for one in door.shown] == ["Witamy"]


@pytest.mark.parametrize(("card", "granted"), [(CARD, True), (STRANGER, False)])
def test_the_reader_shows_what_came_of_it(door, card, granted):
    door.hold(card)
    (shown,) = door.shown
    assert shown.granted is granted
    assert shown.text == ("Welcome" if granted else "Card unknown")


# Repeated reads


def test_a_card_held_on_is_one_attempt(door):
    door.hold(*[CARD] * 30)
    assert len(door.events) == 1


def test_a_card_held_again_later_is_another_attempt(door):
    door.hold(CARD, at=0)
    door.hold(CARD, at=1.01)
    assert len(door.events) == 2


def test_another_card_in_between_makes_it_another_attempt(door):
    door.hold(CARD, STRANGER, CARD)
    assert len(door.events) == 3


def test_how_long_a_card_is_the_same_attempt_is_the_readers_setting(door):
    door.hold(CARD, CARD, repeat_ms=50)
    assert len(door.events) == 2


def test_noise_on_the_line_is_one_attempt_while_it_lasts(door):
    door.hold(*[None] * 30)
    assert len(door.events) == 1


# A journal that cannot record


def test_without_a_record_the_door_stays_shut(door):
    door.fails = JournalFull
    assert door.hold(CARD) == [None]
    assert door.happened == []


def test_after_a_record_failed_the_next_card_opens(door):
    door.fails = JournalFull
    door.hold(CARD)
    door.fails = None
    (decision,) = door.hold(CARD, at=5)
    assert decision.granted


def test_staff_hear_that_nothing_was_recorded(door):
    door.fails = JournalFull
    with pytest.raises(JournalFull):
        asyncio.run(door.controller.release(1, user=7))


# Staff


def test_staff_open_by_hand(door):
    decision = asyncio.run(door.controller.release(1, user=7))
    assert decision.reason is Reason.RELEASED_BY_STAFF
    assert len(door.happened) == 2


def test_the_event_names_the_member_of_staff(door):
    asyncio.run(door.controller.release(1, user=7))
    assert door.events[0].user == 7


def test_in_lockdown_staff_do_not_open_by_hand():
    door = Door(points={"1": {"venue": 1, "zone_to": 1, "mode": "lockdown"}})
    asyncio.run(door.controller.release(1, user=7))
    assert door.happened == ["recorded"]


def test_staff_hear_that_the_lock_did_not_open(door):
    door.fails = DeviceError
    with pytest.raises(DeviceError, match="unplugged"):
        asyncio.run(door.controller.release(1, user=7))


# Privacy


def test_no_log_line_holds_a_card_number(door, caplog):
    caplog.set_level(logging.DEBUG)
    door.hold(CARD, STRANGER, "A1" * 2048)
    door.fails = DeviceError
    door.hold(CARD, at=9)
    door.fails = JournalFull
    door.hold(STRANGER, at=18)
    assert caplog.records
    text = caplog.text + repr(Read("reader", "card", CARD))
    assert not any(number in text for number in (CARD, STRANGER, "A1A1"))


def test_the_time_of_an_event_is_the_given_one(door):
    door.controller._now = lambda: NOW + timedelta(milliseconds=1234)
    door.hold(CARD)
    assert door.events[0].time == "2026-11-21T07:30:01.234Z"
