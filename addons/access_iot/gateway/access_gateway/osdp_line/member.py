"""A reader on a line of OSDP readers: what its driver and the line have in common."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple

from ..drivers import DeviceError
from .port import Wire

# A reader that does not come is tried again after this: at first, and at most.
PAUSE_S = (0.05, 0.5)


class Refused(DeviceError):
    """The reader is there, but did not do this."""


class Found(NamedTuple):
    """A reader as it came: who it says it is, and how many it has of what.

    ``was_given_key``: it was to be given its key, and has it now.
    """

    id: dict[str, int]
    items: dict[str, int]
    is_secure: bool
    was_given_key: bool


News = Found | str | dict[str, Any]


SETTLES_S, SETTLES_AT_MOST_S = 0.3, 3.0


class Phase(Enum):
    RESTING = "resting"
    COMING = "coming"
    UP = "up"


class Order:
    """One command, who waits for it, and until when it may begin."""

    def __init__(self, command: dict[str, Any], before: float = math.inf):
        self.command = command
        self.before = before
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()

    def end(self, error: DeviceError | None = None) -> None:
        """Let who waits go on; called in the thread."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._set, error)

    def _set(self, error: DeviceError | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Member:
    """One reader of a line, as its driver sees it.

    ``told`` is called in the event loop: with ``Found`` when the reader came, with
    words when it is lost or does not come, and with each event of libosdp.
    """

    def __init__(
        self,
        unit: int,
        key: bytes | None,
        install: bool,
        answers_within: float,
        told: Callable[[News], None],
    ):
        self.unit, self.key, self.install = unit, key, install
        self.answers_within = answers_within
        self._told = told
        self._loop: asyncio.AbstractEventLoop | None = None
        # From here on all is the thread's own. ``panel`` is libosdp's.
        self.panel: Any = None
        self.wire: Wire | None = None
        self.phase = Phase.RESTING
        self.has_failed = False
        self.until = 0.0
        self.pause = PAUSE_S[0]
        # When it came, and has nothing to tell any more that is from before.
        self._came_at = self._settled_at = math.inf
        self.orders: deque[Order] = deque()
        self.current: Order | None = None
        self._last_news: News | None = None

    def bind(self) -> None:
        """Have what is told from now on told in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._last_news = None
        self.pause, self.until = PAUSE_S[0], 0.0

    def begin(self) -> None:
        """It may come now."""
        self.phase, self.has_failed = Phase.COMING, False
        self._came_at = self._settled_at = math.inf

    def is_settled(self, now: float) -> bool:
        """Tell whether what it tells from here on happens now.

        A reader that kept what was held to it gives it at once, one with each poll:
        how old that is nobody knows, and whoever it was may have gone.
        """
        if self._came_at == math.inf:
            self._came_at = now
            self.settle(now)
        return now >= self._settled_at

    def settle(self, now: float) -> None:
        """Wait until it has told nothing for a while, but not for ever."""
        self._settled_at = min(now + SETTLES_S, self._came_at + SETTLES_AT_MOST_S)

    def turn(self) -> tuple[bool, float]:
        """Give when it is its turn: the smallest comes first."""
        is_idle = self.current is None and not self.orders
        return is_idle, self.wire.asked_at

    def tell(self, news: News) -> None:
        """Tell the driver, but not twice the same of how the reader is."""
        if not isinstance(news, dict):
            if news == self._last_news:
                return
            self._last_news = news
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._told, news)

    def fail(self, words: str) -> None:
        """Give up all that is to be done."""
        waiting = [*filter(None, [self.current]), *self.orders]
        self.current = None
        self.orders.clear()
        for order in waiting:
            order.end(DeviceError(words))
