"""A tariff as frozen values: clocks, prices, covers, groups, adjustments.

Zones are the integers that the ERP gives; kinds of customers, tickets, stamps, kinds of
days, clocks and products are names. Money is an integer of the currency's smallest
unit (cents), and so exact: 0.60 is 60. Lengths of time are minutes unless it says
otherwise, hours of the day are minutes since midnight on the venue's wall.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from .stay import Piece, Stay

DAY = 24 * 60


class Period(str, Enum):
    """What an adjustment sums up, and after what a clock begins anew.

    ``DAY`` is the venue's opening day, ``HOURS_24`` each 24 hours since the begin of
    the stay. ``ENTRY`` is for clocks: each time that they begin to run.
    """

    STAY = "stay"
    DAY = "day"
    HOURS_24 = "24h"
    ENTRY = "entry"


class Effect(str, Enum):
    """What an adjustment does to a sum; each keeps the larger of two sums larger."""

    PERCENT = "percent"
    OFF = "off"
    MOST = "most"
    LEAST = "least"


class Counts(str, Enum):
    """What a cover is drawn down by: a package of minutes, of entries, or nothing."""

    NOTHING = "nothing"
    MINUTES = "minutes"
    ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Where:
    """For whom, where and when something holds; ``None`` stands for any.

    ``hours`` are spans of minutes since midnight, sorted, apart, the end excluded.
    """

    kinds: frozenset[str] | None = None
    tickets: frozenset[str] | None = None
    stamps: frozenset[str] | None = None
    zones: frozenset[int] | None = None
    days: frozenset[str] | None = None
    hours: tuple[tuple[int, int], ...] | None = None

    def suits(self, stay: Stay) -> bool:
        """Tell whether it is for this customer."""
        return (
            (self.kinds is None or stay.kind in self.kinds)
            and (self.tickets is None or stay.ticket in self.tickets)
            and (self.stamps is None or not self.stamps.isdisjoint(stay.stamps))
        )

    def holds(self, piece: Piece) -> bool:
        """Tell whether it is for this place and time."""
        return (
            (self.zones is None or piece.zone in self.zones)
            and (self.days is None or piece.kind in self.days)
            and (
                self.hours is None
                or any(start <= piece.minute < end for start, end in self.hours)
            )
        )


ANYWHERE = Where()


class Case(NamedTuple):
    amount: int
    where: Where = ANYWHERE


# The first case that holds gives the amount; the last one always holds.
Price = tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a clock costs from a reading on.

    ``after`` so many minutes the price is due, once (``every`` is 0) or for each
    started ``every`` minutes, until the next step that has an ``every``. With ``per``
    the price is for so many minutes and each unit costs its share. For ``tolerance``
    minutes more nothing is due. Who is longer pays from the end of the tolerance on, so
    one minute more costs one minute: public lists say it so ("1 h = 70 min", "10 min
    gratis"). With ``tolerance_counts`` they pay from ``after`` on.
    """

    price: Price
    after: int = 0
    every: int = 0
    per: int = 0
    tolerance: int = 0
    tolerance_counts: bool = False
    product: str = ""


class Window(NamedTuple):
    """The readings at which units of a step begin, in seconds of its clock.

    They begin from ``first`` on and before ``last`` (``None``: without end), ``every``
    so many seconds (0: once), and are due when the reading is past ``tolerated``.
    """

    step: Step
    first: int
    last: int | None
    every: int
    tolerated: int


@dataclass(frozen=True)
class Clock:
    """It runs where and when ``where`` says, in real minutes, and costs its steps (C3).

    Hours and days of ``where`` are those of the wall. What of ``where`` is about the
    customer decides whether the clock is there for the stay at all.
    """

    name: str
    steps: tuple[Step, ...]
    where: Where = ANYWHERE
    restarts: Period = Period.STAY

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """Lay the steps out on the clock."""
        windows = []
        last = None
        for step in reversed(self.steps):
            tolerated = (step.after + step.tolerance) * 60
            first = step.after * 60 if step.tolerance_counts else tolerated
            windows.append(Window(step, first, last, step.every * 60, tolerated))
            last = step.after * 60 if step.every else last
        return tuple(windows[::-1])


@dataclass(frozen=True, slots=True)
class Cover:
    """What pays for the first time on clocks: a ticket, a package, a stamp (C9, D2).

    It covers ``minutes`` (``None``: all) in which one of ``clocks`` runs. A package of
    minutes covers as many as are left of it and is drawn down by started ``unit``
    minutes; one of entries needs an entry that is left.
    """

    name: str
    clocks: frozenset[str]
    minutes: int | None = None
    counts: Counts = Counts.NOTHING
    unit: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """How many persons of some kinds (``None``: any) a group takes."""

    kinds: frozenset[str] | None
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Group:
    """Several persons with one price, which gives each of them a cover (C2, C8)."""

    cover: Cover
    places: tuple[Place, ...]
    price: Price
    product: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is made of the sum of some clocks in each period (C3, D2).

    ``amount`` is a percentage or money, as ``effect`` says.
    """

    name: str
    effect: Effect
    amount: Price
    clocks: frozenset[str]
    period: Period = Period.STAY
    where: Where = ANYWHERE
    product: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """For a lost band (C10) or ticket (D5); without a price, the stay's credit limit.

    ``instead`` of the time, where the begin is known by the lost ticket alone.
    """

    price: Price | None
    instead: bool = False
    product: str = "lost"


@dataclass(frozen=True, slots=True)
class DayKind:
    """A kind of days: by weekdays (0 is Monday) and by spans of days since 1970.

    The last day of a span is included.
    """

    name: str
    weekdays: frozenset[int] = frozenset()
    spans: tuple[tuple[int, int], ...] = ()

    def has(self, day: int) -> bool:
        # The first day of 1970 was a Thursday.
        return (day + 3) % 7 in self.weekdays or any(
            first <= day <= last for first, last in self.spans
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """The venue's clock and kinds of days; the first kind that has a day is its kind.

    An opening day begins at ``day_starts`` minutes after midnight.
    """

    timezone: tzinfo
    kinds: tuple[DayKind, ...] = ()
    day_starts: int = 0

    def kind(self, day: int) -> str:
        """Name the kind of a day, or give an empty name."""
        return next((kind.name for kind in self.kinds if kind.has(day)), "")


@dataclass(frozen=True)
class Tariff:
    """A price list. ``exit_grace`` is how long one may take to leave after payment.

    Totals are rounded, halves up, to multiples of ``rounding``. Each adjustment must
    sum up all or nothing of what an earlier one did (``tariff_from_document`` sees to
    it).
    """

    calendar: Calendar
    clocks: tuple[Clock, ...]
    covers: Mapping[str, Cover] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()
    lost: Fee | None = None
    exit_grace: int = 0
    rounding: int = 1

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        """The minutes of the day at which something may change on the wall.

        None where neither hours nor days count: then nothing asks for the wall.
        """
        conditions = [where for _owner, where in self.conditions()]
        spans = [span for where in conditions for span in where.hours or ()]
        minutes = {minute % DAY for span in spans for minute in span}
        by_kind = any(where.days is not None for where in conditions)
        if minutes or by_kind or Period.DAY in self._periods:
            minutes.add(self.calendar.day_starts)
        return tuple(sorted(minutes))

    @cached_property
    def counts_24h(self) -> bool:
        return Period.HOURS_24 in self._periods

    @cached_property
    def period_of(self) -> Mapping[str, Period]:
        """The periods that a clock's charges must be told apart by."""
        periods: dict[str, Period] = {}
        for one in self.adjustments:
            if one.period is not Period.STAY:
                periods.update(dict.fromkeys(one.clocks, one.period))
        return periods

    @cached_property
    def _periods(self) -> frozenset[Period]:
        owners = [clock.restarts for clock in self.clocks]
        return frozenset(owners + [one.period for one in self.adjustments])

    def conditions(self) -> Iterator[tuple[str, Where]]:
        """Give every condition, with the name of what it is for."""
        for owner in (*self.clocks, *self.adjustments):
            yield owner.name, owner.where
        for name, price in self._prices():
            for case in price:
                yield name, case.where

    def _prices(self) -> Iterator[tuple[str, Price]]:
        for clock in self.clocks:
            for step in clock.steps:
                yield clock.name, step.price
        for one in self.adjustments:
            yield one.name, one.amount
        for name, group in self.groups.items():
            yield name, group.price
        if self.lost and self.lost.price:
            yield "lost", self.lost.price
