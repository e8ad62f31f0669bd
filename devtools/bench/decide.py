"""What one decision costs, for a small club and for a large chain.

Both sizes have the same venues, zones, points and plans; only the persons differ. They
are measured in turns of a few hundred attempts, so that both meet the same state of the
machine, and garbage collection stays on, as it is in a gateway.

Every attempt is timed once in each of several rounds. Its figure is the median of
these, so that what else the machine does counts for little, while cold caches count in
full: between two rounds lie all the other attempts. "Raw" is over all times as taken.
"""

import gc
import json
import platform
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from access_policy import (
    Attempt,
    Policy,
    State,
    decide,
    policy_from_document,
    state_from_document,
)

from . import aim, command_line
from ._chain import POINTS, attempts, history, population, venues

SEED = 20261121
SIZES = SMALL, LARGE = 1_000, 100_000
ATTEMPTS = 40_000
TURN = 500
ROUNDS = 7


@dataclass
class Series:
    """One size: its rules, its attempts and what was measured."""

    persons: int
    policy: Policy
    state: State
    attempts: list[Attempt]
    loaded_in: float
    memory: int
    first: int = 0
    rounds: list[list[int]] = field(default_factory=list)
    reasons: Counter = field(default_factory=Counter)
    collections: int = 0

    @classmethod
    def of(cls, persons: int) -> "Series":
        chance = random.Random(SEED + persons)
        document = population(venues(), persons, chance)
        text = json.dumps(document)
        # Memory first: what a second load shares with the first would not be seen.
        tracemalloc.start()
        policy = policy_from_document(json.loads(text))
        gc.collect()
        memory, _peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        started = time.perf_counter()
        policy_from_document(json.loads(text))
        loaded_in = time.perf_counter() - started
        state = state_from_document(history(document, chance))
        tries = attempts(document, ATTEMPTS, chance)
        return cls(persons, policy, state, tries, loaded_in, memory)

    def warm_up(self) -> None:
        """Decide everything once: the first decision works out the zones."""
        policy, state = self.policy, self.state
        started = time.perf_counter_ns()
        decide(policy, state, self.attempts[0])
        self.first = time.perf_counter_ns() - started
        decided = (decide(policy, state, attempt) for attempt in self.attempts)
        self.reasons.update(decision.reason.value for decision in decided)

    def measure(self, start: int) -> None:
        """Time a turn of attempts, each by itself."""
        policy, state, clock = self.policy, self.state, time.perf_counter_ns
        taken = self.rounds[-1]
        before = _collections()
        for attempt in self.attempts[start : start + TURN]:
            started = clock()
            decide(policy, state, attempt)
            taken.append(clock() - started)
        self.collections += _collections() - before

    def report(self) -> dict[str, Any]:
        figures = [median(times) for times in zip(*self.rounds, strict=True)]
        raw = [nanoseconds for taken in self.rounds for nanoseconds in taken]
        shares = self.reasons.most_common()
        return {
            "p50_us": microseconds(percentile(figures, 50)),
            "p99_us": microseconds(percentile(figures, 99)),
            "raw_p99_us": microseconds(percentile(raw, 99)),
            "raw_max_us": microseconds(max(raw)),
            "decisions_per_second": round(len(figures) * 1e9 / sum(figures)),
            "first_us": microseconds(self.first),
            "load_s": round(self.loaded_in, 3),
            "policy_bytes": self.memory,
            "collections": self.collections,
            "reasons": {name: round(n / ATTEMPTS, 4) for name, n in shares},
        }


def microseconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1000, 2)


def _collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


def clock_cost() -> int:
    """Give the nanoseconds that measuring nothing takes: part of every figure."""
    clock = time.perf_counter_ns
    return percentile([-clock() + clock() for _ in range(10_000)], 50)


def percentile(values: Sequence[int], percent: int) -> int:
    """Give the smallest value that so many percent of the values do not exceed.

    >>> percentile([4, 1, 3, 2], 50)
    2
    """
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def run() -> dict[str, Any]:
    series = [Series.of(persons) for persons in SIZES]
    for one in series:
        one.warm_up()
    for _ in range(ROUNDS):
        measure_round(series)
    small, large = series
    sizes = {one.persons: one.report() for one in series}
    growth = {
        name: round(sizes[LARGE][f"{name}_us"] / sizes[SMALL][f"{name}_us"], 3)
        for name in ("p50", "p99")
    }
    aims = {
        "p99_us": aim(sizes[LARGE]["p99_us"], 50),
        "p50_growth": aim(growth["p50"], 1.5),
        "p99_growth": aim(growth["p99"], 1.5),
    }
    return {
        "bench": "decide",
        "python": platform.python_version(),
        "points": POINTS,
        "attempts": ATTEMPTS,
        "rounds": ROUNDS,
        "clock_ns": clock_cost(),
        "sizes": sizes,
        "growth": growth,
        "bytes_per_person": round((large.memory - small.memory) / (LARGE - SMALL)),
        "memory_by": "tracemalloc",
        "aims": aims,
    }


def measure_round(series: list[Series]) -> None:
    for one in series:
        one.rounds.append([])
    for start in range(0, ATTEMPTS, TURN):
        for one in series:
            one.measure(start)


def show(report: dict[str, Any]) -> None:
    print(
        f"{'persons':>9} {'p50 µs':>8} {'p99 µs':>8} {'raw p99':>8}"
        f" {'per second':>11} {'load s':>7}"
    )
    for persons, size in report["sizes"].items():
        print(
            f"{persons:>9,} {size['p50_us']:>8} {size['p99_us']:>8}"
            f" {size['raw_p99_us']:>8} {size['decisions_per_second']:>11,}"
            f" {size['load_s']:>7}"
        )
    print(f"bytes per person: {report['bytes_per_person']} ({report['memory_by']})")


if __name__ == "__main__":
    command_line(run, show)
