"""The clock that decides: the box's own, which may be set while it runs or be behind.

What the clock says holds, as no other is there without the ERP; that it jumped is told
until the ERP's clock confirms it. The order of the journal does not depend on it.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

log = logging.getLogger(__name__)

# Less than this is no jump but a clock that is kept right.
TOLERANCE = timedelta(seconds=60)


def _elapsed() -> float:
    """Give seconds that no setting of the clock changes, sleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Compares the clock with the time that passed; ``problem`` says what was found."""

    def __init__(
        self, now: Callable[[], datetime], elapsed: Callable[[], float] = _elapsed
    ):
        self._now, self._elapsed = now, elapsed
        self._seen = now(), elapsed()
        self.problem: str | None = None

    def begin_after(self, last_event: str | None) -> None:
        """Note at a start if the clock is behind the last event of the journal."""
        if last_event is None:
            return
        last = datetime.fromisoformat(last_event.replace("Z", "+00:00"))
        if self._now() < last - TOLERANCE:
            self._tell(f"the clock is behind the last event, of {last_event}")

    def look(self) -> None:
        """Note if the clock was set since the last look."""
        (then, mark), self._seen = self._seen, (self._now(), self._elapsed())
        now, passed = self._seen[0], timedelta(seconds=self._seen[1] - mark)
        jump = now - then - passed
        if abs(jump) > TOLERANCE:
            way = "forward" if jump > timedelta(0) else "back"
            minutes = round(abs(jump).total_seconds() / 60)
            at = now.astimezone(timezone.utc).isoformat(timespec="seconds")
            self._tell(f"the clock was set {way} by {minutes} min, to {at}")

    def confirm(self) -> None:
        """The ERP's clock says the same: whatever was, it is right now."""
        self.look()
        self.problem = None

    def _tell(self, words: str) -> None:
        self.problem = f"{words}: hours and validity are judged by it"
        log.error("%s", self.problem)
