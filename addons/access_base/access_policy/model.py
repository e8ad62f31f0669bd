"""What is known when somebody stands in front of a point, as frozen values.

Identifiers are integers that the ERP gives; times are aware ``datetime`` in UTC; days
are local dates of the venue, as ISO text where they are counted by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from typing import NamedTuple

from .reason import Reason

EVERY_DAY = frozenset(range(7))
HOLIDAY = 7  # the day of the week whose hours are those of holidays
OUTDOORS = 0  # the zone of who is in none


class Mode(str, Enum):
    """What a point asks of everybody (requirement A12)."""

    CONTROLLED = "controlled"
    CONTROLLED_PIN = "controlled_pin"
    UNLOCKED = "unlocked"
    LOCKED = "locked"
    LOCKDOWN = "lockdown"


class OnExpiry(str, Enum):
    """What holds at a point once the rules are out of date.

    ``KEEP``: the last rules, for some hours more. ``OPEN``: whoever leaves there goes
    free; a point that leads in never opens by it.
    """

    REFUSE = "refuse"
    KEEP = "keep"
    OPEN = "open"


class Effect(str, Enum):
    ALLOW = "allow"
    DENY = "deny"


class Layer(str, Enum):
    """Whether a right comes of a person's plan or of the device's own settings.

    Where a point asks for both, only what the plan's right offers is used up: so the
    ERP gives no limits and tickets to a device's.
    """

    PLAN = "plan"
    DEVICE = "device"


class Combination(str, Enum):
    """How a point combines the rights of both layers (requirement A9)."""

    EITHER = "either"
    BOTH = "both"
    RECORD = "record"


class HolidayRule(str, Enum):
    """What a schedule does on holidays, and on the days before them."""

    AS_WEEKDAY = "as_weekday"
    CLOSED = "closed"
    OWN_HOURS = "own_hours"
    OPEN = "open"


class AntiPassback(str, Enum):
    OFF = "off"
    LOGGED = "logged"
    REFUSED = "refused"
    TIMED = "timed"


class CredentialStatus(str, Enum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Venue:
    """``grace_days`` is how long a plan's right outlives its end or a due payment.

    After ``pin_tries`` wrong PINs (0: however many) at one of its points within
    ``pin_lock_minutes``, PINs are refused there for as long.
    """

    timezone: tzinfo
    holidays: frozenset[date] = frozenset()
    grace_days: int = 0
    pin_tries: int = 5
    pin_lock_minutes: int = 5


@dataclass(frozen=True, slots=True)
class Zone:
    """``capacity`` 0 is no limit; ``max_stay`` in minutes, 0 is no end."""

    parent: int | None = None
    capacity: int = 0
    antipassback: AntiPassback = AntiPassback.OFF
    antipassback_minutes: int = 0
    max_stay: int = 0


# The hours of a venue's week: by weekday (Monday first, holidays last) spans of
# minutes, end excluded. A span that goes over midnight ends after minute 1440.
Week = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A named time band; each venue sets its own hours (requirement A4)."""

    hours: Mapping[int, Week]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something holds.

    ``bands`` of ``None`` means at any hour; an empty set means never. ``weekdays``
    counts by the day on which a band begins, and so do holidays and the days before
    them. ``early_entry`` and ``late_exit`` are minutes around the hours of a band.
    """

    bands: frozenset[int] | None = None
    weekdays: frozenset[int] = EVERY_DAY
    holidays: HolidayRule = HolidayRule.AS_WEEKDAY
    holiday_eves: HolidayRule = HolidayRule.AS_WEEKDAY
    early_entry: int = 0
    late_exit: int = 0
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A way through, in one direction; a side that is ``None`` is outdoors.

    ``persons`` is 2 where one alone may not enter; ``interlock`` names the points that
    must be shut while this one opens. It stays open for ``open_seconds``. Past the
    end of the rules it does as ``on_expiry`` says, for ``keep_hours`` where it keeps.
    With ``controls_exit`` who leaves there needs a right that lists the point itself.
    With ``toggle_minutes`` it is unlocked by one reading and locked by the next, or by
    itself after so long.
    """

    venue: int
    zone_from: int | None = None
    zone_to: int | None = None
    mode: Mode = Mode.CONTROLLED
    combination: Combination = Combination.EITHER
    persons: int = 1
    interlock: tuple[int, ...] = ()
    open_seconds: float = 5
    on_expiry: OnExpiry = OnExpiry.REFUSE
    keep_hours: int = 0
    controls_exit: bool = False
    toggle_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A cause that sets the mode of points for a while; the strongest one holds."""

    points: frozenset[int]
    mode: Mode
    priority: int
    when: Schedule = Schedule()


@dataclass(frozen=True, slots=True)
class Right:
    """A permission or a prohibition for a place and a time.

    It covers the listed points and all that lies in the listed zones. ``limits`` gives
    how many entries a calendar month has, by band. With ``ticket_types`` each entry
    takes one from a ticket instead. ``exempt`` names the programs whose booking opens
    at any hour and uses up nothing: none of them means any, ``None`` no booking at all.
    """

    effect: Effect = Effect.ALLOW
    layer: Layer = Layer.PLAN
    zones: frozenset[int] = frozenset()
    points: frozenset[int] = frozenset()
    when: Schedule = Schedule()
    limits: Mapping[int, int] = field(default_factory=dict)
    everyone: bool = False
    exempt: frozenset[int] | None = None
    ticket_types: frozenset[int] | None = None


class Grant(NamedTuple):
    """A right that a person has, perhaps for a while only.

    ``then`` is what a refusal after the end says; ``grace`` tells that the venue lets
    the right outlive its end.
    """

    right: int
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    then: Reason = Reason.RIGHT_EXPIRED
    grace: bool = False

    def ends_at(self, venue: Venue) -> datetime | None:
        """Give its end; a venue's days of grace are days of the clock on its wall."""
        if self.valid_to is None or not self.grace or not venue.grace_days:
            return self.valid_to
        try:
            local = self.valid_to.astimezone(venue.timezone)
            return (local + timedelta(days=venue.grace_days)).astimezone(timezone.utc)
        except OverflowError:
            # It was the last day that there is.
            return None


class Booking(NamedTuple):
    """Someone takes part in a program from ``start`` (included) to ``end``."""

    program: int | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """A punch card; ``entries`` of ``None`` is without limit (requirement A7)."""

    type: int
    entries: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    bands: frozenset[int] | None = None
    once_a_day: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A holder of credentials; ``rights`` lists what applies to them, by number."""

    rights: tuple[Grant, ...] = ()
    suspended: bool = False
    identity_unchecked: bool = False
    bookings: tuple[Booking, ...] = ()
    tickets: tuple[tuple[int, Ticket], ...] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """Valid from ``valid_from`` (included) to ``valid_to`` (excluded).

    ``is_pin`` tells one that is typed, so no card that could be asked for besides.
    ``number`` is what is on a card, told only where a lock that decides alone needs it.
    """

    id: int
    person: int
    status: CredentialStatus = CredentialStatus.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    duress: bool = False
    is_pin: bool = False
    number: str | None = field(default=None, repr=False)

    def objection(self, at: datetime) -> Reason | None:
        """Tell why it is not good at a time, if it is not."""
        if self.status is not CredentialStatus.ACTIVE:
            return _BY_STATUS[self.status]
        if self.valid_from is not None and at < self.valid_from:
            return Reason.CREDENTIAL_NOT_YET_VALID
        if self.valid_to is not None and at >= self.valid_to:
            return Reason.CREDENTIAL_EXPIRED
        return None


_BY_STATUS = {
    CredentialStatus.BLOCKED: Reason.CREDENTIAL_BLOCKED,
    CredentialStatus.LOST: Reason.CREDENTIAL_LOST,
    CredentialStatus.RETURNED: Reason.CREDENTIAL_RETURNED,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A credential at a point; ``None`` stands for one that could not be read.

    ``user`` is set when a member of staff opens by hand instead; ``pin`` is the token
    of the PIN that was typed after the card; ``person`` is asked about by number, with
    no credential at all. ``typed`` tells that the credential itself is a PIN.
    """

    point: int
    credential: str | None
    at: datetime
    user: int | None = None
    pin: str | None = None
    person: int | None = None
    typed: bool = False

    def __post_init__(self) -> None:
        # Python would take a naive time for one of the machine's own zone.
        if self.at.tzinfo is None:
            raise ValueError(f"time without zone: {self.at}")


@dataclass(frozen=True, slots=True)
class Step:
    """One rule looked at: its check, the right in question, and what it said.

    ``found`` is the reason that the rule gave, or ``None`` where it had no objection.
    """

    check: str
    found: Reason | None
    right: int | None = None


class Waiting(NamedTuple):
    """The first of two persons, and what their entry will use up as in ``Decision``."""

    person: int
    time: str
    credential: int | None = None
    right: int | None = None
    band: int | None = None
    day: str | None = None
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided.

    A ``day`` says that the passage uses up an entry: of the ``ticket``, else of the
    month of ``right`` and ``band``; of who has to wait for a second person it says
    what will be used up. ``zone`` is where the person is afterwards, ``OUTDOORS`` or
    ``None`` where nobody moves, and so is the ``companion``: the ``first`` of two
    persons, who waited. ``warnings`` are objections that did not keep it from being
    granted.
    """

    granted: bool
    reason: Reason
    person: int | None = None
    credential: int | None = None
    right: int | None = None
    band: int | None = None
    day: str | None = None
    ticket: int | None = None
    zone: int | None = None
    warnings: tuple[Reason, ...] = ()
    first: Waiting | None = None
    trace: tuple[Step, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Tell whether the person did not get what they held something there for."""
        return not self.granted and self.reason is not Reason.LOCKED_AGAIN

    @property
    def companion(self) -> int | None:
        return self.first.person if self.first is not None else None
