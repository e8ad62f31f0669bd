"""Several persons on one bill, and the one price of a group (C2, C6, C8)."""

from dataclasses import dataclass, replace
from datetime import datetime

from .bill import price
from .meter import amount_at
from .model import Group, Tariff
from .stay import Bill, Code, Held, Line, Stay
from .timeline import moment_piece, pieces_of, seconds


@dataclass(frozen=True, slots=True)
class PartyBill:
    """``lines`` are the group's own, ``bills`` those of the stays in their order.

    ``in_group`` numbers the stays whose time the group's price covers. Once it is sold
    they hold the group's name as a cover (``Held``), and need no party any more.
    """

    lines: tuple[Line, ...]
    bills: tuple[Bill, ...]
    in_group: frozenset[int]
    total: int
    owed: int


def price_party(
    tariff: Tariff,
    stays: tuple[Stay, ...],
    at: datetime,
    group: str | None = None,
    paid: int = 0,
) -> PartyBill:
    """Price stays together, as a group of the tariff where one is named.

    Places are given in the order of the stays, so the leader comes first. Who finds
    no place pays alone, and where places stay empty that must be taken, all do. The
    group's price is that of the first stay's kind and begin; ``paid`` counts for it. A
    name that is no group raises ``KeyError``.
    """
    chosen = None if group is None else tariff.groups[group]
    members = _seated(chosen, stays) if chosen else frozenset()
    lines: tuple[Line, ...] = ()
    if chosen and members:
        lines = (_group_line(tariff, chosen, stays[min(members)], at),)
        held = Held(chosen.cover.name)
        stays = tuple(
            replace(stay, held=(held, *stay.held)) if number in members else stay
            for number, stay in enumerate(stays)
        )
    bills = tuple(price(tariff, stay, at) for stay in stays)
    ours = sum(line.amount for line in lines)
    return PartyBill(
        lines=lines,
        bills=bills,
        in_group=members,
        total=ours + sum(bill.total for bill in bills),
        owed=max(ours - paid, 0) + sum(bill.owed for bill in bills),
    )


def _seated(group: Group, stays: tuple[Stay, ...]) -> frozenset[int]:
    taken = [0] * len(group.places)
    members = set()
    for number, stay in enumerate(stays):
        for index, place in enumerate(group.places):
            fits = place.kinds is None or stay.kind in place.kinds
            if fits and taken[index] < place.most:
                taken[index] += 1
                members.add(number)
                break
    enough = all(
        count >= place.least for count, place in zip(taken, group.places, strict=True)
    )
    return frozenset(members) if enough else frozenset()


def _group_line(tariff: Tariff, group: Group, leader: Stay, at: datetime) -> Line:
    until = seconds(at)
    pieces = pieces_of(tariff, leader, until)
    first = pieces[0] if pieces else moment_piece(tariff, until)
    amount = amount_at(group.price, leader, first)
    return Line(Code.GROUP, group.cover.name, group.product, 1, amount, amount)
