"""One attempt while the checks look at it."""

from .entitlement import Entitlement, Offer
from .model import (
    OUTDOORS,
    Attempt,
    Credential,
    Decision,
    Mode,
    Person,
    Point,
    Step,
    Venue,
    Waiting,
)
from .policy import Policy, Way
from .reason import GRANTS, Reason
from .state import State, is_present


class Case:
    """What the checks know, and what they found out so far."""

    __slots__ = (
        "policy",
        "state",
        "attempt",
        "steps",
        "point",
        "way",
        "mode",
        "credential",
        "pin",
        "person_key",
        "person",
        "entitlement",
        "offer",
        "right",
        "warnings",
        "first",
    )

    def __init__(self, policy: Policy, state: State, attempt: Attempt, trace: bool):
        self.policy = policy
        self.state = state
        self.attempt = attempt
        self.steps: list[Step] | None = [] if trace else None
        self.point: Point | None = policy.points.get(attempt.point)
        self.way: Way | None = None
        self.mode = Mode.CONTROLLED
        self.credential: Credential | None = policy.credential(
            attempt.credential, attempt.at
        )
        found = self.credential
        self.person_key: int | None = found.person if found else attempt.person
        self.pin: Credential | None = None
        if attempt.pin is not None and self.person_key is not None:
            self.pin = policy.credential(attempt.pin, attempt.at, self.person_key)
        self.person: Person | None = None
        self.entitlement: Entitlement | None = None
        self.offer: Offer | None = None
        self.right: int | None = None
        self.warnings: list[Reason] = []
        self.first: Waiting | None = None
        # An alarm is raised whatever is decided.
        if (found and found.duress) or (self.pin and self.pin.duress):
            self.warn(Reason.DURESS)

    @property
    def asks_pin(self) -> bool:
        """Tell whether a PIN is asked for besides the card."""
        return self.mode is Mode.CONTROLLED_PIN and not self.way.is_leaving

    @property
    def wrong_pins(self) -> tuple[str, ...]:
        return self.state.wrong_pins.get(self.attempt.point, ())

    @property
    def is_toggled_open(self) -> bool:
        """Tell whether this attempt, if nothing is against it, locks the point."""
        attempt = self.attempt
        if attempt.user is not None:
            return False
        since = self.state.unlocked_since(self.policy, attempt.point, attempt.at)
        return since is not None

    @property
    def venue(self) -> Venue:
        return self.policy.venues[self.point.venue]

    def warn(self, reason: Reason) -> None:
        if reason not in self.warnings:
            self.warnings.append(reason)

    def note(self, check: str, found: Reason | None, right: int | None) -> None:
        if self.steps is not None:
            self.steps.append(Step(check, found, right))

    def is_inside(self, zone: int) -> bool:
        """Tell whether the person is in a zone or in one inside it."""
        presence = self.state.presence.get(self.person_key)
        if presence is None or zone not in self.policy.zones_around(presence.zone):
            return False
        return is_present(self.policy, presence, self.attempt.at)

    def decision(self, reason: Reason) -> Decision:
        granted, offer = reason in GRANTS, self.offer
        goes_on = granted or reason is Reason.SECOND_PERSON_NEEDED
        uses = goes_on and offer is not None
        return Decision(
            granted=granted,
            reason=reason,
            person=self.person_key,
            credential=self.credential.id if self.credential else None,
            right=self.right,
            band=offer.band if uses else None,
            day=offer.day if uses else None,
            ticket=offer.ticket if uses else None,
            zone=self._zone_after() if granted else None,
            warnings=tuple(self.warnings),
            first=self.first,
            trace=tuple(self.steps or ()),
        )

    def _zone_after(self) -> int | None:
        point = self.point
        if self.person_key is None or point.zone_from is point.zone_to is None:
            return None
        return OUTDOORS if point.zone_to is None else point.zone_to
