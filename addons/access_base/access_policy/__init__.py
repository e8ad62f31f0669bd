"""Who may pass where and when: the one decision of the whole suite.

Pure Python (standard library only): no Odoo, no input or output, no clock. The ERP,
its "why?" screen and the gateway run these same files and must answer alike; shared
cases are in ``tests/vectors``.
"""

from .chain import GENESIS, first_break, link
from .credential import CredentialError, credential_token, seal_token
from .decision import CHECKS, decide
from .difference import Difference, apply_difference, difference_from_document
from .document import DocumentError, policy_from_document
from .event import PassageEvent, event_of
from .model import (
    OUTDOORS,
    AntiPassback,
    Attempt,
    Band,
    Booking,
    Combination,
    Credential,
    CredentialStatus,
    Decision,
    Effect,
    Grant,
    HolidayRule,
    Layer,
    Mode,
    OnExpiry,
    Order,
    Person,
    Point,
    Right,
    Schedule,
    Step,
    Ticket,
    Venue,
    Zone,
)
from .reason import Reason
from .policy import Policy
from .recurring import RecurringKey, recurring_keys
from .state import State, state_from_document, state_of

__all__ = [
    "CHECKS",
    "GENESIS",
    "OUTDOORS",
    "AntiPassback",
    "Attempt",
    "Band",
    "Booking",
    "Combination",
    "Credential",
    "CredentialError",
    "CredentialStatus",
    "Decision",
    "Difference",
    "DocumentError",
    "Effect",
    "Grant",
    "HolidayRule",
    "Layer",
    "Mode",
    "OnExpiry",
    "Order",
    "PassageEvent",
    "Person",
    "Point",
    "Policy",
    "Reason",
    "RecurringKey",
    "Right",
    "Schedule",
    "State",
    "Step",
    "Ticket",
    "Venue",
    "Zone",
    "apply_difference",
    "credential_token",
    "decide",
    "difference_from_document",
    "event_of",
    "first_break",
    "link",
    "policy_from_document",
    "recurring_keys",
    "seal_token",
    "state_from_document",
    "state_of",
]
