"""What a UHPPOTE controller keeps to decide by itself, and opens for then."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from uhppoted import codec, encode

from access_gateway.drivers import DeviceError, Entry, Key, Release, _uhppote_cards
from access_gateway.drivers._uhppote import Wire
from access_gateway.drivers.uhppote_controller import UhppoteController
from access_gateway.rules import Device
from access_gateway.simulators.uhppote_controller import SimulatedController

from .driving import FIRST, LAST, driven, key, line
from .world import eventually

# As other readers give it, and as the controller counts it.
CARD, NUMBER = "51FFFE", 8165534
OTHER, OTHER_NUMBER = "000001", 1
WRITES = (codec.PUT_CARD, codec.DELETE_CARD, codec.SET_TIME_PROFILE)
MONDAY, SATURDAY = FIRST + timedelta(days=7), FIRST + timedelta(days=12)
OFFICE = line(range(5), 8 * 60, 17 * 60)


@asynccontextmanager
async def running(controller, stand_alone=True, **settings):
    settings = {"timeout_ms": 100, "check_ms": 10, **settings}
    device = Device(
        "9",
        "uhppote_controller",
        controller.address,
        settings,
        frozenset({0, 1}),
        stand_alone,
    )
    async with driven(UhppoteController(device, lambda _told: None)) as driver:
        await eventually(lambda: driver.contacts)
        yield driver


@asynccontextmanager
async def up(**settings):
    async with SimulatedController() as controller:
        async with running(controller, **settings) as driver:
            yield controller, driver


async def left_alone_with(keys, **settings):
    """Give a controller that has been given keys, and whose gateway is gone."""
    async with up(**settings) as (controller, driver):
        await driver.keep(keys)
    return controller


def opens(controller, day, at, door=1, card=NUMBER):
    """Tell whether a card opens, with no gateway there, at a time of its clock."""
    controller.set_clock(datetime.combine(day, at))
    before = len(controller.openings)
    controller.swipe(door, card)
    return len(controller.openings) > before


def writes(controller):
    return [one for one in controller.requests if one in WRITES]


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (MONDAY, time(7, 59, 59), False),
        (MONDAY, time(8), True),
        (MONDAY, time(16, 59, 59), True),
        (MONDAY, time(17), False),
        (MONDAY, time(0), False),
        (SATURDAY, time(9), False),
        (LAST + timedelta(days=1), time(9), False),
    ],
)
async def test_a_card_opens_in_its_hours_alone(day, at, expected):
    controller = await left_alone_with([key(CARD, (0,), OFFICE)])
    assert opens(controller, day, at) is expected


async def test_a_card_opens_its_own_door_alone():
    controller = await left_alone_with([key(CARD, (1,), OFFICE)])
    assert opens(controller, MONDAY, time(9), door=2)
    assert not opens(controller, MONDAY, time(9), door=1)


async def test_a_card_that_is_taken_away_opens_no_more():
    async with up() as (controller, driver):
        await driver.keep([key(CARD), key(OTHER)])
        await driver.keep([key(OTHER)])
    assert not opens(controller, MONDAY, time(9))
    assert opens(controller, MONDAY, time(9), card=OTHER_NUMBER)


async def test_hours_over_midnight_go_on_the_day_after():
    night = line({4}, 22 * 60, 26 * 60)  # Friday
    controller = await left_alone_with([key(CARD, (0,), night)])
    friday = MONDAY + timedelta(days=4)
    assert opens(controller, friday, time(23, 59, 59))
    assert opens(controller, SATURDAY, time(1, 59))
    assert not opens(controller, SATURDAY, time(2))
    assert not opens(controller, friday, time(1))


async def test_more_hours_than_one_profile_has_are_linked():
    spans = [line(range(7), 60 * hour, 60 * hour + 30) for hour in range(5, 15)]
    controller = await left_alone_with([key(CARD, (0,), *spans)])
    assert len(controller.profiles) == 4
    for hour in range(5, 15):
        assert opens(controller, MONDAY, time(hour, 10))
        assert not opens(controller, MONDAY, time(hour, 40))


async def test_hours_of_some_dates_hold_then_alone():
    tuesday = line({1}, 1200, 1260, first=MONDAY, last=MONDAY + timedelta(days=6))
    controller = await left_alone_with([key(CARD, (0,), OFFICE, tuesday)])
    assert opens(controller, MONDAY + timedelta(days=1), time(20))
    assert not opens(controller, MONDAY + timedelta(days=8), time(20))


async def test_cards_with_the_same_hours_share_a_profile():
    shorter = line(range(5), 480, 1020, last=MONDAY + timedelta(days=4))
    controller = await left_alone_with(
        [key(CARD, (0,), OFFICE), key(OTHER, (0, 1), shorter)]
    )
    assert len(controller.profiles) == 1
    assert not opens(controller, LAST - timedelta(days=2), time(9), card=OTHER_NUMBER)


async def test_only_what_differs_is_written():
    async with up() as (controller, driver):
        cards = [key(CARD, (0,), OFFICE), key(OTHER, (1,))]
        await driver.keep(cards)
        controller.requests.clear()
        await driver.keep(cards)
        assert writes(controller) == []
        await driver.keep([cards[0], key(OTHER, (1,), OFFICE)])
        assert writes(controller) == [codec.PUT_CARD]


async def test_its_list_outlives_a_restart_of_the_gateway():
    async with up() as (controller, driver):
        cards = [key(f"0000{number:02X}", (0,), OFFICE) for number in range(1, 6)]
        await driver.keep([*cards, key(CARD)])
        await driver.keep(cards)
        async with running(controller) as after:
            controller.requests.clear()
            await after.keep(cards)
            assert writes(controller) == []


async def test_cards_that_somebody_else_wrote_are_seen():
    async with up() as (controller, driver):
        await driver.keep([key(CARD)])
        controller.answer(_put(777))
        await driver.keep([key(CARD)])
        assert set(controller.cards) == {NUMBER}


async def test_what_somebody_else_wrote_is_seen_after_some_hours(monkeypatch):
    monkeypatch.setattr(_uhppote_cards, "READ_AGAIN_S", -1.0)
    async with up() as (controller, driver):
        await driver.keep([key(CARD, (0,), OFFICE)])
        controller.answer(_put(NUMBER))
        await driver.keep([key(CARD, (0,), OFFICE)])
    assert not opens(controller, SATURDAY, time(9))


async def test_a_profile_is_written_before_its_card_and_to_none_that_a_card_names():
    """A controller opens at any hour where a profile is not there."""
    async with up() as (controller, driver):
        await driver.keep([key(CARD, (0,), OFFICE)])
        controller.requests.clear()
        later = line(range(5), 9 * 60, 17 * 60)
        await driver.keep([key(CARD, (0,), later)])
        assert writes(controller) == [codec.SET_TIME_PROFILE, codec.PUT_CARD]
        assert set(controller.profiles) == {2, 3}


async def test_too_many_different_hours_are_told_and_open_nothing():
    keys = [key(f"{n:06X}", (0,), line({0}, n, n + 60)) for n in range(1, 301)]
    async with up() as (controller, driver):
        kept = await driver.keep(keys)
        assert kept == (253, "47 cards: too many different hours")
        assert len(controller.cards) == 253
        # What is free again is used.
        kept = await driver.keep(keys[-253:])
        assert kept == (253, None)


async def test_what_old_cards_named_is_used_for_the_new_hours():
    def keys(by):
        return [key(f"{n:06X}", (0,), line({0}, n, n + by)) for n in range(1, 254)]

    async with up() as (controller, driver):
        await driver.keep(keys(60))
        assert await driver.keep(keys(61)) == (253, None)


async def test_a_full_list_is_told_and_the_rest_kept():
    async with up() as (controller, driver):
        controller.capacity = 2
        keys = [key(f"{n:06X}") for n in range(1, 6)]
        kept = await driver.keep(keys)
        assert kept == (2, "3 cards: its list is full")
        assert writes(controller).count(codec.PUT_CARD) == 3


async def test_a_card_of_another_format_is_none_of_its_own():
    async with up() as (controller, driver):
        assert await driver.keep([key("04A1B2C3D4E580"), key(CARD)]) == (1, None)
        assert set(controller.cards) == {NUMBER}


async def test_by_another_clock_it_opens_for_nobody():
    async with up(time_zone="Asia/Tokyo") as (controller, driver):
        kept = await driver.keep([key(CARD, zone="Europe/Warsaw")])
        words = "1 cards: its time zone is Asia/Tokyo, but theirs Europe/Warsaw"
        assert kept == (0, words) and controller.cards == {}


async def test_a_reader_that_releases_another_door_opens_nothing_alone():
    crossed = Entry(0, 1, (line(),), ZoneInfo("UTC"))
    async with up() as (controller, driver):
        kept = await driver.keep([Key(CARD, (crossed,))])
        assert "reader 0 opens just its own door" in kept.flaw
        assert controller.cards == {}


async def test_a_release_goes_before_the_cards_that_are_written():
    async with up(check_ms=3000) as (controller, driver):
        keys = [key(f"{n:06X}") for n in range(1, 300)]
        writing = asyncio.ensure_future(driver.keep(keys))
        await eventually(lambda: controller.cards)
        await driver.release(Release(0, 5000))
        assert controller.openings and not writing.done()
        await writing


async def test_who_waits_at_a_door_goes_before_all_cards_that_wait():
    async with SimulatedController() as controller:
        wire = Wire(controller.address, 1.0, 0)
        cards = [wire.ask("get_card_by_index", index) for index in range(1, 4)]
        asked = [asyncio.ensure_future(one) for one in cards]
        await asyncio.sleep(0)
        await wire.ask("open_door", 1)
        await asyncio.gather(*asked)
        others = [codec.GET_CARD_AT_INDEX] * 2
        first = codec.GET_CARD_AT_INDEX
        assert controller.requests == [first, codec.OPEN_DOOR, *others]


async def test_after_a_lost_answer_its_list_is_read_again():
    async with up(check_ms=3000) as (controller, driver):
        await driver.keep([key(CARD)])
        controller.silent = True
        with pytest.raises(DeviceError, match="no answer"):
            await driver.keep([key(OTHER)])
        controller.silent = False
        controller.answer(_put(777))
        controller.answer(_delete(NUMBER))
        await driver.keep([key(OTHER)])
        assert set(controller.cards) == {OTHER_NUMBER}


async def test_without_members_its_list_is_empty():
    async with up() as (controller, driver):
        await driver.keep([key(CARD)])
        assert await driver.keep([]) == (0, None)
        assert controller.cards == {}


@pytest.mark.parametrize("stand_alone", [True, False])
async def test_one_that_does_not_stand_alone_is_emptied_on_connecting(stand_alone):
    async with up() as (controller, driver):
        await driver.keep([key(CARD)])
        async with running(controller, stand_alone):
            assert bool(controller.cards) is stand_alone


def _put(number):
    return bytes(encode.put_card_request(0, number, FIRST, LAST, 1, 1, 1, 1, 0))


def _delete(number):
    return bytes(encode.delete_card_request(0, number))
