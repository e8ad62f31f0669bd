"""The one way into the journal: on disk first, then into the state."""

from collections.abc import Callable

from access_policy import PassageEvent

from .facts import Facts
from .journal import Journal


class Recorder:
    """Records events; ``on_event`` is called when one is on disk."""

    def __init__(
        self,
        journal: Journal,
        facts: Facts,
        on_event: Callable[[], None] = lambda: None,
    ):
        self._journal = journal
        self.facts = facts
        self._on_event = on_event

    def record(self, *events: PassageEvent) -> None:
        """Raise ``JournalFull`` when it could not be: then nothing may follow of it."""
        for event in events:
            self._journal.append(event)
        for event in events:
            self.facts.state.note(event)
        self._on_event()
