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


class _Awaited(NamedTuple):
    event: PassageEvent
    until: float


@dataclass(slots=True)
class Gate:
    """One point. All times are of one monotonic clock, in seconds.

    Each method gives what happened by it. ``is_done`` says that nobody is awaited any
    more, so that the bolt can fall before its time is over.
    """

    equipment: Equipment
    is_open: bool = False
    _awaited: list[_Awaited] = field(default_factory=list)
    _released_until: float = float("-inf")
    _passed_at: float = float("-inf")
    _opened_at: float = float("-inf")
    _alarm: Reason | None = None

    @property
    def is_done(self) -> bool:
        return not self._awaited

    def release(self, now: float, event: PassageEvent | None = None) -> None:
        """Note that it was released, and for whom; the same person is awaited once."""
        self._released_until = max(self._released_until, now + self.equipment.seconds)
        if event is None or not self.equipment.has_sensor:
            return
        self._awaited = [
            one
            for one in self._awaited
            if event.person is None or one.event.person != event.person
        ]
        self._awaited.append(_Awaited(event, now + self.equipment.seconds))

    def withdraw(self, event: PassageEvent) -> None:
        """Note that the release for this one failed."""
        self._awaited = [one for one in self._awaited if one.event != event]
        if not self._awaited:
            self._released_until = float("-inf")

    def passage(self, now: float, is_free: bool) -> list[Happening]:
        """Somebody went through in the gate's direction."""
        if self._awaited:
            first = self._awaited.pop(0)
            self._passed_at = now
            if not self._awaited:
                self._released_until = now
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
        if is_free or now < self._released_until + MARGIN_S:
            return []
        self._alarm = Reason.DOOR_FORCED
        return [Happening(Reason.DOOR_FORCED)]

    def shut(self, now: float) -> list[Happening]:
        """The door's contact says that it is shut."""
        if not self.is_open:
            return []
        self.is_open = False
        if not self._awaited:
            # Who was let in is through, or stayed out: for nobody else.
            self._released_until = min(self._released_until, now)
        alarm, self._alarm = self._alarm, None
        return [Happening(Reason.DOOR_SHUT)] if alarm else []

    def tick(self, now: float, is_free: bool) -> list[Happening]:
        """Look at the clock."""
        late = [one for one in self._awaited if now >= one.until]
        self._awaited = [one for one in self._awaited if now < one.until]
        found = [Happening(Reason.NOT_PASSED, one.event) for one in late]
        since = max(self._opened_at, self._released_until)
        is_held = self.is_open and now >= since + self.equipment.held_after
        if is_free:
            # Its time as a shut door begins when it is no longer free.
            self._opened_at = max(self._opened_at, now)
        elif is_held and self._alarm is None:
            self._alarm = Reason.DOOR_HELD
            found.append(Happening(Reason.DOOR_HELD))
        return found
