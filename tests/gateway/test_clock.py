"""A clock that is set while the gateway runs: the order holds, and it is told of."""

from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

from access_gateway.clock import Clock
from access_policy import GENESIS, first_break, seal_token

from .fake_erp import SEAL_KEY
from .world import CARD, eventually, prune, records, venue

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


class Time:
    """A wall clock that may be set, and the seconds that really pass."""

    def __init__(self):
        self.wall, self.passed = NOON, 0.0

    def pass_by(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.passed += seconds

    def clock(self):
        return Clock(lambda: self.wall, lambda: self.passed)


def test_time_that_passes_is_no_jump():
    time = Time()
    clock = time.clock()
    for seconds in (1, 3600, 86400):
        time.pass_by(seconds)
        clock.look()
    assert clock.problem is None


def test_a_clock_that_is_set_is_told_of_until_the_server_confirms_it():
    time = Time()
    clock = time.clock()
    time.wall -= 2 * HOUR
    clock.look()
    assert "set back by 120 min, to 2026-11-21T10:00:00" in clock.problem
    time.wall += 3 * HOUR
    clock.look()
    assert "set forward by 180 min" in clock.problem
    clock.compare(time.wall - 3 * HOUR)
    assert "180 min ahead of the server's" in clock.problem
    assert "set forward" in clock.problem
    clock.compare(time.wall)
    clock.look()
    assert clock.problem is None


def test_a_clock_behind_the_journal_is_told_of_at_a_start():
    clock = Time().clock()
    clock.begin_after("2026-11-21T11:59:00.000Z")
    assert clock.problem is None
    clock.begin_after("2026-11-21T12:30:00.000Z")
    assert "behind the last event, of 2026-11-21T12:30:00.000Z" in clock.problem


@asynccontextmanager
async def clocked(tmp_path, **changes):
    """A gateway at noon that has its rules and has lost its ERP."""
    async with venue(tmp_path, **changes) as place:
        place.now = lambda: NOON
        async with place.gateway_running() as gateway:
            await place.up()
            await eventually(lambda: gateway.store.rules.version == 1)
            await place.erp.stop()
            yield place


async def reason(place):
    await place.hold()
    return place.gateway.journal.pending(99)[-1]["reason"]


async def test_events_keep_their_order_whatever_the_clock_does(tmp_path):
    async with clocked(tmp_path) as place:
        for hours in (0, -5, 48, -300, 1):
            place.now = lambda hours=hours: NOON + hours * HOUR
            await place.hold()
        await place.erp.start()
        await place.erp.until(lambda: len(place.erp.events) == 5)
        events = place.erp.events
        assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5]
        assert first_break(records(events), GENESIS) is None
        assert events[1]["time"] < events[0]["time"] < events[2]["time"]


async def test_a_jump_is_in_words_in_the_status(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.runtime.STATUS_EVERY_S", 0.01)
    async with clocked(tmp_path) as place:
        place.now = lambda: NOON - HOUR
        await eventually(
            lambda: "set back by 60 min" in place.gateway.status()["problem"]
        )


async def test_rules_run_out_by_the_clock_of_the_box_and_count_again(tmp_path):
    async with clocked(tmp_path, expires_at="2026-11-21T13:00:00Z") as place:
        place.now = lambda: NOON + HOUR
        assert await reason(place) == "policy_expired"
        place.now = lambda: NOON
        assert await reason(place) == "right"


async def test_a_card_is_valid_by_the_clock_of_the_box(tmp_path):
    card = {"id": 11, "person": 1, "valid_to": "2026-11-21T13:00:00Z"}
    credentials = {seal_token(SEAL_KEY, f"rfid:{CARD}"): card}
    async with clocked(tmp_path, credentials=credentials) as place:
        assert await reason(place) == "right"
        place.now = lambda: NOON + HOUR
        assert await reason(place) == "credential_expired"


async def test_a_clock_set_forward_deletes_no_event_that_is_not_delivered(tmp_path):
    async with clocked(tmp_path) as place:
        await place.hold()
        later = NOON + timedelta(days=4000)
        assert prune(place.gateway.journal, later, later) == 0
        assert place.gateway.journal.pending_count == 1
