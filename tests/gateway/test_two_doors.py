"""Interlocked doors and doors for two persons, through the controller."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.drivers import Read
from access_policy import State, seal_token, state_of

from . import world
from .fake_erp import SEAL_KEY
from .world import CARD, controller_of, policy

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=timezone.utc)
OTHERS_CARD = "04A1B2C3D4E581"
ALL_DAY = {"bands": {"1": {"hours": {"1": [[day, 0, 0] for day in range(7)]}}}}


class Doors:
    """An outer and an inner door, each with a reader and an output of one board."""

    def __init__(self, rules=None, **point):
        self.rules = world.rules(
            **(rules or {}),
            points={
                "1": {"venue": 1, "zone_to": 1, "interlock": [2], **point},
                "2": {"venue": 1, "zone_to": 1, "interlock": [1], **point},
            },
            persons={"1": {"rights": [1]}, "2": {"rights": [1]}},
            credentials=policy()["credentials"]
            | {seal_token(SEAL_KEY, f"rfid:{OTHERS_CARD}"): {"id": 21, "person": 2}},
            wiring={
                "1": {"reader": "outer", "lock": "lock", "output": 0},
                "2": {"reader": "inner", "lock": "lock", "output": 1},
            },
        )
        self.state = State()
        self.now, self.opened, self.events = NOW, [], []
        self.controller = controller_of(self, lambda: self.now)

    def append(self, *events):
        self.events += events
        return len(self.events)

    def get(self, _device):
        return self

    async def show(self, _indication):
        pass

    async def release(self, command):
        self.opened.append(command.output)

    def hold(self, device, card=CARD):
        async def scenario():
            self.controller.handle(Read(device, "card", card, 0))
            await asyncio.sleep(0)

        asyncio.run(scenario())
        return self.events[-1].reason

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


def test_of_two_persons_both_use_up_an_entry():
    """Told anew from the log it is the same."""
    limited = {"rights": {"1": {"zones": [1], "bands": [1], "limits": {"1": 2}}}}
    doors = Doors(persons=2, interlock=[], rules=ALL_DAY | limited)
    assert doors.hold("outer") == "second_person_needed"
    assert doors.state.uses == {}
    doors.wait(1)
    doors.hold("outer", OTHERS_CARD)
    reasons = [event.reason for event in doors.events]
    assert reasons[1:] == ["right", "with_second_person"]
    assert {key: len(uses) for key, uses in doors.state.uses.items()} == {1: 1, 2: 1}
    assert state_of(doors.events) == doors.state


def test_the_inner_door_stays_shut_while_the_outer_one_is_open():
    doors = Doors(open_seconds=5)
    assert doors.hold("outer") == "right"
    doors.wait(4)
    assert doors.hold("inner") == "point_interlocked"
    assert doors.opened == [0]
    doors.wait(1)
    assert doors.hold("inner") == "right"
    assert doors.opened == [0, 1]


def test_staff_do_not_open_against_the_interlock():
    doors = Doors()
    doors.hold("outer")
    asyncio.run(doors.controller.release(2, user=7))
    assert doors.events[-1].reason == "point_interlocked"
    assert doors.opened == [0]


def test_a_clock_that_is_set_back_neither_shuts_the_doors_nor_opens_both():
    doors = Doors(open_seconds=5)
    doors.hold("outer")
    doors.wait(-3600)
    assert doors.hold("inner") == "right"
    assert doors.hold("outer") == "point_interlocked"
    doors.wait(5)
    assert doors.hold("outer") == "right"
    doors.wait(4)
    assert doors.hold("inner") == "point_interlocked"


@pytest.fixture
def for_two():
    return Doors(persons=2, interlock=[])


def test_the_second_person_opens_for_both(for_two):
    assert for_two.hold("outer") == "second_person_needed"
    assert for_two.opened == []
    for_two.wait(10)
    for_two.hold("outer", OTHERS_CARD)
    reasons = [event.reason for event in for_two.events[1:]]
    assert reasons == ["right", "with_second_person"]
    assert for_two.opened == [0]
    assert set(for_two.state.presence) == {1, 2}


def test_one_person_is_not_two(for_two):
    for_two.hold("outer")
    assert for_two.hold("outer") == "second_person_needed"


def test_the_first_person_waits_at_that_door_and_not_for_ever(for_two):
    for_two.hold("outer")
    assert for_two.hold("inner", OTHERS_CARD) == "second_person_needed"
    for_two.wait(31)
    assert for_two.hold("outer", OTHERS_CARD) == "second_person_needed"
