"""What a policy says to a gateway: the rules, the devices, and how they are wired."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from access_policy import (
    Difference,
    Policy,
    apply_difference,
    difference_from_document,
    policy_from_document,
)
from access_policy.digest import Digests, entry_digests
from access_policy.fields import moment

from .banks import Bank, Locker, banks_from, lockers_from, words_from
from .wiring import Input, ReaderOf, Wire, inputs_from, readers, wiring_from

FORMAT = 2

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class RulesError(ValueError):
    """A document that holds no rules; the text says why."""


class Logged(NamedTuple):
    """Up to when what a device noted itself is in the ERP's log, and how many events
    of that very moment, to the millisecond."""

    until: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Device:
    """A device as staff set it up. ``outputs`` are those that release a point.

    One that stands alone keeps the cards of members, for the time when we are silent.
    What it noted until ``logged`` was told by another gateway, or another box.
    Another ``name`` makes it no other device.
    """

    id: str
    driver: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: frozenset[int] = frozenset()
    stand_alone: bool = False
    logged: Logged | None = None
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Rules:
    """Version 0 is what a gateway has before its first policy: no point at all.

    ``pin_keys`` are those of the hashes of PINs by venue, ``qr_key`` the raw Ed25519
    public key of rotating QR codes; without them there are none. ``words`` are those
    shown to people, by key, where they are not to be ours. ``digests`` are those of the
    sections beside the policy, as they came.
    """

    version: int = 0
    expires_at: str | None = None
    policy: Policy = field(default_factory=Policy)
    devices: Mapping[str, Device] = field(default_factory=dict)
    wiring: Mapping[int, Wire] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    banks: Mapping[int, Bank] = field(default_factory=dict)
    lockers: Mapping[int, Locker] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    pin_keys: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    qr_key: bytes | None = None
    digests: Digests = field(default_factory=dict)

    @cached_property
    def point_of_reader(self) -> Mapping[ReaderOf, int]:
        return readers(self.wiring)

    @cached_property
    def inputs_of(self) -> Mapping[tuple[str, int], list[Input]]:
        """By device and number."""
        found: dict[tuple[str, int], list[Input]] = {}
        for one in self.inputs:
            found.setdefault((one.device, one.number), []).append(one)
        return found

    @cached_property
    def bank_of_terminal(self) -> Mapping[str, int]:
        return {
            terminal: key
            for key, bank in self.banks.items()
            for terminal in bank.terminals
        }


class Change(NamedTuple):
    """What to do to rules of version ``base``; fields not named stay as they are."""

    base: int
    difference: Difference
    fields: Mapping[str, Any]


def rules_from_document(document: Mapping[str, Any]) -> Rules:
    """Build the rules from a policy payload.

    The document is that of ``access_policy.document`` and besides::

        {"format": 2, "gateway": UUID, "version": 12,
         "issued_at": "2026-11-21T07:00:00Z", "pin_keys": {"1": HEX}, "qr_key": HEX,
         "devices": {"5": {"driver": "serial_reader", "name": "Entrance",
                           "address": "entrance",
                           "settings": {"kind": "card"}, "stand_alone": false,
                           "logged": ["2026-11-20T21:14:05.000Z", 1]}},
         "wiring": {"1": {"reader": "5", "reader_number": 0, "keypad": null,
                          "lock": "6", "output": 0, "release_ms": 3000,
                          "held_ms": 30000, "opens_on_fire": false,
                          "camera": "9", "pictures": "refused"}},
         "inputs": [{"device": "6", "input": 0, "sense": "contact", "point": 1,
                     "inverted": false}],
         "banks": {"2": {"terminals": {"7": {"row": 1, "position": 4}},
                         "open_ms": 5000, "free_after_s": 0}},
         "lockers": {"17": {"bank": 2, "number": "A17", "row": 1, "position": 5,
                            "device": "8", "output": 3, "input": 3, "inside": null,
                            "out_of_order": false}},
         "words": {"locker_row_full": "Rząd pełny"}}

    The number of a bank is that of its point; those of lockers stay theirs for good.
    Sections that are left out are empty, and so is what may be ``null``. Raises
    ``RulesError`` naming what is wrong.
    """
    try:
        rules = _wired(policy=policy_from_document(document), **_fields(document))
    except _MALFORMED as error:
        raise _rules_error(error) from error
    _work_out(rules)
    return rules


def change_from_document(document: Mapping[str, Any]) -> Change:
    """Build a change from a payload with a ``base``.

    The document is that of ``access_policy.difference`` and besides as for rules; what
    is left out stays as it is. Raises ``RulesError`` naming what is wrong.
    """
    try:
        fields = _fields(document)
        base = _version(document["base"])
        if base >= fields["version"]:
            raise RulesError(f"version {fields['version']} on top of {base}")
        return Change(base, difference_from_document(document), fields)
    except _MALFORMED as error:
        raise _rules_error(error) from error


def changed_rules(rules: Rules, change: Change) -> Rules:
    """Give the rules after a change; the given ones are used up by it.

    Nothing goes wrong here, and it takes no longer for a policy of many persons.
    """
    there = {name: getattr(rules, name) for name in _FIELDS}
    policy = apply_difference(rules.policy, change.difference)
    digests = {**rules.digests, **change.fields["digests"]}
    after = _wired(policy=policy, **{**there, **change.fields, "digests": digests})
    _work_out(after)
    return after


def _work_out(rules: Rules) -> None:
    """Do now what else the first person at the door would wait for."""
    policy = rules.policy
    _ = policy.ways, policy.orders_of, policy.everyones_rights, policy.zones_within
    _ = rules.point_of_reader, rules.inputs_of, rules.bank_of_terminal


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of ``Rules`` that a document has, but for the policy."""
    if document["format"] != FORMAT:
        raise RulesError(f"format {document['format']!r} is not {FORMAT}")
    given = {"version": document["version"], **document}
    there = {
        name: build(given[name]) for name, build in _FIELDS.items() if name in given
    }
    told = {name: entry_digests(given[name]) for name in _TOLD if name in given}
    return {**there, "digests": told}


def _wired(
    devices: Mapping[str, Device] | None = None,
    wiring: Mapping[int, Wire] | None = None,
    lockers: Mapping[int, Locker] | None = None,
    **fields: Any,
) -> Rules:
    """Make rules whose devices know the outputs that are wired."""
    devices, wiring, lockers = devices or {}, wiring or {}, lockers or {}
    outputs: dict[str, set[int]] = {device: set() for device in devices}
    used = [(wire.lock, wire.output) for wire in wiring.values()]
    used += [(locker.device, locker.output) for locker in lockers.values()]
    for device, output in used:
        if device in outputs:
            outputs[device].add(output)
    wired = {
        key: replace(device, outputs=frozenset(outputs[key]))
        for key, device in devices.items()
    }
    return Rules(devices=wired, wiring=wiring, lockers=lockers, **fields)


def _rules_error(error: Exception) -> "RulesError":
    if isinstance(error, RulesError):
        return error
    return RulesError(f"malformed: {error!r}")


def _version(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RulesError(f"version {value!r} is not a positive integer")
    return value


def _key(value: str | None) -> bytes | None:
    # What is wrong with it is not told with the key in it.
    try:
        key = None if value is None else bytes.fromhex(value)
    except (TypeError, ValueError):
        key = b""
    if key == b"":
        raise RulesError("a key that is not hexadecimal")
    return key


def _keys(section: Mapping[str, str]) -> dict[int, bytes]:
    return {int(venue): _key(value) or b"" for venue, value in section.items()}


def _public_key(value: str | None) -> bytes | None:
    key = _key(value)
    if key is not None and len(key) != 32:
        raise RulesError("a public key that is not 32 bytes")
    return key


def _devices(section: Mapping[str, Mapping[str, Any]]) -> dict[str, Device]:
    return {
        device: Device(
            id=device,
            driver=str(entry["driver"]),
            address=str(entry["address"]),
            settings=dict(entry.get("settings") or {}),
            stand_alone=bool(entry.get("stand_alone")),
            logged=_logged(entry.get("logged")),
            name=str(entry.get("name") or ""),
        )
        for device, entry in section.items()
    }


def _logged(value: list[Any] | None) -> Logged | None:
    if value is None:
        return None
    until, count = value
    at = moment(until)
    return Logged(at, int(count)) if at else None


def _told(value: str | None) -> str | None:
    """Give a time as it is shown; the policy reads it, and refuses what is none."""
    return value


_FIELDS = {
    "version": _version,
    "expires_at": _told,
    "devices": _devices,
    "wiring": wiring_from,
    "inputs": inputs_from,
    "banks": banks_from,
    "lockers": lockers_from,
    "words": words_from,
    "pin_keys": _keys,
    "qr_key": _public_key,
}

# The sections that are compared as they came.
_TOLD = (
    "devices",
    "wiring",
    "inputs",
    "banks",
    "lockers",
    "words",
    "pin_keys",
    "qr_key",
)
