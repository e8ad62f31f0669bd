"""Who may use a line next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count


class Turns:
    """A lock that goes to who is in a hurry first, else to who came first."""

    def __init__(self) -> None:
        self.is_taken = False
        self._number = count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, is_urgent: bool = False) -> AsyncIterator[None]:
        await self._take(is_urgent)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, is_urgent: bool) -> None:
        if not self.is_taken:
            self.is_taken = True
            return
        called = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (not is_urgent, next(self._number), called))
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():
                # It was called, and does not come.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            *_rank, called = heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self.is_taken = False
