"""The decision, as a row of checks of which the first that speaks decides.

The checks run in the order of ``CHECKS``:

1. policy in force: past its expiry the rules open nothing, unless the point is set
   to keep them for some hours, or is a way out that opens then;
2. point known: it and its venue, whose clock the hours need, are in the policy;
3. point mode: by the strongest order in force, else the point's normal one.
   Lockdown lets nobody through, unlocked lets everybody through;
4. interlocks shut: no point that must be shut is open, unlocked, also until it is
   read again, or was opened just now;
5. staff: they may open by hand;
6. point not locked: locked lets nobody else through;
7. pins not locked: where too many were wrong just now, none is looked at;
8. credential known: it was readable and is in the policy;
9. credential valid: active, and within its own validity;
10. person not suspended;
11. identity checked, where the person has to show who they are first;
12. pin typed, and right, where the mode asks for one besides the card;
13. deny rights: one that covers this place and time refuses;
14. allow rights: of those that cover this place and time the one that uses up
    least: nothing, an entry of the month, an entry of a ticket. A point that
    combines both layers needs one of each. A card that is shown again while the
    point is open takes no further entry of a ticket. If there is none: refused with
    what came nearest. Where exits are controlled, who leaves needs a right that lists
    the point itself: one that takes tickets takes an entry each time, one by month
    takes none, and who has no such right or ticket is told that the exit is not paid;
15. locks again: of a point that is unlocked until it is read again this ends it:
    nobody moves, nothing is used up, so that what follows is not asked, nor check 4;
16. no passback: not inside already, where the zone entered refuses that;
17. room in zone: the zone entered and those around it have room, for two persons
    where two must come;
18. second person: another one was let wait here just now, where two must come;
19. granted, or unlocked until it is read again.

A credential or PIN of duress is a warning whatever is decided, and opens as any
other. The wrong PIN after which none is looked at carries a warning, too. Who
leaves a zone is not kept inside: from check 9 on an objection becomes a warning,
unless exits are controlled there. Nor are those kept inside then for whom checks 1 to
5 open, nor by a door that opens by a fire input or an exit button, which ask nobody. A
point that only records refuses in lockdown alone, which nothing overrules: there
each becomes one from check 4 on. Only the rights of the one person are looked at,
so the cost does not depend on how many persons there are.
"""

from collections.abc import Callable
from datetime import timedelta

from .case import Case
from .entitlement import FREE, NEARNESS, Entitlement, Offer, nearer
from .event import utc_text
from .lockout import is_locked
from .model import (
    AntiPassback,
    Attempt,
    Combination,
    Decision,
    Effect,
    Layer,
    Mode,
    OnExpiry,
)
from .policy import Policy
from .reason import GRANTS, Reason
from .state import SECOND_PERSON_WITHIN, State, time_of

Check = Callable[[Case], Reason | None]


def decide(
    policy: Policy, state: State, attempt: Attempt, trace: bool = False
) -> Decision:
    """Decide whether a credential opens a point at a time.

    ``trace`` asks for the steps, one for each rule looked at.
    """
    case = Case(policy, state, attempt, trace)
    reason = None
    for check in CHECKS:
        reason = check(case)
        if trace:
            case.note(check.__name__.strip("_"), reason, case.right)
        if reason is None:
            continue
        if reason in GRANTS or not _is_overruled(case, check):
            break
        case.warn(reason)
    return case.decision(reason)


def _is_overruled(case: Case, check: Check) -> bool:
    """Tell whether an objection of a check is a warning here, and no refusal."""
    if check in _NEVER_OVERRULED:
        return False
    if case.point.combination is Combination.RECORD:
        return True
    return case.way.lets_out and check in _OF_THE_PERSON


def _policy_in_force(case: Case) -> Reason | None:
    standing = case.policy.standing_at(case.attempt.point, case.attempt.at)
    if standing is None:
        return None
    if standing is OnExpiry.REFUSE or case.point.venue not in case.policy.venues:
        return Reason.POLICY_EXPIRED
    case.warn(Reason.POLICY_EXPIRED)
    if standing is OnExpiry.KEEP:
        return None
    by_hand = case.attempt.user is not None
    return Reason.RELEASED_BY_STAFF if by_hand else Reason.POINT_UNLOCKED


def _point_known(case: Case) -> Reason | None:
    if case.point is None or case.point.venue not in case.policy.venues:
        return Reason.POINT_UNKNOWN
    case.way = case.policy.ways[case.attempt.point]
    return None


def _point_mode(case: Case) -> Reason | None:
    case.mode = case.policy.mode_at(case.attempt.point, case.attempt.at)
    if case.mode is Mode.LOCKDOWN:
        return Reason.POINT_LOCKDOWN
    if case.mode is Mode.UNLOCKED and case.attempt.user is None:
        return Reason.POINT_UNLOCKED
    return None


def _interlocks_shut(case: Case) -> Reason | None:
    if case.mode is Mode.UNLOCKED or case.is_toggled_open:
        return None
    for other in case.point.interlock:
        if other in case.state.ajar or _is_held_open(case, other):
            return Reason.POINT_INTERLOCKED
        opened = case.state.last_granted.get(other)
        point = case.policy.points.get(other)
        seconds = point.open_seconds if point is not None else case.point.open_seconds
        # An opening that is still to come was noted before the clock was set back.
        since = time_of(opened) if opened else None
        if since and since <= case.attempt.at < since + timedelta(seconds=seconds):
            return Reason.POINT_INTERLOCKED
    return None


def _is_held_open(case: Case, other: int) -> bool:
    """Tell whether another point stands open to everybody."""
    policy, at = case.policy, case.attempt.at
    if not policy.is_known(other):
        return False
    if case.state.unlocked_since(policy, other, at) is not None:
        return True
    return policy.mode_at(other, at) is Mode.UNLOCKED


def _staff(case: Case) -> Reason | None:
    return Reason.RELEASED_BY_STAFF if case.attempt.user is not None else None


def _point_not_locked(case: Case) -> Reason | None:
    return Reason.POINT_LOCKED if case.mode is Mode.LOCKED else None


def _pins_not_locked(case: Case) -> Reason | None:
    is_typed = case.attempt.typed or (case.attempt.pin is not None and case.asks_pin)
    if is_typed and is_locked(case.wrong_pins, case.venue, case.attempt.at):
        return Reason.PIN_LOCKED
    return None


def _wrong_pin(case: Case, objection: Reason) -> Reason:
    """Give the objection to a PIN, with a warning if it is the one too many."""
    wrong = (*case.wrong_pins, utc_text(case.attempt.at))
    if is_locked(wrong, case.venue, case.attempt.at):
        case.warn(Reason.PIN_LOCKED)
    return objection


def _credential_known(case: Case) -> Reason | None:
    attempt = case.attempt
    if attempt.credential is None and attempt.person is None:
        return Reason.CREDENTIAL_UNREADABLE
    case.person = case.policy.persons.get(case.person_key)
    if case.person is None:
        unknown = Reason.CREDENTIAL_UNKNOWN
        return _wrong_pin(case, unknown) if attempt.typed else unknown
    case.entitlement = Entitlement(
        case.policy, case.state, attempt, case.person_key, case.person
    )
    return None


def _credential_valid(case: Case) -> Reason | None:
    credential = case.credential
    return credential.objection(case.attempt.at) if credential is not None else None


def _person_not_suspended(case: Case) -> Reason | None:
    return Reason.PERSON_SUSPENDED if case.person and case.person.suspended else None


def _identity_checked(case: Case) -> Reason | None:
    unchecked = case.person and case.person.identity_unchecked
    return Reason.IDENTITY_UNCHECKED if unchecked else None


def _pin_typed(case: Case) -> Reason | None:
    attempt = case.attempt
    if not case.asks_pin or not case.person:
        return None
    if attempt.pin is None:
        return Reason.PIN_MISSING
    pin, card = case.pin, case.credential
    # A PIN that was typed in place of the card is no second factor beside another one.
    if pin is None or pin.objection(attempt.at) or (card is not None and card.is_pin):
        return _wrong_pin(case, Reason.PIN_WRONG)
    return None


def _deny_rights(case: Case) -> Reason | None:
    if case.person is None:
        return None
    for offer in case.entitlement.offers(Effect.DENY):
        if offer.objection is None:
            case.right = offer.grant.right
            return Reason.DENIED
        case.note("deny_right", offer.objection, offer.grant.right)
    return None


def _allow_rights(case: Case) -> Reason | None:
    if case.person is None:
        return None
    needs_both = case.point.combination is Combination.BOTH
    best: dict[Layer, Offer] = {}
    nearest: dict[Layer, Offer] = {}
    for offer in case.entitlement.offers(Effect.ALLOW):
        layer = offer.right.layer
        if offer.objection is not None:
            case.note("allow_right", offer.objection, offer.grant.right)
            nearest[layer] = nearer(nearest.get(layer), offer)
            continue
        if layer not in best or offer.cost < best[layer].cost:
            best[layer] = offer
        if offer.cost == FREE and not needs_both:
            break
    offer, objection = _combined(needs_both, best, nearest)
    # A point that only records counts also the entry that is one too many.
    case.offer = offer
    case.right = offer.grant.right if offer is not None else None
    if case.way.is_controlled and objection in _NOT_PAID:
        return Reason.EXIT_NOT_PAID
    return objection


def _combined(
    needs_both: bool, best: dict[Layer, Offer], nearest: dict[Layer, Offer]
) -> tuple[Offer | None, Reason | None]:
    """Give the offer that decides, and the objection where there is one."""
    plan, device = best.get(Layer.PLAN), best.get(Layer.DEVICE)
    if needs_both and plan is not None:
        return plan, None if device is not None else Reason.NOT_AT_THIS_DEVICE
    if not needs_both and best:
        return min(best.values(), key=lambda offer: offer.cost), None
    offer = nearest.get(Layer.PLAN)
    if not needs_both:
        offer = nearer(offer, nearest.get(Layer.DEVICE))
    return offer, offer.objection if offer is not None else Reason.NO_RIGHT


def _locks_again(case: Case) -> Reason | None:
    if not case.is_toggled_open or _is_let_out_only(case):
        return None
    return Reason.LOCKED_AGAIN


def _no_passback(case: Case) -> Reason | None:
    if case.person is None:
        return None
    for key in case.way.leaves:
        zone = case.policy.zones.get(key)
        if zone is None or zone.antipassback is AntiPassback.OFF:
            continue
        if not case.is_inside(key):
            case.warn(Reason.NOT_INSIDE)
            break
    for key in case.way.enters:
        zone = case.policy.zones.get(key)
        if zone is None or zone.antipassback is AntiPassback.OFF:
            continue
        if not case.is_inside(key):
            continue
        if zone.antipassback is AntiPassback.LOGGED:
            case.warn(Reason.ANTI_PASSBACK)
        elif zone.antipassback is AntiPassback.REFUSED or _is_recent(
            case, timedelta(minutes=zone.antipassback_minutes)
        ):
            return Reason.ANTI_PASSBACK
    return None


def _is_recent(case: Case, span: timedelta) -> bool:
    return case.attempt.at < time_of(case.state.presence[case.person_key].time) + span


def _room_in_zone(case: Case) -> Reason | None:
    for key in case.way.enters:
        zone = case.policy.zones.get(key)
        if zone is None or not zone.capacity or case.is_inside(key):
            continue
        count = case.state.count_within(case.policy, key)
        if count + case.point.persons > zone.capacity:
            return Reason.ZONE_FULL
    return None


def _second_person(case: Case) -> Reason | None:
    if case.point.persons < 2 or case.way.is_leaving or case.person is None:
        return None
    first = case.state.waiting.get(case.attempt.point)
    if first is not None and first.person != case.person_key:
        since = time_of(first.time)
        if since <= case.attempt.at <= since + SECOND_PERSON_WITHIN:
            case.first = first
            return None
    return Reason.SECOND_PERSON_NEEDED


def _granted(case: Case) -> Reason:
    if case.point.combination is Combination.RECORD:
        return Reason.RECORDED_ONLY
    if _is_let_out_only(case):
        return Reason.LEFT_WITHOUT_RIGHT
    is_toggle = case.point.toggle_minutes > 0
    return Reason.UNLOCKED_UNTIL_READ if is_toggle else Reason.RIGHT


def _is_let_out_only(case: Case) -> bool:
    return any(warning in _KEEPS_OUT for warning in case.warnings)


_NEVER_OVERRULED = (_policy_in_force, _point_known, _point_mode)
_OF_THE_PERSON = (
    _credential_valid,
    _person_not_suspended,
    _identity_checked,
    _deny_rights,
    _allow_rights,
)

# What helps against each of these at a controlled exit is to go to the cash desk.
_NOT_PAID = (Reason.NO_RIGHT, Reason.NO_TICKET)

_KEEPS_OUT = (
    *NEARNESS,
    Reason.DENIED,
    Reason.PERSON_SUSPENDED,
    Reason.IDENTITY_UNCHECKED,
    Reason.CREDENTIAL_BLOCKED,
    Reason.CREDENTIAL_LOST,
    Reason.CREDENTIAL_RETURNED,
    Reason.CREDENTIAL_NOT_YET_VALID,
    Reason.CREDENTIAL_EXPIRED,
)

CHECKS: tuple[Check, ...] = (
    _policy_in_force,
    _point_known,
    _point_mode,
    _interlocks_shut,
    _staff,
    _point_not_locked,
    _pins_not_locked,
    _credential_known,
    _credential_valid,
    _person_not_suspended,
    _identity_checked,
    _pin_typed,
    _deny_rights,
    _allow_rights,
    _locks_again,
    _no_passback,
    _room_in_zone,
    _second_person,
    _granted,
)
