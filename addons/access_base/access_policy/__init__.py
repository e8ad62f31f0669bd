"""Who may pass where and when: the one decision of the whole suite.

Pure Python (standard library only): no Odoo, no input or output, no clock. The ERP,
its "why?" screen and the gateway run these same files and must answer alike; shared
cases are in ``tests/vectors``.
"""

from .chain import GENESIS, first_break, link
from .credential import CredentialError, credential_token, seal_token
from .decision import CHECKS, decide
from .document import DocumentError, policy_from_document, state_from_document
from .event import PassageEvent
from .model import (
    Attempt,
    Band,
    Credential,
    CredentialStatus,
    Decision,
    Effect,
    Mode,
    Period,
    Person,
    Point,
    Policy,
    Reason,
    Right,
    State,
    Step,
    Venue,
    Zone,
)

__all__ = [
    "CHECKS",
    "GENESIS",
    "Attempt",
    "Band",
    "Credential",
    "CredentialError",
    "CredentialStatus",
    "Decision",
    "DocumentError",
    "Effect",
    "Mode",
    "PassageEvent",
    "Period",
    "Person",
    "Point",
    "Policy",
    "Reason",
    "Right",
    "State",
    "Step",
    "Venue",
    "Zone",
    "credential_token",
    "decide",
    "first_break",
    "link",
    "policy_from_document",
    "seal_token",
    "state_from_document",
]
