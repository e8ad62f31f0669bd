"""What devices tell, and what they are told to do."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from typing import Any, NamedTuple

from access_policy import RecurringKey


@dataclass(frozen=True, slots=True)
class Read:
    """Something was held to a reader; ``value`` is ``None`` if it was unreadable.

    ``kind`` is one of ``access_policy.credential``; the same again within ``repeat_ms``
    is still the same card held to the reader; ``reader`` counts from 0 where a device
    has several; ``at`` is ``time.monotonic()``.
    """

    device: str
    kind: str
    value: str | None = field(repr=False)
    repeat_ms: int = 1000
    at: float = field(default_factory=time.monotonic)
    reader: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """An input is active (its circuit is closed, or what the device calls so) or not.

    Told when it changed, and of each input after the device has come (back).
    """

    device: str
    input: int
    active: bool
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A device decided by itself: it let in at door ``reader``, or refused.

    ``at`` is its own UTC time; ``index`` is its own number of the event, by which one
    that is told twice is known. ``reason`` is what the device calls it.
    """

    device: str
    reader: int
    granted: bool
    kind: str
    value: str | None = field(repr=False)
    at: datetime | None = None
    index: int | None = None
    reason: str | None = None


class Hazard(str, Enum):
    """What an alarm tells of."""

    INTRUSION = "intrusion"
    FIRE = "fire"
    PANIC = "panic"
    DURESS = "duress"
    TAMPER = "tamper"
    TROUBLE = "trouble"
    ARMED = "armed"
    DISARMED = "disarmed"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A device tells of danger or trouble; not ``active``: it is over.

    ``area`` is the zone, line or door as the device numbers it; ``at`` and ``index``
    are as in ``Verdict``.
    """

    device: str
    hazard: Hazard
    active: bool = True
    area: str | None = None
    words: str | None = None
    at: datetime | None = None
    index: int | None = None


# Of a slip of paper.
MOST_LINES, LONGEST_LINE, MOST_COPIES = 100, 300, 10

# How long somebody waits at a door that does not open.
PATIENCE_S = 3.0

Told = Read | Contact | Verdict | Alarm


@dataclass(frozen=True, slots=True)
class Release:
    """Let pass: the output and for how long.

    ``before`` is ``time.monotonic()``: later nothing may move any more, for who asked
    has gone, and somebody else may stand there.
    """

    output: int
    milliseconds: int
    before: float = math.inf


@dataclass(frozen=True, slots=True)
class Indication:
    """What the person at a reader is to see and hear (requirement A18)."""

    granted: bool
    text: str | None = None
    reader: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A slip of paper: a title, lines below it, and codes to scan.

    ``barcode`` is printed as CODE128, ``qr`` as a QR code; each of ``copies`` is cut
    off. What it says is about a person, and its code opens doors: no log names it.
    """

    title: str = field(repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    barcode: str | None = field(default=None, repr=False)
    qr: str | None = field(default=None, repr=False)
    copies: int = 1

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Ticket":
        """Raise ``KeyError``, ``TypeError`` or ``ValueError`` for what is none."""
        document = dict(document)
        lines, copies = tuple(document.get("lines") or ()), document.get("copies") or 1
        codes = document.get("barcode"), document.get("qr")
        texts = (document["title"], *lines, *(code for code in codes if code))
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a slip is of texts")
        if len(texts) > MOST_LINES or max(map(len, texts)) > LONGEST_LINE:
            raise ValueError("too much for a slip of paper")
        if type(copies) is not int or not 1 <= copies <= MOST_COPIES:
            raise ValueError(f"1 to {MOST_COPIES} copies are printed at once")
        return cls(document["title"], lines, codes[0] or None, codes[1] or None, copies)


@dataclass(frozen=True, slots=True)
class Entry:
    """When a card that is held to a reader lets in by an output of the same device.

    ``hours`` are those of the clock of ``zone``; all of several hold.
    """

    reader: int
    output: int
    hours: tuple[RecurringKey, ...]
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Key:
    """What a lock that decides by itself keeps of one card: number, and when it opens.

    ``value`` is the number as readers give it.
    """

    value: str = field(repr=False)
    entries: tuple[Entry, ...]


class Kept(NamedTuple):
    """How many keys a lock keeps now; ``flaw`` tells in words what it cannot keep."""

    count: int
    flaw: str | None = None
