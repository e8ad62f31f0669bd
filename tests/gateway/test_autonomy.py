"""Locks that decide alone are kept at what the rules say."""

import asyncio
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from access_gateway import autonomy as module
from access_gateway import pace
from access_gateway.autonomy import Autonomy
from access_gateway.drivers import DeviceError, Kept
from access_gateway.rules import Device, rules_from_document

from .world import eventually, policy

CARD, OTHER = "013004", "51FFFE"
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
WIRED = {"reader": "door", "lock": "door", "reader_number": 0, "output": 0}


def cards(*cards, **fields):
    """Give the credentials of persons with these numbers, by their place."""
    return {
        f"seal{person}": {"id": person, "person": person, "number": number, **fields}
        for person, number in enumerate(cards, 1)
    }


def rules(version=1, wiring=None, stand_alone=True, **changes):
    door = {"driver": "uhppote_controller", "address": "udp://x"}
    return rules_from_document(
        policy(
            version=version,
            devices={"door": {**door, "stand_alone": stand_alone}},
            wiring={"1": wiring or WIRED},
            **{"persons": _members(2), "credentials": cards(CARD), **changes},
        )
    )


def _members(count):
    return {str(person): {"rights": [1]} for person in range(1, count + 1)}


class Lock:
    """A driver that notes what it is to keep, or fails."""

    def __init__(self):
        self.device = Device("door", "lock", "")
        self.online, self.arrivals, self.facts, self.keys_flaw = True, 1, {}, None
        self.kept = []
        self.error = None
        self.flaw = None

    async def keep(self, keys):
        if self.error is not None:
            raise self.error
        self.kept.append({one.value: one for one in keys})
        return Kept(len(keys), self.flaw)


class World:
    """An autonomy with one lock; ``clock`` is ``time.monotonic()``."""

    def __init__(self, monkeypatch, **changes):
        self.rules = rules(**changes)
        self.lock = Lock()
        self.now, self.clock = NOW, 0.0
        self.autonomy = Autonomy(self, self, lambda: self.now)
        monotonic = SimpleNamespace(monotonic=lambda: self.clock)
        monkeypatch.setattr(module, "time", monotonic)

    def get(self, _device):
        return self.lock

    async def look(self):
        await self.autonomy.see_to("door")
        return self.lock.kept


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


async def test_a_lock_keeps_the_card_of_a_member_at_its_door(world):
    [kept] = await world.look()
    [entry] = kept[CARD].entries
    assert (entry.reader, entry.output, entry.zone) == (0, 0, ZoneInfo("Europe/Warsaw"))
    assert [one.end for one in entry.hours] == [1440]


@pytest.mark.parametrize(
    "changes",
    [
        {"credentials": cards(CARD, status="blocked")},
        {"credentials": cards(CARD, status="lost")},
        {"credentials": cards(CARD, valid_to="2026-11-25T11:00:00Z")},
        {"credentials": cards(None)},
        {"persons": {"1": {"rights": [1], "suspended": True}}},
        {"persons": {}},
        {"rights": {}},
        {"wiring": {**WIRED, "lock": "other"}},
        {"wiring": {**WIRED, "reader": None}},
    ],
)
async def test_whoever_may_not_pass_is_not_on_its_list(monkeypatch, changes):
    assert await World(monkeypatch, **changes).look() == [{}]


async def test_a_card_that_was_issued_again_is_that_of_who_has_it_now(monkeypatch):
    issued = [
        {"id": 2, "person": 2, "number": CARD},
        {"id": 1, "person": 1, "number": CARD, "valid_to": "2026-11-01T00:00:00Z"},
    ]
    persons = {"1": {"rights": [1]}, "2": {"rights": []}}
    world = World(monkeypatch, credentials={"seal": issued}, persons=persons)
    assert await world.look() == [{}]


async def test_what_is_as_it_was_is_not_kept_again(world):
    await world.look()
    assert len(await world.look()) == 1


async def test_a_card_that_is_blocked_is_taken_from_the_list(world):
    await world.look()
    world.rules = rules(2, credentials=cards(CARD, status="blocked"))
    assert (await world.look())[-1] == {}


async def test_once_a_day_and_when_it_is_back_it_is_seen_to(world):
    await world.look()
    world.now += timedelta(days=1)
    assert len(await world.look()) == 2
    world.lock.arrivals += 1
    assert len(await world.look()) == 3


async def test_a_lock_that_is_away_is_seen_to_when_it_is_back(world):
    world.lock.online = False
    assert await world.look() == []
    world.lock.online = True
    assert len(await world.look()) == 1


async def test_a_failure_is_told_and_tried_again_ever_more_seldom(world, caplog):
    world.lock.error = DeviceError("no answer")
    await world.look()
    assert world.lock.keys_flaw.endswith("could not be written: no answer")
    tries = []
    for second in range(40):
        world.clock, before = float(second), world.autonomy._courses["door"].wait
        await world.look()
        if world.autonomy._courses["door"].wait != before:
            tries.append(second)
    assert tries == [5, 15, 35]
    # Told once, and no number with it.
    assert len(caplog.records) == 1 and CARD not in caplog.text
    world.lock.error, world.clock = None, 1000.0
    assert len(await world.look()) == 1 and world.lock.keys_flaw is None


async def test_after_a_failure_other_rules_are_tried_at_once(world):
    world.lock.error = DeviceError("no answer")
    await world.look()
    world.clock = 5.0
    await world.look()
    world.rules = rules(2)
    await world.look()
    assert world.autonomy._courses["door"].wait == 5.0
    world.rules, world.lock.error = rules(3), None
    assert len(await world.look()) == 1


@pytest.mark.parametrize(("took", "rests"), [(0.5, 2.0), (100.0, 5.0)])
async def test_it_rests_after_work_however_often_rules_change(world, took, rests):
    keep = world.lock.keep

    async def slowly(keys):
        world.clock += took
        return await keep(keys)

    world.lock.keep = slowly
    await world.look()
    world.rules = rules(2)
    for clock, count in ((took + rests - 0.1, 1), (took + rests, 2)):
        world.clock = clock
        assert len(await world.look()) == count


async def test_after_a_failure_it_is_tried_at_once_when_the_device_is_back(world):
    world.lock.error = DeviceError("no answer")
    await world.look()
    world.lock.error = None
    assert await world.look() == []
    world.lock.arrivals += 1
    assert len(await world.look()) == 1


async def test_what_is_kept_is_told(world):
    await world.look()
    told = {"cards": 1, "cards_known": 1, "cards_at": "2026-11-25T12:00:00.000Z"}
    assert world.lock.facts == told


async def test_what_cannot_be_kept_is_told(world):
    world.lock.flaw = "1 cards: its list is full"
    await world.look()
    words = "not all cards of members are kept: 1 cards: its list is full"
    assert world.lock.keys_flaw == words


@pytest.fixture
def step_by_step(monkeypatch):
    monkeypatch.setattr(pace, "SLICE_S", -1.0)
    monkeypatch.setattr(pace, "REST_S", 0.0)


async def test_others_are_served_while_keys_are_worked_out(monkeypatch, step_by_step):
    many = cards(*(f"{number:06X}" for number in range(1, 51)))
    world = World(monkeypatch, credentials=many, persons=_members(50))
    turns, looking = 0, asyncio.ensure_future(world.look())
    while not looking.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 50 and len(world.lock.kept[0]) == 50


async def test_rules_that_change_meanwhile_are_those_that_count(world, step_by_step):
    world.rules = rules(credentials=cards(CARD, OTHER))
    looking = asyncio.ensure_future(world.look())
    await asyncio.sleep(0)
    world.rules = rules(2, credentials=cards(CARD))
    assert [set(kept) for kept in await looking] == [{CARD}]


async def test_a_device_that_does_not_stand_alone_is_left_alone(world):
    world.rules = rules(stand_alone=False)
    running = asyncio.ensure_future(world.autonomy.run())
    await asyncio.sleep(0.01)
    assert world.lock.kept == []
    world.rules = rules(2)
    world.autonomy.look()
    await eventually(lambda: world.lock.kept)
    running.cancel()
