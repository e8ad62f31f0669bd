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
        self._jump: str | None = None
        self._off: str | None = None

    @property
    def problem(self) -> str | None:
        return "; ".join(filter(None, (self._off, self._jump))) or None

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

    def compare(self, server: datetime) -> None:
        """Hold it against the ERP's: where that says the same, whatever was is over."""
        self.look()
        off = self._now() - server
        if abs(off) <= TOLERANCE:
            self._jump = self._off = None
            return
        side = "ahead of" if off > timedelta(0) else "behind"
        minutes = f"{abs(off).total_seconds() / 60:.0f} min"
        words = f"the clock is {minutes} {side} the server's"
        if words != self._off:
            log.error("%s", words)
        self._off = words

    def _tell(self, words: str) -> None:
        self._jump = f"{words}: hours and validity are judged by it"
        log.error("%s", self._jump)
