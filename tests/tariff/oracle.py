"""An oracle for prices: minute by minute, from the documents, without the package.

It knows no pieces, windows or runs: a stay is walked through one minute after the
other, each clock is a counter, and each unit is a row of its own. Stays begin, change
zone and are priced at full minutes. The wall is that of ``wall_clock``, which has the
rules of the clocks written out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, NamedTuple

from ..policy.wall_clock import wall_clock

MINUTE = timedelta(minutes=1)
EVER = 10**9


class Unit(NamedTuple):
    """A unit that begins at a reading of a clock, in a minute of the stay."""

    clock: str
    zone: int
    price: Fraction
    needs: int
    run: tuple[str, int]
    minute: int


def oracle(tariff: Mapping, stay: Mapping, at: datetime) -> tuple[int, dict[str, int]]:
    """Give the total and what is taken from packages."""
    walk = _Walk(tariff, stay, at)
    units = list(walk.units())
    total = walk.adjusted([unit for unit in units if walk.is_due(unit)])
    if stay.get("lost") and tariff.get("lost"):
        fee = tariff["lost"]
        cost = fee["price"]
        if cost is None:
            cost = stay["credit_limit"]
        total = walk.price(cost, 0) + (0 if fee.get("instead") else total)
    step = tariff.get("rounding", 1)
    return int((total + Fraction(step, 2)) // step * step), walk.drawn


class _Walk:
    def __init__(self, tariff: Mapping, stay: Mapping, at: datetime):
        self.tariff = tariff
        self.stay = stay
        passages = [
            (zone, datetime.fromisoformat(time.replace("Z", "+00:00")))
            for zone, time in stay["passages"]
        ]
        passages = [one for one in passages if one[1] <= at]
        self.start = passages[0][1]
        self.length = (at - self.start) // MINUTE
        # The last zone, too, of who has just come in: a minute that is only begun.
        self.zones = [self._zone(passages, n) for n in range(self.length + 1)]
        self.is_begun = passages[-1][1] == at and self._came_in(passages)
        self.readings: dict[tuple[str, int], int] = defaultdict(int)
        self.drawn: dict[str, int] = {}
        self.walls: dict[int, datetime] = {}

    def _zone(self, passages: list, number: int) -> int | None:
        at = self.start + number * MINUTE
        return [zone for zone, since in passages if since <= at][-1]

    def _came_in(self, passages: list) -> bool:
        before = [zone for zone, at in passages if at < passages[-1][1]]
        return (
            passages[-1][0] is not None and (before or [None])[-1] != (passages[-1][0])
        )

    def units(self) -> Iterator[Unit]:
        covered = self._covered()
        for clock in self.tariff["clocks"]:
            if not self._suits(clock.get("where", {})):
                continue
            yield from self._units(clock, covered.get(clock["name"], 0))

    def _units(self, clock: Mapping, covered_to: int) -> Iterator[Unit]:
        name, run, ran, covered, mark = clock["name"], (clock["name"], -1), None, 0, ()
        for n in range(self.length + self.is_begun):
            if not self._runs(clock, n):
                continue
            anew = self._mark(clock.get("restarts", "stay"), n)
            if ran is None or anew != mark or self._entered(clock, ran, n):
                run, covered = (name, n), 0
            ran, mark = n, anew
            covered += n < covered_to
            reading = self.readings[run]
            only_begun = n == self.length
            for step, end in self._steps(clock):
                first = step.get("after", 0)
                needs = first + step.get("tolerance", 0)
                if not step.get("tolerance_counts"):
                    first = needs
                if n < covered_to or not self._begins(step, first, covered, reading):
                    continue
                if step.get("every") and reading >= end or only_begun and reading:
                    continue
                price = Fraction(self.price(step["price"], n))
                if step.get("per"):
                    price *= Fraction(step["every"], step["per"])
                yield Unit(name, self.zones[n], price, needs, run, n)
            self.readings[run] += not only_begun

    def _begins(self, step: Mapping, first: int, covered: int, reading: int) -> bool:
        if not step.get("every"):
            return reading == first
        since = reading - max(first, covered)
        return since >= 0 and since % step["every"] == 0

    def is_due(self, unit: Unit) -> bool:
        return self.readings[unit.run] > unit.needs or unit.needs == 0

    def _steps(self, clock: Mapping) -> Iterator[tuple[Mapping, int]]:
        steps = clock["steps"]
        for n, step in enumerate(steps):
            ends = [later["after"] for later in steps[n + 1 :] if later.get("every")]
            yield step, ends[0] if ends else EVER

    def _entered(self, clock: Mapping, ran: int, n: int) -> bool:
        return clock.get("restarts") == "entry" and ran < n - 1

    def _mark(self, period: str, n: int) -> int:
        if period == "day":
            return self._day(n).toordinal()
        return n // (24 * 60) if period == "24h" else 0

    def _runs(self, clock: Mapping, n: int) -> bool:
        return self.zones[n] is not None and self._holds(clock.get("where", {}), n)

    # Conditions.

    def _suits(self, where: Mapping) -> bool:
        stay = self.stay
        return (
            ("kinds" not in where or stay.get("kind", "") in where["kinds"])
            and ("tickets" not in where or stay.get("ticket", "") in where["tickets"])
            and (
                "stamps" not in where
                or any(one in where["stamps"] for one in stay.get("stamps", ()))
            )
        )

    def _holds(self, where: Mapping, n: int) -> bool:
        if "zones" in where and self.zones[n] not in where["zones"]:
            return False
        if "days" in where and self._kind(self._day(n)) not in where["days"]:
            return False
        if "hours" not in where:
            return True
        local = self._wall(n)
        minute = local.hour * 60 + local.minute
        return any(
            start <= minute < end if start < end else minute >= start or minute < end
            for start, end in where["hours"]
        )

    def price(self, price: Any, n: int) -> int:
        if isinstance(price, int):
            return price
        for case in price:
            if self._suits(case) and self._holds(case, n):
                return case["price"]
        raise AssertionError("no case")

    def _wall(self, n: int) -> datetime:
        if n not in self.walls:
            at = (self.start + n * MINUTE).astimezone(timezone.utc)
            self.walls[n] = wall_clock(at, self.tariff["calendar"]["timezone"])
        return self.walls[n]

    def _day(self, n: int) -> date:
        starts = self.tariff["calendar"].get("day_starts", 0)
        return (self._wall(n) - starts * MINUTE).date()

    def _kind(self, day: date) -> str:
        for kind in self.tariff["calendar"].get("kinds", ()):
            if day.weekday() in kind.get("weekdays", ()):
                return kind["name"]
            for span in kind.get("dates", ()):
                first, last = (span, span) if isinstance(span, str) else span
                if first <= day.isoformat() <= last:
                    return kind["name"]
        return ""

    # Covers.

    def _covered(self) -> dict[str, int]:
        """Tell for each clock the first minute that is not covered."""
        clocks = {one["name"]: one for one in self.tariff["clocks"]}
        covers = {one["name"]: one for one in self.tariff.get("covers", ())}
        groups = {one["name"]: one for one in self.tariff.get("groups", ())}
        covered: dict[str, int] = {}
        for name, left in self.stay.get("held", ()):
            cover = (covers | groups).get(name)
            ours = [
                clock
                for clock in (cover["clocks"] if cover else ())
                if self._suits(clocks[clock].get("where", {}))
            ]
            minutes = self._minutes(cover, left) if ours else 0
            since = min((covered.get(clock, 0) for clock in ours), default=EVER)
            running = [
                n
                for n in range(since, self.length + self.is_begun)
                if any(self._runs(clocks[clock], n) for clock in ours)
            ]
            if not minutes or not running:
                continue
            spent = [n for n in running if n < self.length]
            until = spent[minutes - 1] + 1 if len(spent) >= minutes else EVER
            self._draw(cover, left, min(len(spent), minutes))
            for clock in ours:
                covered[clock] = max(covered.get(clock, 0), until)
        return covered

    def _minutes(self, cover: Mapping, left: int) -> int:
        counts = cover.get("counts", "nothing")
        if counts == "minutes":
            return max(left, 0)
        if counts == "entries" and left < 1:
            return 0
        return EVER if cover.get("minutes") is None else cover["minutes"]

    def _draw(self, cover: Mapping, left: int, used: int) -> None:
        name, unit = cover["name"], cover.get("unit", 1)
        if cover.get("counts") == "entries":
            self.drawn[name] = self.drawn.get(name, 0) + 1
        if cover.get("counts") == "minutes" and used:
            while used % unit:
                used += 1
            self.drawn[name] = self.drawn.get(name, 0) + min(used, left)

    # Adjustments.

    def adjusted(self, units: list[Unit]) -> Fraction:
        """Make each period's money of it, one adjustment after the other."""
        rows = [[unit.clock, unit.minute, unit.price] for unit in units]
        for one in self.tariff.get("adjustments", ()):
            ours = [row for row in rows if row[0] in one["clocks"]]
            for mark in {self._mark(one.get("per", "stay"), row[1]) for row in ours}:
                same = [
                    row
                    for row in ours
                    if self._mark(one.get("per", "stay"), row[1]) == mark
                ]
                self._adjust(one, same, self._first(one.get("per", "stay"), mark))
        return sum((row[2] for row in rows), Fraction())

    def _first(self, period: str, mark: int) -> int:
        """Give the first minute that somebody was there in a period."""
        return next(
            n
            for n in range(self.length + 1)
            if self.zones[n] is not None and self._mark(period, n) == mark
        )

    def _adjust(self, one: Mapping, rows: list, first: int) -> None:
        before = sum(row[2] for row in rows)
        where = one.get("where", {})
        if not before or not (self._suits(where) and self._holds(where, first)):
            return
        if "percent" in one:
            after = before - before * self.price(one["percent"], first) / 100
        elif "off" in one:
            after = max(before - self.price(one["off"], first), Fraction())
        elif "most" in one:
            after = min(before, Fraction(self.price(one["most"], first)))
        else:
            after = max(before, Fraction(self.price(one["least"], first)))
        for row in rows:
            row[2] = Fraction()
        rows[0][2] = after
