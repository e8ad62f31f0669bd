"""What it costs to decide and record, against the disk's own cost of recording.

The gateway's own way (decide, make the event, append it to the journal) takes turns
with a bare insert: a row of the same size, the same SQLite settings, the same folder.
The bolt waits for this long, besides the wire. What the ratio is above 1 is our own.
"""

import platform
import random
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from access_gateway.durable import open_durable
from access_gateway.journal import Head, Journal
from access_policy import (
    Attempt,
    PassageEvent,
    Policy,
    State,
    decide,
    policy_from_document,
)
from access_policy.event import record_of

from .. import paths
from . import aim, command_line
from ._chain import attempts, population, venues
from .decide import microseconds, percentile

SEED = 20261121
PERSONS = 10_000
WARM_UP = 500
TURNS = 5_000


class Ours:
    """Decides by a policy and records in a journal."""

    def __init__(self, folder: Path, policy: Policy):
        self._policy = policy
        self._state = State()
        self.journal = Journal(folder / "journal.db")
        self.journal.continue_from("bench", Head())

    def record(self, attempt: Attempt) -> None:
        decision = decide(self._policy, self._state, attempt)
        event = PassageEvent.of(attempt, decision, "rfid:…E580", policy=12)
        self.journal.append(event)


class Bare:
    """Inserts rows and nothing else."""

    def __init__(self, folder: Path):
        self._connection = open_durable(
            folder / "bare.db", "CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT);"
        )

    def record(self, body: str) -> None:
        self._connection.execute("INSERT INTO row (body) VALUES (?)", (body,))


def run() -> dict[str, Any]:
    chance = random.Random(SEED)
    document = population(venues(), PERSONS, chance)
    tries = attempts(document, WARM_UP + TURNS, chance)
    policy = policy_from_document(document)
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.STATE) as folder:
        ours, bare = Ours(Path(folder), policy), Bare(Path(folder))
        for attempt in tries[:WARM_UP]:
            ours.record(attempt)
        body = "x" * _row_size(ours.journal)
        taken = [_turn(ours, bare, attempt, body) for attempt in tries[WARM_UP:]]
    return _report(*map(list, zip(*taken, strict=True)))


def _row_size(journal: Journal) -> int:
    """Give the usual size of an event in the journal: its body and its hash."""
    sizes = [
        len(record_of(event)) + len(event["hash"]) for event in journal.pending(WARM_UP)
    ]
    return percentile(sizes, 50)


def _turn(ours: Ours, bare: Bare, attempt: Attempt, body: str) -> tuple[int, int]:
    """Give the nanoseconds of one record of each."""
    clock = time.perf_counter_ns
    started = clock()
    ours.record(attempt)
    between = clock()
    bare.record(body)
    return between - started, clock() - between


def _report(ours: list[int], bare: list[int]) -> dict[str, Any]:
    ratio = round(percentile(ours, 50) / percentile(bare, 50), 3)
    return {
        "bench": "journal",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "persons": PERSONS,
        "turns": TURNS,
        "ours": _percentiles(ours),
        "bare": _percentiles(bare),
        "ratio_of_medians": ratio,
        "aims": {"ratio_of_medians": aim(ratio, 1.3)},
    }


def _percentiles(nanoseconds: list[int]) -> dict[str, float]:
    return {
        f"p{percent}_us": microseconds(percentile(nanoseconds, percent))
        for percent in (50, 99)
    }


def show(report: dict[str, Any]) -> None:
    print(f"{'':>20} {'p50 µs':>8} {'p99 µs':>8}")
    for name, words in (("ours", "decide and journal"), ("bare", "bare insert")):
        print(f"{words:>20} {report[name]['p50_us']:>8} {report[name]['p99_us']:>8}")


if __name__ == "__main__":
    command_line(run, show)
