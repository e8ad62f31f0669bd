"""The program starts whatever is wrong with its files: nobody is kept inside."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from access_gateway import runtime

from .test_gates import Inputs, wired
from .world import CARD, eventually, venue

DAMAGED = b"x" * 8192


def ruin(path):
    """Write nonsense over a file, as a card that goes bad does."""
    for name in (f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    path.write_bytes(DAMAGED)


def block(path):
    """Stand in the way of a file: SQLite cannot open it, as on a disk that is full."""
    path.rename(path.with_suffix(".elsewhere"))
    path.mkdir()


def unblock(path):
    path.rmdir()
    path.with_suffix(".elsewhere").rename(path)


@asynccontextmanager
async def again(directory, name, befalls):
    """A door whose gateway starts without its ERP, after something befell a file."""
    wires = wired("exit_button", "fire", opens_on_fire=True)
    async with venue(directory, **wires) as place:
        async with place.gateway_running():
            await place.up()
            await place.hold(CARD)
            await place.erp.until(lambda: place.erp.events)
            await place.board.wait_for(0, False)
        befalls(place.state_dir / name)
        await place.erp.stop()
        async with place.gateway_running():
            place.inputs = Inputs(place)
            await place.up()
            yield place


BEFALLS = [
    ("journal.db", ruin),
    ("journal.db", block),
    ("lockers.db", ruin),
    ("lockers.db", block),
    ("policy.json", ruin),
    ("facts.json", ruin),
]


@pytest.mark.parametrize(("name", "befalls"), BEFALLS)
async def test_the_ways_out_open(tmp_path, name, befalls):
    async with again(tmp_path, name, befalls) as place:
        place.inputs.pulse(0)
        await place.board.wait_for(0, True)
        await place.board.wait_for(0, False)
        place.inputs.set(1, True)
        await place.board.wait_for(0, True)


@pytest.mark.parametrize("befalls", [ruin, block])
async def test_without_a_journal_nobody_is_let_in_and_it_is_told(tmp_path, befalls):
    async with again(tmp_path, "journal.db", befalls) as place:
        count = place.release_count()
        place.reader.hold(CARD)
        await asyncio.sleep(0.3)
        assert place.release_count() == count
        assert "no door is opened" in place.gateway.status()["problem"]


@pytest.mark.parametrize("befalls", [ruin, block])
async def test_without_lockers_the_doors_open(tmp_path, befalls):
    async with again(tmp_path, "lockers.db", befalls) as place:
        await place.hold(CARD)
        await place.board.wait_for(0, True)
        assert "lockers" in place.gateway.status()["problem"]


async def test_the_log_goes_on_after_a_lost_journal_and_shows_it(tmp_path):
    async with again(tmp_path, "journal.db", ruin) as place:
        await place.erp.start()
        await eventually(lambda: place.gateway.journal.gateway)
        await place.hold(CARD)
        await place.board.wait_for(0, True)
        await place.erp.until(lambda: len(place.erp.events) == 2)
        assert place.erp.gaps == [(2, 2)]
        assert place.erp.events[-1]["sequence"] == 3
        await place.erp.until(lambda: "set aside" in place.erp.problem())


async def test_a_journal_that_can_be_opened_again_begins_the_program_anew(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(runtime, "UPKEEP_EVERY_S", 0.05)
    async with again(tmp_path, "journal.db", block) as place:
        assert not place.gateway.wants_restart
        unblock(place.state_dir / "journal.db")
        await eventually(lambda: place.gateway.wants_restart)
