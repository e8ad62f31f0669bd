"""What the cash desk of a pool costs, after 10,000 guests and after 1,000,000.

One family of six is inside, half an hour over their time, with a visit to the sauna and
a tab each. Timed is what a till asks for, each time undone again: their bill, its
payment with six exit tickets, the sale of six bands. Past stays are copies, by SQL, of
one that was sold, went through the gates, paid and left: with credentials, tickets,
charges and events, over guests and bands that are used again and again. Beside it the
log takes in what gates tell of such guests, and a locker bank's gateway (its terminals
and boards are simulated) gives lockers to 50 who come to 50 terminals in one moment.
"""

import asyncio
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
AT_ONCE, RUSHES = 50, 4
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
    """Have 50 bands come to 50 terminals of a running gateway in one moment.

    Timed is each from the reader to the bolt of the locker that it got.
    """
    taken = [ms for _rush in range(RUSHES) for ms in asyncio.run(_rush_of_bands())]
    return {
        "at_once": AT_ONCE,
        "doubles": 0,
        "assign_ms": round(median(taken), 1),
        "worst_ms": round(max(taken), 1),
    }


async def _rush_of_bands() -> list[float]:
    from gateway.changing_room import crowded_room, terminal_of
    from gateway.world import eventually

    bands = [f"04A1B2C3D4{number:04X}" for number in range(AT_ONCE)]
    held: dict[str, float] = {}
    opened: dict[int, float] = {}

    def changed(locker: int, _shut: bool) -> None:
        opened.setdefault(locker, time.monotonic())

    async def come(number: int, band: str) -> None:
        await asyncio.sleep(0)
        held[band] = room.readers[terminal_of(number)].hold(band)

    with tempfile.TemporaryDirectory() as folder:
        async with crowded_room(Path(folder), bands, changed) as room:
            async with room.running(poll=1):
                await asyncio.gather(*(come(*one) for one in enumerate(bands)))
                await eventually(lambda: len(opened) == AT_ONCE, within=30)
                holders = room.held
    if len(set(holders.values())) != AT_ONCE:
        raise RuntimeError(f"given twice: {holders}")
    return [
        1000 * (opened[locker] - held[bands[holder - 10]])
        for locker, holder in holders.items()
    ]


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
        f" none double, {lockers['assign_ms']} ms to the bolt, at worst"
        f" {lockers['worst_ms']} ms"
    )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        task = {"grow": _grow, "measure": _measure}[sys.argv[1]]
        print(json.dumps(task(sys.argv[2], int(sys.argv[3]))))
        os._exit(0)
    else:
        command_line(run, show)
