"""Ending background work."""

import asyncio
from collections.abc import Iterable

PATIENCE_S = 2.0


async def end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait until all have ended, whatever they ended with.

    They are cancelled again when they take long: before Python 3.12 ``wait_for`` may
    swallow a cancellation, and a device may not answer.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=PATIENCE_S)
        for task in ended:
            if not task.cancelled():
                task.exception()
