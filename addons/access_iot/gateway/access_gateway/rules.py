"""What a policy says to a gateway: the rules, the devices, and how they are wired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from access_policy import Policy, policy_from_document

FORMAT = 1


class RulesError(ValueError):
    """A document that holds no rules; the text says why."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as staff set it up. ``outputs`` are those that release a point."""

    id: str
    driver: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wire:
    """The devices of a point: who reads there, and which output lets pass how long."""

    reader: str | None = None
    lock: str | None = None
    output: int = 0
    release_ms: int = 0


@dataclass(frozen=True)
class Rules:
    """Version 0 is what a gateway has before its first policy: no point at all."""

    version: int = 0
    expires_at: str | None = None
    policy: Policy = field(default_factory=Policy)
    devices: Mapping[str, Device] = field(default_factory=dict)
    wiring: Mapping[int, Wire] = field(default_factory=dict)

    @cached_property
    def point_of_reader(self) -> Mapping[str, int]:
        return {
            wire.reader: point
            for point, wire in self.wiring.items()
            if wire.reader is not None
        }


def rules_from_document(document: Mapping[str, Any]) -> Rules:
    """Build the rules from a policy payload.

    The document is that of ``access_policy.document`` and besides::

        {"format": 1, "gateway": UUID, "version": 12,
         "issued_at": "2026-11-21T07:00:00Z",
         "devices": {"5": {"driver": "serial_reader", "address": "entrance",
                           "settings": {"kind": "card"}}},
         "wiring": {"1": {"reader": "5", "lock": "6", "output": 0,
                          "release_ms": 3000}}}

    Raises ``RulesError`` naming what is wrong.
    """
    try:
        if document["format"] != FORMAT:
            raise RulesError(f"format {document['format']!r} is not {FORMAT}")
        wiring = _wiring(document.get("wiring", {}))
        rules = Rules(
            version=_version(document["version"]),
            expires_at=document.get("expires_at"),
            policy=policy_from_document(document),
            devices=_devices(document.get("devices", {}), wiring),
            wiring=wiring,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, RulesError):
            raise
        raise RulesError(f"malformed: {error!r}") from error
    # Worked out now rather than for the first person at the door.
    _ = rules.policy.ways, rules.policy.orders_of, rules.point_of_reader
    return rules


def _version(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RulesError(f"version {value!r} is not a positive integer")
    return value


def _wiring(section: Mapping[str, Mapping[str, Any]]) -> dict[int, Wire]:
    return {
        int(point): Wire(
            reader=_device_id(entry.get("reader")),
            lock=_device_id(entry.get("lock")),
            output=int(entry.get("output") or 0),
            release_ms=int(entry.get("release_ms") or 0),
        )
        for point, entry in section.items()
    }


def _devices(
    section: Mapping[str, Mapping[str, Any]], wiring: Mapping[int, Wire]
) -> dict[str, Device]:
    return {
        device: Device(
            id=device,
            driver=str(entry["driver"]),
            address=str(entry["address"]),
            settings=dict(entry.get("settings") or {}),
            outputs=frozenset(
                wire.output for wire in wiring.values() if wire.lock == device
            ),
        )
        for device, entry in section.items()
    }


def _device_id(value: Any) -> str | None:
    return None if value is None else str(value)
