"""A stay and its bill, as frozen values; what they are counted in, see ``model``."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class Code(str, Enum):
    """What a line is about. Words for people are made at the edge."""

    GROUP = "group"
    ONCE = "once"
    TIME = "time"
    PERCENT = "percent"
    OFF = "off"
    MOST = "most"
    LEAST = "least"
    LOST = "lost"
    ROUNDING = "rounding"


class Piece(NamedTuple):
    """A part of a stay in which nothing changes that a tariff asks about.

    ``start`` and ``end`` are seconds since 1970, ``day`` the opening day as a number
    of days since then, ``kind`` its kind, ``minute`` the minute on the wall where the
    piece begins; ``zone`` is ``None`` for who is in none.
    """

    zone: int | None
    start: int
    end: int
    day: int
    kind: str
    minute: int


class Passage(NamedTuple):
    """Someone comes into a zone, or is in none from now on (``None``)."""

    zone: int | None
    at: datetime


class Held(NamedTuple):
    """A cover that the customer has, by name, and what is left of a package.

    What was left when the stay began, in minutes or entries, as the cover counts: a
    bill tells what the stay took so far, and is made anew with each question.
    """

    cover: str
    left: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in a building or a car in a car park, as far as it is known.

    ``held`` covers are drawn in this order; one that the tariff does not know covers
    nothing. ``paid`` is what was paid for this stay so far, ``settled_at`` when money
    was paid last in order to leave: to ask again, and owe nothing, does not move it.
    ``credit_limit`` is that of the band. Times are aware and never go back, else there
    is a ``ValueError``.
    """

    passages: tuple[Passage, ...]
    kind: str = ""
    ticket: str = ""
    stamps: frozenset[str] = frozenset()
    held: tuple[Held, ...] = ()
    paid: int = 0
    settled_at: datetime | None = None
    lost: bool = False
    credit_limit: int = 0

    def __post_init__(self) -> None:
        times = [passage.at for passage in self.passages]
        for at in times if self.settled_at is None else [*times, self.settled_at]:
            # Python would take a naive time for one of the machine's own zone.
            if at.tzinfo is None:
                raise ValueError(f"time without zone: {at}")
        if any(a > b for a, b in zip(times, times[1:], strict=False)):
            raise ValueError("passages go back in time")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: ``quantity`` times ``unit_price`` is ``amount``, always.

    What is free is a line too, what a cover paid for is none. ``product`` is the key
    that it is sold as: tax follows from that. ``name`` is that of the clock, adjustment
    or group. Of time, ``minutes`` are those of the started units, and the quantity is
    their number unless the price is for a share. ``start`` (UTC) is when the first unit
    began, or the period of an adjustment; up to ``end`` it is paid for unless the clock
    stops.
    """

    code: Code
    name: str
    product: str
    quantity: int
    unit_price: int
    amount: int
    zone: int | None = None
    minutes: int = 0
    start: datetime | None = None
    end: datetime | None = None


class Draw(NamedTuple):
    """What is taken from a package: minutes or entries, as it counts."""

    cover: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines in a stable order; ``owed`` is what is still to be paid, never negative."""

    lines: tuple[Line, ...]
    total: int
    owed: int
    draws: tuple[Draw, ...] = ()


class NextCharge(NamedTuple):
    """When more is owed for the first time, and how much more."""

    at: datetime
    amount: int
