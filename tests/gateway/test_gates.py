"""Doors and gates of a running gateway: inputs in, events and bolts out."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.journal import JournalFull
from access_gateway.messages import Alarm, Contact, Hazard, Read, Verdict
from access_policy import seal_token
from access_policy.event import MAX_TEXT, utc_text

from .fake_erp import SEAL_KEY
from .world import CARD, STRANGER, eventually, open_venue, policy

LOCK = {"reader": "reader", "lock": "lock", "output": 0, "release_ms": 200}


def wired(*senses, **wire):
    """Give what a policy says of point 1 with inputs 0, 1, ... of its board."""
    inputs = [
        {"device": "lock", "input": number, "sense": sense, "point": 1}
        for number, sense in enumerate(senses)
    ]
    return {"wiring": {"1": {**LOCK, **wire}}, "inputs": inputs}


class Inputs:
    """The inputs of the board, told as its driver does."""

    def __init__(self, place):
        self._place = place

    def set(self, number, active):
        self._place.gateway.doors.handle(Contact("lock", number, active))

    def pulse(self, number):
        self.set(number, True)
        self.set(number, False)


@asynccontextmanager
async def door(directory, *senses, **changes):
    async with open_venue(directory, **{**wired(*senses), **changes}) as place:
        place.inputs = Inputs(place)
        yield place


async def told(place, *reasons):
    """Wait until the ERP has events of these reasons, and no others."""
    await place.erp.until(lambda: len(place.erp.events) >= len(reasons))
    assert [event["reason"] for event in place.erp.events] == list(reasons)
    return place.erp.events


async def test_an_entry_counts_when_the_person_has_passed(tmp_path):
    async with door(tmp_path, "passage") as place:
        await place.hold()
        place.inputs.pulse(0)
        granted, passed = await told(place, "right", "passed")
        assert (granted["zone"], granted["day"]) == (None, None)
        assert (passed["person"], passed["zone"]) == (1, 1)


async def test_a_passage_is_of_the_rules_that_let_the_person_in(tmp_path):
    changes = wired("passage", release_ms=60_000)
    async with door(tmp_path, **changes) as place:
        await place.hold()
        await place.publish(policy(version=2, **changes))
        place.inputs.pulse(0)
        _granted, passed = await told(place, "right", "passed")
        assert (place.gateway.store.rules.version, passed["policy"]) == (2, 1)


async def test_the_bolt_falls_behind_who_has_passed(tmp_path):
    changes = wired("passage", release_ms=60_000)
    async with door(tmp_path, **changes) as place:
        await place.hold()
        await place.board.wait_for(0, True)
        place.inputs.pulse(0)
        await place.board.wait_for(0, False)


async def test_who_does_not_pass_is_where_they_were(tmp_path):
    async with door(tmp_path, "passage") as place:
        await place.hold()
        await told(place, "right", "not_passed")
        assert place.gateway.facts.state.presence == {}


async def test_a_forced_door_is_told_of_and_its_end(tmp_path):
    async with door(tmp_path, "contact") as place:
        place.inputs.set(0, True)
        place.inputs.set(0, False)
        await told(place, "door_forced", "door_shut")


async def test_a_door_held_open_is_told_of(tmp_path):
    async with door(tmp_path, **wired("contact", held_ms=1)) as place:
        await place.hold()
        place.inputs.set(0, True)
        await told(place, "right", "door_held")


async def test_an_open_door_keeps_the_other_of_the_pair_shut(tmp_path):
    changes = wired("contact", held_ms=60_000)
    points = {
        "1": {"venue": 1, "zone_to": 1},
        "2": {"venue": 1, "zone_to": 1, "interlock": [1]},
    }
    changes["wiring"] = {
        "1": {**LOCK, "reader": None},
        "2": {**LOCK, "output": 1},
    }
    async with door(tmp_path, **changes, points=points) as place:
        place.inputs.set(0, True)
        await place.hold()
        place.inputs.set(0, False)
        await place.hold()
        await told(place, "door_forced", "point_interlocked", "door_shut", "right")


@pytest.mark.parametrize("mode", ["controlled", "locked", "lockdown"])
async def test_the_exit_button_opens_whatever_holds(tmp_path, mode):
    points = {"1": {"venue": 1, "zone_to": 1, "mode": mode}}
    async with door(tmp_path, "exit_button", points=points) as place:
        place.inputs.pulse(0)
        await place.board.wait_for(0, True)
        (event,) = await told(place, "exit_button")
        assert event["granted"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"points": {"1": {"venue": 1, "mode": "lockdown"}}},
        {"expires_at": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_fire_opens_what_is_set_so_until_it_is_over(tmp_path, changes):
    fire = {**wired(opens_on_fire=True), **changes}
    fire["inputs"] = [{"device": "lock", "input": 7, "sense": "fire"}]
    async with door(tmp_path, **fire) as place:
        place.inputs.set(7, True)
        await place.board.wait_for(0, True)
        place.inputs.set(7, False)
        await place.board.wait_for(0, False)
        await told(place, "fire", "fire_over")


async def test_a_fire_leaves_other_doors_as_they_are(tmp_path):
    fire = wired()
    fire["inputs"] = [{"device": "lock", "input": 7, "sense": "fire"}]
    async with door(tmp_path, **fire) as place:
        place.inputs.set(7, True)
        await told(place, "fire")
        place.gateway.holding.settle()
        assert place.release_count() == 0


async def test_a_cut_wire_of_the_fire_alarm_is_a_fire(tmp_path):
    fire = wired(opens_on_fire=True)
    fire["inputs"] = [{"device": "lock", "input": 7, "sense": "fire", "inverted": True}]
    async with door(tmp_path, **fire) as place:
        place.inputs.set(7, True)
        place.inputs.set(7, False)
        await told(place, "fire")


async def test_a_fire_goes_on_when_new_rules_come(tmp_path):
    fire = wired(opens_on_fire=True)
    fire["inputs"] = [{"device": "lock", "input": 7, "sense": "fire"}]
    async with door(tmp_path, **fire) as place:
        place.inputs.set(7, True)
        await place.board.wait_for(0, True)
        place.erp.publish(policy(**fire, rights={}))
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)
        assert place.gateway.gates.is_burning
        assert place.board.coils[0]


async def test_what_a_device_decided_by_itself_is_told(tmp_path):
    async with door(tmp_path) as place:
        for granted, card in ((True, CARD), (False, STRANGER)):
            verdict = Verdict("reader", 0, granted, "card", card, reason="list")
            place.gateway.doors.handle(verdict)
        let_in, kept_out = await told(place, "granted_by_device", "refused_by_device")
        assert (let_in["person"], let_in["zone"]) == (1, 1)
        words = "list (device reader)"
        assert (kept_out["person"], kept_out["note"]) == (None, words)


async def test_what_a_device_tells_again_after_a_kill_is_known(tmp_path):
    at = datetime(2026, 11, 20, 8, tzinfo=timezone.utc)
    async with door(tmp_path) as place:
        for _ in range(2):
            for index in (7, 8):
                place.gateway.doors.handle(
                    Verdict("reader", 0, True, "card", CARD, at, index, "on its list")
                )
                place.gateway.doors.handle(
                    Alarm("reader", Hazard.FIRE, words="hot", at=at, index=index + 2)
                )
        events = await told(place, *2 * ["granted_by_device", "alarm"])
        assert [event["note"] for event in events] == [
            "on its list (device reader, event 7)",
            "fire, hot (device reader, event 9)",
            "on its list (device reader, event 8)",
            "fire, hot (device reader, event 10)",
        ]
        # Its memory was cleared: the same number is another event.
        later = at + timedelta(minutes=1)
        place.gateway.doors.handle(Verdict("reader", 0, True, "card", CARD, later, 7))
        await place.erp.until(lambda: len(place.erp.events) == 5)


async def test_what_has_no_number_is_known_by_its_time_and_who_it_was(tmp_path):
    at = datetime(2026, 11, 20, 8, tzinfo=timezone.utc)
    async with door(tmp_path) as place:
        for _ in range(2):
            for card in (CARD, STRANGER):
                place.gateway.doors.handle(Verdict("reader", 0, True, "card", card, at))
        events = await told(place, *2 * ["granted_by_device"])
        assert [event["person"] for event in events] == [1, None]


async def test_of_two_who_come_at_once_each_is_told(tmp_path):
    """Their cards end alike, and more than that nobody is shown of a known card."""
    other, at = f"05{CARD[2:]}", datetime(2026, 11, 20, 8, tzinfo=timezone.utc)
    known = {"persons": {"1": {"rights": [1]}, "2": {"rights": [1]}}}
    known["credentials"] = {
        seal_token(SEAL_KEY, f"rfid:{card}"): {"id": 10 + person, "person": person}
        for person, card in enumerate((CARD, other), 1)
    }
    async with door(tmp_path, **known) as place:
        for card in (CARD, other, CARD):
            place.gateway.doors.handle(Verdict("reader", 0, True, "card", card, at))
        events = await told(place, *2 * ["granted_by_device"])
        assert [event["person"] for event in events] == [1, 2]


async def test_what_is_told_again_is_known_when_our_clock_is_behind(tmp_path):
    async with door(tmp_path) as place:
        later = datetime.now(timezone.utc) + timedelta(hours=2)
        alarm = Alarm("panel", Hazard.PANIC, at=later, index=7)
        place.gateway.doors.handle(alarm)
        await asyncio.sleep(0.01)
        place.gateway.doors.handle(alarm)
        place.gateway.doors.handle(replace(alarm, index=8))
        first, second = await told(place, "alarm", "alarm")
        assert first["note"] == f"panic (device panel, event 7 of {utc_text(later)})"
        assert "event 8" in second["note"]


async def test_what_a_device_tells_late_has_its_time_but_never_one_to_come(tmp_path):
    async with door(tmp_path) as place:
        now = datetime.now(timezone.utc)
        for at in (now - timedelta(hours=1), now + timedelta(hours=1)):
            place.gateway.doors.handle(Alarm("panel", Hazard.PANIC, at=at))
        past, future = await told(place, "alarm", "alarm")
        assert past["time"] == utc_text(now - timedelta(hours=1))
        assert utc_text(now) <= future["time"] < utc_text(now + timedelta(minutes=1))


async def test_nothing_opens_for_who_has_gone(tmp_path):
    async with door(tmp_path) as place:
        gone = time.monotonic() - 3.0
        place.gateway.doors.handle(Read("reader", "card", CARD, at=gone))
        _right, failed = await told(place, "right", "not_opened")
        assert failed["note"] == "too late"
        assert place.board.changes == []


async def test_an_alarm_is_told_with_its_words(tmp_path):
    async with door(tmp_path) as place:
        alarm = Alarm("panel", Hazard.INTRUSION, area="3", words="back door")
        place.gateway.doors.handle(alarm)
        (event,) = await told(place, "alarm")
        assert event["note"] == "intrusion, 3, back door (device panel)"


async def test_what_belongs_to_nothing_changes_nothing(tmp_path):
    async with door(tmp_path, "contact") as place:
        place.inputs.set(9, True)
        place.gateway.doors.handle(Verdict("nobody", 0, True, "card", CARD))
        await place.hold()
        await told(place, "right")


async def test_a_gate_that_was_open_is_so_after_new_rules(tmp_path):
    async with door(tmp_path, "contact") as place:
        place.inputs.set(0, True)
        place.erp.publish(policy(**wired("contact", held_ms=1)))
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)
        await eventually(lambda: place.gateway.facts.state.ajar == {1})


FIRE = {"device": "lock", "input": 7, "sense": "fire"}


def burning(**changes):
    return wired(opens_on_fire=True) | {"inputs": [FIRE | changes]}


async def test_a_fire_goes_on_when_its_input_is_set_up_otherwise(tmp_path):
    async with door(tmp_path, **burning()) as place:
        place.driver("lock").note_contact(7, True)
        await place.board.wait_for(0, True)
        await place.publish(policy(**burning(point=1)))
        assert place.gateway.gates.is_burning


async def test_a_fire_whose_input_is_taken_away_is_over_in_the_log(tmp_path):
    async with door(tmp_path, **burning()) as place:
        place.driver("lock").note_contact(7, True)
        await place.publish(policy(**wired()))
        await told(place, "fire", "fire_over")


async def test_an_input_that_is_set_up_while_it_burns_is_a_fire(tmp_path):
    async with door(tmp_path, **wired(opens_on_fire=True)) as place:
        place.driver("lock").note_contact(7, False)
        await place.publish(policy(**burning(inverted=True)))
        assert place.gateway.gates.is_burning
        await place.board.wait_for(0, True)


async def test_a_fire_waits_for_no_device_that_does_not_answer(tmp_path, monkeypatch):
    async with door(tmp_path, **burning()) as place:
        monkeypatch.setattr(place.driver("reader"), "settle", asyncio.Event().wait)
        place.gateway.holding.settle()
        place.inputs.set(7, True)
        await place.board.wait_for(0, True, within=1.0)


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), KeyError("fault")])
async def test_whatever_a_lock_fails_of_is_told(tmp_path, monkeypatch, error):
    async with door(tmp_path) as place:

        async def perform(_command):
            raise error

        monkeypatch.setattr(place.driver("lock"), "perform", perform)
        await place.hold()
        events = await told(place, "right", "not_opened")
        assert str(error) in events[1]["note"]


async def test_an_alarm_that_cannot_be_written_down_is_to_be_told_again(
    tmp_path, monkeypatch
):
    async with door(tmp_path) as place:

        def full(*_events):
            raise JournalFull("disk full")

        monkeypatch.setattr(place.gateway.journal, "append", full)
        assert not place.driver("reader").tell(Alarm("reader", Hazard.PANIC, True))


async def test_whatever_a_device_says_in_an_alarm_is_sent(tmp_path):
    async with door(tmp_path) as place:
        words = "smoke\n\x00\ud800" + "0" * 2000
        place.gateway.doors.handle(Alarm("lock", Hazard.FIRE, True, None, words))
        [event] = await told(place, "alarm")
        assert event["note"].startswith("fire, smoke 000")
        assert len(event["note"]) <= MAX_TEXT


async def test_whatever_a_device_says_of_itself_is_told(tmp_path):
    async with open_venue(tmp_path) as place:
        place.driver("reader").facts["firmware"] = "1.0\ud800"
        await place.erp.until(
            lambda: place.erp.status["devices"]["reader"]["facts"]
            == {"firmware": "1.0"}
        )
