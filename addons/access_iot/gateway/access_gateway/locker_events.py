"""What befell a locker, as the passage log has it."""

from access_policy import PassageEvent, Reason

from .locker_store import Note
from .lockers import Outcome
from .rules import Rules

_REASONS = {
    Outcome.ASSIGNED: Reason.LOCKER_ASSIGNED,
    Outcome.HANDED_OVER: Reason.LOCKER_ASSIGNED,
    Outcome.OPENED: Reason.LOCKER_OPENED,
    Outcome.OPENED_BY_STAFF: Reason.LOCKER_OPENED,
    Outcome.FREED: Reason.LOCKER_FREED,
    Outcome.FOUND_EMPTY: Reason.LOCKER_FREED,
}


def event_of_note(note: Note, rules: Rules) -> PassageEvent:
    """Give the event at the bank's point; its note begins with the locker's number.

    What is no entry of the table was refused, and the note says why.
    """
    locker = rules.lockers.get(note.locker)
    reason = _REASONS.get(Outcome(note.outcome), Reason.LOCKER_REFUSED)
    said = [locker.number if locker else None, note.words]
    if reason is Reason.LOCKER_REFUSED:
        said.append(note.outcome)
        said.append(note.reason)
    event = PassageEvent(
        note.time,
        note.bank,
        False,
        reason.value,
        person=note.person,
        credential=note.credential,
        seen=note.seen,
        user=note.user,
        policy=note.policy,
        warnings=note.warnings,
        note=", ".join(filter(None, said)) or None,
    )
    return event.in_one_line()
