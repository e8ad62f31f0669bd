"""The policy as JSON: what the ERP compiles, signs and sends, and test vectors hold.

Shape (identifiers are object keys as text, times ISO 8601 with offset or ``Z``)::

    {"expires_at": "2026-12-21T00:00:00Z",
     "venues": {"1": {"timezone": "Europe/Warsaw"}},
     "bands": {"1": {"hours": {"1": [[0, 360, 720]]}}},
     "zones": {"1": {"parent": null}},
     "points": {"1": {"venue": 1, "zone_from": null, "zone_to": 1}},
     "rights": {"1": {"effect": "allow", "zones": [1], "points": [], "bands": [1],
                      "weekdays": [0, 1, 2], "valid_from": null, "valid_to": null}},
     "persons": {"1": {"rights": [1], "suspended": false}},
     "credentials": {"TOKEN": {"id": 1, "person": 1, "status": "active",
                               "valid_from": null, "valid_to": null}},
     "modes": {"1": "unlocked"}}

Hours are ``[weekday, start, end]`` as in ``Period``. Sections and fields with their
default value may be left out; sections that are not named here are not looked at.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from .model import (
    EVERY_DAY,
    Band,
    Credential,
    CredentialStatus,
    Effect,
    Mode,
    Period,
    Person,
    Point,
    Policy,
    Right,
    State,
    Venue,
    Zone,
)

T = TypeVar("T")

DAY = 24 * 60


class DocumentError(ValueError):
    """A document that is no policy; the text names the entry."""


def policy_from_document(document: Mapping[str, Any]) -> Policy:
    """Build the policy; raise ``DocumentError`` where an entry is malformed."""
    return Policy(
        venues=_section(document, "venues", _venue),
        bands=_section(document, "bands", _band),
        zones=_section(document, "zones", _zone),
        points=_section(document, "points", _point),
        rights=_section(document, "rights", _right),
        persons=_section(document, "persons", _person),
        credentials=_section(document, "credentials", _credential, key=str),
        expires_at=_expiry(document),
    )


def state_from_document(document: Mapping[str, Any]) -> State:
    return State(modes=_section(document, "modes", Mode))


# A time zone that is the name of a folder gives an OSError.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)


def _label(text: str) -> int:
    number = int(text)
    if str(number) != text:
        raise ValueError(f"not a plain number: {text!r}")
    return number


def _section(
    document: Mapping[str, Any],
    name: str,
    build: Callable[[Any], T],
    key: Callable[[str], Any] = _label,
) -> dict[Any, T]:
    if not isinstance(document, Mapping):
        raise DocumentError("not an object")
    section = document.get(name, {})
    if not isinstance(section, Mapping):
        raise DocumentError(f"{name}: not an object")
    entries = {}
    for position, (label, entry) in enumerate(section.items(), 1):
        try:
            entries[key(label)] = build(entry)
        except _MALFORMED as e:
            # A credential's label is its token: tell where it is instead.
            place = label if name != "credentials" else f"entry {position}"
            raise DocumentError(f"{name}/{place}: {e!r}") from e
    return entries


def _expiry(document: Mapping[str, Any]) -> datetime | None:
    try:
        return _time(document.get("expires_at"))
    except _MALFORMED as e:
        raise DocumentError(f"expires_at: {e!r}") from e


def _number(value: Any) -> int:
    """Let only integers pass: a text matches nothing, ``true`` would match 1."""
    if type(value) is not int:
        raise TypeError(f"not an integer: {value!r}")
    return value


def _optional_number(value: Any) -> int | None:
    return None if value is None else _number(value)


def _numbers(values: Any) -> list[int]:
    return [_number(value) for value in values]


@lru_cache(maxsize=10_000)
def _time(text: str | None) -> datetime | None:
    """Read a time; many entries have the same, so they share it."""
    if text is None:
        return None
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return at.astimezone(timezone.utc)


def _venue(entry: Mapping[str, Any]) -> Venue:
    return Venue(ZoneInfo(entry["timezone"]))


def _band(entry: Mapping[str, Any]) -> Band:
    return Band(
        {
            _label(venue): tuple(_period(*period) for period in periods)
            for venue, periods in entry["hours"].items()
        }
    )


def _period(weekday: Any, start: Any, end: Any) -> Period:
    period = Period(*_numbers((weekday, start, end)))
    if weekday not in EVERY_DAY or not (0 <= start <= DAY and 0 <= end <= DAY):
        raise ValueError(f"not hours of a weekday: {period}")
    return period


def _zone(entry: Mapping[str, Any]) -> Zone:
    return Zone(_optional_number(entry.get("parent")))


def _point(entry: Mapping[str, Any]) -> Point:
    return Point(
        venue=_number(entry["venue"]),
        zone_from=_optional_number(entry.get("zone_from")),
        zone_to=_optional_number(entry.get("zone_to")),
    )


def _right(entry: Mapping[str, Any]) -> Right:
    bands = entry.get("bands")
    return Right(
        effect=Effect(entry.get("effect", "allow")),
        zones=frozenset(_numbers(entry.get("zones", ()))),
        points=frozenset(_numbers(entry.get("points", ()))),
        bands=None if bands is None else frozenset(_numbers(bands)),
        weekdays=_weekdays(entry["weekdays"]) if "weekdays" in entry else EVERY_DAY,
        valid_from=_time(entry.get("valid_from")),
        valid_to=_time(entry.get("valid_to")),
    )


def _weekdays(values: Any) -> frozenset[int]:
    weekdays = frozenset(_numbers(values))
    if not weekdays <= EVERY_DAY:
        raise ValueError(f"not weekdays: {sorted(weekdays)}")
    return weekdays


def _person(entry: Mapping[str, Any]) -> Person:
    suspended = entry.get("suspended", False)
    if type(suspended) is not bool:
        raise TypeError(f"suspended is neither true nor false: {suspended!r}")
    rights = sorted(_numbers(entry.get("rights", ())))
    return _shared_person(tuple(rights), suspended)


@lru_cache(maxsize=10_000)
def _shared_person(rights: tuple[int, ...], suspended: bool) -> Person:
    """Give one value for all to whom the same applies: most members of a plan."""
    return Person(rights, suspended)


def _credential(entry: Mapping[str, Any]) -> Credential:
    return Credential(
        id=_number(entry["id"]),
        person=_number(entry["person"]),
        status=CredentialStatus(entry.get("status", "active")),
        valid_from=_time(entry.get("valid_from")),
        valid_to=_time(entry.get("valid_to")),
    )
