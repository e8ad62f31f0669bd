"""Tariffs and stays of a pool with a sauna, as documents, and what they cost."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from access_tariff import (
    Bill,
    Line,
    Stay,
    Tariff,
    price,
    stay_from_document,
    tariff_from_document,
)

POOL, SAUNA, STEAM = 1, 2, 3
# A Monday, ten o'clock in Warsaw.
TEN = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

Document = dict[str, Any]


def clock(*steps: Mapping[str, Any], **more: Any) -> Document:
    """Give a clock called pool that runs anywhere."""
    return {"name": "pool", "steps": list(steps), **more}


def tariff_document(*clocks: Mapping[str, Any], **more: Any) -> Document:
    calendar = {"timezone": "Europe/Warsaw", **more.pop("calendar", {})}
    return {"format": 1, "calendar": calendar, "clocks": list(clocks), **more}


def tariff(*clocks: Mapping[str, Any], **more: Any) -> Tariff:
    return tariff_from_document(tariff_document(*clocks, **more))


def at(minutes: float, start: datetime = TEN) -> datetime:
    """Give a time by real minutes after the start."""
    return start + timedelta(minutes=minutes)


def stay(*zones: tuple[int | None, float], start: datetime = TEN, **more: Any) -> Stay:
    """Give a stay by zones and the minutes at which they were entered."""
    passages = [[zone, at(minutes, start).isoformat()] for zone, minutes in zones]
    document = {"passages": passages or [[POOL, start.isoformat()]], **more}
    return stay_from_document(document)


def bill(
    priced: Tariff, minutes: float, *zones: tuple[int | None, float], **more: Any
) -> Bill:
    """Price a stay so many minutes after its start; in the pool if no zone is given."""
    start = more.pop("start", TEN)
    return price(priced, stay(*zones, start=start, **more), at(minutes, start))


def total(*args: Any, **more: Any) -> int:
    return bill(*args, **more).total


def short(line: Line) -> tuple[str, str, int | None, int, int, int]:
    """Give what of a line is looked at most."""
    return (
        *(line.code.value, line.name, line.zone),
        *(line.quantity, line.unit_price, line.amount),
    )
