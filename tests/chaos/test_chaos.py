"""Everything goes wrong in random order; afterwards the log is whole and true.

``ACCESS_CHAOS_SECONDS`` says how long (90), ``ACCESS_CHAOS_SEED`` repeats a run.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from access_policy import GENESIS, event_of, first_break
from devtools import databases, odoo_conf, odoo_server, paths, postgres
from devtools.processes import Processes

from .building import Building, verify

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(1800)

DATABASE = "chaos"
SECONDS = float(os.environ.get("ACCESS_CHAOS_SECONDS", 90))
SEED = int(os.environ.get("ACCESS_CHAOS_SEED") or random.randrange(10**9))
# Between judging that an order is not late and noting that it is carried out.
LATE_S = 1.0


@pytest.fixture
def erp() -> Iterator[tuple]:
    """A running Odoo with the demo venue, its programs, and how to start it again."""
    with postgres.running() as server, Processes(paths.LOG / DATABASE) as programs:
        odoo_conf.write(server)
        recipe = databases.Recipe(tuple(paths.own_addons()), demo=True)
        databases.database(server, DATABASE, recipe)
        odoo = odoo_server.start(programs, server, DATABASE)
        port = int(odoo.url.rpartition(":")[2])
        yield (
            odoo,
            programs,
            lambda: odoo_server.start(programs, server, DATABASE, port),
        )
        programs.stop()
        databases.drop(server, DATABASE)


async def test_whatever_goes_wrong_the_log_is_whole_and_true(tmp_path, erp):
    print(f"ACCESS_CHAOS_SEED={SEED} ACCESS_CHAOS_SECONDS={SECONDS:.0f}", flush=True)
    chance = random.Random(SEED)
    async with Building(tmp_path, *erp, chance) as building:
        await disturb(building, chance)
        await building.recover()
        print(f"{building.done}; network: {building.proxy.faults}")
        print(f"{len(building.journal())} events, {building.releases} releases")
        await asyncio.to_thread(check, building)


async def disturb(building, chance):
    end = time.monotonic() + SECONDS
    # The ERP is stopped and started once, in the middle.
    stop_at, start_at = end - 0.6 * SECONDS, end - 0.4 * SECONDS
    while (now := time.monotonic()) < end:
        if building.is_erp_up and stop_at < now < start_at:
            await building.stop_the_erp()
        elif not building.is_erp_up and now > start_at:
            await building.start_the_erp()
        building.keep_running()
        await building.act()
        await asyncio.sleep(chance.uniform(0, 0.4))
    if not building.is_erp_up:
        await building.start_the_erp()


def check(building):
    journal = building.journal()
    events = [event_of(record) for _sequence, _digest, record in journal]
    # Once, in order, and the chain whole.
    assert [row[0] for row in journal] == list(range(1, len(journal) + 1))
    assert building.log() == journal
    assert (
        first_break([(record, digest) for _, digest, record in journal], GENESIS)
        is None
    )
    # No release without an event that was there before it.
    assert building.releases and not building.unfounded
    # Nobody was let in by rules that the gateway did not hold.
    held = building.rules_held()
    by_right = [e for e in events if e.granted and e.reason == "right"]
    assert by_right
    assert [e for e in by_right if e.credential not in held[e.policy]] == []
    check_orders(building, events)
    # What follows from the log is what the ERP shows.
    command = odoo_conf.command("access_verify")
    assert verify(command, odoo_conf.variables(DATABASE)) == ""


def check_orders(building, events):
    """None was carried out twice, or late; each release by hand was one."""
    fields = ("identifier", "kind", "expires_at")
    orders = {
        o["identifier"]: o for o in building.erp.read("access.command", [], *fields)
    }
    performed = building.performed()
    keys = [entry["command"] for entry in performed]
    assert len(set(keys)) == len(keys)
    late = [e for e in performed if e["at"] > expiry(orders[e["command"]]) + LATE_S]
    assert late == []
    by_hand = [event for event in events if event.reason == "released_by_staff"]
    assert len(by_hand) <= sum(entry["kind"] == "release" for entry in performed)


def expiry(order):
    at = datetime.fromisoformat(order["expires_at"]).replace(tzinfo=timezone.utc)
    return at.timestamp()
