"""Everything goes wrong in random order; afterwards the log is whole and true.

``ACCESS_CHAOS_SECONDS`` says how long at least (60): each ordeal comes once in any
case. ``ACCESS_CHAOS_SEED`` draws the same things in the same order again.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator

import pytest

from devtools import databases, odoo_conf, odoo_server, paths, postgres
from devtools.odoo_server import Odoo
from devtools.processes import Processes, free_port

from .building import Building, verify
from .erp_side import ErpProgram

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(1800)

DATABASE = "chaos"
SECONDS = float(os.environ.get("ACCESS_CHAOS_SECONDS", 60))
SEED = int(os.environ.get("ACCESS_CHAOS_SEED") or random.randrange(10**9))
# Between two ordeals, at the most.
PAUSE_S = 8.0


@pytest.fixture
def erp() -> Iterator[ErpProgram]:
    """A running Odoo with the demo venue."""
    with postgres.running() as server, Processes(paths.LOG / DATABASE) as programs:
        odoo_conf.write(server)
        recipe = databases.Recipe(tuple(paths.own_addons()), demo=True)
        databases.database(server, DATABASE, recipe)
        port = free_port()

        def start() -> Odoo:
            return odoo_server.start(programs, server, DATABASE, port)

        program = ErpProgram(server, programs, start)
        yield program
        programs.stop()
        program.drop_backup()
        databases.drop(server, DATABASE)


async def test_whatever_goes_wrong_the_log_is_whole_and_true(tmp_path, erp):
    print(f"ACCESS_CHAOS_SEED={SEED} ACCESS_CHAOS_SECONDS={SECONDS:.0f}", flush=True)
    chance = random.Random(SEED)
    async with Building(tmp_path, erp, chance) as building:
        await disturb(building, chance)
        await building.recover()
        print(building.summary())
        await asyncio.to_thread(building.check)
        # What follows from the log is what the ERP shows.
        command = odoo_conf.command("access_verify")
        variables = odoo_conf.variables(DATABASE)
        assert await asyncio.to_thread(verify, command, variables) == ""


async def disturb(building, chance):
    end = time.monotonic() + SECONDS
    ordeals = asyncio.create_task(suffer(building, chance, end))
    while not ordeals.done():
        await building.act()
        await asyncio.sleep(chance.uniform(0, 0.4))
    await ordeals


async def suffer(building, chance, end):
    """Go through each ordeal at least once, and on until the time is over."""
    was_each = False
    while not was_each or time.monotonic() < end:
        await asyncio.sleep(chance.uniform(0, PAUSE_S))
        was_each = await building.suffer() or was_each
