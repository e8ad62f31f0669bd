"""Which locker a band gets, and which it opens (requirement C5): decided, not done.

Who may have one is decided as at every point, by ``decide``. A locker belongs to a
credential and not to a person: who bought bands for a family has a locker for each.
"""

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import NamedTuple

from access_policy import Decision, Reason
from access_policy.entitlement import NEARNESS

from .banks import Locker, Place


class Outcome(str, Enum):
    """What came of a band at a terminal, and what else befalls a locker."""

    ASSIGNED = "assigned"
    OPENED = "opened"
    OTHER_ROW = "other_row"
    ROW_FULL = "row_full"
    WRONG_BAND = "wrong_band"

    OPENED_BY_STAFF = "opened_by_staff"
    FREED = "freed"
    FOUND_EMPTY = "found_empty"
    HANDED_OVER = "handed_over"


class Choice(NamedTuple):
    outcome: Outcome
    locker: int | None = None


# What takes the right to a locker, but not the way to one's own clothes: only a band
# that may be in other hands does, and a place that opens for nobody.
_HARMLESS_TO_HOLDER = frozenset(
    {
        *NEARNESS,
        Reason.DENIED,
        Reason.CREDENTIAL_EXPIRED,
        Reason.PERSON_SUSPENDED,
        Reason.IDENTITY_UNCHECKED,
        Reason.ANTI_PASSBACK,
        Reason.ZONE_FULL,
        Reason.SECOND_PERSON_NEEDED,
        Reason.LEFT_WITHOUT_RIGHT,
        Reason.DURESS,
        Reason.NOT_INSIDE,
    }
)


def may_have(decision: Decision) -> bool:
    """Tell whether a band may be given a locker.

    At a point within a zone all who are known may go on, as they could leave; a locker
    is not given to those who merely could.
    """
    return decision.granted and decision.reason is not Reason.LEFT_WITHOUT_RIGHT


def may_open_own(decision: Decision) -> bool:
    """Tell whether a band opens the locker that it has."""
    objections = {decision.reason, *decision.warnings}
    return may_have(decision) or objections <= _HARMLESS_TO_HOLDER


def choose(
    lockers: Mapping[int, Locker],
    terminal: Place,
    decision: Decision,
    held: Collection[int],
    own: Collection[int],
    is_usable: Callable[[Locker], bool] = lambda _locker: True,
) -> Choice:
    """Choose what to do for a band at a terminal of a bank.

    ``lockers`` are those of the bank, ``held`` the lockers that are given, ``own``
    those that this band has. One that is assigned is free, in order and usable, in the
    terminal's row, and none of these is nearer.
    """
    if decision.credential is None:
        return Choice(Outcome.WRONG_BAND)
    here = [key for key in lockers if key in own]
    if here:
        return _own(lockers, terminal, decision, here)
    if not may_have(decision):
        return Choice(Outcome.WRONG_BAND)
    free = {
        key: locker.place
        for key, locker in lockers.items()
        if key not in held and not locker.out_of_order and is_usable(locker)
    }
    found = nearest(free, terminal)
    return Choice(Outcome.ROW_FULL if found is None else Outcome.ASSIGNED, found)


def nearest(free: Mapping[int, Place], terminal: Place) -> int | None:
    """Give the nearest of those in the row; of two as near the one before, then first.

    >>> row = {key: Place(1, key) for key in (3, 7)}
    >>> nearest(row, Place(1, 5)), nearest(row, Place(1, 6)), nearest(row, Place(2, 3))
    (3, 7, None)
    """
    there = [
        (abs(place.position - terminal.position), place.position, key)
        for key, place in free.items()
        if place.row == terminal.row
    ]
    return min(there)[2] if there else None


def _own(
    lockers: Mapping[int, Locker], terminal: Place, decision: Decision, own: list[int]
) -> Choice:
    """Choose for a band that has a locker (or several, when rules have changed)."""
    if not may_open_own(decision):
        return Choice(Outcome.WRONG_BAND)
    here = [key for key in own if lockers[key].place.row == terminal.row]
    if here:
        return Choice(Outcome.OPENED, min(here))
    return Choice(Outcome.OTHER_ROW, min(own))
