"""Points that one reading unlocks and the next one locks: the leader's room."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.journal import JournalError
from access_gateway.messages import Contact
from access_policy import event_of, seal_token

from .fake_erp import SEAL_KEY
from .world import CARD, eventually, policy, venue

MEMBER = "04A1B2C3D4E581"
EIGHT = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ROOM = {"venue": 1, "zone_to": 1, "toggle_minutes": 60}
OPENS = {"output": 0, "release_ms": 30, "lock": "lock", "reader": "reader"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("access_gateway.holding.EVERY_S", 0.01)


def rules(mode="controlled", **changes):
    """Rules by which CARD is the leader's, and MEMBER somebody else's."""
    known = [(CARD, 1), (MEMBER, 2)]
    return {
        "points": {"1": {**ROOM, "mode": mode}},
        "persons": {"1": {"rights": [1]}, "2": {}},
        "credentials": {
            seal_token(SEAL_KEY, f"rfid:{card}"): {"id": 10 + person, "person": person}
            for card, person in known
        },
        **changes,
    }


@asynccontextmanager
async def room(directory, **changes):
    async with venue(directory, **rules(**changes)) as place:
        place.now = lambda: EIGHT
        async with running(place):
            yield place


@asynccontextmanager
async def running(place):
    async with place.gateway_running():
        await place.up()
        yield


def go_to(place, now):
    place.now = lambda: now


def told(place):
    return [event.reason for event in events(place)]


def events(place):
    """Give all that is in the journal, delivered or not."""
    return [event_of(record) for _, record in place.gateway.journal.records(0, 99)]


async def unlocked(place):
    """Unlock the room, and wait until the release that began it is long over."""
    await place.hold(CARD)
    await place.board.wait_for(0, True)
    await eventually(lambda: 0 in place.driver("lock")._releases.holding)
    await eventually(lambda: not place.driver("lock")._releases._company)
    assert place.board.coils[0]


async def test_the_leader_unlocks_the_room_and_locks_it(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
        go_to(place, EIGHT + HOUR / 2)
        await place.hold(CARD)
        await place.board.wait_for(0, False)
        assert told(place) == ["unlocked_until_read", "locked_again"]
        assert [event.granted for event in events(place)] == [True, False]


async def test_a_member_neither_unlocks_nor_locks_it(tmp_path):
    async with room(tmp_path) as place:
        await place.hold(MEMBER)
        await unlocked(place)
        await place.hold(MEMBER)
        assert told(place) == ["no_right", "unlocked_until_read", "no_right"]
        assert place.board.coils[0] and place.release_count() == 1


async def test_locking_moves_nobody_and_uses_up_nothing(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
        go_to(place, EIGHT + HOUR / 2)
        await place.hold(CARD)
        locked = events(place)[-1]
        assert (locked.person, locked.zone, locked.day) == (1, None, None)


async def test_the_bolt_falls_though_its_release_still_runs(tmp_path):
    wiring = {"1": {**OPENS, "release_ms": 60_000}}
    async with room(tmp_path, wiring=wiring) as place:
        await place.hold(CARD)
        await place.board.wait_for(0, True)
        go_to(place, EIGHT + HOUR / 2)
        await place.hold(CARD)
        await place.board.wait_for(0, False)


async def test_it_is_locked_by_itself_after_the_longest_time(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
        go_to(place, EIGHT + HOUR)
        await place.board.wait_for(0, False)
        assert told(place) == ["unlocked_until_read", "locked_by_itself"]


async def test_it_is_unlocked_still_after_a_restart(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
    async with venue_again(tmp_path, place) as place:
        await place.board.wait_for(0, True)
        await place.hold(CARD)
        await place.board.wait_for(0, False)
        assert told(place) == ["unlocked_until_read", "locked_again"]


async def test_a_restart_after_the_longest_time_finds_it_locked(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
        go_to(place, EIGHT + HOUR)
    async with venue_again(tmp_path, place) as place:
        await eventually(lambda: "locked_by_itself" in told(place))
        assert place.board.changes == []


async def test_a_clock_set_back_locks_it_for_good_though_the_disk_is_full(
    tmp_path, monkeypatch
):
    def full(*_events):
        raise JournalError("no space")

    async with room(tmp_path) as place:
        await unlocked(place)
        monkeypatch.setattr(place.gateway.journal, "append", full)
        go_to(place, EIGHT - HOUR / 2)
        await place.board.wait_for(0, False)
        go_to(place, EIGHT + HOUR / 2)
        await asyncio.sleep(0.03)
        assert not place.board.coils[0]


@pytest.mark.parametrize("mode", ["locked", "lockdown"])
async def test_who_locks_the_door_wins_for_good(tmp_path, mode):
    async with room(tmp_path) as place:
        await unlocked(place)
        await place.publish(policy(**rules(mode)))
        await place.board.wait_for(0, False)
        await place.publish(policy(**rules()))
        await eventually(lambda: "locked_by_itself" in told(place))
        await asyncio.sleep(0.03)
        assert not place.board.coils[0]


async def test_a_fire_opens_it_though_the_leader_locks_it(tmp_path):
    fire = [{"device": "lock", "input": 3, "sense": "fire"}]
    wiring = {"1": {**OPENS, "opens_on_fire": True}}
    async with room(tmp_path, wiring=wiring, inputs=fire) as place:
        await unlocked(place)
        place.gateway.doors.handle(Contact("lock", 3, True))
        go_to(place, EIGHT + HOUR / 2)
        await place.hold(CARD)
        await asyncio.sleep(0.03)
        assert place.board.coils[0]
        place.gateway.doors.handle(Contact("lock", 3, False))
        await place.board.wait_for(0, False)


async def test_its_door_stands_open_without_an_alarm(tmp_path):
    contact = [{"device": "lock", "input": 0, "sense": "contact", "point": 1}]
    wiring = {"1": {**OPENS, "held_ms": 1}}
    async with room(tmp_path, wiring=wiring, inputs=contact) as place:
        await unlocked(place)
        place.gateway.doors.handle(Contact("lock", 0, True))
        place.gateway.gates.tick()
        assert told(place) == ["unlocked_until_read"]
        go_to(place, EIGHT + HOUR / 2)
        await place.hold(CARD)
        await eventually(lambda: "door_held" in told(place))


async def test_what_could_not_be_opened_does_not_open_later(tmp_path):
    async with room(tmp_path) as place:
        place.wire.unplug()
        await eventually(lambda: not place.online["lock"])
        await place.hold(CARD)
        await eventually(lambda: "not_opened" in told(place))
        place.wire.plug()
        await place.up()
        await asyncio.sleep(0.03)
        assert place.board.changes == []


async def test_a_journal_that_is_lost_leaves_it_locked(tmp_path):
    async with room(tmp_path) as place:
        await unlocked(place)
    for file in place.state_dir.glob("journal.db*"):
        file.write_bytes(b"damaged")
    async with venue_again(tmp_path, place) as place:
        await asyncio.sleep(0.03)
        assert place.board.changes == []


@asynccontextmanager
async def venue_again(directory, before):
    """The same venue after its gateway and board were off for a while."""
    async with venue(directory, **rules()) as place:
        place.now = before.now
        async with running(place):
            yield place
