"""Long work in the event loop, in slices between which everybody else is served."""

import asyncio
import time

SLICE_S = 0.002
# Longer than a slice: who comes in meanwhile meets several of them on their way.
REST_S = 0.004


class Pace:
    """Call ``step`` after each small piece of work."""

    def __init__(self) -> None:
        self._until = time.perf_counter() + SLICE_S

    async def step(self) -> None:
        if time.perf_counter() >= self._until:
            await asyncio.sleep(REST_S)
            self._until = time.perf_counter() + SLICE_S
