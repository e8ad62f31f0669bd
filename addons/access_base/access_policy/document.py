"""The policy as JSON: what the ERP compiles, signs and sends, and test vectors hold.

Shape (identifiers are object keys as text, times ISO 8601 with offset or ``Z``, days
ISO dates)::

    {"expires_at": "2026-12-21T00:00:00Z",
     "venues": {"1": {"timezone": "Europe/Warsaw", "holidays": ["2026-12-25"],
                      "grace_days": 3, "pin_tries": 5, "pin_lock_minutes": 5}},
     "bands": {"1": {"hours": {"1": [[0, 360, 720]]}}},
     "zones": {"1": {"parent": null, "capacity": 0, "antipassback": "off",
                     "antipassback_minutes": 0, "max_stay": 0}},
     "points": {"1": {"venue": 1, "zone_from": null, "zone_to": 1,
                      "mode": "controlled", "combination": "either", "persons": 1,
                      "interlock": [], "open_seconds": 5,
                      "on_expiry": "refuse", "keep_hours": 0,
                      "controls_exit": false, "toggle_minutes": 0}},
     "orders": {"1": {"points": [1], "mode": "unlocked", "priority": 10, SCHEDULE}},
     "rights": {"1": {"effect": "allow", "layer": "plan", "zones": [1], "points": [],
                      "limits": {"1": 8}, "everyone": false, "exempt": null,
                      "ticket_types": null, SCHEDULE}},
     "persons": {"1": {"rights": [1, {"right": 2, "valid_from": null, "valid_to": null,
                                      "then": "plan_unpaid", "grace": true}],
                       "suspended": false, "identity_unchecked": false,
                       "bookings": [[5, "2026-11-21T17:00Z", "2026-11-21T18:00Z"]],
                       "tickets": {"7": {"type": 3, "entries": 10, "valid_from": null,
                                         "valid_to": null, "bands": null,
                                         "once_a_day": false}}}},
     "credentials": {"TOKEN": {"id": 1, "person": 1, "status": "active",
                               "valid_from": null, "valid_to": null,
                               "duress": false, "is_pin": false,
                               "number": null}}}

where SCHEDULE stands for ``"bands": [1], "weekdays": [0, 1, 2], "holidays":
"as_weekday", "holiday_eves": "as_weekday", "early_entry": 0, "late_exit": 0,
"valid_from": null, "valid_to": null``. Hours are ``[weekday, start, end]`` in minutes,
weekday 7 for those of holidays; an end that is not after the start lies on the next
day. A token that is issued for several periods has a list of entries. Sections and
fields with their default value may be left out; sections that are not named here are
not looked at.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from .fields import (
    MOST,
    count,
    flag,
    integer,
    key_number,
    moment,
    numbers,
    optional_number,
    optional_numbers,
)
from .model import (
    EVERY_DAY,
    HOLIDAY,
    AntiPassback,
    Band,
    Booking,
    Combination,
    Credential,
    CredentialStatus,
    Effect,
    Grant,
    HolidayRule,
    Layer,
    Mode,
    OnExpiry,
    Order,
    Person,
    Point,
    Right,
    Schedule,
    Ticket,
    Venue,
    Week,
    Zone,
)
from .policy import Policy
from .reason import Reason

T = TypeVar("T")

DAY = 24 * 60
MOST_GRACE_DAYS = 1_000
# How long rules may be kept past their end: a month.
MOST_KEEP_HOURS = 31 * 24
# So many wrong PINs the state remembers of each point.
MOST_PIN_TRIES = 20

_ENDINGS = ("right_expired", "plan_ended", "plan_unpaid", "plan_paused")


class DocumentError(ValueError):
    """A document that is no policy, or no state; the text names the entry."""


def policy_from_document(document: Mapping[str, Any]) -> Policy:
    """Build the policy; raise ``DocumentError`` where an entry is malformed."""
    return Policy(**sections_of(document), expires_at=_expiry(document))


def sections_of(document: Mapping[str, Any]) -> dict[str, dict[Any, Any]]:
    """Build the sections of a document, by name; see ``policy_from_document``."""
    return {
        name: section_of(document, name, build) for name, build in _SECTIONS.items()
    }


# A time zone that is the name of a folder gives an OSError.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)


def section_of(
    document: Mapping[str, Any], name: str, build: Callable[[Any], T]
) -> dict[Any, T]:
    if not isinstance(document, Mapping):
        raise DocumentError("not an object")
    section = document.get(name, {})
    if not isinstance(section, Mapping):
        raise DocumentError(f"{name}: not an object")
    entries = {}
    key = key_number if name != "credentials" else str
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
        return moment(document.get("expires_at"))
    except _MALFORMED as e:
        raise DocumentError(f"expires_at: {e!r}") from e


def _venue(entry: Mapping[str, Any]) -> Venue:
    return Venue(
        timezone=ZoneInfo(entry["timezone"]),
        holidays=frozenset(map(date.fromisoformat, entry.get("holidays", ()))),
        grace_days=count(entry.get("grace_days", 0), MOST_GRACE_DAYS),
        pin_tries=count(entry.get("pin_tries", 5), MOST_PIN_TRIES),
        pin_lock_minutes=count(entry.get("pin_lock_minutes", 5), DAY),
    )


def _band(entry: Mapping[str, Any]) -> Band:
    return Band(
        {key_number(key): _week(hours) for key, hours in entry["hours"].items()}
    )


def _week(hours: Any) -> Week:
    days: list[list[tuple[int, int]]] = [[] for _day in range(HOLIDAY + 1)]
    for weekday, start, end in map(numbers, hours):
        if not (0 <= weekday <= HOLIDAY and 0 <= start <= DAY and 0 <= end <= DAY):
            raise ValueError(f"not hours of a weekday: {[weekday, start, end]}")
        days[weekday].append((start, end if end > start else end + DAY))
    return tuple(tuple(day) for day in days)


def _zone(entry: Mapping[str, Any]) -> Zone:
    return Zone(
        parent=optional_number(entry.get("parent")),
        capacity=count(entry.get("capacity", 0)),
        antipassback=AntiPassback(entry.get("antipassback", "off")),
        antipassback_minutes=count(entry.get("antipassback_minutes", 0)),
        max_stay=count(entry.get("max_stay", 0)),
    )


def _point(entry: Mapping[str, Any]) -> Point:
    return Point(
        venue=integer(entry["venue"]),
        zone_from=optional_number(entry.get("zone_from")),
        zone_to=optional_number(entry.get("zone_to")),
        mode=Mode(entry.get("mode", "controlled")),
        combination=Combination(entry.get("combination", "either")),
        persons=_persons(entry.get("persons", 1)),
        interlock=tuple(numbers(entry.get("interlock", ()))),
        open_seconds=_seconds(entry.get("open_seconds", 5)),
        on_expiry=OnExpiry(entry.get("on_expiry", "refuse")),
        keep_hours=count(entry.get("keep_hours", 0), MOST_KEEP_HOURS),
        controls_exit=flag(entry, "controls_exit"),
        toggle_minutes=count(entry.get("toggle_minutes", 0), DAY),
    )


def _persons(value: Any) -> int:
    if integer(value) not in (1, 2):
        raise ValueError(f"neither one person nor two: {value!r}")
    return value


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= MOST:
        raise ValueError(f"no number of seconds: {value!r}")
    return value


def _order(entry: Mapping[str, Any]) -> Order:
    return Order(
        points=frozenset(numbers(entry["points"])),
        mode=Mode(entry["mode"]),
        priority=integer(entry["priority"]),
        when=_schedule(entry),
    )


def _right(entry: Mapping[str, Any]) -> Right:
    limits = entry.get("limits", {})
    return Right(
        effect=Effect(entry.get("effect", "allow")),
        layer=Layer(entry.get("layer", "plan")),
        zones=frozenset(numbers(entry.get("zones", ()))),
        points=frozenset(numbers(entry.get("points", ()))),
        when=_schedule(entry),
        limits={key_number(band): count(limit) for band, limit in limits.items()},
        everyone=flag(entry, "everyone"),
        exempt=optional_numbers(entry.get("exempt")),
        ticket_types=optional_numbers(entry.get("ticket_types")),
    )


def _schedule(entry: Mapping[str, Any]) -> Schedule:
    return Schedule(
        bands=optional_numbers(entry.get("bands")),
        weekdays=_weekdays(entry["weekdays"]) if "weekdays" in entry else EVERY_DAY,
        holidays=_rule(entry.get("holidays", "as_weekday"), "open"),
        holiday_eves=_rule(entry.get("holiday_eves", "as_weekday"), "own_hours"),
        early_entry=_margin(entry.get("early_entry", 0)),
        late_exit=_margin(entry.get("late_exit", 0)),
        valid_from=moment(entry.get("valid_from")),
        valid_to=moment(entry.get("valid_to")),
    )


def _weekdays(values: Any) -> frozenset[int]:
    weekdays = frozenset(numbers(values))
    if not weekdays <= EVERY_DAY:
        raise ValueError(f"not weekdays: {sorted(weekdays)}")
    return weekdays


def _rule(value: Any, other: str) -> HolidayRule:
    if value == other:
        raise ValueError(f"no rule here: {value!r}")
    return HolidayRule(value)


def _margin(value: Any) -> int:
    return count(value, DAY)


def _person(entry: Mapping[str, Any]) -> Person:
    rights = sorted(map(_grant, entry.get("rights", ())), key=_by_right)
    bookings = entry.get("bookings", ())
    tickets = entry.get("tickets", {})
    suspended = flag(entry, "suspended")
    unchecked = flag(entry, "identity_unchecked")
    if not (bookings or tickets):
        return _shared_person(tuple(rights), suspended, unchecked)
    return Person(
        rights=tuple(rights),
        suspended=suspended,
        identity_unchecked=unchecked,
        bookings=tuple(_booking(*booking) for booking in bookings),
        tickets=tuple((key_number(key), _ticket(one)) for key, one in tickets.items()),
    )


@lru_cache(maxsize=10_000)
def _shared_person(
    rights: tuple[Grant, ...], suspended: bool, unchecked: bool
) -> Person:
    """Give one value for all to whom the same applies: most members of a plan."""
    return Person(rights, suspended, unchecked)


def _by_right(grant: Grant) -> int:
    return grant.right


def _grant(entry: Any) -> Grant:
    if not isinstance(entry, Mapping):
        return _plain_grant(integer(entry))
    return Grant(
        right=integer(entry["right"]),
        valid_from=moment(entry.get("valid_from")),
        valid_to=moment(entry.get("valid_to")),
        then=_ending(entry.get("then", "right_expired")),
        grace=flag(entry, "grace"),
    )


def _ending(value: Any) -> Reason:
    """Let only a refusal pass: any other reason would open the door, or say a lie."""
    if value not in _ENDINGS:
        raise ValueError(f"no end of a right: {value!r}")
    return Reason(value)


@lru_cache(maxsize=10_000)
def _plain_grant(right: int) -> Grant:
    return Grant(right)


def _booking(program: Any, start: Any, end: Any) -> Booking:
    if start is None or end is None:
        raise ValueError("a booking without begin or end")
    return Booking(optional_number(program), moment(start), moment(end))


def _ticket(entry: Mapping[str, Any]) -> Ticket:
    return Ticket(
        type=integer(entry["type"]),
        entries=optional_number(entry.get("entries")),
        valid_from=moment(entry.get("valid_from")),
        valid_to=moment(entry.get("valid_to")),
        bands=optional_numbers(entry.get("bands")),
        once_a_day=flag(entry, "once_a_day"),
    )


def _credentials(entry: Any) -> tuple[Credential, ...]:
    entries = [entry] if isinstance(entry, Mapping) else entry
    return tuple([_credential(one) for one in entries])


def _credential(entry: Mapping[str, Any]) -> Credential:
    return Credential(
        id=integer(entry["id"]),
        person=integer(entry["person"]),
        status=CredentialStatus(entry.get("status", "active")),
        valid_from=moment(entry.get("valid_from")),
        valid_to=moment(entry.get("valid_to")),
        duress=flag(entry, "duress"),
        is_pin=flag(entry, "is_pin"),
        number=_card_number(entry.get("number")),
    )


def _card_number(value: Any) -> str | None:
    # What is wrong with it is not told with the number in it.
    if value is not None and not isinstance(value, str):
        raise TypeError("a card number that is no text")
    return value


_SECTIONS: dict[str, Callable[[Any], Any]] = {
    "venues": _venue,
    "bands": _band,
    "zones": _zone,
    "points": _point,
    "orders": _order,
    "rights": _right,
    "persons": _person,
    "credentials": _credentials,
}
