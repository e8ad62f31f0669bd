"""A tariff as JSON, and a stay as JSON for test vectors and what is sent.

Shape of a tariff (money in the currency's smallest unit, times in minutes)::

    {"format": 1, "rounding": 1, "exit_grace": 15,
     "calendar": {"timezone": "Europe/Warsaw", "day_starts": 240, "kinds": [
         {"name": "holiday", "dates": ["2026-12-25", ["2026-12-31", "2027-01-01"]]},
         {"name": "weekend", "weekdays": [5, 6]}]},
     "clocks": [{"name": "pool", "where": {"zones": [1, 2]}, "restarts": "stay",
                 "steps": [{"price": PRICE, "after": 60, "every": 1, "per": 0,
                            "tolerance": 10, "tolerance_counts": false,
                            "product": "overtime"}]}],
     "covers": [{"name": "card", "clocks": ["pool"], "minutes": null,
                 "counts": "minutes", "unit": 1}],
     "groups": [{"name": "family", "clocks": ["pool"], "minutes": 60,
                 "places": [{"kinds": ["adult"], "least": 1, "most": 2}],
                 "price": PRICE, "product": "family"}],
     "adjustments": [{"name": "day", "clocks": ["pool"], "per": "day", "most": PRICE,
                      "where": WHERE, "product": "day"}],
     "lost": {"price": PRICE, "instead": false, "product": "lost"}}

PRICE is an amount, or a list of cases ``{"price": 2500, WHERE...}`` of which the first
that holds counts; the last one has no condition. WHERE is any of ``kinds``,
``tickets``, ``stamps`` and ``days`` (names), ``zones`` (numbers) and ``hours``
(``[start, end]`` in minutes of the day; an end that is not after the start lies on the
next day). An adjustment has one of ``percent``, ``off``, ``most`` and ``least``. A lost
band whose price is ``null`` costs the credit limit. What has a default may be left
out; anything that is not named here is refused.

Shape of a stay (times ISO 8601 with offset or ``Z``)::

    {"passages": [[1, "2026-11-21T09:00:00Z"], [null, "2026-11-21T10:00:00Z"]],
     "kind": "adult", "ticket": "", "stamps": [], "held": [["card", 600]], "paid": 0,
     "settled_at": null, "lost": false, "credit_limit": 15000}
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ._beside import integer, moment, union
from .check import check
from .fields import (
    at,
    at_least_one,
    count,
    each,
    flag,
    named,
    names,
    only,
    optional,
    place,
    text,
)
from .model import (
    ANYWHERE,
    DAY,
    Adjustment,
    Calendar,
    Case,
    Clock,
    Counts,
    Cover,
    DayKind,
    Effect,
    Fee,
    Group,
    Period,
    Place,
    Price,
    Step,
    Tariff,
    Where,
)
from .stay import Held, Passage, Stay

FORMAT = 1
_EPOCH = date(1970, 1, 1).toordinal()
_WHERE = ("kinds", "tickets", "stamps", "zones", "days", "hours")


def tariff_from_document(document: Mapping[str, Any]) -> Tariff:
    """Build a tariff; raise ``DocumentError``, naming the place, where it is none."""
    with place("tariff"):
        only(
            document,
            *("format", "rounding", "exit_grace", "calendar", "clocks"),
            *("covers", "groups", "adjustments", "lost"),
        )
        if integer(document["format"]) != FORMAT:
            raise ValueError(f"not format {FORMAT}: {document['format']}")
        lost = document.get("lost")
        covers = named(document, "covers", _cover)
        groups = named(document, "groups", _group)
        tariff = Tariff(
            calendar=at("calendar", _calendar, document["calendar"]),
            clocks=tuple(named(document, "clocks", _clock).values()),
            covers=covers,
            groups=groups,
            adjustments=tuple(named(document, "adjustments", _adjustment).values()),
            lost=None if lost is None else at("lost", _fee, lost),
            exit_grace=count(document.get("exit_grace", 0)),
            rounding=at_least_one(document.get("rounding", 1)),
        )
        check(tariff)
        return tariff


def stay_from_document(document: Mapping[str, Any]) -> Stay:
    """Build a stay; raise ``DocumentError`` where it is none."""
    with place("stay"):
        only(document, *Stay.__slots__)
        return Stay(
            passages=tuple(_passage(*one) for one in document["passages"]),
            kind=text(document.get("kind", "")),
            ticket=text(document.get("ticket", "")),
            stamps=names(document.get("stamps", ())),
            held=tuple(
                Held(text(cover), integer(left))
                for cover, left in document.get("held", ())
            ),
            paid=integer(document.get("paid", 0)),
            settled_at=moment(document.get("settled_at")),
            lost=flag(document, "lost"),
            credit_limit=count(document.get("credit_limit", 0)),
        )


def _passage(zone: Any, when: Any) -> Passage:
    if when is None:
        raise ValueError("a passage without time")
    return Passage(None if zone is None else integer(zone), moment(when))


def _calendar(entry: Any) -> Calendar:
    only(entry, "timezone", "kinds", "day_starts")
    return Calendar(
        timezone=ZoneInfo(text(entry["timezone"])),
        kinds=each("kinds", _day_kind, entry.get("kinds", [])),
        day_starts=count(entry.get("day_starts", 0), DAY - 1),
    )


def _day_kind(entry: Any) -> DayKind:
    only(entry, "name", "weekdays", "dates")
    weekdays = frozenset(map(integer, entry.get("weekdays", ())))
    if not weekdays <= frozenset(range(7)):
        raise ValueError(f"not weekdays: {sorted(weekdays)}")
    spans = tuple(_days(one) for one in entry.get("dates", ()))
    return DayKind(text(entry["name"]), weekdays, spans)


def _days(value: Any) -> tuple[int, int]:
    texts = [value, value] if isinstance(value, str) else value
    first, last = (date.fromisoformat(one).toordinal() - _EPOCH for one in texts)
    if first > last:
        raise ValueError(f"not from a day to a later one: {value!r}")
    return first, last


def _where(entry: Any) -> Where:
    only(entry, *_WHERE)
    found = {
        name: names(entry[name])
        for name in ("kinds", "tickets", "stamps", "days")
        if name in entry
    }
    zones, hours = entry.get("zones"), entry.get("hours")
    return Where(
        **found,
        zones=None if zones is None else frozenset(map(integer, zones)),
        hours=None if hours is None else _hours(hours),
    )


def _hours(values: Iterable[Any]) -> tuple[tuple[int, int], ...]:
    spans = []
    for start, end in values:
        if count(start, DAY - 1) < count(end, DAY):
            spans.append((start, end))
        else:
            spans += [(start, DAY), (0, end)]
    return tuple(union(spans))


def _price(value: Any) -> Price:
    if not isinstance(value, list):
        return (Case(count(value)),)
    cases = each("case", _case, value)
    if not cases or cases[-1].where != ANYWHERE:
        raise ValueError("the last case of a price must have no condition")
    return cases


def _case(entry: Any) -> Case:
    only(entry, "price", *_WHERE)
    where = {name: entry[name] for name in entry if name != "price"}
    return Case(count(entry["price"]), _where(where))


def _clock(entry: Any) -> Clock:
    only(entry, "name", "where", "restarts", "steps")
    steps = each("steps", _step, entry["steps"])
    if list(steps) != sorted(steps, key=lambda step: step.after):
        raise ValueError("steps are not in the order of their times")
    return Clock(
        name=entry["name"],
        steps=steps,
        where=at("where", _where, entry.get("where", {})),
        restarts=Period(entry.get("restarts", "stay")),
    )


def _step(entry: Any) -> Step:
    only(
        entry,
        *("price", "after", "every", "per", "tolerance", "tolerance_counts"),
        "product",
    )
    step = Step(
        price=at("price", _price, entry["price"]),
        after=count(entry.get("after", 0)),
        every=count(entry.get("every", 0)),
        per=count(entry.get("per", 0)),
        tolerance=count(entry.get("tolerance", 0)),
        tolerance_counts=flag(entry, "tolerance_counts"),
        product=text(entry.get("product", "")),
    )
    if step.per and not step.every:
        raise ValueError("per without every")
    return step


def _cover(entry: Any) -> Cover:
    only(entry, "name", "clocks", "minutes", "counts", "unit")
    return Cover(
        name=entry["name"],
        clocks=names(entry["clocks"]),
        minutes=optional(entry.get("minutes")),
        counts=Counts(entry.get("counts", "nothing")),
        unit=at_least_one(entry.get("unit", 1)),
    )


def _group(entry: Any) -> Group:
    only(entry, "name", "clocks", "minutes", "places", "price", "product")
    name = entry["name"]
    minutes = optional(entry.get("minutes"))
    return Group(
        cover=Cover(name, names(entry["clocks"]), minutes),
        places=each("places", _group_place, entry["places"]),
        price=at("price", _price, entry["price"]),
        product=text(entry.get("product", name)),
    )


def _group_place(entry: Any) -> Place:
    only(entry, "kinds", "least", "most")
    kinds = entry.get("kinds")
    least, most = count(entry.get("least", 0)), count(entry["most"])
    if least > most:
        raise ValueError(f"at least {least} and at most {most}")
    return Place(None if kinds is None else names(kinds), least, most)


def _adjustment(entry: Any) -> Adjustment:
    effects = [effect for effect in Effect if effect.value in entry]
    only(
        entry,
        *("name", "clocks", "per", "where", "product"),
        *(effect.value for effect in Effect),
    )
    if len(effects) != 1:
        raise ValueError("not one of percent, off, most, least")
    effect, name = effects[0], entry["name"]
    amount = at(effect.value, _price, entry[effect.value])
    if effect is Effect.PERCENT and any(case.amount > 100 for case in amount):
        raise ValueError("more than 100 percent")
    period = Period(entry.get("per", "stay"))
    if period is Period.ENTRY:
        raise ValueError(f"no period of an adjustment: {period.value}")
    where = at("where", _where, entry.get("where", {}))
    product = text(entry.get("product", name))
    clocks = names(entry["clocks"])
    return Adjustment(name, effect, amount, clocks, period, where, product)


def _fee(entry: Any) -> Fee:
    only(entry, "price", "instead", "product")
    price = entry["price"]
    return Fee(
        price=None if price is None else at("price", _price, price),
        instead=flag(entry, "instead"),
        product=text(entry.get("product", "lost")),
    )
