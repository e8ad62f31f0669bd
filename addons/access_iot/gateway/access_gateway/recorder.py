"""The one way into the journal: on disk first, then into the state."""

from collections.abc import Callable
from datetime import datetime

from access_policy import PassageEvent
from access_policy.event import utc_text

from .facts import Facts
from .journal import Journal


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
