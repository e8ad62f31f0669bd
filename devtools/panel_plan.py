"""The demo venue as the front panel of the simulated devices is told it."""

import re
from collections import defaultdict
from typing import Any

from .erp import Erp
from .steps import UserError

# A card that nobody has.
UNKNOWN = "DEADBEEF"
STRANGER = {"name": "A stranger", "tokens": [{"kind": "card", "value": UNKNOWN}]}
# Of each kind of wristbands.
BANDS_SHOWN = 4
KINDS = ("card", "wristband", "qr", "barcode", "plate")


def of_gateway(erp: Erp, gateway: int, url: str) -> dict[str, Any]:
    """Give the plan of all that hangs on a gateway, and who goes there."""
    ours = [("gateway_id", "=", gateway)]
    devices = erp.read("access.device", ours, "name", "driver", "address", "settings")
    points = erp.read("access.point", ours, *POINT)
    terminals = erp.read("access.locker.terminal", [], "bank_id", "device_id", "row")
    lockers = erp.read("access.locker", [], *LOCKER)
    banks = erp.read("access.locker.bank", ours, "point_id")
    return {
        "title": points[0]["venue_id"][1] if points else "Venue",
        "erp": url,
        "devices": [_device(one) for one in devices],
        "points": [_point(one) for one in points if one["kind"] != "locker_bank"],
        "inputs": [
            _input(one)
            for one in erp.read("access.input", [], *INPUT)
            if one["device_id"][0] in {device["id"] for device in devices}
        ],
        "banks": [_bank(bank, terminals, lockers) for bank in banks],
        "people": [*_people(erp), *_bands(erp), STRANGER],
    }


POINT = ("name", "kind", "venue_id", "reader_id", "keypad_id", "lock_id", "lock_output")
INPUT = ("device_id", "number", "sense", "point_id", "inverted")
LOCKER = ("bank_id", "number", "row", "position", "device_id", "output", "out_of_order")


def _device(told: dict[str, Any]) -> dict[str, Any]:
    settings = {one["name"]: one.get("value") for one in told["settings"]}
    known = {name: told[name] for name in ("id", "name", "driver", "address")}
    return {**known, "settings": settings}


def _point(told: dict[str, Any]) -> dict[str, Any]:
    readers = [told[name] for name in ("reader_id", "keypad_id") if told[name]]
    return {
        "id": told["id"],
        "name": told["name"],
        "kind": told["kind"],
        "readers": [str(reader[0]) for reader in readers],
        "lock": _key(told["lock_id"]),
        "output": told["lock_output"],
    }


def _input(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "device": _key(told["device_id"]),
        "number": told["number"],
        "sense": told["sense"],
        "point": told["point_id"][0] if told["point_id"] else None,
        "inverted": told["inverted"],
    }


def _bank(
    bank: dict[str, Any],
    terminals: list[dict[str, Any]],
    lockers: list[dict[str, Any]],
) -> dict[str, Any]:
    def ours(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in records if one["bank_id"][0] == bank["id"]]

    plain = ("id", "number", "row", "position", "output", "out_of_order")
    return {
        "id": bank["point_id"][0],
        "name": bank["point_id"][1],
        "terminals": {_key(one["device_id"]): one["row"] for one in ours(terminals)},
        "lockers": [
            {**{name: one[name] for name in plain}, "device": _key(one["device_id"])}
            for one in ours(lockers)
        ],
    }


def _people(erp: Erp) -> list[dict[str, Any]]:
    """Give who has something to hold to a reader, or a PIN to type."""
    tokens = defaultdict(list)
    domain = [("kind", "in", [*KINDS, "pin"])]
    names = ("partner_id", "kind", "value", "state", "is_duress")
    for one in erp.read("access.credential", domain, *names):
        value = _pin(erp, one["id"]) if one["kind"] == "pin" else one["value"]
        if value and one["state"] != "returned":
            token = {"kind": one["kind"], "value": value}
            if one["is_duress"]:
                token["label"] = "PIN under duress"
            tokens[one["partner_id"][1].rpartition(", ")[2]].append(token)
    return [{"name": name, "tokens": tokens[name]} for name in sorted(tokens)]


def _bands(erp: Erp) -> list[dict[str, Any]]:
    """Give some wristbands of each kind: a till hands them out."""
    kinds = defaultdict(list)
    for one in erp.read("access.wristband", [], "number", "value", "kind_id"):
        token = {"kind": "wristband", "value": one["value"], "label": one["number"]}
        kinds[one["kind_id"][1] if one["kind_id"] else "anybody"].append(token)
    return [
        {"name": f"Wristbands, {kind}", "tokens": tokens[:BANDS_SHOWN]}
        for kind, tokens in sorted(kinds.items())
    ]


def _pin(erp: Erp, credential: int) -> str | None:
    """Give a PIN as staff are shown it; some can be shown to nobody."""
    try:
        shown = erp.call("access.credential", "action_show_pin", [credential])
    except UserError:
        return None
    found = re.search(r"\d{4,}", str(shown["params"]["message"]))
    return found.group() if found else None


def _key(reference: Any) -> str | None:
    return str(reference[0]) if reference else None
