"""Why a decision fell as it did, and what else the log tells of."""

from enum import Enum


class Reason(str, Enum):
    """Why a decision fell as it did. Words for people are made at the edge."""

    RIGHT = "right"
    POINT_UNLOCKED = "point_unlocked"
    WITH_SECOND_PERSON = "with_second_person"
    RELEASED_BY_STAFF = "released_by_staff"
    RECORDED_BY_STAFF = "recorded_by_staff"
    RECORDED_ONLY = "recorded_only"
    EXIT_BUTTON = "exit_button"
    GRANTED_BY_DEVICE = "granted_by_device"
    LEFT_WITHOUT_RIGHT = "left_without_right"
    UNLOCKED_UNTIL_READ = "unlocked_until_read"

    POLICY_EXPIRED = "policy_expired"
    POINT_UNKNOWN = "point_unknown"
    POINT_LOCKED = "point_locked"
    POINT_LOCKDOWN = "point_lockdown"
    POINT_INTERLOCKED = "point_interlocked"
    CREDENTIAL_UNREADABLE = "credential_unreadable"
    CREDENTIAL_UNKNOWN = "credential_unknown"
    CREDENTIAL_BLOCKED = "credential_blocked"
    CREDENTIAL_LOST = "credential_lost"
    CREDENTIAL_RETURNED = "credential_returned"
    CREDENTIAL_NOT_YET_VALID = "credential_not_yet_valid"
    CREDENTIAL_EXPIRED = "credential_expired"
    PERSON_SUSPENDED = "person_suspended"
    IDENTITY_UNCHECKED = "identity_unchecked"
    PIN_MISSING = "pin_missing"
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    DENIED = "denied"
    NO_RIGHT = "no_right"
    RIGHT_NOT_YET_VALID = "right_not_yet_valid"
    RIGHT_EXPIRED = "right_expired"
    PLAN_ENDED = "plan_ended"
    PLAN_PAUSED = "plan_paused"
    PLAN_UNPAID = "plan_unpaid"
    OUTSIDE_HOURS = "outside_hours"
    NOT_AT_THIS_DEVICE = "not_at_this_device"
    EXIT_NOT_PAID = "exit_not_paid"
    NO_TICKET = "no_ticket"
    LIMIT_REACHED = "limit_reached"
    ANTI_PASSBACK = "anti_passback"
    ZONE_FULL = "zone_full"
    SECOND_PERSON_NEEDED = "second_person_needed"
    REFUSED_BY_DEVICE = "refused_by_device"

    # Only as warnings of a passage that is granted all the same.
    DURESS = "duress"
    NOT_INSIDE = "not_inside"

    # Written by staff, decides nothing.
    PRESENCE_CORRECTED = "presence_corrected"

    # What ends ``UNLOCKED_UNTIL_READ``: a reading, else its time or another mode.
    LOCKED_AGAIN = "locked_again"
    LOCKED_BY_ITSELF = "locked_by_itself"

    # What happened at a door (requirement F7), and elsewhere in the building.
    PASSED = "passed"
    NOT_PASSED = "not_passed"
    NOT_OPENED = "not_opened"
    SECOND_PASSAGE = "second_passage"
    REVERSE_PASSAGE = "reverse_passage"
    DOOR_FORCED = "door_forced"
    DOOR_HELD = "door_held"
    DOOR_SHUT = "door_shut"
    FIRE = "fire"
    FIRE_OVER = "fire_over"
    ALARM = "alarm"
    ALARM_OVER = "alarm_over"
    LOCKER_ASSIGNED = "locker_assigned"
    LOCKER_OPENED = "locker_opened"
    LOCKER_REFUSED = "locker_refused"
    LOCKER_FREED = "locker_freed"


# Tuples: to hash an enumeration member is a call, to compare it is none.
GRANTS = (
    Reason.RIGHT,
    Reason.POINT_UNLOCKED,
    Reason.RELEASED_BY_STAFF,
    Reason.RECORDED_ONLY,
    Reason.LEFT_WITHOUT_RIGHT,
    Reason.RECORDED_BY_STAFF,
    Reason.EXIT_BUTTON,
    Reason.GRANTED_BY_DEVICE,
    Reason.WITH_SECOND_PERSON,
    Reason.UNLOCKED_UNTIL_READ,
)
# What a point that is unlocked by one reading and locked by the next hangs on.
TOGGLING = (
    Reason.UNLOCKED_UNTIL_READ,
    Reason.LOCKED_AGAIN,
    Reason.LOCKED_BY_ITSELF,
    Reason.NOT_OPENED,
)
# Neither granted nor refused: they tell what happened.
NOTES = (
    Reason.PRESENCE_CORRECTED,
    Reason.LOCKED_AGAIN,
    Reason.LOCKED_BY_ITSELF,
    Reason.PASSED,
    Reason.NOT_PASSED,
    Reason.NOT_OPENED,
    Reason.SECOND_PASSAGE,
    Reason.REVERSE_PASSAGE,
    Reason.DOOR_FORCED,
    Reason.DOOR_HELD,
    Reason.DOOR_SHUT,
    Reason.FIRE,
    Reason.FIRE_OVER,
    Reason.ALARM,
    Reason.ALARM_OVER,
    Reason.LOCKER_ASSIGNED,
    Reason.LOCKER_OPENED,
    Reason.LOCKER_REFUSED,
    Reason.LOCKER_FREED,
)
