"""What the clocks of a tariff show for a stay, and what that costs.

Everything here counts in seconds of real time. A clock's reading grows while it runs;
a step that begins at a reading is due as soon as the reading is past it, or at once
where it begins with the clock, as who enters has begun the first unit.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from .model import Case, Clock, Counts, Cover, Period, Step, Tariff, Window
from .stay import Draw, Piece, Stay
from .timeline import DAY_SECONDS

# Exact: a fraction only where a price is for a share.
Money = int | Fraction

# A day or 24 hours, by number; 0 where nothing is summed up by periods.
PeriodKey = int


class Charge(NamedTuple):
    """So many units of a step, at one price, that begin in one piece of the stay.

    ``start`` is when the first of them begins.
    """

    clock: Clock
    step: Step
    zone: int
    price: int
    units: int
    start: int
    period: PeriodKey

    @property
    def amount(self) -> Money:
        if self.step.per:
            minutes = self.units * self.step.every
            return Fraction(minutes * self.price, self.step.per)
        return self.units * self.price


def amount_at(price: Iterable[Case], stay: Stay, piece: Piece) -> int:
    """Give the amount of the first case that holds."""
    for amount, where in price:
        if where.suits(stay) and where.holds(piece):
            return amount
    raise ValueError("no case of a price holds")


def period_key(period: Period, piece: Piece, start: int) -> PeriodKey:
    if period is Period.DAY:
        return piece.day
    if period is Period.HOURS_24:
        return (piece.start - start) // DAY_SECONDS
    return 0


def charges_of(
    tariff: Tariff, stay: Stay, pieces: list[Piece]
) -> tuple[list[Charge], list[Draw]]:
    """Give what the time of a stay costs, clock by clock, and what covers give."""
    if not pieces:
        return [], []
    running = {
        clock.name: [piece for piece in pieces if clock.where.holds(piece)]
        for clock in tariff.clocks
        if clock.where.suits(stay)
    }
    covered, draws = _covered(tariff, stay, running)
    start, charges = pieces[0].start, []
    for clock in tariff.clocks:
        period = tariff.period_of.get(clock.name, Period.STAY)
        covered_to = covered.get(clock.name, 0)
        if clock.name not in running or covered_to is None:
            continue
        for run in _runs(clock, running[clock.name], start):
            shown = _shown(run, covered_to)
            for window in clock.windows:
                for piece, units, first in _units(window, shown):
                    cost = amount_at(window.step.price, stay, piece)
                    key = period_key(period, piece, start)
                    place = clock, window.step, piece.zone
                    charges.append(Charge(*place, cost, units, first, key))
    return charges, draws


class _Shown(NamedTuple):
    """What a clock shows at the end of a run, and how far that is covered.

    ``parts`` are pieces with the readings where they begin and end.
    """

    parts: list[tuple[Piece, int, int]]
    reading: int
    covered: int


def _shown(run: list[Piece], covered_to: int) -> _Shown:
    parts, reading, covered = [], 0, 0
    for piece in run:
        since, reading = reading, reading + piece.end - piece.start
        # Who has come in has begun the first unit: that counts as a second.
        reading = reading or 1
        parts.append((piece, since, reading))
        if piece.start < covered_to:
            covered += min(piece.end, covered_to) - piece.start
    return _Shown(parts, reading, covered)


def _runs(clock: Clock, pieces: list[Piece], start: int) -> list[list[Piece]]:
    """Part what a clock ran where it begins anew."""
    if clock.restarts is Period.STAY:
        return [pieces] if pieces else []
    runs: list[list[Piece]] = []
    for piece in pieces:
        last = runs[-1][-1] if runs else None
        if last is None or _is_anew(clock.restarts, last, piece, start):
            runs.append([])
        runs[-1].append(piece)
    return runs


def _is_anew(restarts: Period, last: Piece, piece: Piece, start: int) -> bool:
    if restarts is Period.ENTRY:
        return last.end < piece.start
    return period_key(restarts, last, start) != period_key(restarts, piece, start)


def _units(window: Window, shown: _Shown) -> Iterator[tuple[Piece, int, int]]:
    """Give piece, number and begin of the first of the units that are due."""
    _step, first, last, every, tolerated = window
    parts, reading, covered = shown
    if reading <= tolerated:
        return
    if not every:
        # Once: a single unit, that is covered as a whole or not at all.
        last, every = first + (covered <= first), 1
    elif covered > first:
        first = covered
    for piece, a, b in parts:
        begin, end = max(a, first), b if last is None else min(b, last)
        if begin < end:
            skipped = (begin - first + every - 1) // every
            units = (end - first + every - 1) // every - skipped
            if units:
                yield piece, units, piece.start + first + skipped * every - a


def _covered(
    tariff: Tariff, stay: Stay, running: dict[str, list[Piece]]
) -> tuple[dict[str, int | None], list[Draw]]:
    """Tell up to which moment the clocks are covered (``None``: without end)."""
    covered: dict[str, int | None] = {}
    draws = []
    for name, left in stay.held:
        cover = _cover(tariff, name)
        clocks = sorted(cover.clocks & running.keys()) if cover else []
        begun = [covered.get(clock, 0) for clock in clocks]
        if not begun or all(since is None for since in begun):
            continue
        since = min(since for since in begun if since is not None)
        pieces = {piece for clock in clocks for piece in running[clock]}
        times = sorted(
            (max(piece.start, since), piece.end)
            for piece in pieces
            if piece.end > since or piece.start == since
        )
        limit = _limit(cover, left)
        if not times or limit == 0:
            continue
        until, used = _used_up(times, limit)
        covered |= {clock: _later(covered.get(clock, 0), until) for clock in clocks}
        draws += _draws(cover, left, used)
    return covered, draws


def _cover(tariff: Tariff, name: str) -> Cover | None:
    group = tariff.groups.get(name)
    return group.cover if group else tariff.covers.get(name)


def _later(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _limit(cover: Cover, left: int) -> int | None:
    """Give the seconds that a cover is good for, ``None`` for any number."""
    if cover.counts is Counts.MINUTES:
        return max(left, 0) * 60
    if cover.counts is Counts.ENTRIES and left < 1:
        return 0
    return None if cover.minutes is None else cover.minutes * 60


def _used_up(times: list[tuple[int, int]], limit: int | None) -> tuple[int | None, int]:
    """Tell when a limit was used up, if it was, and the seconds used."""
    used = 0
    for start, end in times:
        if limit is not None and used + end - start >= limit:
            return start + limit - used, limit
        used += end - start
    return None, used


def _draws(cover: Cover, left: int, used: int) -> list[Draw]:
    if cover.counts is Counts.ENTRIES:
        return [Draw(cover.name, 1)]
    if cover.counts is Counts.MINUTES and used:
        unit = cover.unit * 60
        return [Draw(cover.name, min(left, -(-used // unit) * cover.unit))]
    return []
