"""An ERP that came back from a backup, and two boxes that are one gateway."""

import shutil
from contextlib import asynccontextmanager
from datetime import datetime, timezone

from access_gateway.journal import Journal
from access_policy import GENESIS, first_break

from .world import STRANGER, Venue, eventually, prune, records, venue

LATER = datetime(2099, 1, 1, tzinfo=timezone.utc)


def sequences(erp):
    return [event["sequence"] for event in erp.events]


@asynccontextmanager
async def delivered(tmp_path, count):
    """A venue whose ERP holds so many events."""
    async with venue(tmp_path) as place, place.gateway_running() as gateway:
        await place.up()
        for _ in range(count):
            await place.hold()
        await eventually(lambda: gateway.journal.is_delivered)
        yield place


async def test_a_restored_server_gets_again_what_it_lost_without_a_new_event(tmp_path):
    async with delivered(tmp_path, 5) as place:
        place.erp.restore(2)
        await place.erp.until(lambda: sequences(place.erp) == [1, 2, 3, 4, 5])
        assert first_break(records(place.erp.events), GENESIS) is None


async def test_the_gateway_says_that_the_server_was_restored(tmp_path):
    async with delivered(tmp_path, 5) as place:
        place.erp.refusals["events"] = 503, {"error": "away", "message": "Not yet."}
        place.erp.restore(2)
        await place.erp.until(lambda: "again from event 3" in place.erp.problem())
        del place.erp.refusals["events"]
        await place.erp.until(lambda: not place.erp.problem())
        assert sequences(place.erp) == [1, 2, 3, 4, 5]


async def test_what_the_gateway_deleted_is_told_as_missing_and_the_rest_is_sent(
    tmp_path,
):
    async with delivered(tmp_path, 4) as place:
        prune(place.gateway.journal, LATER, LATER)
        await place.hold()
        await eventually(lambda: place.gateway.journal.is_delivered)
        place.erp.restore(2)
        await place.erp.until(lambda: sequences(place.erp) == [1, 2, 5])
        assert place.erp.gaps == [(3, 4)]


async def test_missing_events_are_told_when_the_gateway_has_none_left(tmp_path):
    async with delivered(tmp_path, 4) as place:
        prune(place.gateway.journal, LATER, LATER)
        place.erp.restore(2)
        await place.erp.until(lambda: place.erp.gaps == [(3, 4)])
        await place.hold()
        await place.erp.until(lambda: sequences(place.erp) == [1, 2, 5])


async def test_a_state_that_lacks_our_events_is_not_taken_for_one_that_has_them(
    tmp_path,
):
    async with delivered(tmp_path, 3) as place:
        polled = len(place.erp.requests)
        await place.erp.until(lambda: len(place.erp.requests) > polled + 1)
        place.erp.tell(state={})
        await place.erp.until(lambda: place.gateway.facts.cursor == "1")
        assert place.gateway.facts.contained == 3
        place.erp.tell(state={"uses": {"7": [[1, 1, "2026-11-21"]]}})
        place.erp.restore(1)
        polled = len(place.erp.requests)
        place.erp.refusals["events"] = 503, {"error": "away", "message": "Not yet."}
        await eventually(lambda: place.gateway.facts.state.uses)
        assert place.gateway.facts.contained == 1
        later = [body for call, body in place.erp.requests[polled:] if call == "sync"]
        assert any(body["facts"] is None for body in later)


async def test_a_poll_on_its_way_during_an_upload_is_no_restored_server(tmp_path):
    async with delivered(tmp_path, 3) as place:
        sync = place.gateway.sync
        older = {"sequence": 2, "hash": place.erp.events[1]["hash"]}
        sync._compare_journals(older, acknowledged=2)
        assert sync.problem is None and place.gateway.journal.acknowledged == 3


# Two boxes with one identity


@asynccontextmanager
async def copied(tmp_path):
    """A venue, and a second one with a copy of the first one's state directory."""
    async with delivered(tmp_path, 2) as place:
        place.gateway.journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other = tmp_path / "other"
        shutil.copytree(place.state_dir, other / "state")
        twin = Venue(other, place.erp)
        with twin.entrance, twin.wire:
            async with twin.board, twin.gateway_running():
                await twin.up()
                yield place, twin


async def test_a_copied_box_is_told_of_on_both_sides_and_both_decide_on(tmp_path):
    async with copied(tmp_path) as (place, twin):
        await place.hold()
        await place.erp.until(lambda: len(place.erp.events) == 3)
        await eventually(
            lambda: "copy of this box" in (twin.gateway.sync.problem or "")
        )
        await twin.hold(STRANGER)
        await place.erp.until(lambda: place.erp.forks)
        await twin.hold()
        await twin.board.wait_for(0, True)
        await place.hold()
        await place.erp.until(lambda: sequences(place.erp) == [1, 2, 3, 4])
        assert first_break(records(place.erp.events), GENESIS) is None
        assert twin.gateway.journal.pending_count == 2


async def test_events_of_a_copy_go_up_once_it_is_paired_as_another_gateway(tmp_path):
    async with copied(tmp_path) as (place, twin):
        await place.hold()
        await place.erp.until(lambda: len(place.erp.events) == 3)
        await twin.hold(STRANGER)
    common = place.erp.events[1]
    journal = Journal(twin.state_dir / "journal.db")
    journal.hand_over("another")
    kept, floor = journal.pending(9), journal.lost
    journal.close()
    assert (floor.sequence, floor.hash) == (2, common["hash"])
    assert [event["sequence"] for event in kept] == [3]
    assert first_break(records(kept), floor.hash) is None
