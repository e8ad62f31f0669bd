"""What devices tell, and what they are told to do."""

import math
import time
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from typing import NamedTuple

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

    ``barcode`` is printed as CODE128, ``qr`` as a QR code.
    """

    title: str
    lines: tuple[str, ...] = ()
    barcode: str | None = None
    qr: str | None = None


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
