"""What every part of the building has in common: what it does, and what it saw."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .building import Building
    from .log import Log

Action = Callable[[], Awaitable[None]]


class Actor:
    """A part of the building: a device with the people at it, a cable, the ERP.

    ``actions`` are drawn at random, by weight, all the time. ``ordeals`` come in a
    random order, one after the other and each at least once, while the actions go on.
    A new disturbance is a method in one of them.
    """

    def __init__(self, building: Building):
        self.building = building
        self.chance = building.chance

    def prepare(self) -> None:
        """Set up in the ERP what is needed; nothing else runs yet."""

    async def enter(self, stack: AsyncExitStack) -> None:
        """Switch on; the gateway comes later."""

    def actions(self) -> dict[Action, int]:
        return {}

    def ordeals(self) -> list[Action]:
        return []

    async def mend(self) -> None:
        """Let all be well again, as far as this part goes."""

    async def prove(self) -> None:
        """Show that it works when all is well again."""

    def check(self, log: Log) -> None:
        """Hold the ERP's log against what was seen here."""

    def summary(self) -> str:
        """Say what happened, in a few words."""
        return ""
