"""Values of documents, each read or refused."""

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

# With more than these, times could not be counted any more.
MOST = 1_000_000


def key_number(text: str) -> int:
    """Read the number of an entry: one way to write it, so that none is there twice."""
    found = int(text)
    if str(found) != text:
        raise ValueError(f"not a plain number: {text!r}")
    return found


def integer(value: Any) -> int:
    """Let only integers pass: a text matches nothing, ``true`` would match 1."""
    if type(value) is not int:
        raise TypeError(f"not an integer: {value!r}")
    return value


def count(value: Any, most: int = MOST) -> int:
    if not 0 <= integer(value) <= most:
        raise ValueError(f"not from 0 to {most}: {value!r}")
    return value


def optional_number(value: Any) -> int | None:
    return None if value is None else integer(value)


def numbers(values: Any) -> list[int]:
    return [integer(value) for value in values]


def optional_numbers(values: Any) -> frozenset[int] | None:
    return None if values is None else frozenset(numbers(values))


def flag(entry: Mapping[str, Any], name: str) -> bool:
    value = entry.get(name, False)
    if type(value) is not bool:
        raise TypeError(f"{name} is neither true nor false: {value!r}")
    return value


@lru_cache(maxsize=10_000)
def moment(text: str | None) -> datetime | None:
    """Read a time; many entries have the same, so they share it."""
    if text is None:
        return None
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return at.astimezone(timezone.utc)
