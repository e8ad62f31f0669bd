"""What is known when somebody stands in front of a point, as frozen values.

Identifiers are integers that the ERP gives; times are aware ``datetime`` in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from functools import cached_property

EVERY_DAY = frozenset(range(7))


class Mode(str, Enum):
    """What a point does with everybody (requirement A12)."""

    CONTROLLED = "controlled"
    UNLOCKED = "unlocked"
    LOCKED = "locked"
    LOCKDOWN = "lockdown"


class Effect(str, Enum):
    ALLOW = "allow"
    DENY = "deny"


class CredentialStatus(str, Enum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    RETURNED = "returned"


class Reason(str, Enum):
    """Why a decision fell as it did. Words for people are made at the edge."""

    RIGHT = "right"
    POINT_UNLOCKED = "point_unlocked"
    RELEASED_BY_STAFF = "released_by_staff"

    POLICY_EXPIRED = "policy_expired"
    POINT_UNKNOWN = "point_unknown"
    POINT_LOCKED = "point_locked"
    POINT_LOCKDOWN = "point_lockdown"
    CREDENTIAL_UNREADABLE = "credential_unreadable"
    CREDENTIAL_UNKNOWN = "credential_unknown"
    CREDENTIAL_BLOCKED = "credential_blocked"
    CREDENTIAL_LOST = "credential_lost"
    CREDENTIAL_RETURNED = "credential_returned"
    CREDENTIAL_NOT_YET_VALID = "credential_not_yet_valid"
    CREDENTIAL_EXPIRED = "credential_expired"
    PERSON_SUSPENDED = "person_suspended"
    DENIED = "denied"
    NO_RIGHT = "no_right"
    RIGHT_NOT_YET_VALID = "right_not_yet_valid"
    RIGHT_EXPIRED = "right_expired"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True, slots=True)
class Venue:
    timezone: tzinfo


@dataclass(frozen=True, slots=True)
class Zone:
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Hours that begin on one weekday.

    ``weekday`` 0 is Monday; ``start`` and ``end`` are minutes of the local day, ``end``
    exclusive. An ``end`` that is not after ``start`` lies on the next day.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Band:
    """A named time band; each venue sets its own hours (requirement A4)."""

    hours: Mapping[int, tuple[Period, ...]]


@dataclass(frozen=True, slots=True)
class Point:
    """A way through, in one direction; a side that is ``None`` is outdoors."""

    venue: int
    zone_from: int | None = None
    zone_to: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A holder of credentials; ``rights`` lists what applies to them, by number."""

    rights: tuple[int, ...] = ()
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """Valid from ``valid_from`` (included) to ``valid_to`` (excluded)."""

    id: int
    person: int
    status: CredentialStatus = CredentialStatus.ACTIVE
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """A permission or a prohibition for a place and a time.

    It covers the listed points and all that lies in the listed zones. ``bands`` of
    ``None`` means at any hour; an empty set means never. ``weekdays`` counts by the day
    on which a band begins.
    """

    effect: Effect = Effect.ALLOW
    zones: frozenset[int] = frozenset()
    points: frozenset[int] = frozenset()
    bands: frozenset[int] | None = None
    weekdays: frozenset[int] = EVERY_DAY
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class Policy:
    """The rules. ``credentials`` is keyed by token (see ``credential.py``)."""

    venues: Mapping[int, Venue] = field(default_factory=dict)
    bands: Mapping[int, Band] = field(default_factory=dict)
    zones: Mapping[int, Zone] = field(default_factory=dict)
    points: Mapping[int, Point] = field(default_factory=dict)
    persons: Mapping[int, Person] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    rights: Mapping[int, Right] = field(default_factory=dict)
    expires_at: datetime | None = None

    @cached_property
    def zones_covering(self) -> Mapping[int, tuple[frozenset[int], frozenset[int]]]:
        """By point, the zones that rights may name to cover it: to allow and to deny.

        Going in, they are the zone behind the point and all around that one. Leaving,
        towards the outside or a zone around, is allowed by a right for the zone that
        is left: who may be in a zone may leave it, but may not go on to a zone beside
        it. No zone that is denied keeps anybody from leaving.
        """
        return {key: self._covering(point) for key, point in self.points.items()}

    def _covering(self, point: Point) -> tuple[frozenset[int], frozenset[int]]:
        around_from = self.with_parents(point.zone_from)
        if point.zone_to is None or point.zone_to in around_from:
            return around_from, frozenset()
        around_to = self.with_parents(point.zone_to)
        return around_to, around_to

    def with_parents(self, zone: int | None) -> frozenset[int]:
        found: set[int] = set()
        while zone is not None and zone not in found:
            found.add(zone)
            zone = self.zones[zone].parent if zone in self.zones else None
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class State:
    """What holds now. ``modes`` lists the points that are not simply controlled."""

    modes: Mapping[int, Mode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A credential at a point; ``None`` stands for one that could not be read.

    ``user`` is set when a member of staff opens by hand instead.
    """

    point: int
    credential: str | None
    at: datetime
    user: int | None = None

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


@dataclass(frozen=True, slots=True)
class Decision:
    granted: bool
    reason: Reason
    person: int | None = None
    credential: int | None = None
    right: int | None = None
    trace: tuple[Step, ...] = ()
