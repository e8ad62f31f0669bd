"""What happens at one door or gate after a release: pure, without a clock of its own.

Requirement F7: a gate waits for who was let in, counts the passage, refuses a second
person, and gives up in time; a door is told of when it is forced or held open.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from access_policy import PassageEvent, Reason

# A bolt needs its time to fall, and a contact to bounce.
MARGIN_S = 0.5

# Who comes so soon after a passage came along with that one.
TAILGATE_S = 2.0


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a point has: ``seconds`` are those of a release."""

    seconds: float = 3.0
    has_sensor: bool = False
    has_contact: bool = False
    held_after: float = 30.0


class Happening(NamedTuple):
    """What to write down: of whom, if it is known."""

    reason: Reason
    event: PassageEvent | None = None


@dataclass(slots=True)
class _Release:
    """One release: of nobody in particular where a button was pressed."""

    until: float
    event: PassageEvent | None
    # The door was opened since, so that it ends when the door is shut.
    is_used: bool = False


@dataclass(slots=True)
class Gate:
    """One point. All times are of one monotonic clock, in seconds.

    Each method gives what happened by it. ``is_done`` says that no release runs any
    more, so that the bolt can fall before its time is over.
    """

    equipment: Equipment
    is_open: bool = False
    _releases: list[_Release] = field(default_factory=list)
    _released_until: float = float("-inf")
    _passed_at: float = float("-inf")
    _opened_at: float = float("-inf")
    _alarm: Reason | None = None

    @property
    def is_done(self) -> bool:
        return not self._releases

    @property
    def awaited(self) -> list[PassageEvent]:
        """Give for whom it was released and who has not passed yet, if that counts."""
        return [one.event for one in self._releases if self._is_awaited(one)]

    def release(self, now: float, event: PassageEvent | None = None) -> None:
        """Note that it was released, and for whom; the same person is awaited once."""
        until = now + self.equipment.seconds
        self._released_until = max(self._released_until, until)
        if not (self.equipment.has_sensor or self.equipment.has_contact):
            return
        self._releases = [
            one for one in self._releases if not _is_same_person(one.event, event)
        ]
        self._releases.append(_Release(until, event))

    def withdraw(self, event: PassageEvent) -> None:
        """Note that the release for this one failed."""
        self._end([one for one in self._releases if one.event == event], float("-inf"))

    def _is_awaited(self, one: _Release) -> bool:
        return self.equipment.has_sensor and one.event is not None

    def _end(self, ended: list[_Release], now: float) -> None:
        """Let releases be over; those of others go on."""
        gone = set(map(id, ended))
        self._releases = [one for one in self._releases if id(one) not in gone]
        last = max([one.until for one in self._releases], default=now)
        self._released_until = min(self._released_until, last)

    def passage(self, now: float, is_free: bool) -> list[Happening]:
        """Somebody went through in the gate's direction."""
        # Sorting is stable: the first who is awaited, before any who pressed a button.
        for first in sorted(self._releases, key=lambda one: one.event is None)[:1]:
            self._end([first], now)
            if first.event is None:
                return []
            self._passed_at = now
            return [Happening(Reason.PASSED, first.event)]
        if is_free or now < self._released_until:
            return []
        came_along = now < self._passed_at + TAILGATE_S
        return [Happening(Reason.SECOND_PASSAGE if came_along else Reason.DOOR_FORCED)]

    def reverse_passage(self, is_free: bool) -> list[Happening]:
        """Somebody came through against the gate's direction."""
        return [] if is_free else [Happening(Reason.REVERSE_PASSAGE)]

    def opened(self, now: float, is_free: bool) -> list[Happening]:
        """The door's contact says that it is open."""
        if self.is_open:
            return []
        self.is_open, self._opened_at = True, now
        for first in [one for one in self._releases if not one.is_used][:1]:
            first.is_used = True
        if is_free or now < self._released_until + MARGIN_S:
            return []
        self._alarm = Reason.DOOR_FORCED
        return [Happening(Reason.DOOR_FORCED)]

    def shut(self, now: float) -> list[Happening]:
        """The door's contact says that it is shut."""
        if not self.is_open:
            return []
        self.is_open = False
        # Who opened it is through, or stayed out; who was let in meanwhile is not.
        used = [one for one in self._releases if one.is_used]
        self._end([one for one in used if not self._is_awaited(one)], now)
        alarm, self._alarm = self._alarm, None
        return [Happening(Reason.DOOR_SHUT)] if alarm else []

    def tick(self, now: float, is_free: bool) -> list[Happening]:
        """Look at the clock."""
        late = [one for one in self._releases if now >= one.until]
        self._releases = [one for one in self._releases if now < one.until]
        found = [
            Happening(Reason.NOT_PASSED, one.event)
            for one in late
            if self._is_awaited(one)
        ]
        since = max(self._opened_at, self._released_until)
        is_held = self.is_open and now >= since + self.equipment.held_after
        if is_free:
            # Its time as a shut door begins when it is no longer free.
            self._opened_at = max(self._opened_at, now)
        elif is_held and self._alarm is None:
            self._alarm = Reason.DOOR_HELD
            found.append(Happening(Reason.DOOR_HELD))
        return found


def _is_same_person(one: PassageEvent | None, other: PassageEvent | None) -> bool:
    if one is None or other is None:
        return False
    return other.person is not None and one.person == other.person
