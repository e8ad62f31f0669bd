"""What people are shown at readers and terminals: one table, by key.

The rules may bring other words, in the language of the place, for any of them;
``{number}`` stands for that of a locker.
"""

from collections.abc import Mapping
from typing import Any

from access_policy import Decision, Reason
from access_policy.event import one_line

WORDS = {
    "locker_opened": "Locker {number}",
    "locker_other_row": "Locker {number}: other row",
    "locker_row_full": "Row full",
    "locker_wrong_band": "Wrong band",
    "locker_stuck": "Locker {number} does not open: ask our staff",
    "locker_trouble": "Ask our staff",
    # Why somebody was let in or not: short, for displays of 16 letters.
    "granted": "Welcome",
    "unlocked": "Unlocked",
    "locked_again": "Locked",
    "refused": "No access",
    "blocked": "Card blocked",
    "expired": "Card expired",
    "expired_right": "Pass expired",
    "full": "Full",
    "locked": "Closed",
    "not_now": "Not now",
    "not_yet": "Not valid yet",
    "once_more": "Try again",
    "pay_first": "Pay at cash desk",
    "pin_locked": "PIN blocked",
    "pin_missing": "Enter PIN",
    "pin_wrong": "Wrong PIN",
    "second_person": "Second person",
    "see_staff": "Ask our staff",
    "unknown": "Card unknown",
    "used_up": "No entries left",
}

# What a guest is told of a reason; of all others that it is "refused". What concerns
# others than the guest, such as an alarm, a debt or a ban, stays with the staff.
GUEST_WORDS = {
    Reason.UNLOCKED_UNTIL_READ: "unlocked",
    Reason.LOCKED_AGAIN: "locked_again",
    Reason.POINT_LOCKED: "locked",
    Reason.POINT_LOCKDOWN: "locked",
    Reason.POINT_INTERLOCKED: "once_more",
    Reason.CREDENTIAL_UNREADABLE: "once_more",
    Reason.CREDENTIAL_UNKNOWN: "unknown",
    Reason.CREDENTIAL_BLOCKED: "blocked",
    Reason.CREDENTIAL_LOST: "blocked",
    Reason.CREDENTIAL_NOT_YET_VALID: "not_yet",
    Reason.CREDENTIAL_EXPIRED: "expired",
    Reason.PERSON_SUSPENDED: "see_staff",
    Reason.IDENTITY_UNCHECKED: "see_staff",
    Reason.PIN_MISSING: "pin_missing",
    Reason.PIN_WRONG: "pin_wrong",
    Reason.PIN_LOCKED: "pin_locked",
    Reason.RIGHT_NOT_YET_VALID: "not_yet",
    Reason.RIGHT_EXPIRED: "expired_right",
    Reason.PLAN_ENDED: "expired_right",
    Reason.PLAN_PAUSED: "see_staff",
    Reason.PLAN_UNPAID: "see_staff",
    Reason.OUTSIDE_HOURS: "not_now",
    Reason.EXIT_NOT_PAID: "pay_first",
    Reason.NO_TICKET: "used_up",
    Reason.LIMIT_REACHED: "used_up",
    Reason.ANTI_PASSBACK: "see_staff",
    Reason.ZONE_FULL: "full",
    Reason.SECOND_PERSON_NEEDED: "second_person",
}


_CARDS = ("cards", "cards_known", "cards_at")


def guest_words(
    decision: Decision, is_typed: bool, translated: Mapping[str, str]
) -> str:
    """Give what the person at a reader is shown of a decision.

    >>> guest_words(Decision(False, Reason.ZONE_FULL), False, {})
    'Full'
    """
    other = "granted" if decision.granted else "refused"
    key = GUEST_WORDS.get(decision.reason, other)
    if is_typed and decision.reason is Reason.CREDENTIAL_UNKNOWN:
        key = "pin_wrong"
    return say(key, translated)


def say(key: str, translated: Mapping[str, str], number: str = "") -> str:
    """Give the words of a key.

    >>> say("locker_other_row", {}, number="A17")
    'Locker A17: other row'
    >>> say("locker_other_row", {"locker_other_row": "Schrank {number}"}, "A17")
    'Schrank A17'
    """
    return translated.get(key, WORDS[key]).replace("{number}", number)


def facts_in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a device says of itself as it is shown, by name.

    >>> facts_in_words({"model": "X1", "cards": 0, "cards_known": 3, "cards_at": "…"})
    {'cards kept': '0 of 3', 'model': 'X1'}
    """
    shown = {name: one for name, one in facts.items() if name not in _CARDS}
    if "cards" in facts:
        shown["cards kept"] = f"{facts['cards']} of {facts.get('cards_known')}"
    return dict(sorted(shown.items()))


def in_one_line(told: Any) -> Any:
    """Give what devices and drivers told, a tree as JSON has it, as it can be sent.

    What is no text of one line would have the ERP refuse the whole message.

    >>> in_one_line({"facts": {"firmware": "1.0\\n"}, "online": True})
    {'facts': {'firmware': '1.0'}, 'online': True}
    """
    if isinstance(told, str):
        return one_line(told) or ""
    if isinstance(told, Mapping):
        return {in_one_line(key): in_one_line(one) for key, one in told.items()}
    if isinstance(told, list | tuple):
        return [in_one_line(one) for one in told]
    return told
