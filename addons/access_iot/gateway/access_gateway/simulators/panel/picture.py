"""The venue as the browser gets it: all that there is to see, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .codes import code128, qr
from .fixtures import Fixture, Printer

if TYPE_CHECKING:
    from .plan import Bank, Point
    from .venue import Venue


def picture(venue: Venue) -> dict[str, Any]:
    plan = venue.plan
    return {
        "title": plan.title,
        "erp": plan.erp,
        "visitors": venue.visitors,
        "people": plan.people,
        "points": [_point(venue, point) for point in plan.points.values()],
        "readers": {
            key: _reader(venue, key, fixture)
            for key, fixture in venue.fixtures.items()
            if fixture.reads is not None
        },
        "banks": [_bank(venue, bank) for bank in plan.banks],
        "detectors": [
            {
                "device": one.device,
                "number": one.number,
                "alarm": one in venue.active,
            }
            for one in plan.inputs
            if one.sense == "fire"
        ],
        "printers": [
            {"id": key, "name": one.device.name, "slips": [_slip(s) for s in one.slips]}
            for key, one in venue.fixtures.items()
            if isinstance(one, Printer)
        ],
        "boards": [
            {
                "id": key,
                "name": one.device.name,
                "driver": one.device.driver,
                "plugged": one.line.is_plugged,
            }
            for key, one in venue.fixtures.items()
        ],
    }


def _point(venue: Venue, point: Point) -> dict[str, Any]:
    passage = venue.passages[point.id]
    return {
        "id": point.id,
        "name": point.name,
        "kind": point.kind,
        "readers": [one for one in point.readers if one in venue.fixtures],
        "lock": point.lock in venue.fixtures,
        "senses": sorted(venue.senses(point)),
        "released": venue.is_released(point.id),
        "open": passage.is_open,
        "forced": passage.forced,
        "passing": passage.passing,
    }


def _reader(venue: Venue, key: str, fixture: Fixture) -> dict[str, Any]:
    return {
        "id": key,
        "name": fixture.device.name,
        "driver": fixture.device.driver,
        "reads": fixture.reads,
        "keypad": fixture.has_keypad,
        "hasLamp": fixture.has_lamp,
        "lamp": fixture.lamp,
        "beeps": fixture.beeps,
        "text": fixture.text,
        "plugged": fixture.line.is_plugged,
        "attempts": [
            {"who": one.who, "clock": one.clock, "result": one.result}
            for one in reversed(venue.attempts[key])
        ],
    }


def _bank(venue: Venue, bank: Bank) -> dict[str, Any]:
    rows = sorted({*bank.terminals.values(), *(one.row for one in bank.lockers)})
    return {
        "id": bank.id,
        "name": bank.name,
        "rows": [
            {
                "row": row,
                "terminals": [one for one in bank.of_row(row) if one in venue.fixtures],
                "lockers": [
                    {
                        "id": one.id,
                        "number": one.number,
                        "open": _is_open(venue, one.device, one.output),
                        "outOfOrder": one.out_of_order,
                    }
                    for one in venue.lockers(bank, row)
                ],
            }
            for row in rows
        ],
    }


def _is_open(venue: Venue, device: str | None, output: int) -> bool:
    board = venue.fixtures.get(device or "")
    return board is not None and board.is_on(output)


def _slip(slip: Any) -> dict[str, Any]:
    return {
        "title": slip.title,
        "lines": slip.lines,
        "barcode": slip.barcode,
        "bars": code128(slip.barcode) if slip.barcode else None,
        "qr": slip.qr,
        "squares": qr(slip.qr) if slip.qr else None,
    }
