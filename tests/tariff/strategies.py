"""What property tests draw: tariffs and stays, made from a drawn seed.

Few zones and names, so that they meet; stays near the changes of the clocks.
"""

from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import strategies as st

from ..policy.wall_clock import HOURS_FROM_UTC, changes

Document = dict[str, Any]

ZONES = (1, 2, 3)
KINDS = ("adult", "child", "member")
TICKETS = ("", "short", "long")
STAMPS = ("shop", "club")
CLOCKS = ("pool", "sauna", "night")
COVERS = ("hours", "entries", "stamp")
DAYS = ("holiday", "weekend")
CHANGES = [
    change
    for zone in HOURS_FROM_UTC
    for year in (2026, 2027)
    for change in changes(zone, year)
]
EARLIEST = datetime(2026, 1, 5, tzinfo=timezone.utc)


def made_by(make: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 2**64).map(lambda seed: make(Random(seed)))


def some(chance: Random, values: tuple) -> list:
    return chance.sample(values, chance.randint(1, len(values)))


def likely(chance: Random, share: float) -> bool:
    return chance.random() < share


def where(chance: Random, zones: tuple[int, ...] = ()) -> Document:
    drawn: Document = {}
    if likely(chance, 0.3):
        drawn["kinds"] = some(chance, KINDS)
    if likely(chance, 0.1):
        drawn["tickets"] = some(chance, TICKETS)
    if likely(chance, 0.1):
        drawn["stamps"] = some(chance, STAMPS)
    if zones and likely(chance, 0.4):
        drawn["zones"] = some(chance, zones)
    if likely(chance, 0.2):
        drawn["days"] = some(chance, DAYS)
    if likely(chance, 0.3):
        hours = [0, 150, 360, 480, 1080, 1320]
        drawn["hours"] = [chance.sample(hours, 2) for _ in range(chance.randint(1, 2))]
    return drawn


def price(chance: Random, zones: tuple[int, ...] = (), most: int = 3000) -> Any:
    def amount() -> int:
        return chance.choice([0, 5, 10, 50, 60, 90, 200, 500, 2500, most]) % (most + 1)

    if likely(chance, 0.5):
        return amount()
    cases = [
        {"price": amount(), **where(chance, zones)} for _ in range(chance.randint(1, 3))
    ]
    return [*cases, {"price": amount()}]


def step(chance: Random, after: int, zones: tuple[int, ...]) -> Document:
    drawn: Document = {"price": price(chance, zones), "after": after}
    if likely(chance, 0.6):
        drawn["every"] = chance.choice([1, 1, 5, 15, 30, 60, 7])
        if likely(chance, 0.2):
            drawn["per"] = chance.choice([60, 7, 30])
    if likely(chance, 0.3):
        drawn["tolerance"] = chance.choice([5, 10, 25])
        drawn["tolerance_counts"] = likely(chance, 0.5)
    return drawn


def clock(chance: Random, name: str) -> Document:
    zones = tuple(some(chance, ZONES))
    afters = sorted(chance.choice([0, 0, 30, 60, 90]) for _ in range(3))
    own = {"zones": list(zones)} if likely(chance, 0.8) else {}
    if likely(chance, 0.2):
        own |= {"hours": [chance.sample([0, 150, 480, 1320], 2)]}
    if likely(chance, 0.1):
        own |= {"kinds": some(chance, KINDS)}
    known = zones if "zones" in own else ZONES
    restarts = chance.choice(["stay", "stay", "stay", "day", "24h", "entry"])
    steps = [step(chance, after, known) for after in afters[: chance.randint(1, 3)]]
    return {"name": name, "where": own, "restarts": restarts, "steps": steps}


def cover(chance: Random, name: str) -> Document:
    counts = {"hours": "minutes", "entries": "entries", "stamp": "nothing"}[name]
    drawn: Document = {"name": name, "clocks": some(chance, CLOCKS), "counts": counts}
    if counts == "minutes":
        drawn["unit"] = chance.choice([1, 15])
    elif likely(chance, 0.7):
        drawn["minutes"] = chance.choice([0, 30, 60, 90])
    return drawn


def adjustments(chance: Random) -> list[Document]:
    """Give some, each around those before it: first of one clock, then of all."""
    scopes = [[chance.choice(CLOCKS)], *([list(CLOCKS)] * 3)]
    pers = chance.choice(
        [["day", "day", "stay"], ["24h", "stay", "stay"], ["stay"] * 3]
    )
    drawn = []
    for n, per in enumerate(pers[: chance.randint(0, 3)]):
        effect = chance.choice(["percent", "off", "most", "least"])
        drawn.append(
            {
                "name": f"adjustment {n}",
                "clocks": scopes[n],
                "per": per,
                effect: price(chance, most=100 if effect == "percent" else 3000),
                "where": where(chance),
            }
        )
    return drawn


def tariff(chance: Random) -> Document:
    kinds = [
        {"name": "holiday", "dates": ["2026-03-29", ["2026-10-24", "2026-10-31"]]},
        {"name": "weekend", "weekdays": [5, 6]},
    ]
    return {
        "format": 1,
        "rounding": chance.choice([1, 1, 5, 10]),
        "exit_grace": chance.choice([0, 15]),
        "calendar": {
            "timezone": chance.choice(sorted(HOURS_FROM_UTC)),
            "kinds": kinds,
            "day_starts": chance.choice([0, 0, 240]),
        },
        "clocks": [clock(chance, name) for name in CLOCKS],
        "covers": [cover(chance, name) for name in COVERS],
        "adjustments": adjustments(chance),
    }


def stay(chance: Random) -> Document:
    at = EARLIEST + timedelta(minutes=chance.randrange(600 * 24 * 60))
    if likely(chance, 0.5):
        at = chance.choice(CHANGES) + timedelta(minutes=chance.randint(-400, 200))
    passages: list[tuple[int | None, str]] = [(chance.choice(ZONES), at.isoformat())]
    longest = chance.choice([20, 90, 90, 1500])
    for _ in range(chance.randint(0, 5)):
        at += timedelta(minutes=chance.randrange(longest))
        passages.append((chance.choice([*ZONES, None]), at.isoformat()))
    return {
        "passages": [list(passage) for passage in passages],
        "kind": chance.choice(KINDS),
        "ticket": chance.choice(TICKETS),
        "stamps": chance.sample(STAMPS, chance.randint(0, 2)),
        "held": [
            [chance.choice(COVERS), chance.choice([0, 1, 20, 100, 1000])]
            for _ in range(chance.choice([0, 0, 1, 1, 2, 3]))
        ],
    }


tariffs = made_by(tariff)
stays = made_by(stay)
minutes = st.integers(0, 400) | st.integers(0, 4000)
