"""A line that several devices share: opened once, one request at a time.

Devices that have the same address have one connection. It is opened for the first of
them and closed after the last; when it is lost, all are told.
"""

import asyncio
import math
import os
import time
import weakref
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .errors import DeviceError, require_in_time
from .turns import Turns
from .waiting import Waiting

OPEN_WITHIN_S = 3.0
# Seconds until who was silent is asked again, while others on the line answer.
SILENT_S = (0.5, 10.0)

T = TypeVar("T")
B = TypeVar("B", bound="Bus")

Lose = Callable[[DeviceError], None]

# By address; those that are lost are not among them any more.
_buses: dict[str, "Bus"] = {}


class _Silence:
    """That somebody did not answer, and when to ask again."""

    def __init__(self) -> None:
        self._waiting = Waiting(*SILENT_S)
        self.until = -math.inf

    def prolong(self) -> None:
        self.until = time.monotonic() + self._waiting.next()


class Bus:
    """One connection; a kind of it overrides ``open`` and ``close``.

    ``how`` is what all its members must agree upon, such as the speed.
    """

    def __init__(self, address: str, how: Any):
        self.address = address
        self.how = how
        self._place = _place(address)
        self._members: dict[Hashable, Lose] = {}
        # Whose last request nobody answered. A line on which all are silent is dead,
        # though it seems open; while others answer it is just these that are away.
        self._silent: weakref.WeakKeyDictionary[Hashable, _Silence] = (
            weakref.WeakKeyDictionary()
        )
        self._turns = Turns()
        self._is_open = False
        self._end: DeviceError | None = None

    async def open(self) -> None:
        """Raise ``DeviceError`` or ``OSError`` when it cannot be opened."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go at once, also of what is half open."""
        raise NotImplementedError

    @classmethod
    async def join(
        cls: type[B], address: str, how: Any, member: Hashable, lose: Lose
    ) -> B:
        """Give the open line for a member; raise ``DeviceError`` or ``OSError``.

        ``lose`` is called when the line is lost. Who has joined leaves in the end.
        """
        place = _place(address)
        bus = _buses.get(place)
        if bus is None:
            bus = _buses[place] = cls(address, how)
        if type(bus) is not cls or bus.how != how:
            raise DeviceError(
                f"{address} is used by another device in another way (driver or speed)"
            )
        bus._members[member] = lose
        try:
            await bus._opened()
        except BaseException:
            bus.leave(member)
            raise
        return bus

    def leave(self, member: Hashable) -> None:
        """Let go of the line; the last one closes it."""
        self._members.pop(member, None)
        if not self._members:
            self._drop(DeviceError("shut down"))

    def lose(self, error: DeviceError) -> None:
        """Give up the line for everybody."""
        members, self._members = self._members, {}
        self._drop(error)
        for lose in members.values():
            lose(error)

    async def ask(
        self,
        member: Hashable,
        within: float,
        request: Callable[[], Awaitable[T]],
        is_urgent: bool = False,
        before: float = math.inf,
    ) -> T:
        """Perform a request when its turn comes; raise ``DeviceError`` for no answer.

        It is tried twice, but once for who was silent before, and that rarely: others
        wait meanwhile. What is urgent goes first, and none begins after ``before``.
        What has begun is finished, lest its answer be taken for that to the next.
        """
        error = DeviceError(f"no answer from {self.address}")
        silence = self._silent.get(member)
        if silence is not None and time.monotonic() < silence.until:
            raise error
        asked = asyncio.ensure_future(
            self._asked(member, within, request, is_urgent, before)
        )
        # Who asked may be gone by then, as when we shut down.
        asked.add_done_callback(lambda one: one.cancelled() or one.exception())
        answer = await asyncio.shield(asked)
        if answer is not None:
            return answer[0]
        self._silent.setdefault(member, _Silence()).prolong()
        if all(one in self._silent for one in self._members):
            self.lose(error)
        raise error

    async def _asked(
        self,
        member: Hashable,
        within: float,
        request: Callable[[], Awaitable[T]],
        is_urgent: bool,
        before: float,
    ) -> tuple[T] | None:
        """Give the answer, if there is one."""
        async with self._turns.turn(is_urgent):
            for _try in range(1 if member in self._silent else 2):
                if self._end is not None:
                    raise self._end
                require_in_time(before)
                with suppress(asyncio.TimeoutError):
                    answer = await asyncio.wait_for(request(), within)
                    self._silent.pop(member, None)
                    return (answer,)
        return None

    async def _opened(self) -> None:
        async with self._turns.turn():
            if self._end is not None:
                raise self._end
            if self._is_open:
                return
            error = DeviceError(f"cannot connect to {self.address}")
            try:
                await asyncio.wait_for(self.open(), OPEN_WITHIN_S)
                self._is_open = True
            except asyncio.TimeoutError:
                raise error from None
            finally:
                # Half open it is of no use to those who wait either.
                if not self._is_open:
                    self.lose(error)

    def _drop(self, error: DeviceError) -> None:
        if self._end is None:
            self._end = error
            self.close()
        if _buses.get(self._place) is self:
            del _buses[self._place]


def _place(address: str) -> str:
    """Give what is the same for all names of a line."""
    return address if "://" in address else os.path.realpath(address)


def host_and_port(address: str, default: int | None = None) -> tuple[str, int]:
    """Split an address of TCP; raise ``DeviceError``.

    >>> host_and_port("tcp://10.0.0.7", 502)
    ('10.0.0.7', 502)
    """
    parts = urlsplit(address)
    try:
        port = parts.port or default
        if parts.hostname and port:
            return parts.hostname, port
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address: tcp://HOST:PORT")
