"""The one way into the journal: on disk first, then into the state."""

import re
from collections.abc import Callable
from datetime import datetime

from access_policy import PassageEvent
from access_policy.event import one_line, utc_text

from .facts import Facts
from .journal import Journal
from .messages import Alarm, Verdict

# The end of a note that has the device's own time.
_LATER = re.compile(r" of (\d{4}-\d\d-\d\dT[\d:.]+Z)\)$")

# How much of a device's own words is kept, so that there is room for its name.
WORDS_LENGTH = 500


class Recorder:
    """Records events; ``on_event`` is called when one is on disk."""

    def __init__(
        self,
        journal: Journal,
        facts: Facts,
        now: Callable[[], datetime],
        on_event: Callable[[], None] = lambda: None,
    ):
        self._journal = journal
        self.facts = facts
        self._now = now
        self._on_event = on_event
        # Called with each event and its sequence.
        self.on_recorded: Callable[[PassageEvent, int], None] = lambda *_event: None

    def record_told(self, event: PassageEvent, told: Verdict | Alarm) -> None:
        """Record what a device tells of its own, but once.

        What is told again, because one of us was cut off before the other knew, is
        known by the device's time and number of it, or by who it was about: all stand
        in the event itself, so that they are on the disk with it or not at all. No
        event is later than now; where the device's time is (our clock may be behind),
        the note has it.
        """
        now, at = self._now(), told.at
        is_numbered = told.index is not None
        source = f"device {told.device}"
        source += f", event {told.index}" if is_numbered else ""
        source += f" of {utc_text(at)}" if at is not None and at > now else ""
        words = one_line(event.note, WORDS_LENGTH) or ""
        note = f"{words} ({source})".strip()
        event = event._replace(time=utc_text(min(at or now, now)), note=note)
        is_known = at is not None or is_numbered
        if not (is_known and self._is_told(event, is_numbered)):
            self.record(event)

    def _is_told(self, event: PassageEvent, is_numbered: bool) -> bool:
        """Tell whether it is written down, whatever our clock was then."""
        wanted, who = _told(event), (event.credential, event.seen)
        return any(
            _told(one) == wanted and (is_numbered or (one.credential, one.seen) == who)
            for one in self._journal.of_devices(wanted[-1])
        )

    def record(self, *events: PassageEvent) -> None:
        """Raise ``JournalFull`` when it could not be: then nothing may follow of it."""
        events = tuple([event.in_one_line() for event in events])
        last = self._journal.append(*events)
        state, now = self.facts.state, utc_text(self._now())
        for event in events:
            # A clock that was set back: nothing is noted for later than now.
            state.turn_back(event.point, (event.person, event.companion), now)
            state.note(event, heard=now)
        self._on_event()
        for sequence, event in enumerate(events, last - len(events) + 1):
            self.on_recorded(event, sequence)


def _told(event: PassageEvent) -> tuple[int, str, str, str]:
    """Give what makes it the same event of a device, its time the last of it."""
    note, at = event.note or "", event.time
    if found := _LATER.search(note):
        note, at = f"{note[: found.start()]})", found[1]
    return event.point, event.reason, note, at
