"""A passage event: what the log keeps and the hash chain covers."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from operator import itemgetter
from typing import Any, NamedTuple

from .model import Attempt, Decision
from .reason import Reason

# How a PIN is shown. Nobody issues one that somebody tried: nothing of it is.
SEEN_PIN = "pin:…"

# What a text of an event may be at the most, and what the log cannot hold.
MAX_TEXT = 1000
NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


# An event holds nothing that could hold itself.
_encode = json.JSONEncoder(check_circular=False).encode


class PassageEvent(NamedTuple):
    """One decision at one point.

    ``time`` is UTC in ISO 8601 with milliseconds and ``Z``; ``policy`` is the version
    of the rules that decided (0: the ERP's own records); ``seen`` is the credential as
    it may be shown to staff; ``user`` is the member of staff who opened by hand and
    ``note`` why. ``band``, ``day``, ``ticket``, ``zone``, ``warnings`` and
    ``companion`` are those of the ``Decision``.
    """

    time: str
    point: int
    granted: bool
    reason: str
    person: int | None = None
    credential: int | None = None
    right: int | None = None
    seen: str | None = None
    user: int | None = None
    policy: int = 0
    band: int | None = None
    day: str | None = None
    ticket: int | None = None
    zone: int | None = None
    warnings: tuple[str, ...] = ()
    companion: int | None = None
    note: str | None = None

    @classmethod
    def of(
        cls, attempt: Attempt, decision: Decision, seen: str | None, policy: int = 0
    ) -> "PassageEvent":
        return cls(
            utc_text(attempt.at),
            attempt.point,
            decision.granted,
            decision.reason.value,
            decision.person,
            decision.credential,
            decision.right,
            seen,
            attempt.user,
            policy,
            decision.band,
            decision.day,
            decision.ticket,
            decision.zone,
            tuple([warning.value for warning in decision.warnings]),
            decision.companion,
        )

    def of_first(self, decision: Decision) -> "PassageEvent | None":
        """Give the passage of the first of two persons, who goes through with this one.

        It stands in the log as one of its own, so that all who count find it there.
        """
        first = decision.first
        if first is None or not self.granted:
            return None
        return PassageEvent(
            time=self.time,
            point=self.point,
            granted=True,
            reason=Reason.WITH_SECOND_PERSON.value,
            person=first.person,
            credential=first.credential,
            right=first.right,
            policy=self.policy,
            band=first.band,
            day=first.day,
            ticket=first.ticket,
            zone=self.zone,
            companion=self.person,
        )

    def in_one_line(self) -> "PassageEvent":
        """Give it with texts that every log can hold, whatever a device said in them.

        The hash chain allows no change later: a text that the ERP refused would keep
        all that follows from it.
        """
        if not (self.seen or self.note):
            return self
        return self._replace(seen=one_line(self.seen), note=one_line(self.note))

    def record(self, sequence: int) -> str:
        """Give the one text that stands for the event in a journal.

        It is the JSON array of the sequence, counted from 1, and the fields in their
        order: ASCII, other signs escaped, items separated by a comma and a space.
        """
        return _encode((sequence, *self))


def one_line(text: str | None, most: int = MAX_TEXT) -> str | None:
    """Give a text as one line that can be stored and shown, or none.

    >>> one_line("smoke\\n\\x00hall ")
    'smoke hall'
    """
    if text is None or (text.isascii() and text.isprintable() and len(text) <= most):
        return text
    return NOT_PRINTABLE.sub(" ", text)[:most].strip() or None


def event_of(record: str) -> PassageEvent:
    """Give the event of a record."""
    event = PassageEvent(*json.loads(record)[1:])
    return event._replace(warnings=tuple(event.warnings))


_values = itemgetter(*PassageEvent._fields)


def event_of_sent(sent: Mapping[str, Any]) -> PassageEvent:
    """Give an event as gateways send it: by field. Its warnings may be a list."""
    return PassageEvent._make(_values(sent))


def record_of(sent: Mapping[str, Any]) -> str:
    """Give the record of an event as gateways send it: by field, with ``sequence``."""
    return event_of_sent(sent).record(sent["sequence"])


def sent_form(record: str, digest: str) -> dict[str, Any]:
    """Give an event as gateways send it, from its record and hash."""
    sequence = json.loads(record)[0]
    return {"sequence": sequence, **event_of(record)._asdict(), "hash": digest}


def utc_text(at: datetime) -> str:
    """Give an aware time as UTC text.

    >>> utc_text(datetime(2026, 11, 21, 7, 30, 0, 5999, tzinfo=timezone.utc))
    '2026-11-21T07:30:00.005Z'
    """
    text = at.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def shown(token: str, known: bool) -> str:
    """Give a token as staff may see it: a known one by its end, an unknown one whole.

    An unknown card, plate or number is shown whole so that it can be issued from the
    event.

    >>> shown("rfid:04A1B2C3D4E580", known=True)
    'rfid:…E580'
    >>> shown("pin:1:77aa77aa", known=False)
    'pin:…'
    """
    medium, _colon, value = token.partition(":")
    if medium == "pin":
        return SEEN_PIN
    end = value[-4:] if len(value) >= 8 else ""
    return f"{medium}:…{end}" if known else token
