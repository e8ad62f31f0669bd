"""Shapes of what gateways send, checked at the edge.

Pure functions; a ``GatewayError`` of status 422 names what is wrong.
"""

import re
from datetime import date, datetime

from odoo.addons.access_base.access_policy.event import (
    MAX_TEXT,
    NOT_PRINTABLE,
    one_line,
)

from ..models.ir_http import GatewayError

MAX_EVENTS = 1000
MAX_INTEGER = 2**31 - 1
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HASH = re.compile(r"[0-9a-f]{64}")
MAX_WORDS = 500

_REQUIRED = {
    "sequence": int,
    "time": str,
    "point": int,
    "granted": bool,
    "reason": str,
    "hash": str,
}
_OPTIONAL = {
    "person": int,
    "credential": int,
    "right": int,
    "seen": str,
    "user": int,
    "policy": int,
    "band": int,
    "day": str,
    "ticket": int,
    "zone": int,
    "warnings": list,
    "companion": int,
    "note": str,
}
# What a field has that was not sent: as in ``PassageEvent``.
_FIELDS = (*_REQUIRED, *_OPTIONAL)
_KINDS = _REQUIRED | _OPTIONAL
_NUMBERS = [name for name, kind in _KINDS.items() if kind is int]
_TEXTS = [name for name, kind in _KINDS.items() if kind is str]
# Kinds of an event's fields that were seen and are right: few of all that can be.
_known_kinds: set[tuple[type, ...]] = set()
_EMPTY = {"policy": 0, "warnings": []}
MAX_WARNINGS = 20
MAX_OFFERS = 100


def check(body, required, optional=None, where="The request"):
    """Check that fields are there and of their type; optional ones may be null."""
    if not isinstance(body, dict):
        raise malformed(f"{where} is not an object.")
    for name, kind in required.items():
        if not _is(body.get(name), kind):
            raise malformed(f"{where} needs {name} ({kind.__name__}).")
    for name, kind in (optional or {}).items():
        if body.get(name) is not None and not _is(body[name], kind):
            raise malformed(f"{where} has {name}, but not as {kind.__name__}.")


def told_numbers(numbers):
    """Give the numbers of what a gateway asks for."""
    if not all(_is(one, int) and 0 < one <= MAX_INTEGER for one in numbers):
        raise malformed("A list that should be one of numbers is none.")
    return numbers


def told_status(status):
    """Give what a gateway tells of itself and of its devices, its words cleaned."""
    check(
        status,
        {},
        {
            "software": str,
            "pending": int,
            "push": bool,
            "policy": dict,
            "devices": dict,
            "drivers": list,
            "found": list,
        },
    )
    devices = status.get("devices") or {}
    for device, told in devices.items():
        check(told, {"online": bool}, where=f"Device {device}")
    return {
        "software": status.get("software"),
        "pending": status.get("pending") or 0,
        "push": status.get("push") or False,
        "policy": _told_policy(status.get("policy") or {}),
        "problem": words(status.get("problem")),
        "found": _told_offers(status.get("found")),
        "devices": {
            device: {
                "online": told["online"],
                "problem": words(told.get("problem")),
                "facts": _told_facts(told.get("facts")),
            }
            for device, told in devices.items()
        },
    }


def _told_offers(found):
    """Give what a gateway found that could be devices; ``None`` if it did not look."""
    if found is None:
        return None
    for offer in found[:MAX_OFFERS]:
        check(offer, {"driver": str, "address": str, "words": str}, where="An offer")
    return found[:MAX_OFFERS]


def _told_policy(policy):
    """Give what a gateway tells of the rules in force there, times as Odoo has them."""
    where = "The status's policy"
    check(policy, {}, {"version": int, "since": str}, where)
    told = {"refused": words(policy.get("refused"))}
    if policy.get("version") is not None:
        told["version"] = policy["version"]
    if policy.get("since"):
        if not _is_time(policy["since"]):
            raise malformed(f"{where} has a time that is not UTC with milliseconds.")
        told["since"] = datetime.fromisoformat(policy["since"][:19])
    return told


def told_digests(sections):
    """Give the digests of the rules that a gateway holds, by section and entry."""
    for name, entries in sections.items():
        where = f"Section {name[:50]!r}"
        check({"entries": entries}, {"entries": dict}, where=where)
        if not all(_is(one, str) for pair in entries.items() for one in pair):
            raise malformed(f"{where} has entries that are no text.")
    return sections


def _told_facts(facts):
    """Give what a device says of itself, as far as it can be kept."""
    facts = facts if isinstance(facts, dict) else {}
    known = {name: words(facts.get(name)) for name in ("model", "serial", "firmware")}
    if isinstance(facts.get("tamper"), bool):
        known["tamper"] = facts["tamper"]
    battery = facts.get("battery")
    if _is(battery, int) and 0 <= battery <= 100:
        known["battery"] = battery
    return {name: fact for name, fact in known.items() if fact is not None}


def told_results(results):
    """Give what came of commands, its words cleaned."""
    for result in results:
        check(result, {"command": str}, {"ok": bool})
    return [
        {
            "command": result["command"],
            "ok": result.get("ok"),
            "message": words(result.get("message")),
        }
        for result in results
    ]


def words(told):
    """Give what a gateway says in words as one line that can be stored, or none.

    It is never refused: a gateway must be able to say what is wrong with it.
    """
    return one_line(told, MAX_WORDS) if isinstance(told, str) else None


def told_floor(floor):
    """Give number and hash of the last event a box has no more, or ``None``."""
    if floor is None:
        return None
    check(floor, {"sequence": int, "hash": str}, where="The floor")
    if floor["sequence"] < 1 or not HASH.fullmatch(floor["hash"]):
        raise malformed("The floor is no event.")
    return floor["sequence"], floor["hash"]


def check_events(events):
    """Give the events with all their fields and no others, in their order."""
    if len(events) > MAX_EVENTS:
        raise malformed(f"More than {MAX_EVENTS} events at once.")
    checked = [_checked_event(position, event) for position, event in enumerate(events)]
    return sorted(checked, key=lambda event: event["sequence"])


def _checked_event(position, event):
    if not _is_plain(event):
        _check_event(position, event)
    get = event.get
    return {name: get(name) or _EMPTY.get(name, get(name)) for name in _FIELDS}


def _is_plain(event):
    """Tell whether an event is one at first sight: most are, and it is quick."""
    if type(event) is not dict:
        return False
    get = event.get
    kinds = tuple([type(get(name)) for name in _FIELDS])
    if kinds not in _known_kinds:
        if any(map(_is_unusual, _FIELDS, kinds)):
            return False
        _known_kinds.add(kinds)
    numbers = [get(name) or 0 for name in _NUMBERS]
    text = "".join([get(name) or "" for name in _TEXTS])
    return (
        get("sequence") > 0
        and -MAX_INTEGER <= min(numbers)
        and max(numbers) <= MAX_INTEGER
        and text.isprintable()
        and len(text) <= MAX_TEXT
        and not get("warnings")
        and _is_time(event["time"])
        and _is_day(get("day"))
    )


def _is_unusual(name, kind):
    if kind is type(None):
        return name in _REQUIRED
    return kind is not _KINDS[name]


def _check_event(position, event):
    """Say in words what is wrong with an event, if anything is."""
    where = f"Event {position} of the batch"
    check(event, _REQUIRED, _OPTIONAL, where)
    if event["sequence"] < 1:
        raise malformed(f"{where} has a sequence below 1.")
    if not _is_time(event["time"]):
        raise malformed(f"{where} has a time that is not UTC with milliseconds.")
    warnings = event.get("warnings") or []
    if len(warnings) > MAX_WARNINGS or not all(_is(one, str) for one in warnings):
        raise malformed(f"{where} has warnings that are no list of codes.")
    if not _is_day(event.get("day")):
        raise malformed(f"{where} has a day that is no date.")


def _is_day(text):
    try:
        return text is None or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_time(text):
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return bool(TIME.fullmatch(text))


def _is(value, kind):
    if kind is int:
        # bool is an int in Python, but not in JSON.
        return type(value) is int and abs(value) <= MAX_INTEGER
    if kind is str:
        return (
            isinstance(value, str)
            and len(value) <= MAX_TEXT
            and not NOT_PRINTABLE.search(value)
        )
    return isinstance(value, kind)


def malformed(message):
    return GatewayError(422, "event_malformed", message)
