"""What a stay costs: in a pool with its saunas, a gym, a car park (C3, C8-C10, D2).

Pure Python (standard library only): no Odoo, no input or output, no clock. The ERP, its
tills and pages and the gateway run these same files and must answer alike; shared cases
are in ``tests/vectors``. A price list is data (``document.py`` has its shape).

**Clocks.** A stay is who it is and when they came into which zone. A clock runs in some
zones, perhaps at some hours, and counts real minutes there: the wall matters to hours
and days alone, so nights over midnight and both changes of the clocks need no rule. Its
*steps* are due from a reading on, once or for each started unit. The base price is a
step at 0, overtime one at 60, a supplement the first step of the sauna's own clock.
Whether the sauna stops the pool's clock is whether that runs in it; the way back costs
nothing, as no clock begins. Here 60 minutes are 25.00, ten more are free, then each
minute is 0.60, and 0.90 in the sauna (amounts are cents)::

    >>> from datetime import datetime, timedelta, timezone
    >>> ten = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
    >>> POOL, SAUNA = 1, 2
    >>> def list_of(*clocks, **more):
    ...     calendar = {"timezone": "Europe/Warsaw"}
    ...     return tariff_from_document(
    ...         {"format": 1, "calendar": calendar, "clocks": list(clocks), **more})
    >>> def bill(tariff, minutes, *zones, **more):
    ...     passages = [Passage(zone, ten + timedelta(minutes=m)) for zone, m in zones]
    ...     stay = Stay(tuple(passages), **more)
    ...     return price(tariff, stay, ten + timedelta(minutes=minutes))
    >>> overtime = {"after": 60, "tolerance": 10, "every": 1,
    ...             "price": [{"price": 90, "zones": [SAUNA]}, {"price": 60}]}
    >>> pool = list_of({"name": "pool", "steps": [{"price": 2500}, overtime]})
    >>> [bill(pool, minutes, (POOL, 0)).total for minutes in (0, 70, 71)]
    [2500, 2500, 2560]
    >>> found = bill(pool, 90, (POOL, 0), (SAUNA, 75), (POOL, 80))
    >>> for line in found.lines:
    ...     print(line.code.value, line.zone, line.quantity, line.unit_price)
    once 1 1 2500
    time 1 15 60
    time 2 5 90

**Prices** are an amount or a list of cases: the first that suits the customer (kind,
ticket, stamps), the zone, the kind of day and the hour counts, as they are when the
unit begins. So day kinds, hours of entry, children, night rates are one thing. Another
list: 25 minutes of tolerance, then half hours; the sauna has its own clock and pauses
that of the pool. Who is past this tolerance pays for it too::

    >>> paused = list_of(
    ...     {"name": "pool", "where": {"zones": [POOL]}, "steps": [
    ...         {"price": 12000}, {"after": 90, "tolerance": 25, "every": 30,
    ...                            "tolerance_counts": True, "price": 3000}]},
    ...     {"name": "sauna", "where": {"zones": [SAUNA]}, "steps": [
    ...         {"price": 5000}, {"after": 0, "every": 30, "price": 2000}]})
    >>> [bill(paused, minutes, (POOL, 0)).total for minutes in (115, 116, 121)]
    [12000, 15000, 18000]
    >>> bill(paused, 175, (POOL, 0), (SAUNA, 30), (POOL, 90)).total
    21000

**Covers** pay for the first time on clocks: a ticket that was bought before, a package
of minutes or entries, a shop's stamp at the car park, the one price of a family. What
began before the cover ends costs nothing, and ``Bill.draws`` says what it took.

**Adjustments** make one sum of another, for the stay, each opening day or each 24
hours: a percentage, an amount off, at most, at least. They stand in their order, each
around those before it; so more time never costs less. (A percentage before a maximum
per day is per day, too.)

**A lost band** costs a fee: its own, or the whole credit limit::

    >>> lost = list_of({"name": "pool", "steps": [{"price": 2500}]},
    ...                lost={"price": None, "instead": True})
    >>> bill(lost, 300, (POOL, 0), lost=True, credit_limit=15000).total
    15000
    >>> bill(lost, 300, (POOL, 0), lost=True, credit_limit=3000).total
    3000

**Payment.** What is owed is the price of the whole stay less what was paid, so nothing
is charged twice whatever was paid when. After payment there are ``exit_grace`` minutes
to leave in; who stays longer is charged from when they paid. ``next_charge`` says when
more will be owed.
"""

from ._beside import DocumentError
from .bill import next_charge, owed_if_left_at, price
from .check import Misfit
from .document import stay_from_document, tariff_from_document
from .model import (
    Adjustment,
    Calendar,
    Case,
    Clock,
    Counts,
    Cover,
    DayKind,
    Effect,
    Fee,
    Group,
    Period,
    Place,
    Step,
    Tariff,
    Where,
)
from .party import PartyBill, price_party
from .stay import Bill, Code, Draw, Held, Line, NextCharge, Passage, Stay

__all__ = [
    "Adjustment",
    "Bill",
    "Calendar",
    "Case",
    "Clock",
    "Code",
    "Counts",
    "Cover",
    "DayKind",
    "DocumentError",
    "Draw",
    "Effect",
    "Fee",
    "Group",
    "Held",
    "Line",
    "Misfit",
    "NextCharge",
    "PartyBill",
    "Passage",
    "Period",
    "Place",
    "Stay",
    "Step",
    "Tariff",
    "Where",
    "next_charge",
    "owed_if_left_at",
    "price",
    "price_party",
    "stay_from_document",
    "tariff_from_document",
]
