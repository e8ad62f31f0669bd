"""What the venue is that the panel stands for, as whoever starts it tells."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Neither a path, nor a network address, nor what ports are called.
_NAME = re.compile(r"(?!tty|serial|COM)[A-Za-z][A-Za-z0-9-]*")
_PORTS = Path("/dev")


class PlanError(ValueError):
    """A plan that is not run; the text says why."""


@dataclass(frozen=True)
class Device:
    id: str
    name: str
    driver: str
    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Input:
    """``sense`` is as in the gateway's ``wiring.py``."""

    device: str
    number: int
    sense: str
    point: int | None = None
    inverted: bool = False


@dataclass(frozen=True)
class Point:
    id: int
    name: str
    kind: str
    readers: tuple[str, ...] = ()
    lock: str | None = None
    output: int = 0


@dataclass(frozen=True)
class Locker:
    id: int
    number: str
    row: int
    position: int
    device: str | None = None
    output: int = 0
    out_of_order: bool = False


@dataclass(frozen=True)
class Bank:
    """``terminals`` gives the row of each reader."""

    id: int
    name: str
    terminals: Mapping[str, int]
    lockers: tuple[Locker, ...]

    def of_row(self, row: int) -> tuple[str, ...]:
        return tuple(key for key, at in self.terminals.items() if at == row)


@dataclass(frozen=True)
class Plan:
    """``people`` are who may be held to readers: names, and what each of them has."""

    title: str = "Venue"
    erp: str | None = None
    devices: Mapping[str, Device] = field(default_factory=dict)
    points: Mapping[int, Point] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    banks: tuple[Bank, ...] = ()
    people: tuple[Mapping[str, Any], ...] = ()


def plan_from(told: Mapping[str, Any]) -> Plan:
    """Build a plan from JSON; raise ``PlanError``, also for what may be real."""
    try:
        plan = Plan(
            title=str(told["title"]),
            erp=told.get("erp"),
            devices={str(one["id"]): _device(one) for one in told["devices"]},
            points={one["id"]: _point(one) for one in told["points"]},
            inputs=tuple(Input(**one) for one in told["inputs"]),
            banks=tuple(_bank(one) for one in told["banks"]),
            people=tuple(told["people"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise PlanError(f"malformed plan: {error!r}") from error
    for device in plan.devices.values():
        require_simulated(device)
    return plan


def require_simulated(device: Device) -> None:
    """Refuse what is no bare name: only a line of our own has one."""
    name = device.address
    if not _NAME.fullmatch(name) or (_PORTS / name).exists():
        raise PlanError(
            f"{device.name}: {name} may be a real device, and the front panel "
            "stands beside none. Simulated ones have names like door-1 as addresses."
        )


def require_own_folder(folder: Path) -> None:
    """Refuse a folder in which there is anything but lines of a panel that was."""
    foreign = [
        found.name
        for found in folder.iterdir()
        if not (found.is_symlink() and str(found.readlink()).startswith("/dev/pts/"))
    ]
    if foreign or folder.resolve().is_relative_to("/dev"):
        raise PlanError(f"{folder} is no folder of simulated lines: {foreign[:3]}")


def _device(told: Mapping[str, Any]) -> Device:
    fields = {name: str(told[name]) for name in ("id", "name", "driver", "address")}
    return Device(**fields, settings=dict(told.get("settings") or {}))


def _point(told: Mapping[str, Any]) -> Point:
    return Point(**{**told, "readers": tuple(told.get("readers", ()))})


def _bank(told: Mapping[str, Any]) -> Bank:
    lockers = tuple(Locker(**one) for one in told["lockers"])
    return Bank(**{**told, "lockers": lockers})
