"""What the simulated devices at a serial line or a TCP port have in common."""

from typing import TypeVar

from .line import Line

_Self = TypeVar("_Self", bound="Simulator")


class Simulator:
    """A device on a ``Line``, or without one on a TCP port of the loopback.

    Runs within ``async with``; ``stop`` and ``start`` switch its power.
    """

    def __init__(self, line: Line | None):
        self._line = line
        self._port = 0

    async def __aenter__(self: _Self) -> _Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @property
    def address(self) -> str:
        """What a gateway has as the device's address."""
        return str(self._line.path) if self._line else f"tcp://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begin to answer; over TCP at the same port as before."""
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError
