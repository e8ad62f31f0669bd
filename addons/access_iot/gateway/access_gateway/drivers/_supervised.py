"""Devices that report by themselves: only their silence tells that they are gone."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from ..rules import Device
from . import Driver, Told


class Supervised(Driver):
    """Offline while nothing is heard for the setting ``silence_s``; 0 is no limit.

    A driver calls ``heard`` with each report and, once it listens, waits in
    ``connect`` for ``first_report``.
    """

    # Who is silent, in words such as "the panel has reported".
    who_reports: ClassVar[str]

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._silence = self.setting("silence_s")
        self._reported = asyncio.Event()

    def heard(self) -> None:
        self._reported.set()

    async def first_report(self) -> None:
        if self._silence:
            self._go_offline(f"{self.who_reports} nothing yet")
            await self._reported.wait()

    async def serve(self) -> None:
        """Watch for silence; we go on listening when there is one."""
        while True:
            self._reported.clear()
            hearing = asyncio.ensure_future(self._reported.wait())
            try:
                await asyncio.wait({hearing}, timeout=self._silence or None)
                if not hearing.done():
                    words = f"{self.who_reports} nothing for {self._silence} s"
                    self._go_offline(words)
                    await hearing
                    self._go_online()
            finally:
                hearing.cancel()

    async def disconnect(self) -> None:
        """What was heard before does not count when it is listened to anew."""
        self._reported.clear()
