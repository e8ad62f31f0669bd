"""A chain of clubs as documents: its rules, its members, and what happens there."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from access_policy import Attempt, seal_token

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

ZONE_RULES: dict[str, dict[str, Any]] = {
    "building": {"capacity": 100_000, "antipassback": "logged", "max_stay": 720},
    "pool": {"capacity": 50_000},
    "car_park": {"antipassback": "timed", "antipassback_minutes": 10},
}
# By the band of a plan what else it says.
PLAN_RULES: dict[int, dict[str, Any]] = {
    1: {},
    2: {"limits": {"2": 8}, "holidays": "closed"},
    3: {"early_entry": 15, "late_exit": 15, "exempt": []},
    4: {"limits": {"4": 4}, "early_entry": 15, "holiday_eves": "closed"},
    5: {"ticket_types": [1]},
}

Document = dict[str, Any]


# Every venue the same: areas, bands, points that lead in and out, plans and bans.


def venues() -> Document:
    """Give a document with everything but persons and credentials."""
    document: Document = {
        "venues": {str(n): _venue(name) for n, name in enumerate(TIME_ZONES, 1)},
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


def _venue(zone: str) -> Document:
    holidays = [f"2026-{month:02}-{month:02}" for month in range(1, 13)]
    return {"timezone": zone, "holidays": holidays, "grace_days": 3}


def _band(hours: list[tuple[int, int]]) -> Document:
    week = [[day, start, end] for day in range(7) for start, end in hours]
    return {"hours": {str(venue): week for venue in range(1, len(TIME_ZONES) + 1)}}


def _zone(venue: int, area: str) -> int:
    return (venue - 1) * len(AREAS) + list(AREAS).index(area) + 1


def _zones() -> Iterator[tuple[str, Document]]:
    for venue in range(1, len(TIME_ZONES) + 1):
        for area, around in AREAS.items():
            parent = _zone(venue, around) if around else None
            yield (
                str(_zone(venue, area)),
                {"parent": parent, **ZONE_RULES.get(area, {})},
            )


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
        if number % 10 == 9:
            entry["interlock"] = [number]
        yield str(number + 1), {**entry, "mode": mode}


def _plans(venue: int) -> Iterator[Document]:
    """Give what a venue's plans and tags allow."""
    for area in ("building", "pool", "sauna", "gym", "hall", "offices", "car_park"):
        for band in (1, 2, 3, 4, 5):
            yield {"zones": [_zone(venue, area)], "bands": [band], **PLAN_RULES[band]}
    for area in ("pool", "gym"):
        yield {"zones": [_zone(venue, area)], "bands": [3, 6], "weekdays": [5, 6]}
    yield {"zones": [_zone(venue, "building")], "weekdays": [0, 1, 2, 3, 4]}


# Persons with one to three rights and a card; some with a booking or tickets.


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
        entry = {"rights": rights, "suspended": chance.random() < 0.01}
        person = _add(document["persons"], entry | _extras(rights, chance))
        document["credentials"][seal(person)] = _card(person, chance)
    return document


def _extras(rights: list[int], chance: random.Random) -> Document:
    """Give some a plan that ends, a booking, or tickets."""
    found: Document = {}
    end = (YEAR + timedelta(days=chance.randrange(730))).isoformat()
    if chance.random() < 0.3:
        plan = {"right": rights[0], "valid_to": end, "then": "plan_ended"}
        found["rights"] = [{**plan, "grace": True}, *rights[1:]]
    if chance.random() < 0.1:
        start = YEAR + timedelta(minutes=chance.randrange(MINUTES_OF_YEAR))
        until = start + timedelta(hours=1)
        found["bookings"] = [[1, start.isoformat(), until.isoformat()]]
    if chance.random() < 0.1:
        first = chance.randrange(10**9)
        tickets = {"type": 1, "entries": 10, "valid_to": end}
        found["tickets"] = {str(first): tickets, str(first + 1): {"type": 1}}
    return found


def history(document: Document, chance: random.Random) -> Document:
    """Give what happened: a month's entries of each, and where every tenth is."""
    found: Document = {"uses": {}, "ticket_uses": {}, "presence": {}}
    for person, entry in document["persons"].items():
        month = chance.randrange(12) + 1
        days = [f"2026-{month:02}-{day:02}" for day in range(1, chance.randrange(2, 9))]
        limited = [
            (right, int(band))
            for right in map(_right_of, entry["rights"])
            for band in document["rights"][str(right)].get("limits", ())
        ]
        found["uses"][person] = [[*one, day] for one in limited for day in days]
        for ticket in entry.get("tickets", ()):
            uses = [[day, f"{day}T09:00:00Z", 1] for day in days]
            found["ticket_uses"][ticket] = uses
        if chance.random() < 0.1:
            zone = chance.randrange(len(document["zones"])) + 1
            at = YEAR + timedelta(minutes=chance.randrange(MINUTES_OF_YEAR))
            found["presence"][person] = [zone, at.isoformat()]
    return found


def _right_of(grant: int | Document) -> int:
    return grant if isinstance(grant, int) else grant["right"]


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
            rights = document["persons"][str(person)]["rights"]
            right = _right_of(chance.choice(rights))
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
