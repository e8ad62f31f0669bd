"""A real gateway process that dies at any instruction, and what is there afterwards."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest

from access_policy import GENESIS, first_break

from .gateway_process import GatewayProcess
from .world import eventually, policy, records, venue

SEED = random.randrange(10**6)
# A process starts slowly on a machine with other work.
PATIENCE = 60.0


@asynccontextmanager
async def real_gateway(tmp_path, python_path):
    async with venue(tmp_path) as place:
        place.state_dir.mkdir(mode=0o700)
        place.erp.identity().save(place.state_dir)
        with GatewayProcess(place.state_dir, tmp_path, python_path) as gateway:
            yield place, gateway


async def is_up(place, gateway):
    devices = place.erp.status.get("devices") or {}
    return not gateway.is_running or (
        len(devices) == 2 and all(device["online"] for device in devices.values())
    )


async def run_until_up(place, gateway, **faults):
    place.erp.status = {}
    gateway.start(**faults)
    for _ in range(int(PATIENCE / 0.02)):
        if await is_up(place, gateway):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the gateway did not come up")


async def hold_cards_until_dead(place, gateway):
    for _ in range(300):
        if not gateway.is_running:
            return
        place.reader.hold("04A1B2C3D4E580")
        await asyncio.sleep(0.03)
    raise AssertionError("the gateway outlived its fault")


async def all_is_told(place, gateway):
    """Let it deliver what it has, with one event more, and look at what came."""
    await run_until_up(place, gateway)
    before = len(place.erp.events)
    place.reader.hold("04A1B2C3D4E580")
    await place.erp.until(
        lambda: len(place.erp.events) > before and not place.erp.status["pending"],
        PATIENCE,
    )
    assert not place.erp.problem()
    events = place.erp.events
    assert [e["sequence"] for e in events] == list(range(1, len(events) + 1))
    assert first_break(records(events), GENESIS) is None
    await eventually(lambda: not place.board.coils[0])
    assert place.release_count() <= sum(event["granted"] for event in events)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "call",
    ["Journal.append", "ModbusRelay.release", "Link.post", "Journal.acknowledge"],
)
async def test_death_between_journal_state_release_upload_and_acknowledgement(
    tmp_path, python_path, call, when
):
    async with real_gateway(tmp_path, python_path) as (place, gateway):
        await run_until_up(place, gateway, FAULT_DIE=f"{call}:{when}:2")
        await hold_cards_until_dead(place, gateway)
        await all_is_told(place, gateway)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_death_while_new_rules_are_kept_leaves_the_old_or_the_new(
    tmp_path, python_path, when
):
    async with real_gateway(tmp_path, python_path) as (place, gateway):
        await run_until_up(place, gateway, FAULT_DIE=f"Kept.replace:{when}:1")
        await eventually(lambda: not gateway.is_running, PATIENCE)
        await all_is_told(place, gateway)
        assert place.erp.policy_version_seen == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_order_is_not_carried_out_twice_whenever_it_dies(
    tmp_path, python_path, when
):
    async with real_gateway(tmp_path, python_path) as (place, gateway):
        await run_until_up(place, gateway, FAULT_DIE=f"Orders._perform:{when}:1")
        place.erp.command("one")
        await eventually(lambda: not gateway.is_running, PATIENCE)
        await run_until_up(place, gateway)
        await place.erp.until(lambda: "one" in place.erp.results, PATIENCE)
        assert place.erp.results["one"]["ok"] is None
        gateway.kill()
        await all_is_told(place, gateway)
        by_hand = [e for e in place.erp.events if e["reason"] == "released_by_staff"]
        assert len(by_hand) <= 1


async def test_death_at_random_moments_while_cards_are_held(tmp_path, python_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    async with real_gateway(tmp_path, python_path) as (place, gateway):
        for _ in range(5):
            await run_until_up(place, gateway)
            for _ in range(chance.randrange(1, 12)):
                place.reader.hold("04A1B2C3D4E580")
                await asyncio.sleep(chance.uniform(0, 0.05))
            gateway.kill()
        await all_is_told(place, gateway)


async def test_a_full_disk_shuts_the_doors_takes_rules_and_is_told_until_there_is_room(
    tmp_path, python_path
):
    async with real_gateway(tmp_path, python_path) as (place, gateway):
        await run_until_up(place, gateway)
        await place.erp.until(lambda: place.erp.policy_version_seen == 1, PATIENCE)
        gateway.limit_files(16)
        place.reader.hold("04A1B2C3D4E580")
        await place.erp.until(
            lambda: "no door is opened" in place.erp.problem(), PATIENCE
        )
        assert place.release_count() == 0
        place.erp.publish(policy())
        await place.erp.until(
            lambda: "not kept on disk" in place.erp.problem(), PATIENCE
        )
        assert place.erp.policy_version_seen == 2
        place.erp.tell(state={"presence": {}})
        await place.erp.until(
            lambda: "elsewhere is not kept on disk" in place.erp.problem(), PATIENCE
        )
        gateway.limit_files()
        place.reader.hold("04A1B2C3D4E580")
        await place.erp.until(lambda: place.erp.events, PATIENCE)
        await place.erp.until(lambda: "policy" not in place.erp.problem(), PATIENCE)
        gateway.kill()
        place.erp.tell()
        await all_is_told(place, gateway)
