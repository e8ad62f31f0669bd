"""A day in a pool on the real stack: no band, locker or cent differs.

Real: Odoo on its database, the gateway as a program of its own, paired and syncing,
the drivers, the decisions, the log, and each call that a till makes, by several
cashiers at once. Simulated: what hangs on the gateway's lines (readers, gates with
sensors, locker boards) and the people; no browser is there, so what a till's screen
would do is done by ``pool_day/desk.py``. The clock is neither: it stands while all do
what they do at that time, and is then set forward by minutes, in the ERP and in the
gateway alike (``pool_day/clock``). So a day passes in minutes, and what each guest owes
is known to the second; each time all is delivered before the clock goes on.

Twice each the ERP dies in the middle of it and the gateway between two times; the tills
close in the middle of the day and open anew, and the day goes on past midnight.
``ACCESS_DAY_SEED`` draws other guests and ``ACCESS_DAY_GUESTS`` says how many: 500 are
a whole day, and take eight minutes or more.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from devtools import databases, odoo_conf, odoo_server, paths, postgres
from devtools.odoo_server import Odoo
from devtools.processes import Processes

from .pool_day.checks import Checks
from .pool_day.day import Day, opening
from .pool_day.house import House
from .pool_day.shared_clock import SharedClock
from .pool_day.venue import Venue

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(1800)

DATABASE = "pool_day"
SEED = int(os.environ.get("ACCESS_DAY_SEED") or 7)
GUESTS = int(os.environ.get("ACCESS_DAY_GUESTS") or 250)


@pytest.fixture
def clock(tmp_path) -> SharedClock:
    return SharedClock(tmp_path / "clock", opening())


@pytest.fixture
def programs(clock, monkeypatch) -> Iterator[tuple[Odoo, Processes]]:
    with postgres.running() as server, Processes(paths.LOG / DATABASE) as programs:
        odoo_conf.write(server)
        recipe = databases.Recipe(tuple(paths.own_addons()))
        databases.database(server, DATABASE, recipe)
        with monkeypatch.context() as with_clock:
            for name, value in clock.variables().items():
                with_clock.setenv(name, value)
            odoo = odoo_server.start(programs, server, DATABASE)
        yield odoo, programs
        programs.stop()
        databases.drop(server, DATABASE)


async def test_no_band_locker_or_cent_differs(tmp_path, clock, programs):
    print(f"ACCESS_DAY_SEED={SEED} ACCESS_DAY_GUESTS={GUESTS}", flush=True)
    odoo, others = programs
    begun = time.monotonic()
    venue = Venue(odoo)
    venue.set_up()
    async with AsyncExitStack() as stack:
        house = House(tmp_path, venue, clock)
        day = Day(venue, house, clock, SEED)
        day.plan(GUESTS)
        await house.enter(stack, others)
        print(f"set up in {time.monotonic() - begun:.0f} s", flush=True)
        await day.run()
        checks = Checks(day)
        wrong = await asyncio.to_thread(checks.all)
    print(day.summary(), f"{checks.contacts_used} contacts", flush=True)
    print(f"{time.monotonic() - begun:.0f} s", flush=True)
    assert wrong == []
