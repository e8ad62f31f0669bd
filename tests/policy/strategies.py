"""What property tests draw: moments and hours, and whole documents with attempts.

Documents are made from a drawn seed rather than drawn part by part: that is fast enough
for thousands, and keeps the mixture under control. Few identifiers, so that they meet.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from access_policy import Attempt, CredentialStatus, Effect, Mode

from .wall_clock import DAY, HOURS_FROM_UTC, changes

T = TypeVar("T")

FIRST = datetime(2026, 1, 1, tzinfo=timezone.utc)
LAST = datetime(2028, 12, 31, tzinfo=timezone.utc)
YEARS = range(FIRST.year, LAST.year + 1)
ZONES = sorted(HOURS_FROM_UTC)
CHANGES = {zone: [at for year in YEARS for at in changes(zone, year)] for zone in ZONES}
NEAR = timedelta(hours=30)

NUMBERS = (1, 2, 3)
TOKENS = ("rfid:A", "rfid:B")

weekdays = st.lists(st.integers(0, 6), unique=True)
zones_of_time = st.sampled_from(ZONES)
periods = st.tuples(st.integers(0, 6), st.integers(0, DAY - 1), st.integers(0, DAY))


def moments(zone: str) -> st.SearchStrategy[datetime]:
    """Give any moment, often one near a change of the clocks."""
    first, last = FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)
    anywhere = st.datetimes(first, last, timezones=st.just(timezone.utc))
    if not CHANGES[zone]:
        return anywhere
    near = st.timedeltas(-NEAR, NEAR)
    return anywhere | st.builds(datetime.__add__, st.sampled_from(CHANGES[zone]), near)


def made_by(make: Callable[[Random], T]) -> st.SearchStrategy[T]:
    return st.integers(0, 2**64).map(lambda seed: make(Random(seed)))


def number(chance: Random) -> int:
    """Give an identifier; now and then one that is not in the document."""
    return 4 if chance.random() < 0.04 else chance.choice(NUMBERS)


def numbers(chance: Random) -> list[int]:
    return [number(chance) for _ in range(chance.randrange(4))]


def seldom(chance: Random, make: Callable[[Random], T]) -> T | None:
    return make(chance) if chance.random() < 0.1 else None


def moment(chance: Random) -> datetime:
    return FIRST + (LAST - FIRST) * chance.random()


def time(chance: Random) -> str:
    return moment(chance).isoformat()


def section(chance: Random, make: Callable[[Random], T]) -> dict[str, T]:
    return {str(number): make(chance) for number in NUMBERS}


def mode(chance: Random) -> str:
    return chance.choice(list(Mode)).value


def venue(chance: Random) -> dict[str, Any]:
    return {"timezone": chance.choice(ZONES)}


def band(chance: Random) -> dict[str, Any]:
    return {"hours": section(chance, hours)}


def hours(chance: Random) -> list[list[int]]:
    days = [day for day in range(7) if chance.random() < 0.5]
    return [[day, chance.randrange(DAY), chance.randrange(DAY + 1)] for day in days]


def zone(chance: Random) -> dict[str, Any]:
    return {"parent": chance.choice((None, number(chance)))}


def point(chance: Random) -> dict[str, Any]:
    return {
        "venue": number(chance),
        "zone_from": chance.choice((None, number(chance))),
        "zone_to": chance.choice((None, number(chance))),
    }


def order(chance: Random) -> dict[str, Any]:
    return {
        "points": numbers(chance),
        "mode": mode(chance),
        "priority": chance.choice((10, 20, 30, 40)),
        **schedule(chance),
    }


def schedule(chance: Random) -> dict[str, Any]:
    return {
        "bands": chance.choice((None, numbers(chance))),
        "weekdays": [day for day in range(7) if chance.random() < 0.8],
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
    }


def right(chance: Random) -> dict[str, Any]:
    return {
        "effect": chance.choice((*Effect, Effect.ALLOW)).value,
        "zones": numbers(chance),
        "points": numbers(chance),
        **schedule(chance),
    }


def person(chance: Random) -> dict[str, Any]:
    return {"rights": numbers(chance), "suspended": chance.random() < 0.1}


def credential(chance: Random) -> dict[str, Any]:
    active = chance.random() < 0.9
    status = CredentialStatus.ACTIVE if active else chance.choice([*CredentialStatus])
    return {
        "id": number(chance),
        "person": number(chance),
        "status": status.value,
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
    }


def document(chance: Random) -> dict[str, Any]:
    return {
        "expires_at": seldom(chance, time),
        "venues": section(chance, venue),
        "bands": section(chance, band),
        "zones": section(chance, zone),
        "points": section(chance, point),
        "rights": section(chance, right),
        "persons": section(chance, person),
        "credentials": {token: credential(chance) for token in TOKENS},
        "orders": seldom(chance, lambda chance: section(chance, order)) or {},
    }


def attempt(chance: Random) -> Attempt:
    known = chance.random() < 0.9
    credential = (
        chance.choice(TOKENS) if known else chance.choice((None, "rfid:NOBODY"))
    )
    user = 1 if chance.random() < 0.05 else None
    return Attempt(number(chance), credential, moment(chance), user)


documents = made_by(document)
rights = made_by(right)
persons = made_by(person)
credentials = made_by(credential)
# Documents are dear, decisions are not.
attempts = made_by(lambda chance: [attempt(chance) for _ in range(20)])
