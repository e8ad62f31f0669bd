"""What a stay costs."""

from ._beside import DocumentError
from .bill import next_charge, owed_if_left_at, price
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
