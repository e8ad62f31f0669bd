"""Shapes of what gateways send, checked at the edge.

Pure functions; a ``GatewayError`` of status 422 names what is wrong.
"""

import re
from datetime import datetime

from odoo.addons.access_base.access_policy.event import (
    MAX_TEXT,
    NOT_PRINTABLE,
    one_line,
)

from ..models.ir_http import GatewayError

MAX_INTEGER = 2**31 - 1
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HASH = re.compile(r"[0-9a-f]{64}")
MAX_WORDS = 500
# A box has no more events than this in its life; what is left is for the one after a
# thief who says that so many are gone: events come one by one, and numbers remain.
MAX_FLOOR = MAX_INTEGER // 2
MAX_OFFERS = 100


def check(body, required, optional=None, where="The request"):
    """Check that fields are there and of their type; optional ones may be null."""
    if not isinstance(body, dict):
        raise malformed(f"{where} is not an object.")
    for name, kind in required.items():
        if not is_kind(body.get(name), kind):
            raise malformed(f"{where} needs {name} ({kind.__name__}).")
    for name, kind in (optional or {}).items():
        if body.get(name) is not None and not is_kind(body[name], kind):
            raise malformed(f"{where} has {name}, but not as {kind.__name__}.")


def told_numbers(numbers):
    """Give the numbers of what a gateway asks for."""
    if not all(is_kind(one, int) and 0 < one <= MAX_INTEGER for one in numbers):
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
        if not is_time(policy["since"]):
            raise malformed(f"{where} has a time that is not UTC with milliseconds.")
        told["since"] = datetime.fromisoformat(policy["since"][:19])
    return told


def told_digests(sections):
    """Give the digests of the rules that a gateway holds, by section and entry."""
    for name, entries in sections.items():
        where = f"Section {name[:50]!r}"
        check({"entries": entries}, {"entries": dict}, where=where)
        if not all(is_kind(one, str) for pair in entries.items() for one in pair):
            raise malformed(f"{where} has entries that are no text.")
    return sections


def _told_facts(facts):
    """Give what a device says of itself, as far as it can be kept."""
    facts = facts if isinstance(facts, dict) else {}
    known = {name: words(facts.get(name)) for name in ("model", "serial", "firmware")}
    if isinstance(facts.get("tamper"), bool):
        known["tamper"] = facts["tamper"]
    battery = facts.get("battery")
    if is_kind(battery, int) and 0 <= battery <= 100:
        known["battery"] = battery
    for name in ("cards", "cards_known"):
        if is_kind(facts.get(name), int) and 0 <= facts[name] <= MAX_INTEGER:
            known[name] = facts[name]
    if is_kind(facts.get("cards_at"), str) and is_time(facts["cards_at"]):
        known["cards_at"] = datetime.fromisoformat(facts["cards_at"][:19])
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
    is_number = 1 <= floor["sequence"] <= MAX_FLOOR
    if not is_number or not HASH.fullmatch(floor["hash"]):
        raise malformed("The floor is no event.")
    return floor["sequence"], floor["hash"]


def is_time(text):
    """Tell whether a text is UTC as events have it."""
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:-1])
    except ValueError:
        return False
    return True


def is_kind(value, kind):
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
