import threading
import time
from collections.abc import Callable, Hashable

INTERVAL = 1.0


class Announcer:
    """Tells something at most once in an interval, and never forgets the last time.

    It tells in a thread of its own: who has news does not wait for it to be told.
    """

    def __init__(self, tell: Callable[..., None], interval: float = INTERVAL):
        self._tell = tell
        self._interval = interval
        self._lock = threading.Lock()
        self._due: set[Hashable] = set()
        self._told: dict[Hashable, float] = {}

    def news(self, *key: Hashable) -> None:
        """There is news for ``key``, what ``tell`` is called with: now, or soon."""
        with self._lock:
            if key in self._due:
                return
            self._due.add(key)
            elapsed = time.monotonic() - self._told.get(key, float("-inf"))
        timer = threading.Timer(max(0.0, self._interval - elapsed), self._now, [key])
        timer.daemon = True
        timer.start()

    def _now(self, key: tuple[Hashable, ...]) -> None:
        with self._lock:
            self._told[key] = time.monotonic()
            # News from here on is not told by this time, so it is due again.
            self._due.discard(key)
        self._tell(*key)
