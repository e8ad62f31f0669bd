"""What the cash desk of a pool costs, after 10,000 guests and after 1,000,000.

One family of six is inside, half an hour over their time, with a visit to the sauna and
a tab each. Timed is what a till asks for, each time undone again: their bill, its
payment with six exit tickets, the sale of six bands. Past stays are copies, by SQL, of
one that was sold, went through the gates, paid and left: with credentials, tickets,
charges and events, over guests and bands that are used again and again. Beside it the
log takes in what gates tell of such guests, and a locker bank's gateway gives lockers
to 50 who come at once.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from .. import databases, environment, odoo_conf, paths
from . import Report, aim, command_line, known_database
from ._pool_desk import PoolDesk
from ._pool_past import grow
from .compile import _environment

NEEDS = "database"
SIZES = SMALL, LARGE = 10_000, int(os.environ.get("ACCESS_BENCH_STAYS", 1_000_000))
ROUNDS, WARM_UP, TURNS = 12, 3, 4
EVENTS, BATCHES = 1_000, 8
AT_ONCE = 50
COUNTS = "bill_queries", "events_per_second"
AIM_MS, AIM_GROWTH = 200, 1.3


def run() -> Report:
    database, server = known_database()
    small = f"{database}_small"
    _part("grow", database, SMALL)
    databases.copy(server, database, small)
    _part("grow", database, LARGE)
    try:
        # In turn, as the machine's speed drifts.
        turns = [
            {size: _part("measure", name, size) for size, name in named}
            for named in TURNS * [((SMALL, small), (LARGE, database))]
        ]
    finally:
        databases.drop(server, small)
    sizes = {
        size: {
            name: round(median(turn[size][name] for turn in turns))
            if name in COUNTS
            else round(median(turn[size][name] for turn in turns), 1)
            for name in turns[0][size]
        }
        for size in SIZES
    }
    growth = {
        name: round(median(turn[LARGE][name] / turn[SMALL][name] for turn in turns), 2)
        for name in ("bill_ms", "pay_ms", "sell_ms")
    }
    return {
        "bench": "pool",
        "sizes": sizes,
        "growth": growth,
        "lockers": _lockers(),
        "aims": {
            "bill_ms": aim(sizes[LARGE]["bill_ms"], AIM_MS),
            "growth_of_the_bill": aim(growth["bill_ms"], AIM_GROWTH),
        },
    }


def _part(task: str, database: str, stays: int) -> dict[str, Any]:
    """Work in a new process, so that each begins with an empty memory."""
    command = [str(environment.PYTHON), "-m", __spec__.name, task, database]
    done = subprocess.run(
        [*command, str(stays)],
        env=odoo_conf.variables(database),
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# -- in the processes ---------------------------------------------------------------


def _grow(database: str, stays: int) -> dict[str, Any]:
    desk = PoolDesk(_environment(database))
    grow(desk.env, desk.past, stays)
    return {}


def _measure(database: str, _stays: int) -> dict[str, Any]:
    desk = PoolDesk(_environment(database))
    family = desk.family()
    desk.env.cr.commit()
    return {
        "bill_ms": _timed(desk, lambda: desk.bill(family)),
        "bill_queries": desk.queries(lambda: desk.bill(family)),
        "pay_ms": _timed(desk, desk.payment(family)),
        "sell_ms": _timed(desk, lambda: desk.sell(6)),
        "events_per_second": _events(desk),
    }


def _timed(desk: PoolDesk, work: Callable[[], object]) -> float:
    """Give the median in milliseconds; nothing of it stays."""
    taken = []
    for _round in range(ROUNDS + WARM_UP):
        desk.forget()
        started = time.perf_counter()
        work()
        desk.env.flush_all()
        taken.append(1000 * (time.perf_counter() - started))
    desk.forget()
    return round(median(taken[WARM_UP:]), 1)


def _events(desk: PoolDesk) -> int:
    batch, taken = desk.gate_events(EVENTS), []
    for _batch in range(BATCHES):
        desk.forget()
        started = time.perf_counter()
        desk.take_in(batch)
        taken.append(time.perf_counter() - started)
    desk.forget()
    return round(EVENTS / median(taken[1:]))


# -- at the gateway -----------------------------------------------------------------


def _lockers() -> dict[str, Any]:
    """Hold 50 bands to the terminals of a bank, one right after the other."""
    from gateway.locker_world import SEAL_KEY, Room, lockers

    from access_policy import seal_token

    bands = [f"04A1B2C3D4{number:04X}" for number in range(AT_ONCE)]
    credentials = {
        seal_token(SEAL_KEY, f"rfid:{band}"): {"id": 10 + number, "person": 10 + number}
        for number, band in enumerate(bands)
    }
    persons = {str(10 + number): {"rights": [1]} for number in range(AT_ONCE)}
    changes = {"credentials": credentials, "persons": persons}
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder) / "lockers.db", lockers=lockers(AT_ONCE), **changes)
        taken, given = [], []
        for band in bands:
            started = time.perf_counter()
            given.append(room.hold(band, follow=False)[1])
            taken.append(1000 * (time.perf_counter() - started))
        room.close()
    if len(set(given)) != AT_ONCE:
        raise RuntimeError(f"given twice: {sorted(given)}")
    return {
        "at_once": AT_ONCE,
        "doubles": 0,
        "assign_ms": round(median(taken), 2),
        "last_waits_ms": round(sum(taken), 1),
    }


def show(report: Report) -> None:
    for stays, size in report["sizes"].items():
        print(
            f"{stays:>9,} past stays: bill of six {size['bill_ms']} ms"
            f" ({size['bill_queries']} queries), its payment {size['pay_ms']} ms, six"
            f" bands sold {size['sell_ms']} ms; {size['events_per_second']:,} gate"
            " events per second"
        )
    lockers = report["lockers"]
    print(
        f"growth: {report['growth']}; {lockers['at_once']} bands at once at a bank:"
        f" none double, {lockers['assign_ms']} ms each,"
        f" all in {lockers['last_waits_ms']} ms"
    )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        task = {"grow": _grow, "measure": _measure}[sys.argv[1]]
        print(json.dumps(task(sys.argv[2], int(sys.argv[3]))))
        os._exit(0)
    else:
        command_line(run, show)
