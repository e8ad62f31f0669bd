"""Lockers as staff set them up: banks, their terminals, what each locker hangs on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is in a changing room: positions count along a row."""

    row: int
    position: int


@dataclass(frozen=True, slots=True)
class Bank:
    """Lockers that belong together, with a terminal on each row, by reader.

    Its number is that of a point of the policy, where it is decided who gets one. A
    locker is free again when its door, after it was shut, has stood open for
    ``free_after_s``, and nothing was inside where it can tell; 0 is never.
    """

    terminals: Mapping[str, Place]
    open_ms: int = 5000
    free_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Locker:
    """``input`` tells that it is shut, ``inside`` that something is in it."""

    bank: int
    number: str
    place: Place
    device: str | None = None
    output: int = 0
    input: int | None = None
    inside: int | None = None
    out_of_order: bool = False


def banks_from(section: Mapping[str, Mapping[str, Any]]) -> dict[int, Bank]:
    terminals = [key for entry in section.values() for key in entry["terminals"]]
    if len(terminals) > len(set(terminals)):
        raise ValueError("a terminal of two banks")
    return {
        int(key): Bank(
            terminals={
                str(reader): Place(int(place["row"]), int(place["position"]))
                for reader, place in entry["terminals"].items()
            },
            open_ms=int(entry.get("open_ms", 5000)),
            free_after_s=int(entry.get("free_after_s") or 0),
        )
        for key, entry in section.items()
    }


def lockers_from(section: Mapping[str, Mapping[str, Any]]) -> dict[int, Locker]:
    lockers = {
        int(key): Locker(
            bank=int(entry["bank"]),
            number=str(entry["number"]),
            place=Place(int(entry["row"]), int(entry["position"])),
            device=None if entry.get("device") is None else str(entry["device"]),
            output=int(entry.get("output") or 0),
            input=_input(entry.get("input")),
            inside=_input(entry.get("inside")),
            out_of_order=bool(entry.get("out_of_order", False)),
        )
        for key, entry in section.items()
    }
    # Two lockers on one bolt would be one locker for two persons.
    bolts = [(one.device, one.output) for one in lockers.values() if one.device]
    if len(bolts) > len(set(bolts)):
        raise ValueError("two lockers with the same output")
    return lockers


def words_from(section: Mapping[str, str]) -> dict[str, str]:
    return {str(key): str(words) for key, words in section.items()}


def _input(value: Any) -> int | None:
    return None if value is None else int(value)
