"""Fields of documents: what they may hold, and where in the document it is wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from ._beside import DocumentError, integer

T = TypeVar("T")

# More than any price, and any length in minutes.
MOST = 1_000_000_000
# A time zone that is the name of a folder gives an OSError.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)


@contextmanager
def place(name: str) -> Iterator[None]:
    """Tell in an error where in the document it is."""
    try:
        yield
    except DocumentError as e:
        raise DocumentError(f"{name}/{e}") from e
    except _MALFORMED as e:
        raise DocumentError(f"{name}: {e!r}") from e


def at(name: str, build: Callable[[Any], T], entry: Any) -> T:
    with place(name):
        return build(entry)


def each(name: str, build: Callable[[Any], T], entries: Any) -> tuple[T, ...]:
    if not isinstance(entries, list):
        raise TypeError(f"{name} is not a list")
    with place(name):
        return tuple(at(str(n), build, one) for n, one in enumerate(entries, 1))


def named(
    document: Mapping[str, Any], section: str, build: Callable[[Any], T]
) -> dict[str, T]:
    """Build the entries of a list by their names, which differ."""

    def built(entry: Any) -> tuple[str, T]:
        if not isinstance(entry, Mapping):
            raise TypeError("not an object")
        name = text(entry["name"])
        return name, at(name, build, entry)

    found = each(section, built, document.get(section, []))
    entries = dict(found)
    if len(entries) < len(found):
        raise ValueError(f"two {section} have one name")
    return entries


def only(entry: Any, *allowed: str) -> None:
    """Refuse what nobody reads: a misspelt field would change the price unseen."""
    if not isinstance(entry, Mapping):
        raise TypeError("not an object")
    unknown = sorted(set(entry) - set(allowed), key=str)
    if unknown:
        raise ValueError(f"unknown: {', '.join(map(str, unknown))}")


def count(value: Any, most: int = MOST) -> int:
    if not 0 <= integer(value) <= most:
        raise ValueError(f"not from 0 to {most}: {value!r}")
    return value


def at_least_one(value: Any) -> int:
    if not count(value):
        raise ValueError("0 is too little")
    return value


def flag(entry: Mapping[str, Any], name: str) -> bool:
    value = entry.get(name, False)
    if type(value) is not bool:
        raise TypeError(f"{name} is neither true nor false: {value!r}")
    return value


def text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"not a name: {value!r}")
    return value


def names(values: Any) -> frozenset[str]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"not a list of names: {values!r}")
    return frozenset(map(text, values))


def optional(value: Any) -> int | None:
    return None if value is None else count(value)
