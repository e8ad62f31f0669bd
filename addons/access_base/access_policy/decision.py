"""The decision, as a row of checks of which the first that speaks decides."""

from collections.abc import Callable, Iterator
from datetime import datetime

from .model import (
    Attempt,
    Credential,
    CredentialStatus,
    Decision,
    Effect,
    Mode,
    Person,
    Point,
    Policy,
    Reason,
    Right,
    State,
    Step,
)
from .schedule import in_hours


def decide(
    policy: Policy, state: State, attempt: Attempt, trace: bool = False
) -> Decision:
    """Decide whether a credential opens a point at a time.

    The checks run in the order of ``CHECKS``; the first that speaks decides:

    1. policy in force: past its expiry the rules open nothing;
    2. point known: it and its venue, whose clock the hours need, are in the policy;
    3. point mode: lockdown lets nobody through; in every other mode staff may open by
       hand; unlocked lets everybody through, locked nobody;
    4. credential known: it was readable and is in the policy;
    5. credential valid: active, and within its own validity;
    6. person not suspended;
    7. deny rights: one that covers this place and time refuses;
    8. allow rights: the first, by number, that covers this place and time grants;
    9. nothing granted: refused with what came nearest - outside the hours of a right,
       before or after its validity, or no right for this place at all.

    Only the rights of the one person are looked at, so the cost does not depend on how
    many persons there are. ``trace`` asks for the steps, one for each rule looked at.
    """
    case = _Case(policy, state, attempt, trace)
    for check in CHECKS:
        reason = check(case)
        if case.steps is not None:
            case.steps.append(Step(check.__name__.strip("_"), reason, case.right))
        if reason is not None:
            break
    return Decision(
        granted=reason in _GRANTS,
        reason=reason,
        person=case.credential.person if case.credential else None,
        credential=case.credential.id if case.credential else None,
        right=case.right,
        trace=tuple(case.steps or ()),
    )


class _Case:
    """One attempt while the checks look at it."""

    __slots__ = (
        "policy",
        "state",
        "attempt",
        "steps",
        "point",
        "credential",
        "person",
        "right",
        "nearest",
        "local",
    )

    def __init__(self, policy: Policy, state: State, attempt: Attempt, trace: bool):
        self.policy = policy
        self.state = state
        self.attempt = attempt
        self.steps: list[Step] | None = [] if trace else None
        self.point: Point | None = policy.points.get(attempt.point)
        self.credential: Credential | None = policy.credentials.get(attempt.credential)
        self.person: Person | None = None
        self.right: int | None = None
        self.nearest: tuple[int, Reason, int | None] = (0, Reason.NO_RIGHT, None)
        self.local: datetime | None = None

    def rights_here(self, effect: Effect) -> Iterator[tuple[int, Right]]:
        """Give the person's rights of one effect that cover the place."""
        point = self.attempt.point
        allow, deny = self.policy.zones_covering[point]
        covering = allow if effect is Effect.ALLOW else deny
        for key in self.person.rights:
            right = self.policy.rights.get(key)
            if right is None or right.effect is not effect:
                continue
            if point in right.points or not covering.isdisjoint(right.zones):
                yield key, right

    def objection_of_time(self, right: Right) -> Reason | None:
        at = self.attempt.at
        if right.valid_from is not None and at < right.valid_from:
            return Reason.RIGHT_NOT_YET_VALID
        if right.valid_to is not None and at >= right.valid_to:
            return Reason.RIGHT_EXPIRED
        return None if self._in_hours(right) else Reason.OUTSIDE_HOURS

    def _in_hours(self, right: Right) -> bool:
        if self.local is None:
            venue = self.policy.venues[self.point.venue]
            self.local = self.attempt.at.astimezone(venue.timezone)
        if right.bands is None:
            return self.local.weekday() in right.weekdays
        for key in right.bands:
            band = self.policy.bands.get(key)
            periods = band.hours.get(self.point.venue, ()) if band else ()
            if in_hours(periods, right.weekdays, self.local):
                return True
        return False

    def note(self, check: str, found: Reason | None, right: int) -> None:
        if self.steps is not None:
            self.steps.append(Step(check, found, right))


# A tuple: to hash an enumeration member is a call, to compare it is none.
_GRANTS = (Reason.RIGHT, Reason.POINT_UNLOCKED, Reason.RELEASED_BY_STAFF)

_BY_MODE = {
    Mode.CONTROLLED: None,
    Mode.UNLOCKED: Reason.POINT_UNLOCKED,
    Mode.LOCKED: Reason.POINT_LOCKED,
    Mode.LOCKDOWN: Reason.POINT_LOCKDOWN,
}

_BY_STATUS = {
    CredentialStatus.ACTIVE: None,
    CredentialStatus.BLOCKED: Reason.CREDENTIAL_BLOCKED,
    CredentialStatus.LOST: Reason.CREDENTIAL_LOST,
    CredentialStatus.RETURNED: Reason.CREDENTIAL_RETURNED,
}

# The objection that is nearest to a grant is the most useful one to hear.
_NEARNESS = {
    Reason.RIGHT_EXPIRED: 1,
    Reason.RIGHT_NOT_YET_VALID: 2,
    Reason.OUTSIDE_HOURS: 3,
}


def _policy_in_force(case: _Case) -> Reason | None:
    expires_at = case.policy.expires_at
    if expires_at is not None and case.attempt.at >= expires_at:
        return Reason.POLICY_EXPIRED
    return None


def _point_known(case: _Case) -> Reason | None:
    if case.point is None or case.point.venue not in case.policy.venues:
        return Reason.POINT_UNKNOWN
    return None


def _point_mode(case: _Case) -> Reason | None:
    mode = case.state.modes.get(case.attempt.point)
    if case.attempt.user is not None and mode is not Mode.LOCKDOWN:
        return Reason.RELEASED_BY_STAFF
    return None if mode is None else _BY_MODE[mode]


def _credential_known(case: _Case) -> Reason | None:
    if case.attempt.credential is None:
        return Reason.CREDENTIAL_UNREADABLE
    if case.credential is None:
        return Reason.CREDENTIAL_UNKNOWN
    case.person = case.policy.persons.get(case.credential.person)
    return Reason.CREDENTIAL_UNKNOWN if case.person is None else None


def _credential_valid(case: _Case) -> Reason | None:
    credential, at = case.credential, case.attempt.at
    if credential.status is not CredentialStatus.ACTIVE:
        return _BY_STATUS[credential.status]
    if credential.valid_from is not None and at < credential.valid_from:
        return Reason.CREDENTIAL_NOT_YET_VALID
    if credential.valid_to is not None and at >= credential.valid_to:
        return Reason.CREDENTIAL_EXPIRED
    return None


def _person_not_suspended(case: _Case) -> Reason | None:
    return Reason.PERSON_SUSPENDED if case.person.suspended else None


def _deny_rights(case: _Case) -> Reason | None:
    for key, right in case.rights_here(Effect.DENY):
        objection = case.objection_of_time(right)
        if objection is None:
            case.right = key
            return Reason.DENIED
        case.note("deny_right", objection, key)
    return None


def _allow_rights(case: _Case) -> Reason | None:
    for key, right in case.rights_here(Effect.ALLOW):
        objection = case.objection_of_time(right)
        if objection is None:
            case.right = key
            return Reason.RIGHT
        case.note("allow_right", objection, key)
        nearness = _NEARNESS[objection]
        if nearness > case.nearest[0]:
            case.nearest = (nearness, objection, key)
    return None


def _nothing_granted(case: _Case) -> Reason:
    _nearness, reason, case.right = case.nearest
    return reason


CHECKS: tuple[Callable[[_Case], Reason | None], ...] = (
    _policy_in_force,
    _point_known,
    _point_mode,
    _credential_known,
    _credential_valid,
    _person_not_suspended,
    _deny_rights,
    _allow_rights,
    _nothing_granted,
)
