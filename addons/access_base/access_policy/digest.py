"""What rules somebody holds, told in short, so that it can be held against the rules.

A digest is that of one entry, so that a difference has a name: this person, that right.
Told is what counts from a moment on and soon. What ended long ago or is far ahead drops
out, for it comes and goes with the day on which rules are compiled.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from typing import Any

from .model import Credential, Order, Person, Schedule, Venue
from .policy import Policy

# Rules are compiled for longer than that, and made anew before it makes a difference.
AHEAD, BACK = timedelta(days=30), timedelta(days=50)

_LENGTH = 16

Digests = dict[str, dict[str, str]]


def policy_digests(policy: Policy, at: datetime) -> Digests:
    """Give by section and entry what a policy holds that counts at a moment.

    With a person stand the credentials; a token that stands for somebody who is not in
    the rules stands under that number too.
    """
    near = {
        "venues": {key: _near_venue(one, at) for key, one in policy.venues.items()},
        "bands": policy.bands,
        "zones": policy.zones,
        "points": policy.points,
        "orders": _near_orders(policy.orders, at),
        "rights": policy.rights,
        "persons": _with_credentials(policy, at),
    }
    return {name: entry_digests(section) for name, section in near.items()}


def entry_digests(section: Any) -> dict[str, str]:
    """Give by entry the digests of a section; one that has no names is one entry.

    >>> entry_digests({"5": {"address": "a"}}) == entry_digests({5: {"address": "a"}})
    True
    >>> list(entry_digests([{"device": "6"}]))
    ['']
    """
    if not isinstance(section, Mapping):
        section = {"": section}
    known: dict[Any, str] = {}
    return {str(key): _digest(entry, known) for key, entry in section.items()}


def differences(there: Digests, here: Digests) -> list[tuple[str, str, str]]:
    """Give section, entry and what is wrong of it there: missing, different, extra.

    >>> differences({"zones": {"1": "a", "2": "b"}}, {"zones": {"2": "c", "3": "d"}})
    [('zones', '1', 'extra'), ('zones', '2', 'different'), ('zones', '3', 'missing')]
    """
    found = []
    for section in sorted({*there, *here}):
        theirs, ours = there.get(section, {}), here.get(section, {})
        for key in sorted({*theirs, *ours}):
            if key not in theirs:
                found.append((section, key, "missing"))
            elif key not in ours:
                found.append((section, key, "extra"))
            elif theirs[key] != ours[key]:
                found.append((section, key, "different"))
    return found


def _digest(entry: Any, known: dict[Any, str]) -> str:
    text = json.dumps(plain(entry), sort_keys=True, separators=(",", ":"))
    if text not in known:
        known[text] = hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
    return known[text]


def plain(value: Any) -> Any:
    """Give a value of the model as one of JSON, the same for the same meaning.

    >>> plain({2: frozenset([3, 1]), 1: date(2026, 11, 22)})
    {'2': [1, 3], '1': '2026-11-22'}
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tzinfo):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if is_dataclass(value):
        return [plain(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    return [plain(one) for one in value]


# -- what counts ------------------------------------------------------------------


def _near_venue(venue: Venue, at: datetime) -> Venue:
    today = at.date()
    near = {day for day in venue.holidays if today - BACK <= day <= today + AHEAD}
    return replace(venue, holidays=frozenset(near))


def _near_orders(orders: Mapping[int, Order], at: datetime) -> dict[int, Order]:
    return {
        key: replace(order, when=_begun(order.when, at))
        for key, order in orders.items()
        if order.when.valid_to is None or order.when.valid_to > at
    }


def _begun(when: Schedule, at: datetime) -> Schedule:
    """Leave out a begin that is over, which a whole that is younger leaves out too."""
    return replace(when, valid_from=_ahead(when.valid_from, at))


def _ahead(moment: datetime | None, at: datetime) -> datetime | None:
    return None if moment is None or moment <= at else moment


def _with_credentials(policy: Policy, at: datetime) -> dict[int, Any]:
    held: dict[int, list[tuple[str, Credential]]] = {}
    for token, issued in policy.credentials.items():
        for credential in issued:
            if _is_near(credential.valid_to, at):
                held.setdefault(credential.person, []).append((token, credential))
    near: dict[int, Any] = {
        key: _near_person(person, at) for key, person in policy.persons.items()
    }
    for key, credentials in held.items():
        near[key] = [near.get(key), sorted(credentials, key=_by_token)]
    return near


def _by_token(held: tuple[str, Credential]) -> tuple[str, int]:
    return held[0], held[1].id


def _near_person(person: Person, at: datetime) -> Any:
    rights = [
        one._replace(valid_from=_ahead(one.valid_from, at))
        for one in person.rights
        if _is_near(one.valid_to, at)
    ]
    bookings = [
        one for one in person.bookings if one.end > at and one.start < at + AHEAD
    ]
    tickets = [
        (key, ticket) for key, ticket in person.tickets if _is_near(ticket.valid_to, at)
    ]
    flags = [person.suspended, person.identity_unchecked]
    return [flags, _sorted(rights), _sorted(bookings), _sorted(tickets)]


def _is_near(end: datetime | None, at: datetime) -> bool:
    return end is None or end > at - BACK


def _sorted(entries: Iterable[Any]) -> list[Any]:
    return sorted((plain(one) for one in entries), key=json.dumps)
