"""What happened so far, as far as it counts for what is decided next.

It follows from the passage events alone, in whatever order they arrive and however
often (requirement A13): so it can be told anew from the log, and two places that know
the same events hold the same state.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from .document import MOST_PIN_TRIES, section_of
from .event import SEEN_PIN, PassageEvent, utc_text
from .fields import integer, moment
from .model import OUTDOORS, Waiting
from .policy import Policy
from .reason import GRANTS, NOTES, Reason

# How long the first of two persons waits for the other (requirement A11).
SECOND_PERSON_WITHIN = timedelta(seconds=30)

_PASSED = Reason.PASSED.value
_NOT_OPENED = Reason.NOT_OPENED.value
_UNLOCKING = Reason.UNLOCKED_UNTIL_READ.value
_LOCKING = (Reason.LOCKED_AGAIN.value, Reason.LOCKED_BY_ITSELF.value)
_MOVES = tuple(reason.value for reason in (*GRANTS, *NOTES))


class Use(NamedTuple):
    """An entry of a month that was used up; the same one is there only once."""

    right: int
    band: int
    day: str


class TicketUse(NamedTuple):
    day: str
    time: str
    point: int


class Toggle(NamedTuple):
    """When a point was unlocked until it is read again, or that ended: of two at one
    time the later one in order counts, which is the end."""

    time: str
    is_shut: bool


class Presence(NamedTuple):
    """Where a person went last (``OUTDOORS``: out), and when."""

    zone: int
    time: str


@dataclass(slots=True)
class State:
    """Times are UTC text as in ``PassageEvent``, so that they compare as they are.

    ``uses`` is by person, ``ticket_uses`` by ticket, ``presence`` by person,
    ``waiting``, ``last_granted``, ``toggled`` and ``wrong_pins`` (the last times that
    one was typed) by point, ``occupancy`` by zone without the zones inside it. Of no
    event, and known only where the inputs are, are two: ``ajar``, the points whose
    door contact says so now, and ``awaited``, by ticket the points where who was let
    through by it just now has not passed yet.
    """

    uses: dict[int, set[Use]] = field(default_factory=dict)
    ticket_uses: dict[int, set[TicketUse]] = field(default_factory=dict)
    presence: dict[int, Presence] = field(default_factory=dict)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    last_granted: dict[int, str] = field(default_factory=dict)
    toggled: dict[int, Toggle] = field(default_factory=dict)
    wrong_pins: dict[int, tuple[str, ...]] = field(default_factory=dict)
    occupancy: dict[int, int] = field(default_factory=dict)
    ajar: set[int] = field(default_factory=set)
    awaited: Mapping[int, set[int]] = field(default_factory=dict)

    def note(self, event: PassageEvent, heard: str | None = None) -> None:
        """Take in an event; one that was taken in already changes nothing.

        Who says when it was ``heard`` of lets nobody move later, as by a clock that
        is ahead: or else no passage would count until then.
        """
        self.note_at_point(event)
        if event.person is None:
            return
        if event.zone is not None and event.reason in _MOVES:
            time = min(event.time, heard or event.time)
            for person in filter(None, (event.person, event.companion)):
                self.move(person, event.zone, time)
        if event.day is None or not (event.granted or event.reason == _PASSED):
            return
        if event.ticket is not None:
            use = TicketUse(event.day, event.time, event.point)
            self.ticket_uses.setdefault(event.ticket, set()).add(use)
        elif event.right is not None and event.band is not None:
            use = Use(event.right, event.band, event.day)
            self.uses.setdefault(event.person, set()).add(use)

    def note_at_point(self, event: PassageEvent) -> None:
        """Note of an event only that the point was opened, or who waits there."""
        self._note_toggle(event)
        if event.granted:
            self._note_open(event)
        elif event.reason == Reason.SECOND_PERSON_NEEDED.value:
            self._note_waiting(event)
        elif _is_wrong_pin(event):
            self._note_wrong_pins(event.point, event.time)

    def move(self, person: int, zone: int, time: str) -> None:
        """Note where a person is since a time, unless something later is known.

        Of two moves at one time the one to the smaller number counts, outdoors before
        all: so a stay that was ended is not begun again by its own event.
        """
        last = self.presence.get(person)
        if last is not None and (last.time, -last.zone) >= (time, -zone):
            return
        self._count(last, -1)
        self.presence[person] = Presence(zone, time)
        self._count(self.presence[person], 1)

    def count_within(self, policy: Policy, zone: int) -> int:
        """Tell how many persons are in a zone and in those inside it."""
        inside = policy.zones_within[zone]
        return sum([self.occupancy.get(one, 0) for one in inside])

    def unlocked_since(self, policy: Policy, point: int, at: datetime) -> str | None:
        """Give since when a point is unlocked until it is read again, if it is.

        Not for ever, and not beside a mode in which rights decide nothing. Of one that
        was unlocked later than now the clock was set back: it is not either.
        """
        last, place = self.toggled.get(point), policy.points.get(point)
        if last is None or last.is_shut or place is None:
            return None
        since = time_of(last.time)
        is_so = since <= at < since + timedelta(minutes=place.toggle_minutes)
        return last.time if is_so and policy.is_controlled(point, at) else None

    def end_stays(self, policy: Policy, now: datetime) -> None:
        """Forget who is inside longer than the zone lets anybody stay."""
        for person, last in list(self.presence.items()):
            if last.zone != OUTDOORS and not is_present(policy, last, now):
                self._count(last, -1)
                self.presence[person] = Presence(OUTDOORS, last.time)

    def forget_before(self, day: str, tickets: Container[int]) -> None:
        """Drop what counts no more of days before one (ISO text).

        That are monthly entries, those of tickets but these, and who left.
        """
        for person, uses in list(self.uses.items()):
            kept = {use for use in uses if use.day >= day}
            if kept:
                self.uses[person] = kept
            else:
                del self.uses[person]
        for ticket, used in list(self.ticket_uses.items()):
            if ticket not in tickets and all(use.day < day for use in used):
                del self.ticket_uses[ticket]
        for person, last in list(self.presence.items()):
            if last.zone == OUTDOORS and last.time < day:
                del self.presence[person]

    def turn_back(self, point: int, persons: Iterable[int | None], now: str) -> None:
        """Let nothing be noted for later than now: a clock was ahead of it.

        It is for who learns of something at a point and of persons just now. Nobody is
        forgotten: they are where they were, but what comes now counts more.
        """
        if self.last_granted.get(point, "") > now:
            del self.last_granted[point]
        first = self.waiting.get(point)
        if first is not None and first.time > now:
            del self.waiting[point]
        toggle = self.toggled.get(point)
        if toggle is not None and toggle.time > now:
            self.toggled[point] = toggle._replace(time=_just_before(now))
        wrong = self.wrong_pins.get(point)
        if wrong and wrong[-1] > now:
            self.wrong_pins[point] = tuple(time for time in wrong if time <= now)
        for person in persons:
            last = self.presence.get(person)
            if last is not None and last.time > now:
                self.presence[person] = Presence(last.zone, _just_before(now))

    def _note_toggle(self, event: PassageEvent) -> None:
        is_shut = event.reason in _LOCKING
        # What a card should have unlocked did not open: it stays locked.
        is_shut |= event.reason == _NOT_OPENED and event.person is not None
        if is_shut or event.reason == _UNLOCKING:
            toggle = Toggle(event.time, is_shut)
            self.toggled[event.point] = max(
                self.toggled.get(event.point, toggle), toggle
            )

    def _note_open(self, event: PassageEvent) -> None:
        if event.time > self.last_granted.get(event.point, ""):
            self.last_granted[event.point] = event.time
        first = self.waiting.get(event.point)
        if first is not None and first.time <= event.time:
            del self.waiting[event.point]

    def _note_waiting(self, event: PassageEvent) -> None:
        if event.person is None or event.time <= self.last_granted.get(event.point, ""):
            return
        first = self.waiting.get(event.point)
        later = _waiting_of(event)
        if first is None or _rank(first) < _rank(later):
            self.waiting[event.point] = later

    def _note_wrong_pins(self, point: int, *times: str) -> None:
        known = {*self.wrong_pins.get(point, ()), *times}
        self.wrong_pins[point] = tuple(sorted(known)[-MOST_PIN_TRIES:])

    def _count(self, presence: Presence | None, by: int) -> None:
        if presence is not None and presence.zone != OUTDOORS:
            count = self.occupancy.pop(presence.zone, 0) + by
            if count:
                self.occupancy[presence.zone] = count


def is_present(policy: Policy, presence: Presence, now: datetime) -> bool:
    """Tell whether a stay has not outlasted its zone, or a zone around that one."""
    limits = [
        policy.zones[zone].max_stay
        for zone in policy.zones_around(presence.zone)
        if zone in policy.zones and policy.zones[zone].max_stay
    ]
    if not limits:
        return True
    return now < time_of(presence.time) + timedelta(minutes=min(limits))


def _just_before(time: str) -> str:
    return utc_text(time_of(time) - timedelta(milliseconds=1))


def _waiting_of(event: PassageEvent) -> Waiting:
    return Waiting(*[getattr(event, name) for name in Waiting._fields])


def _rank(first: Waiting) -> tuple:
    """Give what orders those who wait, so that the order of arrival does not."""
    person, time, *rest = first
    return time, person, *[(one is not None, one or 0) for one in rest]


def _is_wrong_pin(event: PassageEvent) -> bool:
    """Tell of a PIN that was typed after a card, or alone, that it was wrong."""
    return event.reason == Reason.PIN_WRONG.value or (
        event.reason == Reason.CREDENTIAL_UNKNOWN.value and event.seen == SEEN_PIN
    )


def time_of(text: str) -> datetime:
    """Read a time of an event.

    >>> time_of("2026-11-21T07:30:00.005Z").isoformat(timespec="milliseconds")
    '2026-11-21T07:30:00.005+00:00'
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def state_of(events: Iterable[PassageEvent]) -> State:
    state = State()
    for event in events:
        state.note(event)
    return state


def state_from_document(document: Mapping[str, Any]) -> State:
    """Build the state from its JSON form; raise ``DocumentError`` where malformed.

    Shape (people, tickets, points as keys)::

        {"uses": {"51": [[31, 1, "2026-11-21"]]},
         "ticket_uses": {"7": [["2026-11-21", "2026-11-21T07:30:00.000Z", 1]]},
         "presence": {"51": [2, "2026-11-21T07:30:00.000Z"]},
         "waiting": {"1": [51, "2026-11-21T07:30:00.000Z", 101, 31, 1, "2026-11-21",
                           null]},
         "last_granted": {"1": "2026-11-21T07:30:00.000Z"},
         "wrong_pins": {"1": ["2026-11-21T07:30:00.000Z"]}}
    """
    state = State(
        uses=section_of(document, "uses", _uses),
        ticket_uses=section_of(document, "ticket_uses", _ticket_uses),
        waiting=section_of(document, "waiting", _waiting),
        last_granted=section_of(document, "last_granted", _time_text),
        toggled=section_of(document, "toggled", _toggle),
    )
    for person, last in section_of(document, "presence", _presence).items():
        state.move(person, *last)
    for point, times in section_of(document, "wrong_pins", _times).items():
        state._note_wrong_pins(point, *times)
    return state


def document_of_state(state: State) -> dict[str, Any]:
    """Give the JSON form of the state, all but ``ajar`` and ``awaited``.

    >>> state = State(uses={51: {Use(31, 1, "2026-11-21")}})
    >>> state_from_document(document_of_state(state)) == state
    True
    """
    return {
        "uses": {str(key): sorted(uses) for key, uses in state.uses.items()},
        "ticket_uses": {
            str(key): sorted(uses) for key, uses in state.ticket_uses.items()
        },
        "presence": {str(key): list(last) for key, last in state.presence.items()},
        "waiting": {str(key): list(first) for key, first in state.waiting.items()},
        "last_granted": {str(key): time for key, time in state.last_granted.items()},
        "toggled": {str(key): list(last) for key, last in state.toggled.items()},
        "wrong_pins": {str(key): list(all_) for key, all_ in state.wrong_pins.items()},
    }


def _uses(entry: Any) -> set[Use]:
    return {
        Use(integer(right), integer(band), _day_text(day)) for right, band, day in entry
    }


def _ticket_uses(entry: Any) -> set[TicketUse]:
    return {
        TicketUse(_day_text(day), _time_text(time), integer(point))
        for day, time, point in entry
    }


def _toggle(entry: Any) -> Toggle:
    time, is_shut = entry
    return Toggle(_time_text(time), bool(is_shut))


def _presence(entry: Any) -> Presence:
    zone, time = entry
    return Presence(integer(zone), _time_text(time))


def _waiting(entry: Any) -> Waiting:
    person, time, *rest = entry
    # Numbers, and before the last one the day.
    first = Waiting(integer(person), _time_text(time), *rest)
    for number in (first.credential, first.right, first.band, first.ticket):
        if number is not None:
            integer(number)
    return first._replace(day=first.day and _day_text(first.day))


def _times(entry: Any) -> list[str]:
    return [_time_text(text) for text in entry]


def _time_text(text: Any) -> str:
    """Bring a time to the one form in which times compare as text."""
    return utc_text(moment(text))


def _day_text(text: Any) -> str:
    return date.fromisoformat(text).isoformat()
