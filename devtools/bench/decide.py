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
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any

from .. import paths
from . import aim, command_line

sys.path.insert(0, str(paths.ADDONS / "access_base"))

from access_policy import (  # noqa: E402
    Attempt,
    Policy,
    State,
    decide,
    policy_from_document,
    seal_token,
    state_from_document,
)

SEED = 20261121
SIZES = SMALL, LARGE = 1_000, 100_000
ATTEMPTS = 40_000
TURN = 500
ROUNDS = 7

TIME_ZONES = ("Europe/Warsaw", "Europe/Warsaw", "Asia/Tokyo", "America/New_York")
POINTS = 200
# Of each venue: what lies in what.
AREAS = {
    "building": None,
    "pool": "building",
    "sauna": "pool",
    "gym": "building",
    "hall": "building",
    "offices": "building",
    "server_room": "offices",
    "car_park": None,
}
BANDS = {
    "full_time": [(0, 1440)],
    "day_time": [(540, 1020)],
    "morning": [(360, 720)],
    "evening": [(960, 1380)],
    "split": [(360, 540), (1020, 1320)],
    "night": [(1320, 360)],
}
YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)
MINUTES_OF_YEAR = 365 * 24 * 60

MODES = {7: "unlocked", 60: "locked", 110: "lockdown", 161: "unlocked"}

Document = dict[str, Any]


# Every venue the same: areas, bands, points that lead in and out, plans and bans.


def venues() -> Document:
    """Give a document with everything but persons and credentials."""
    document: Document = {
        "venues": {str(n): {"timezone": name} for n, name in enumerate(TIME_ZONES, 1)},
        "bands": {str(n): _band(hours) for n, hours in enumerate(BANDS.values(), 1)},
        "zones": dict(_zones()),
        "points": dict(_points()),
        "rights": {},
        "persons": {},
        "credentials": {},
    }
    for venue in range(1, len(TIME_ZONES) + 1):
        for right in _plans(venue):
            _add(document["rights"], right)
    return document


def _add(section: Document, entry: Any) -> int:
    key = len(section) + 1
    section[str(key)] = entry
    return key


def _band(hours: list[tuple[int, int]]) -> Document:
    week = [[day, start, end] for day in range(7) for start, end in hours]
    return {"hours": {str(venue): week for venue in range(1, len(TIME_ZONES) + 1)}}


def _zone(venue: int, area: str) -> int:
    return (venue - 1) * len(AREAS) + list(AREAS).index(area) + 1


def _zones() -> Iterator[tuple[str, Document]]:
    for venue in range(1, len(TIME_ZONES) + 1):
        for area, around in AREAS.items():
            parent = _zone(venue, around) if around else None
            yield str(_zone(venue, area)), {"parent": parent}


def _points() -> Iterator[tuple[str, Document]]:
    """Lead into every area of every venue in turn, and every third time out of it."""
    areas = list(AREAS.items())
    for number in range(POINTS):
        venue = number % len(TIME_ZONES) + 1
        area, around = areas[number // len(TIME_ZONES) % len(areas)]
        inside, outside = _zone(venue, area), around and _zone(venue, around)
        sides = (inside, outside) if number % 3 == 2 else (outside, inside)
        mode = MODES.get(number + 1, "controlled")
        entry = {"venue": venue, "zone_from": sides[0], "zone_to": sides[1]}
        yield str(number + 1), {**entry, "mode": mode}


def _plans(venue: int) -> Iterator[Document]:
    """Give what a venue's plans and tags allow."""
    for area in ("building", "pool", "sauna", "gym", "hall", "offices", "car_park"):
        for band in (1, 2, 3, 4, 5):
            yield {"zones": [_zone(venue, area)], "bands": [band]}
    for area in ("pool", "gym"):
        yield {"zones": [_zone(venue, area)], "bands": [3, 6], "weekdays": [5, 6]}
    yield {"zones": [_zone(venue, "building")], "weekdays": [0, 1, 2, 3, 4]}


# Persons with one to three rights and a card.


def population(document: Document, count: int, chance: random.Random) -> Document:
    """Give the document with persons, their cards and their own rights added."""
    document = {name: dict(section) for name, section in document.items()}
    plans = len(document["rights"]) // len(TIME_ZONES)
    for _ in range(count):
        venue = chance.randrange(len(TIME_ZONES))
        offered = range(venue * plans + 1, (venue + 1) * plans + 1)
        rights = _chosen(offered, chance.choice((1, 1, 2)), chance)
        if chance.random() < 0.15:
            rights.append(_add(document["rights"], _booking(venue + 1, chance)))
        elif chance.random() < 0.05:
            rights.append(_add(document["rights"], _ban(venue + 1, chance)))
        suspended = chance.random() < 0.01
        person = _add(document["persons"], {"rights": rights, "suspended": suspended})
        document["credentials"][seal(person)] = _card(person, chance)
    return document


def _chosen(offered: range, count: int, chance: random.Random) -> list[int]:
    """Choose plans; a few are popular, as everywhere."""
    weights = [1 / rank for rank in range(1, len(offered) + 1)]
    return sorted(set(chance.choices(offered, weights, k=count)))


def seal(person: int) -> str:
    """Give the credential of a person as gateways hold it."""
    return seal_token(b"bench", f"rfid:{person:014X}")


def _booking(venue: int, chance: random.Random) -> Document:
    start = YEAR + timedelta(minutes=chance.randrange(MINUTES_OF_YEAR))
    return {
        "zones": [_zone(venue, "hall")],
        "points": [chance.randrange(POINTS) + 1],
        "valid_from": start.isoformat(),
        "valid_to": (start + timedelta(days=30)).isoformat(),
    }


def _ban(venue: int, chance: random.Random) -> Document:
    area = chance.choice(list(AREAS))
    return {"effect": "deny", "zones": [_zone(venue, area)], "bands": [4]}


def _card(person: int, chance: random.Random) -> Document:
    entry: Document = {"id": person, "person": person}
    if chance.random() < 0.5:
        joined = YEAR + timedelta(days=chance.randrange(-300, 60))
        entry["valid_from"] = joined.isoformat()
        entry["valid_to"] = (joined + timedelta(days=2 * 365)).isoformat()
    if chance.random() < 0.03:
        entry["status"] = chance.choice(("blocked", "lost", "returned"))
    return entry


def attempts(document: Document, count: int, chance: random.Random) -> list[Attempt]:
    """Give what happens at the points in a year, without any order."""
    persons = len(document["persons"])
    leading_to: dict[int | None, list[int]] = defaultdict(list)
    for key, point in document["points"].items():
        leading_to[point["zone_to"]].append(int(key))
    found = []
    for _ in range(count):
        person = chance.randrange(persons) + 1
        point = chance.randrange(POINTS + 1) + 1
        if chance.random() < 0.9:
            right = chance.choice(document["persons"][str(person)]["rights"])
            point = chance.choice(
                leading_to[document["rights"][str(right)]["zones"][0]]
            )
        found.append(_attempt(point, person, persons, chance))
    return found


def _attempt(point: int, person: int, persons: int, chance: random.Random) -> Attempt:
    kind = chance.random()
    credential: str | None = seal(person)
    if kind < 0.04:
        credential = seal(persons + person)
    elif kind < 0.06:
        credential = None
    at = YEAR + timedelta(minutes=chance.randrange(MINUTES_OF_YEAR))
    return Attempt(point, credential, at, user=2 if kind > 0.98 else None)


# Measuring.


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
        state = state_from_document(json.loads(text))
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
