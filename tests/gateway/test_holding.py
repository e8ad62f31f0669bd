"""Doors that are unlocked for a time: held open on a simulated board, and let go."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest
from pymodbus.constants import ExcCodes

from access_gateway.drivers import Release

from .test_modbus_relay import board, running, up
from .world import CARD, eventually, policy, venue

HELD = frozenset({3})
NOTHING = frozenset()


def changes(relays, coil=3):
    return [change.on for change in relays.changes if change.coil == coil]


# The board


@pytest.mark.parametrize("transport", ["rtu", "tcp"])
async def test_an_output_is_held_until_it_is_let_go(tmp_path, transport):
    async with up(tmp_path, transport) as (relays, driver):
        await driver.hold(HELD)
        assert relays.coils[3]
        await driver.hold(HELD)
        await driver.hold(NOTHING)
        assert changes(relays) == [True, False]


async def test_a_release_during_a_hold_does_not_close_it(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.hold(HELD)
        await driver.release(Release(3, 20))
        await eventually(lambda: not driver._releases._company)
        await driver.hold(NOTHING)
        assert changes(relays) == [True, False]


async def test_a_hold_that_begins_during_a_release_outlasts_it(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.release(Release(3, 20))
        await driver.hold(HELD)
        await eventually(lambda: not driver._releases._company)
        assert changes(relays) == [True]


async def test_a_hold_that_ends_during_a_release_leaves_it_its_time(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.hold(HELD)
        await driver.release(Release(3, 100))
        began = asyncio.get_running_loop().time()
        await driver.hold(NOTHING)
        assert relays.coils[3]
        await relays.wait_for(3, False)
        assert asyncio.get_running_loop().time() - began >= 0.09


async def test_a_board_that_comes_back_holds_again(tmp_path):
    async with up(tmp_path, "tcp") as (relays, driver):
        await driver.hold(HELD)
        await relays.stop()
        await eventually(lambda: not driver.online)
        relays.coils[3] = False
        await relays.start()
        await relays.wait_for(3, True)


async def test_what_is_let_go_while_the_board_is_away_is_off_when_it_is_back(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.hold(HELD)
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        await driver.hold(NOTHING)
        relays._line.plug()
        await relays.wait_for(3, False)


async def test_what_is_to_be_held_before_the_board_is_there_is_held(tmp_path):
    async with board(tmp_path, "rtu") as relays:
        async with running(relays) as driver:
            await driver.hold(HELD)
            await relays.wait_for(3, True)


@pytest.mark.parametrize("held", [HELD, NOTHING], ids=["held", "let go"])
async def test_what_the_board_refused_is_done_later(tmp_path, held):
    async with up(tmp_path) as (relays, driver):
        await driver.hold(HELD - held)
        relays.failing = ExcCodes.DEVICE_BUSY
        await driver.hold(held)
        assert "output 3 refused" in driver.problem
        relays.failing = None
        await relays.wait_for(3, held == HELD)


async def test_an_output_that_is_not_wired_is_not_touched(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.hold(frozenset({5}))
        assert relays.changes == []


async def test_on_shutting_down_what_is_held_goes_off(tmp_path):
    async with board(tmp_path, "rtu") as relays:
        async with running(relays) as driver:
            await eventually(lambda: driver.online)
            await driver.hold(HELD)
        assert not relays.coils[3]


# The gateway

EIGHT = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
NINE = EIGHT + timedelta(hours=1)
UNLOCKED = {
    "points": [1],
    "mode": "unlocked",
    "priority": 10,
    "valid_from": "2026-11-21T08:00:00Z",
    "valid_to": "2026-11-21T09:00:00Z",
}
ALWAYS = {"points": [1], "mode": "unlocked", "priority": 10}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("access_gateway.holding.EVERY_S", 0.01)


@asynccontextmanager
async def unlocking(directory, now=EIGHT, **changes):
    """A venue whose gateway has its rules, and whose clock stands at a time."""
    async with venue(directory, **changes) as place:
        place.now = lambda: now
        async with place.gateway_running():
            await eventually(lambda: place.online == {"reader": True, "lock": True})
            yield place


def go_to(place, now):
    place.now = lambda: now


async def test_a_door_is_held_open_while_an_order_unlocks_it_without_the_erp(tmp_path):
    before = EIGHT - timedelta(seconds=1)
    async with unlocking(tmp_path, before, orders={"1": UNLOCKED}) as place:
        await place.erp.stop()
        await asyncio.sleep(0.05)
        assert place.release_count() == 0
        go_to(place, EIGHT)
        await place.board.wait_for(0, True)
        go_to(place, NINE)
        await place.board.wait_for(0, False)


async def test_a_card_at_a_door_held_open_is_recorded_and_does_not_close_it(tmp_path):
    async with unlocking(tmp_path, orders={"1": UNLOCKED}) as place:
        await place.board.wait_for(0, True)
        await place.hold(CARD)
        await eventually(lambda: place.driver("lock")._releases._until)
        await eventually(lambda: not place.driver("lock")._releases._company)
        assert place.board.coils[0] and len(place.board.changes) == 1
        (event,) = place.gateway.journal.pending(9) or place.erp.events
        assert event["reason"] == "point_unlocked"


@pytest.mark.parametrize("mode", ["locked", "lockdown", "controlled"])
async def test_a_stronger_order_lets_the_door_go_at_once(tmp_path, monkeypatch, mode):
    # New rules alone must do it.
    monkeypatch.setattr("access_gateway.holding.EVERY_S", 60)
    async with unlocking(tmp_path, orders={"1": ALWAYS}) as place:
        await place.board.wait_for(0, True)
        stronger = {"points": [1], "mode": mode, "priority": 40}
        orders = {"1": ALWAYS, "2": stronger}
        place.erp.publish_change(policy(orders=orders), orders=orders)
        await place.board.wait_for(0, False)


async def test_rules_that_ran_out_hold_nothing_open(tmp_path):
    expiry = {"expires_at": NINE.isoformat()}
    async with unlocking(tmp_path, orders={"1": ALWAYS}, **expiry) as place:
        await place.board.wait_for(0, True)
        go_to(place, NINE)
        await place.board.wait_for(0, False)


def expiring(**point):
    """Rules that end at nine, with a point that is set to something for then."""
    points = {"1": {"venue": 1, "zone_to": 1, **point}}
    return {"expires_at": NINE.isoformat(), "points": points}


async def test_a_door_that_keeps_the_last_rules_is_held_open_by_them(tmp_path):
    rules = expiring(on_expiry="keep", keep_hours=2)
    async with unlocking(tmp_path, NINE, orders={"1": ALWAYS}, **rules) as place:
        await place.board.wait_for(0, True)
        go_to(place, NINE + timedelta(hours=2))
        await place.board.wait_for(0, False)


async def test_an_emergency_exit_stands_open_once_the_rules_ran_out(tmp_path):
    rules = expiring(on_expiry="open", zone_from=1, zone_to=None)
    async with unlocking(tmp_path, EIGHT, **rules) as place:
        assert not place.board.changes
        go_to(place, NINE)
        await place.board.wait_for(0, True)


async def test_a_way_in_never_stands_open_once_the_rules_ran_out(tmp_path):
    async with unlocking(tmp_path, NINE, **expiring(on_expiry="open")) as place:
        await asyncio.sleep(0.05)
        assert not place.board.changes


async def test_past_their_end_kept_rules_let_in_and_the_event_says_so(tmp_path):
    rules = expiring(on_expiry="keep", keep_hours=2)
    async with unlocking(tmp_path, NINE, **rules) as place:
        await place.hold(CARD)
        await place.board.wait_for(0, True)
        await place.erp.until(lambda: place.erp.events)
        assert place.erp.events[0]["warnings"] == ["policy_expired"]


async def test_a_point_whose_normal_mode_is_unlocked_is_held_open(tmp_path):
    points = {"1": {"venue": 1, "zone_to": 1, "mode": "unlocked"}}
    async with unlocking(tmp_path, points=points) as place:
        await place.board.wait_for(0, True)


async def test_wiring_without_its_point_or_venue_holds_nothing(tmp_path):
    wire = policy()["wiring"]["1"]
    changes = {
        "points": {"2": {"venue": 9, "mode": "unlocked"}},
        "wiring": {"1": wire, "2": {**wire, "output": 1}},
        "orders": {"1": ALWAYS},
    }
    async with unlocking(tmp_path, **changes) as place:
        await asyncio.sleep(0.05)
        assert place.board.changes == []


async def test_new_devices_hold_what_is_unlocked(tmp_path):
    async with unlocking(tmp_path, orders={"1": ALWAYS}) as place:
        await place.board.wait_for(0, True)
        wire = {**policy()["wiring"]["1"], "output": 4}
        place.erp.publish(policy(orders={"1": ALWAYS}, wiring={"1": wire}))
        await place.board.wait_for(4, True)
        assert not place.board.coils[0]


async def test_shutting_down_lets_go_of_every_door(tmp_path):
    async with unlocking(tmp_path, orders={"1": ALWAYS}) as place:
        await place.board.wait_for(0, True)
    assert not place.board.coils[0]
