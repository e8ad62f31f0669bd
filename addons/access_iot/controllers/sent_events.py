"""Events as gateways send them, checked at the edge.

Pure functions; a ``GatewayError`` of status 422 names what is wrong.
"""

from datetime import date
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import NamedTuple

from odoo.addons.access_base.access_policy.event import MAX_TEXT, PassageEvent

from .gateway_schema import MAX_INTEGER, check, is_kind, is_time, malformed

MAX_EVENTS = 1000
MAX_WARNINGS = 20

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
_KINDS = _REQUIRED | _OPTIONAL
_FIELDS = ("sequence", "hash", *PassageEvent._fields)
_WARNINGS, _DAY = _FIELDS.index("warnings"), _FIELDS.index("day")
_values = itemgetter(*_FIELDS)


class SentEvent(NamedTuple):
    """An event with its place in the chain."""

    sequence: int
    hash: str
    event: PassageEvent

    @property
    def link(self) -> tuple[str, str]:
        """Record and hash, as the chain is checked by and the log takes them."""
        return self.event.record(self.sequence), self.hash


def check_events(events):
    """Give a batch as ``SentEvent`` in the order of the journal."""
    if len(events) > MAX_EVENTS:
        raise malformed(f"More than {MAX_EVENTS} events at once.")
    checked = [_checked(position, event) for position, event in enumerate(events)]
    return sorted(checked, key=attrgetter("sequence"))


def _checked(position, event):
    try:
        values = _values(event)
    except (KeyError, TypeError):
        values = None
    if values is None or not _is_plain(values):
        _check_event(position, event)
        values = [event.get(name) for name in _FIELDS]
    sequence, digest, *told = values
    event = PassageEvent._make(told)
    if event.policy is None or event.warnings is None:
        event = event._replace(policy=event.policy or 0, warnings=event.warnings or [])
    return SentEvent(sequence, digest, event)


def _is_plain(values):
    """Tell whether an event is right at first sight: most are, and it is quick."""
    of_kind = _by_kind(tuple(map(type, values)))
    if of_kind is None:
        return False
    numbers, texts = of_kind[0](values), "".join(of_kind[1](values))
    sequence, _digest, time, *_others = values
    return (
        sequence > 0
        and min(numbers) >= 0
        and max(numbers) <= MAX_INTEGER
        and len(texts) <= MAX_TEXT
        and texts.isprintable()
        and not values[_WARNINGS]
        and is_time(time)
        and _is_day(values[_DAY])
    )


@lru_cache(maxsize=256)
def _by_kind(kinds):
    """Give what takes the numbers and what takes the texts of values of these types.

    ``None`` if not all are of their type.
    """
    known = dict(zip(_FIELDS, kinds, strict=True))
    for name, kind in known.items():
        if kind is not _KINDS[name] and (kind is not type(None) or name in _REQUIRED):
            return None
    return tuple(
        itemgetter(*(place for place, kind in enumerate(kinds) if kind is wanted))
        for wanted in (int, str)
    )


def _check_event(position, event):
    """Say in words what is wrong with an event, if anything is."""
    where = f"Event {position} of the batch"
    check(event, _REQUIRED, _OPTIONAL, where)
    if event["sequence"] < 1:
        raise malformed(f"{where} has a sequence below 1.")
    if not is_time(event["time"]):
        raise malformed(f"{where} has a time that is not UTC with milliseconds.")
    warnings = event.get("warnings") or []
    if len(warnings) > MAX_WARNINGS or not all(is_kind(one, str) for one in warnings):
        raise malformed(f"{where} has warnings that are no list of codes.")
    if not _is_day(event.get("day")):
        raise malformed(f"{where} has a day that is no date.")


def _is_day(text):
    try:
        return text is None or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
