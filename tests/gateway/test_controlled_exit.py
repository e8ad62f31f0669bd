"""The way out that a ticket opens, once: the exit gate of a pool (requirement C7)."""

import pytest

from access_gateway.messages import Contact, Read
from access_policy import seal_token
from access_policy.event import utc_text

from .fake_erp import SEAL_KEY
from .world import event, eventually, open_venue, venue

BAND, SLIP = "04A1B2C3D4E580", "05A1B2C3D4E580"
SENSOR, FIRE = 0, 7
OTHER_GATE = 9

LOCK = {"reader": "reader", "lock": "lock", "output": 0, "release_ms": 60_000}


def pool(sensed=False, ends="2099-01-01T00:00:00Z", **changes):
    """Give rules of two exit gates for a guest with a band and an exit ticket."""
    ticket = {"type": 3, "entries": 1, "valid_to": ends}
    exits = {"venue": 1, "zone_from": 1, "controls_exit": True}
    sense = {"device": "lock", "input": SENSOR, "sense": "passage", "point": 1}
    fire = {"device": "lock", "input": FIRE, "sense": "fire"}
    return {
        "points": {"1": exits, "2": exits},
        "rights": {
            "1": {"zones": [1], "everyone": True},
            "2": {"points": [1, 2], "everyone": True, "ticket_types": [3]},
        },
        "persons": {"1": {"tickets": {"7": ticket}}},
        "credentials": {
            seal_token(SEAL_KEY, f"rfid:{value}"): {"id": 11 + number, "person": 1}
            for number, value in enumerate((BAND, SLIP))
        },
        "wiring": {
            "1": {**LOCK, "opens_on_fire": True},
            "2": {**LOCK, "reader_number": 1, "output": 1},
        },
        "inputs": [fire, sense] if sensed else [fire],
        **changes,
    }


def unpaid(**changes):
    return pool(**changes, persons={"1": {}})


def reasons(place):
    return [one["reason"] for one in place.erp.events]


async def told(place, *expected):
    await place.erp.until(lambda: len(place.erp.events) >= len(expected))
    assert reasons(place) == list(expected)


async def test_band_is_refused_before_it_is_paid(tmp_path):
    async with open_venue(tmp_path, **unpaid()) as place:
        await place.hold(BAND)
        await told(place, "exit_not_paid")
        assert place.release_count() == 0


async def test_ticket_opens_once_and_lets_out(tmp_path):
    async with open_venue(tmp_path, **pool()) as place:
        await place.hold(SLIP)
        await place.board.wait_for(0, True)
        await place.hold(SLIP)
        await told(place, "right", "exit_not_paid")
        assert place.erp.events[0]["zone"] == 0
        assert place.gateway.facts.state.presence[1].zone == 0


async def test_copy_is_refused_after_a_start_without_network(tmp_path):
    async with venue(tmp_path, **pool()) as place:
        async with place.gateway_running():
            await place.up()
            await place.hold(SLIP)
        await place.erp.stop()
        async with place.gateway_running() as gateway:
            await place.up()
            await place.hold(SLIP)
            assert gateway.journal.head.sequence == 2
            assert place.release_count() == 1


async def test_copy_is_refused_at_a_gate_elsewhere_once_that_is_told(tmp_path):
    async with open_venue(tmp_path, **pool()) as place:
        used = event(
            point=OTHER_GATE,
            person=1,
            right=2,
            ticket=7,
            zone=0,
            day="2026-11-21",
            time=utc_text(place.now()),
        )
        place.erp.tell(state={})
        place.erp.tell(used.record(1))
        await eventually(lambda: place.gateway.facts.state.ticket_uses)
        await place.hold(SLIP)
        await told(place, "exit_not_paid")


async def test_ticket_that_ended_is_refused(tmp_path):
    async with open_venue(tmp_path, **pool(ends="2026-01-01T00:00:00Z")) as place:
        await place.hold(SLIP)
        await told(place, "exit_not_paid")


async def test_fire_opens_whatever_is_paid(tmp_path):
    async with open_venue(tmp_path, **unpaid()) as place:
        place.gateway.doors.handle(Contact("lock", FIRE, True))
        await place.board.wait_for(0, True)


async def test_exit_button_opens_whatever_is_paid(tmp_path):
    button = {"device": "lock", "input": 3, "sense": "exit_button", "point": 1}
    async with open_venue(tmp_path, **unpaid(inputs=[button])) as place:
        place.gateway.doors.handle(Contact("lock", 3, True))
        await place.board.wait_for(0, True)


class Sensed:
    """Two gates of which the first counts who passes."""

    def __init__(self, place):
        self.place = place

    async def show(self, gate):
        """Show the slip at a gate; give the reason of what came of it."""
        return await self._told(Read("reader", "card", SLIP, 0, reader=gate))

    async def pass_through(self):
        return await self._told(Contact("lock", SENSOR, True))

    async def _told(self, message):
        events = self.place.erp.events
        count = len(events)
        self.place.gateway.doors.handle(message)
        await self.place.erp.until(lambda: len(events) > count)
        return events[count]["reason"]


@pytest.fixture
async def sensed(tmp_path):
    async with open_venue(tmp_path, **pool(sensed=True)) as place:
        yield Sensed(place)


async def test_who_hesitates_tries_again(sensed):
    assert await sensed.show(0) == "right"
    assert await sensed.show(0) == "right"


async def test_copy_behind_who_passed_is_refused(sensed):
    await sensed.show(0)
    assert await sensed.pass_through() == "passed"
    assert await sensed.show(0) == "exit_not_paid"


async def test_copy_at_the_next_gate_is_refused_while_one_passes(sensed):
    await sensed.show(0)
    assert await sensed.show(1) == "exit_not_paid"


async def test_of_two_copies_in_the_same_moment_one_opens(sensed):
    for gate in range(2):
        read = Read("reader", "card", SLIP, 0, reader=gate)
        sensed.place.gateway.doors.handle(read)
    await told(sensed.place, "right", "exit_not_paid")


async def test_next_gate_opens_for_who_did_not_pass(tmp_path):
    rules = pool(sensed=True)
    rules["wiring"]["1"]["release_ms"] = 20
    async with open_venue(tmp_path, **rules) as place:
        gates = Sensed(place)
        await gates.show(0)
        await place.erp.until(lambda: "not_passed" in reasons(place))
        assert await gates.show(1) == "right"
