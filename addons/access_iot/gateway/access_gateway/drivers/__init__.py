"""Devices: what every driver has in common, and how drivers are found.

A driver is one file with one class, found by its entry point in the group
``access_gateway.drivers``. Its name there is what a device's ``driver`` says.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import ClassVar, TypeVar

from ..rules import Device

log = logging.getLogger(__name__)

GROUP = "access_gateway.drivers"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """Something was held to a reader; ``value`` is ``None`` if it was unreadable.

    ``kind`` is one of ``access_policy.credential``; the same again within ``repeat_ms``
    is still the same card held to the reader; ``at`` is ``time.monotonic()``.
    """

    device: str
    kind: str
    value: str | None = field(repr=False)
    repeat_ms: int = 1000
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Release:
    """Let pass: the output and for how long."""

    output: int
    milliseconds: int


class DeviceError(Exception):
    """A device that does not do what it should; the text is for staff."""


class Driver:
    """One device: connects, serves, and connects again after every trouble.

    A driver overrides ``connect``, ``serve`` and ``disconnect``, and ``perform`` and
    ``settle`` if it takes commands. They raise ``DeviceError`` (or ``OSError``) with
    words that staff understand; ``serve`` returns never or when the device is lost.
    """

    # Seconds between two tries: at first, and at most.
    retry: ClassVar[tuple[float, float]] = (0.1, 1.0)

    def __init__(self, device: Device, emit: Callable[[Read], None]):
        """Raise ``DeviceError`` for settings that cannot work."""
        self.device = device
        self.online = False
        self._emit = emit
        self._repeat_ms = setting(device, "repeat_ms", 1000)
        self._problem: str | None = "not connected yet"
        # By output: what is wrong with it while the device is there.
        self._flaws: dict[int, str] = {}
        self._missed = 0
        # What is to be on until told otherwise, whatever releases say.
        self.held: frozenset[int] = frozenset()

    async def connect(self) -> None:
        raise NotImplementedError

    async def serve(self) -> None:
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Bring outputs to rest as far as possible, and let go of the line."""

    async def perform(self, command: Release) -> None:
        raise DeviceError("has no outputs")

    async def settle(self) -> None:
        """Bring the outputs to what ``held`` says; on connecting it counts as well."""

    def give(self, kind: str, value: str | None) -> None:
        """Tell what was read."""
        self._emit(Read(self.device.id, kind, value, self._repeat_ms))

    @property
    def problem(self) -> str | None:
        """What is wrong, in words; a door that did not open stays until one does."""
        words = "; ".join(dict.fromkeys(filter(None, self._wrong())))
        if self._missed:
            words = words or "well again"
            return f"{words}; doors not opened meanwhile: {self._missed}"
        return words or None

    def note_flaw(self, output: int, flaw: str | None) -> None:
        """Note what is wrong with one output, or that nothing is any more."""
        if flaw is None:
            self._flaws.pop(output, None)
        elif self._flaws.get(output) != flaw:
            log.error("device %s: %s", self.device.id, flaw)
            self._flaws[output] = flaw

    async def release(self, command: Release) -> None:
        """Perform a command now or never; raise ``DeviceError`` for never."""
        if not self.online:
            self._missed += 1
            raise DeviceError(f"offline: {self._problem}")
        try:
            await self.perform(command)
        except DeviceError as error:
            self._missed += 1
            self._problem = str(error)
            log.error("device %s: %s", self.device.id, error)
            raise
        self._problem, self._missed = None, 0

    async def hold(self, outputs: frozenset[int]) -> None:
        """Hold exactly these outputs on, now or when the device is back.

        Said again now and then, so that one said while it was connecting counts.
        """
        self.held = outputs
        if self.online:
            # What fails is told as the device's problem, and made up for later.
            with suppress(DeviceError):
                await self.settle()

    async def run(self) -> None:
        """Keep the device connected until cancelled."""
        first, longest = self.retry
        delay = first
        while True:
            began = time.monotonic()
            try:
                await self.connect()
                self._go_online()
                await self.serve()
                self._go_offline("the device closed the line")
            except (DeviceError, OSError) as error:
                self._go_offline(str(error))
            except Exception as error:
                log.exception("device %s: fault in its driver", self.device.id)
                self._go_offline(f"fault in the driver: {error!r}")
            finally:
                self.online = False
                await self._let_go()
            if time.monotonic() - began > longest:
                delay = first
            await asyncio.sleep(delay)
            delay = min(2 * delay, longest)

    def _wrong(self) -> list[str | None]:
        return [self._problem, *self._flaws.values()]

    async def _let_go(self) -> None:
        try:
            await self.disconnect()
        except Exception:
            log.exception("device %s: fault in its driver", self.device.id)

    def _go_online(self) -> None:
        self.online, self._problem = True, None
        log.info("device %s: online", self.device.id)

    def _go_offline(self, problem: str) -> None:
        self.online = False
        if problem != self._problem:
            log.error("device %s: offline: %s", self.device.id, problem)
        self._problem = problem


def driver_class(name: str) -> type[Driver]:
    """Give the driver of a name; raise ``DeviceError`` if there is none."""
    for found in entry_points(group=GROUP, name=name):
        return found.load()
    # Run from its sources the program has no entry points, but its own drivers.
    try:
        module = import_module(f"{__name__}.{name}")
        return getattr(module, name.title().replace("_", ""))
    except (AttributeError, ImportError):
        raise DeviceError(f"no driver is called {name!r}") from None


def require_port(address: str) -> None:
    """Raise ``DeviceError`` if there is no such serial port."""
    if not os.path.exists(address):
        raise DeviceError(f"unplugged: there is no {address}")


def setting(device: Device, name: str, default: T, choices: Sequence[T] = ()) -> T:
    """Give a setting in its default's type; raise ``DeviceError`` if it cannot be."""
    value = device.settings.get(name, default)
    try:
        value = type(default)(value)
    except (TypeError, ValueError):
        raise DeviceError(f"setting {name}: {value!r} cannot be") from None
    if choices and value not in choices:
        raise DeviceError(f"setting {name}: {value!r} is none of {list(choices)}")
    return value
