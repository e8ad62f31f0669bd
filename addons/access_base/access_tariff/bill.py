"""The bill of a stay: lines, what was paid, and when more will be owed."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from .meter import Charge, Money, PeriodKey, amount_at, charges_of, period_key
from .model import Adjustment, Effect, Fee, Period, Tariff
from .stay import Bill, Code, Line, NextCharge, Piece, Stay
from .timeline import moment_piece, pieces_of, seconds, utc


class _Draft(NamedTuple):
    """A line whose amount is not rounded yet; without ``unit_price`` it is that."""

    amount: Money
    code: Code
    name: str
    product: str
    units: int = 1
    unit_price: int | None = None
    zone: int | None = None
    minutes: int = 0
    start: int | None = None
    end: int | None = None


_Sums = dict[tuple[str, PeriodKey], Money]


def price(tariff: Tariff, stay: Stay, at: datetime) -> Bill:
    """Price a stay as it is at a time; what happens later has not happened yet.

    Lines come in the order of clocks and their steps, then adjustments, the fee for
    what was lost, and the rounding of the total. More time never costs less.
    """
    if at.tzinfo is None:
        raise ValueError(f"time without zone: {at}")
    until = seconds(at)
    pieces = pieces_of(tariff, stay, until)
    charges, draws = charges_of(tariff, stay, pieces)
    fee = tariff.lost if stay.lost else None
    if fee and fee.instead:
        charges, draws = [], []
    drafts = _time_lines(charges)
    drafts += _adjustment_lines(tariff, stay, pieces, charges)
    if fee:
        amount = _fee(tariff, fee, stay, pieces, until)
        drafts.append(_Draft(amount, Code.LOST, "lost", fee.product))
    lines = _rounded(drafts, tariff.rounding)
    total = sum(line.amount for line in lines)
    owed = 0 if _is_leaving(tariff, stay, at) else max(total - stay.paid, 0)
    return Bill(tuple(lines), total, owed, tuple(draws))


def owed_if_left_at(tariff: Tariff, stay: Stay, at: datetime) -> int:
    """Tell what is to be paid by who leaves at a time without another passage."""
    return price(tariff, stay, at).owed


def next_charge(
    tariff: Tariff, stay: Stay, at: datetime, within: timedelta = timedelta(days=1)
) -> NextCharge | None:
    """Tell when more than now is owed by who stays where they are, if it is soon.

    What is owed never shrinks while time passes, so the second is found by halving.
    """
    owed, now = price(tariff, stay, at).owed, seconds(at)
    later = range(now, now + within // timedelta(seconds=1) + 1)

    def is_more(second: int) -> bool:
        return price(tariff, stay, utc(second)).owed > owed

    index = bisect_left(later, True, key=is_more)
    if index == len(later):
        return None
    then = utc(later[index])
    return NextCharge(then, price(tariff, stay, then).owed - owed)


def _is_leaving(tariff: Tariff, stay: Stay, at: datetime) -> bool:
    """Tell whether all was paid so lately that nothing new is due yet.

    Who comes into a zone after paying does not leave.
    """
    paid_at = stay.settled_at
    if paid_at is None or not tariff.exit_grace:
        return False
    known = [passage for passage in stay.passages if passage.at <= at]
    if any(passage.zone is not None and passage.at > paid_at for passage in known):
        return False
    left = known[-1].at if known and known[-1].zone is None else at
    if not paid_at <= left <= paid_at + timedelta(minutes=tariff.exit_grace):
        return False
    then = price(tariff, replace(stay, settled_at=None), paid_at)
    return then.total <= stay.paid


def _fee(tariff: Tariff, fee: Fee, stay: Stay, pieces: list[Piece], until: int) -> int:
    if fee.price is None:
        return stay.credit_limit
    first = pieces[0] if pieces else moment_piece(tariff, until)
    return amount_at(fee.price, stay, first)


def _time_lines(charges: list[Charge]) -> list[_Draft]:
    """Join what differs in its period alone, in the order in which it began."""
    joined: dict[tuple[str, int, int, int], list[Charge]] = {}
    for charge in charges:
        key = charge.clock.name, id(charge.step), charge.zone, charge.price
        joined.setdefault(key, []).append(charge)
    return [_time_line(same) for same in joined.values()]


def _time_line(same: list[Charge]) -> _Draft:
    first, step = same[0], same[0].step
    units = sum([charge.units for charge in same])
    return _Draft(
        amount=sum([charge.amount for charge in same]),
        code=Code.TIME if step.every else Code.ONCE,
        name=first.clock.name,
        product=step.product or first.clock.name,
        units=1 if step.per else units,
        unit_price=None if step.per else first.price,
        zone=first.zone,
        minutes=units * step.every,
        start=first.start,
        end=same[-1].start + same[-1].units * step.every * 60,
    )


def _adjustment_lines(
    tariff: Tariff, stay: Stay, pieces: list[Piece], charges: list[Charge]
) -> list[_Draft]:
    sums: _Sums = {}
    for charge in charges:
        key = charge.clock.name, charge.period
        sums[key] = sums.get(key, 0) + charge.amount
    drafts = []
    for one in tariff.adjustments:
        for keys, first in _scopes(one, pieces, sums):
            before = sum(sums[key] for key in keys)
            if not (before and one.where.suits(stay) and one.where.holds(first)):
                continue
            after = _adjusted(one.effect, amount_at(one.amount, stay, first), before)
            # An adjustment that comes later takes all of these sums, or none.
            sums.update(dict.fromkeys(keys, 0))
            sums[keys[0]] = after
            if after != before:
                draft = _Draft(
                    *(after - before, Code(one.effect.value), one.name, one.product),
                    start=first.start,
                )
                drafts.append(draft)
    return drafts


def _scopes(
    one: Adjustment, pieces: list[Piece], sums: _Sums
) -> Iterator[tuple[list[tuple[str, PeriodKey]], Piece]]:
    """Give what is summed up in each period, and the first piece of the period."""
    found: dict[PeriodKey, list[tuple[str, PeriodKey]]] = {}
    for key in sums:
        if key[0] in one.clocks:
            period = 0 if one.period is Period.STAY else key[1]
            found.setdefault(period, []).append(key)
    first: dict[PeriodKey, Piece] = {}
    for piece in pieces if found else ():
        first.setdefault(period_key(one.period, piece, pieces[0].start), piece)
    for period in sorted(found):
        yield found[period], first[period]


def _adjusted(effect: Effect, amount: int, before: Money) -> Money:
    if effect is Effect.PERCENT:
        hundredths = before * (100 - amount)
        # Fractions are slow, and seldom needed.
        return Fraction(hundredths, 100) if hundredths % 100 else hundredths // 100
    if effect is Effect.OFF:
        return max(before - amount, 0)
    return min(before, amount) if effect is Effect.MOST else max(before, amount)


def _rounded(drafts: list[_Draft], rounding: int) -> list[Line]:
    """Round so that lines add up, and what is no share keeps its own price."""
    lines = []
    exact: Money = 0
    shown = 0
    for draft in drafts:
        exact += draft.amount
        amount = _half_up(exact, 1) - shown
        lines.append(_line(draft, amount))
        shown += amount
    rest = _half_up(exact, rounding) - shown
    if rest:
        lines.append(_line(_Draft(rest, Code.ROUNDING, "rounding", "rounding"), rest))
    return lines


def _line(draft: _Draft, amount: int) -> Line:
    _exact, code, name, product, units, unit_price, *where, start, end = draft
    if unit_price is None:
        unit_price = amount
    period = (None if at is None else utc(at) for at in (start, end))
    return Line(code, name, product, units, unit_price, amount, *where, *period)


def _half_up(amount: Money, step: int) -> int:
    return (2 * amount + step) // (2 * step) * step
