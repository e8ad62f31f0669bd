"""How devices are wired to points: who reads there, what releases, what tells of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

HELD_MS = 30_000


class Pictures(str, Enum):
    """Of which events a camera takes pictures."""

    REFUSED = "refused"  # and of forced and held doors
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Wire:
    """The devices of a point: who reads there, and which output lets pass how long.

    A ``keypad`` is there for PINs, where the reader itself has none. ``reader_number``
    tells the readers of one device apart. A door that stands open ``held_ms`` after
    its release is told of; one that ``opens_on_fire`` does so whatever else holds. A
    ``camera`` looks at it.
    """

    reader: str | None = None
    keypad: str | None = None
    lock: str | None = None
    output: int = 0
    release_ms: int = 0
    reader_number: int = 0
    held_ms: int = HELD_MS
    opens_on_fire: bool = False
    camera: str | None = None
    pictures: Pictures = Pictures.REFUSED


class Sense(str, Enum):
    """What an input tells of."""

    CONTACT = "contact"  # active: the door is open
    EXIT_BUTTON = "exit_button"
    PASSAGE = "passage"
    REVERSE_PASSAGE = "reverse_passage"
    FIRE = "fire"


class Input(NamedTuple):
    """An input of a device and what it means; of no ``point`` where it is of all.

    ``inverted``: it means so while it is not active, as with a circuit that opens in
    danger, so that a cut wire is one too.
    """

    device: str
    number: int
    sense: Sense
    point: int | None = None
    inverted: bool = False


class ReaderOf(NamedTuple):
    device: str
    number: int = 0


def readers(wiring: Mapping[int, Wire]) -> dict[ReaderOf, int]:
    """Give the point of each reader and keypad."""
    found = {}
    for point, wire in wiring.items():
        if wire.reader is not None:
            found[ReaderOf(wire.reader, wire.reader_number)] = point
        if wire.keypad is not None:
            found[ReaderOf(wire.keypad)] = point
    return found


def wiring_from(section: Mapping[str, Mapping[str, Any]]) -> dict[int, Wire]:
    return {
        int(point): Wire(
            reader=_device_id(entry.get("reader")),
            keypad=_device_id(entry.get("keypad")),
            lock=_device_id(entry.get("lock")),
            output=int(entry.get("output") or 0),
            release_ms=int(entry.get("release_ms") or 0),
            reader_number=int(entry.get("reader_number") or 0),
            held_ms=int(entry.get("held_ms") or HELD_MS),
            opens_on_fire=bool(entry.get("opens_on_fire")),
            camera=_device_id(entry.get("camera")),
            pictures=Pictures(entry.get("pictures") or Pictures.REFUSED),
        )
        for point, entry in section.items()
    }


def inputs_from(section: Iterable[Mapping[str, Any]]) -> tuple[Input, ...]:
    return tuple(
        Input(
            str(entry["device"]),
            int(entry["input"]),
            Sense(entry["sense"]),
            None if entry.get("point") is None else int(entry["point"]),
            bool(entry.get("inverted")),
        )
        for entry in section
    )


def _device_id(value: Any) -> str | None:
    return None if value is None else str(value)
