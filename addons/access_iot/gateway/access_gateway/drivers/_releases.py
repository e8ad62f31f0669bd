"""When the releases of a device's outputs end, and which outputs are held."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

from ..messages import Release


class Releases:
    """Of one device. Times are those of the event loop.

    A release that comes during another one prolongs it; none ever shortens another.
    """

    def __init__(self, outputs: frozenset[int]):
        self._outputs = outputs
        self._until: dict[int, float] = {}
        self._company: dict[int, asyncio.Task[None]] = {}
        # Those that are on because they are held.
        self.holding: set[int] = set()

    def left(self, output: int) -> float:
        """Give the seconds until its release is over; not above 0 for none."""
        return self._until.get(output, float("-inf")) - _now()

    @contextmanager
    def beginning(self, command: Release) -> Iterator[None]:
        """Count a release while its output is being switched on.

        From before, so that an earlier one does not end now; anew from after, for its
        full time, unless it was ended meanwhile. One that fails counts for nothing.
        """
        output, before = command.output, self._until.get(command.output)
        self._prolong(command)
        counted = self._until[output]
        try:
            yield
        except BaseException:
            if self._until.get(output) == counted:
                self._until.pop(output)
                if before is not None:
                    self._until[output] = before
            raise
        if output in self._until:
            self._prolong(command)

    def end(self, output: int) -> bool:
        """Let a release be over; tell whether there was one."""
        if company := self._company.pop(output, None):
            company.cancel()
        return self._until.pop(output, None) is not None

    def accompany(self, output: int, work: Callable[[int], Awaitable[None]]) -> None:
        """Do the work of a release while it lasts, once however often it is said."""
        if output in self._until and output not in self._company:
            self._company[output] = asyncio.ensure_future(self._do(output, work))

    async def over(self, output: int, grace: float = 0.0) -> None:
        """Wait for the end of a release; one that comes later needs company anew."""
        while (left := self.left(output) + grace) > 0:
            await asyncio.sleep(left)
        self._company.pop(output, None)

    def to_rest(self, held: Iterable[int]) -> list[int]:
        """Give the outputs that are not as they are to be when ``held`` are held."""
        return sorted((self._outputs & frozenset(held)) ^ self.holding)

    def hold(self, output: int, is_held: bool) -> None:
        (self.holding.add if is_held else self.holding.discard)(output)

    def clear(self) -> None:
        for company in self._company.values():
            company.cancel()
        self._company.clear()
        self._until.clear()
        self.holding.clear()

    def _prolong(self, command: Release) -> None:
        until = _now() + command.milliseconds / 1000
        self._until[command.output] = max(self._until.get(command.output, until), until)

    async def _do(self, output: int, work: Callable[[int], Awaitable[None]]) -> None:
        try:
            await work(output)
        finally:
            if self._company.get(output) is asyncio.current_task():
                del self._company[output]


def _now() -> float:
    return asyncio.get_running_loop().time()
