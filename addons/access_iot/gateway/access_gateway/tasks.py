"""Background work: begun, kept going, and ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
AGAIN_AFTER_S = 1.0

Work = Callable[[], Awaitable[None]]


class Background:
    """Work that nobody waits for; a fault in it is logged."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("fault in work in the background", exc_info=error)


async def forever(work: Work) -> None:
    """Keep at work that goes on until cancelled: after a fault it begins anew.

    Of a gateway no part may be missing while the others say that all is well.
    """
    while True:
        try:
            await work()
            return
        except Exception:
            log.exception("fault in %s, which begins anew", work.__qualname__)
        await asyncio.sleep(AGAIN_AFTER_S)


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
