"""What an ONVIF device keeps to decide by itself, and opens for then."""

from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from access_gateway.drivers import Entry, Key, Verdict, _onvif_keys
from access_gateway.drivers._hours import Validity, weeks_of
from access_gateway.drivers._onvif_calendar import calendar_of
from access_gateway.drivers.onvif_door import OnvifDoor
from access_gateway.rules import Device, Logged
from access_gateway.simulators.onvif_device import SimulatedOnvif

from .driving import FIRST, LAST, driven, key, line, of
from .world import eventually

CARD, OTHER = "013004", "51FFFE"
WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY, SATURDAY = FIRST + timedelta(days=7), FIRST + timedelta(days=12)
OFFICE = line(range(5), 8 * 60, 17 * 60)


@asynccontextmanager
async def running(simulated, stand_alone=True, logged=None, tell=lambda _told: None):
    settings = {"user": "admin", "password": "secret", "pull_ms": 50}
    device = Device(
        "9",
        "onvif_door",
        simulated.address,
        settings,
        frozenset({0, 1}),
        stand_alone,
        logged,
    )
    async with driven(OnvifDoor(device, tell)) as driver:
        await eventually(lambda: len(driver.contacts) == 2)
        yield driver


@asynccontextmanager
async def up(**settings):
    async with SimulatedOnvif(zone=WARSAW, **settings) as simulated:
        async with running(simulated) as driver:
            yield simulated, driver


def warsaw(value, outputs, *hours):
    return key(value, outputs, *hours, zone="Europe/Warsaw")


async def left_alone_with(*keys):
    """Give a device that has been given keys, and whose gateway is gone."""
    async with up() as (simulated, driver):
        await driver.keep(keys)
    return simulated


def opens(simulated, day, at, point="ap1", card=CARD):
    """Tell whether a card opens, with no gateway there, at a time of its clock."""
    simulated.set_clock(datetime.combine(day, at, WARSAW))
    before = len(simulated.accesses)
    simulated.present(point, card)
    return len(simulated.accesses) > before


def writes(simulated):
    return [one for one in simulated.requests if one.startswith(("Create", "M", "De"))]


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (MONDAY, time(7, 59, 58), False),
        (MONDAY, time(8), True),
        (MONDAY, time(16, 59, 58), True),
        (MONDAY, time(17), False),
        (SATURDAY, time(9), False),
        (LAST + timedelta(days=1), time(9), False),
    ],
)
async def test_a_card_opens_in_its_hours_alone(day, at, expected):
    simulated = await left_alone_with(warsaw(CARD, (0,), OFFICE))
    assert opens(simulated, day, at) is expected


async def test_a_card_opens_its_own_door_alone():
    simulated = await left_alone_with(warsaw(CARD, (1,), OFFICE))
    assert opens(simulated, MONDAY, time(9), "ap2")
    assert not opens(simulated, MONDAY, time(9), "ap1")


async def test_a_card_that_is_taken_away_opens_no_more():
    async with up() as (simulated, driver):
        await driver.keep([warsaw(CARD, (0,)), warsaw(OTHER, (0,))])
        await driver.keep([warsaw(OTHER, (0,))])
    assert not opens(simulated, MONDAY, time(9))
    assert opens(simulated, MONDAY, time(9), card=OTHER)


async def test_hours_over_midnight_go_on_the_day_after():
    simulated = await left_alone_with(warsaw(CARD, (0,), line({4}, 1320, 1560)))
    assert opens(simulated, SATURDAY - timedelta(days=1), time(23, 59, 58))
    assert opens(simulated, SATURDAY, time(1, 59))
    assert not opens(simulated, SATURDAY, time(2))


async def test_hours_of_some_dates_hold_then_alone():
    week = MONDAY + timedelta(days=6)
    tuesday = line({1}, 1200, 1260, first=MONDAY, last=week)
    simulated = await left_alone_with(warsaw(CARD, (0,), OFFICE, tuesday))
    assert opens(simulated, MONDAY + timedelta(days=1), time(20))
    assert not opens(simulated, MONDAY + timedelta(days=8), time(20))


async def test_cards_with_the_same_hours_share_profile_and_schedule():
    shorter = line(range(5), 480, 1020, last=MONDAY + timedelta(days=4))
    async with up() as (simulated, driver):
        await driver.keep([warsaw(CARD, (0,), OFFICE), warsaw(OTHER, (0,), shorter)])
        assert len(simulated.profiles) == len(simulated.schedules) == 1
    friday = LAST - timedelta(days=2)
    assert opens(simulated, friday, time(9))
    assert not opens(simulated, friday, time(9), card=OTHER)


async def test_only_what_differs_is_written():
    async with up() as (simulated, driver):
        cards = [warsaw(f"0000{n:02X}", (0,), OFFICE) for n in range(1, 6)]
        await driver.keep(cards)
        simulated.requests.clear()
        await driver.keep(cards)
        # What is there is known: nothing but the clock is asked for.
        known = [one for one in simulated.requests if one != "PullMessages"]
        assert known == ["GetSystemDateAndTime"]
        await driver.keep([warsaw("000001", (1,), OFFICE), *cards[1:]])
        assert writes(simulated) == ["CreateAccessProfile", "ModifyCredential"]


async def test_what_no_card_needs_any_more_is_deleted_and_what_is_not_ours_stays():
    async with up() as (simulated, driver):
        theirs = {"token": "theirs", "Name": "Staff", "Standard": ""}
        simulated.schedules["theirs"] = theirs
        await driver.keep([warsaw(CARD, (0,), OFFICE)])
        await driver.keep([warsaw(CARD, (0,), line())])
        assert len(simulated.profiles) == 1
        assert len(simulated.schedules) == 2 and "theirs" in simulated.schedules


async def test_its_credentials_outlive_a_restart_of_the_gateway():
    async with up() as (simulated, driver):
        await driver.keep([warsaw(CARD, (0,), OFFICE)])
        async with running(simulated) as after:
            simulated.requests.clear()
            await after.keep([warsaw(CARD, (0,), OFFICE)])
            assert writes(simulated) == []


async def test_what_somebody_else_wrote_is_seen_after_some_hours(monkeypatch):
    monkeypatch.setattr(_onvif_keys, "READ_AGAIN_S", -1.0)
    async with up() as (simulated, driver):
        await driver.keep([warsaw(CARD, (0,))])
        [one] = simulated.credentials.values()
        one["CredentialIdentifier"].append(deepcopy(one["CredentialIdentifier"][0]))
        one["CredentialIdentifier"][1]["Value"] = OTHER
        await driver.keep([warsaw(CARD, (0,))])
        assert simulated.token_of(OTHER) is None


async def test_too_many_different_hours_are_told_and_open_nothing():
    async with up() as (simulated, driver):
        simulated.most_schedules = 1
        strange = [warsaw("000002", (0,), line()), warsaw("000003", (0,), line())]
        kept = await driver.keep([warsaw(CARD, (0,), OFFICE), *strange])
        assert kept == (1, "2 cards: it takes no more different hours")
    assert not opens(simulated, MONDAY, time(9), card="000002")


async def test_a_card_that_is_refused_keeps_no_other_out_and_no_hours_of_before(
    caplog,
):
    third = "7A1234"
    async with up() as (simulated, driver):
        await driver.keep([warsaw(one, (0,)) for one in (CARD, OTHER)])
        simulated.refused = {CARD, third}
        cards = [warsaw(one, (0,), OFFICE) for one in (CARD, OTHER, third, "7A1235")]
        kept = await driver.keep(cards)
        assert kept == (2, "2 cards: not taken: InvalidIdentifierValue")
    assert not opens(simulated, MONDAY, time(9))
    assert opens(simulated, MONDAY, time(9), card="7A1235")
    # Its hours are the new ones.
    assert opens(simulated, MONDAY, time(9), card=OTHER)
    assert not opens(simulated, MONDAY, time(20), card=OTHER)
    # In its own words the device names the card.
    assert CARD not in caplog.text


async def test_what_there_is_no_room_for_is_told():
    async with up() as (simulated, driver):
        simulated.most_credentials = 1
        simulated.requests.clear()
        cards = [warsaw(f"0000{n:02X}", (0,), OFFICE) for n in range(1, 6)]
        kept = await driver.keep(cards)
        assert kept == (1, "4 cards: not taken: MaxCredentials")
        assert writes(simulated).count("CreateCredential") == 2


async def test_hours_of_some_dates_are_left_out_where_it_knows_none():
    tuesday = line({1}, 1200, 1260, first=MONDAY, last=MONDAY + timedelta(days=6))
    async with up() as (simulated, driver):
        simulated.knows_dates = False
        kept = await driver.keep([warsaw(CARD, (0,), OFFICE, tuesday)])
        assert kept.count == 1 and "its schedules have no dates" in kept.flaw
    assert opens(simulated, MONDAY, time(9))
    assert not opens(simulated, MONDAY + timedelta(days=1), time(20))


async def test_where_credentials_have_no_end_it_opens_for_nobody():
    async with up() as (simulated, driver):
        await driver.keep([warsaw(OTHER, (0,), OFFICE)])
        simulated.knows_validity = False
        async with running(simulated) as after:
            kept = await after.keep([warsaw(CARD, (0,), OFFICE)])
    for card in (CARD, OTHER):
        assert not opens(simulated, MONDAY, time(9), card=card)
    assert kept == (0, "1 cards: its credentials have no end")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
async def test_where_days_alone_count_they_are_those_of_the_wall(zone):
    async with SimulatedOnvif(zone=ZoneInfo(zone)) as simulated:
        simulated.knows_times = False
        async with running(simulated) as driver:
            await driver.keep([key(CARD, (0,), line(), zone=zone)])
    days = [FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1)]
    opened = []
    for day in days:
        simulated.set_clock(datetime.combine(day, time(12), ZoneInfo(zone)))
        before = len(simulated.accesses)
        simulated.present("ap1", CARD)
        opened.append(len(simulated.accesses) > before)
    assert opened == [False, True, True, False]


async def test_by_another_clock_it_opens_for_nobody():
    async with up() as (simulated, driver):
        kept = await driver.keep([key(CARD, (0,), zone="Asia/Tokyo")])
        words = "1 cards: its clock does not show the time of Asia/Tokyo"
        assert kept == (0, words) and simulated.credentials == {}


async def test_a_reader_that_releases_another_door_opens_nothing_alone():
    async with up() as (simulated, driver):
        kept = await driver.keep([Key(CARD, (Entry(0, 1, (line(),), WARSAW),))])
        assert "reader 0 opens just its own door" in kept.flaw
        assert simulated.credentials == {}


@pytest.mark.parametrize("stand_alone", [True, False])
async def test_one_that_does_not_stand_alone_is_emptied_on_connecting(stand_alone):
    async with up() as (simulated, driver):
        await driver.keep([warsaw(CARD, (0,))])
        async with running(simulated, stand_alone):
            assert bool(simulated.credentials) is stand_alone


def test_the_calendar_is_read_alike_by_others():
    """As iCalendar's rules are read by a library that knows nothing of us."""
    dated = line({1, 3}, 600, 660, first=MONDAY, last=MONDAY + timedelta(days=8))
    text = calendar_of(weeks_of((dated,), Validity(FIRST, LAST)))
    rule = "\n".join(one for one in text.split() if one[:2] in ("DT", "RR"))
    rule = rule.replace(f"\n{rule.split()[1]}", "")  # DTEND is no part of a rule
    found = list(rrulestr(rule))
    days = [MONDAY + timedelta(days=days) for days in (1, 3, 8)]
    assert found == [datetime.combine(day, time(10)) for day in days]


class AtMoments(SimulatedOnvif):
    """Nobody asks it, and it stores what was held to it when; ``at`` is its clock."""

    at = None

    def __init__(self, *presented):
        super().__init__()
        self.stores_events = True
        for self.at, card in presented:
            self.present("ap1", card)
        self.at = None

    @property
    def now(self):
        return self.at or super().now


def hours_ago(hours):
    return datetime.now(timezone.utc) - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("until", "count", "cards"),
    [(2, 1, "03 04"), (2, 2, "04"), (None, 0, "01 02 03 04"), (-1, 1, "01 02 03 04")],
)
async def test_a_new_box_goes_on_where_the_log_of_the_erp_ends(until, count, cards):
    then, told = hours_ago(2), []
    presented = (hours_ago(3), "01"), (then, "02"), (then, "03"), (hours_ago(1), "04")
    ends = {2: then, -1: hours_ago(-1)}
    logged = Logged(ends[until], count) if until else None
    async with AtMoments(*presented) as simulated:
        async with running(simulated, logged=logged, tell=told.append):
            await eventually(lambda: "04" in [one.value for one in of(Verdict, told)])
    assert [one.value for one in of(Verdict, told)] == cards.split()
