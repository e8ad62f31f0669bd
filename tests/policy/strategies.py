"""What property tests draw: moments and hours, and whole documents with attempts.

Documents are made from a drawn seed rather than drawn part by part: that is fast enough
for thousands, and keeps the mixture under control. Few identifiers, so that they meet.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from access_policy import (
    AntiPassback,
    Attempt,
    Combination,
    CredentialStatus,
    Effect,
    Layer,
    Mode,
    OnExpiry,
    PassageEvent,
    Reason,
)
from access_policy.event import utc_text

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


# Clocks change in Warsaw and New York, and a month ends: half of all happens here.
BUSY = datetime(2026, 10, 24, tzinfo=timezone.utc)


def moment(chance: Random) -> datetime:
    if chance.random() < 0.5:
        return BUSY + timedelta(days=10) * chance.random()
    return FIRST + (LAST - FIRST) * chance.random()


def day(chance: Random) -> str:
    return moment(chance).date().isoformat()


def time(chance: Random) -> str:
    return moment(chance).isoformat()


def section(chance: Random, make: Callable[[Random], T]) -> dict[str, T]:
    return {str(number): make(chance) for number in NUMBERS}


def mode(chance: Random) -> str:
    return chance.choice(list(Mode)).value


def venue(chance: Random) -> dict[str, Any]:
    return {
        "timezone": chance.choice(ZONES),
        "holidays": [day(chance) for _ in range(chance.randrange(20))],
        "grace_days": chance.randrange(4),
        "pin_tries": chance.randrange(4),
        "pin_lock_minutes": chance.choice((1, 5, DAY)),
    }


def band(chance: Random) -> dict[str, Any]:
    return {"hours": section(chance, hours)}


def hours(chance: Random) -> list[list[int]]:
    days = [day for day in range(8) if chance.random() < 0.5]
    return [[day, chance.randrange(DAY), chance.randrange(DAY + 1)] for day in days]


def zone(chance: Random) -> dict[str, Any]:
    return {
        "parent": chance.choice((None, number(chance))),
        "capacity": chance.choice((0, 0, 1, 2)),
        "antipassback": chance.choice((AntiPassback.OFF, *AntiPassback)).value,
        "antipassback_minutes": chance.choice((0, 10, 600)),
        "max_stay": chance.choice((0, 0, 60, 600)),
    }


def point(chance: Random) -> dict[str, Any]:
    return {
        "venue": number(chance),
        "zone_from": chance.choice((None, number(chance))),
        "zone_to": chance.choice((None, number(chance))),
        "mode": mode(chance) if chance.random() < 0.2 else "controlled",
        "combination": chance.choice((Combination.EITHER, *Combination)).value,
        "persons": chance.choice((1, 1, 1, 2)),
        "interlock": seldom(chance, numbers) or [],
        "on_expiry": chance.choice((OnExpiry.REFUSE, *OnExpiry)).value,
        "keep_hours": chance.choice((0, 1, 48)),
        "controls_exit": chance.random() < 0.3,
        "toggle_minutes": chance.choice((0, 0, 60)),
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
        "holidays": chance.choice(("as_weekday", "closed", "own_hours")),
        "holiday_eves": chance.choice(("as_weekday", "closed", "open")),
        "early_entry": chance.choice((0, 0, 30, DAY)),
        "late_exit": chance.choice((0, 0, 30, DAY)),
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
    }


def right(chance: Random) -> dict[str, Any]:
    return {
        "effect": chance.choice((*Effect, Effect.ALLOW)).value,
        "zones": numbers(chance),
        "points": numbers(chance),
        "layer": chance.choice((Layer.PLAN, *Layer)).value,
        "limits": {str(number(chance)): chance.randrange(3) for _ in range(2)},
        "everyone": chance.random() < 0.1,
        "exempt": seldom(chance, numbers),
        "ticket_types": chance.choice((None, None, numbers(chance))),
        **schedule(chance),
    }


def grant(chance: Random) -> int | dict[str, Any]:
    if chance.random() < 0.8:
        return number(chance)
    return {
        "right": number(chance),
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
        "then": chance.choice(("plan_ended", "plan_unpaid", "plan_paused")),
        "grace": chance.random() < 0.5,
    }


def booking(chance: Random) -> list[Any]:
    start = moment(chance)
    end = start + timedelta(days=chance.random())
    return [seldom(chance, number), start.isoformat(), end.isoformat()]


def ticket(chance: Random) -> dict[str, Any]:
    return {
        "type": number(chance),
        "entries": chance.choice((None, 0, 1, 2, 5)),
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
        "bands": seldom(chance, numbers),
        "once_a_day": chance.random() < 0.5,
    }


def person(chance: Random) -> dict[str, Any]:
    several = chance.random() < 0.3
    first = chance.randrange(1000) * 3
    return {
        "rights": [grant(chance) for _ in range(chance.randrange(4))],
        "suspended": chance.random() < 0.1,
        "identity_unchecked": chance.random() < 0.05,
        "bookings": [booking(chance) for _ in range(3 if several else 0)],
        # A ticket is one person's.
        "tickets": {str(first + one): ticket(chance) for one in range(3)},
    }


def credential(chance: Random) -> dict[str, Any]:
    active = chance.random() < 0.9
    status = CredentialStatus.ACTIVE if active else chance.choice([*CredentialStatus])
    return {
        "id": number(chance),
        "person": number(chance),
        "status": status.value,
        "valid_from": seldom(chance, time),
        "valid_to": seldom(chance, time),
        "duress": chance.random() < 0.1,
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
    pin = chance.choice((None, *TOKENS))
    typed = chance.random() < 0.2
    at = moment(chance)
    return Attempt(number(chance), credential, at, user, pin, typed=typed)


def event_time(chance: Random) -> str:
    """Give one of few times, so that things happen at the same one."""
    return utc_text(BUSY + timedelta(seconds=chance.randrange(8)))


def event(chance: Random) -> PassageEvent:
    """Give what stands in a log, made up field by field."""
    reason = chance.choice(
        (
            *(Reason.RIGHT, Reason.RIGHT, Reason.SECOND_PERSON_NEEDED),
            *(Reason.PRESENCE_CORRECTED, Reason.OUTSIDE_HOURS),
            *(Reason.PIN_WRONG, Reason.CREDENTIAL_UNKNOWN),
        )
    )
    return PassageEvent(
        time=event_time(chance),
        point=number(chance),
        granted=reason is Reason.RIGHT,
        reason=reason.value,
        person=chance.choice((None, *NUMBERS)),
        seen=chance.choice((None, "pin:…")),
        right=chance.choice((None, *NUMBERS)),
        band=chance.choice((None, *NUMBERS)),
        day=seldom(chance, day),
        ticket=seldom(chance, number),
        zone=chance.choice((None, 0, *NUMBERS)),
        companion=seldom(chance, number),
    )


def waiting(chance: Random) -> list[Any]:
    return [
        *(number(chance), time(chance)),
        *(seldom(chance, number) for _ in range(3)),
        *(seldom(chance, day), seldom(chance, number)),
    ]


def state(chance: Random) -> dict[str, Any]:
    """Give a state as a document."""
    return {
        "uses": section(
            chance, lambda c: [[number(c), number(c), day(c)] for _ in range(3)]
        ),
        "ticket_uses": section(
            chance, lambda c: [[day(c), time(c), number(c)] for _ in range(2)]
        ),
        "presence": section(chance, lambda c: [c.choice((0, *NUMBERS)), time(c)]),
        "waiting": section(chance, waiting),
        "last_granted": section(chance, time),
        "toggled": section(chance, lambda c: [time(c), c.random() < 0.3]),
        "wrong_pins": section(chance, lambda c: [time(c) for _ in range(3)]),
    }


documents = made_by(document)
states = made_by(state)
logs = made_by(lambda chance: [event(chance) for _ in range(chance.randrange(20))])
rights = made_by(right)
persons = made_by(person)
credentials = made_by(credential)
# Documents are dear, decisions are not.
attempts = made_by(lambda chance: [attempt(chance) for _ in range(20)])
