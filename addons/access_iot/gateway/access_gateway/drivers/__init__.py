"""Devices: what every driver has in common.

A driver is one file with one class, found by its entry point (``installed.py``).
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from enum import Enum
from typing import Any, ClassVar

from ..errors import (
    DeviceError,
    NotKept,
    TooLate,
    Uncertain,
    in_plain_words,
    require_in_time,
)
from ..messages import (
    Alarm,
    Contact,
    Entry,
    Hazard,
    Indication,
    Kept,
    Key,
    Read,
    Release,
    Ticket,
    Told,
    Verdict,
)
from ..rules import Device
from ..settings import Setting, SettingError
from ..tasks import end
from ..words import facts_in_words

__all__ = [
    "BAUDRATE",
    "SERIAL_ADDRESS",
    "Alarm",
    "Contact",
    "DeviceError",
    "Driver",
    "Entry",
    "Hazard",
    "Indication",
    "Kept",
    "Key",
    "NotKept",
    "Read",
    "Release",
    "Role",
    "Setting",
    "Ticket",
    "Told",
    "TooLate",
    "Uncertain",
    "Verdict",
    "require_in_time",
    "require_port",
]

log = logging.getLogger(__name__)

# How long a device may take to come when it is tested.
TEST_WITHIN_S = 5.0


REPEAT = Setting(
    "repeat_ms",
    "Same again after (ms)",
    1000,
    help="What is read again within this time is still held to the reader.",
    low=0,
    high=60_000,
)


SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
BAUDRATE = Setting(
    "baudrate", "Baud Rate", 9600, tuple((str(speed), str(speed)) for speed in SPEEDS)
)
SERIAL_ADDRESS = "The serial port's name, such as serial/by-id/usb-FTDI_ABC."


class Role(str, Enum):
    """What a device is there for."""

    READER = "reader"
    KEYPAD = "keypad"
    OUTPUTS = "outputs"
    INPUTS = "inputs"
    LOCKERS = "lockers"
    PRINTER = "printer"
    CAMERA = "camera"
    ALARM_PANEL = "alarm_panel"
    # Decides by itself when nobody tells it what to do.
    CONTROLLER = "controller"


class Driver:
    """One device: connects, serves, and connects again after every trouble.

    A driver says by ``title``, ``roles``, ``address_help`` and ``settings`` what staff
    set it up with. It overrides ``connect``, ``serve`` and ``disconnect``, and what it
    can do of ``perform``, ``settle``, ``retract``, ``show``, ``print``, ``snapshot``,
    ``keep`` and ``identify``. They raise ``DeviceError`` (or ``OSError``) with words
    that staff understand; ``serve`` returns never or when the device is lost. What the
    device says of itself (``firmware``, ``serial``, ``model``, ``tamper``,
    ``battery``) is noted in ``facts``.
    """

    title: ClassVar[str] = ""
    roles: ClassVar[frozenset[Role]] = frozenset()
    address_help: ClassVar[str] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()

    # Seconds between two tries: at first, and at most.
    retry: ClassVar[tuple[float, float]] = (0.1, 1.0)

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        """Raise ``DeviceError`` for settings that cannot work."""
        self.device = device
        self.online = False
        self.facts: dict[str, bool | int | str] = {}
        # By number, as the device told them last; empty while it is away.
        self.contacts: dict[int, bool] = {}
        self._emit = emit
        self._repeat_ms = self._read(REPEAT)
        self._values = {one.name: self._read(one) for one in self.settings}
        self._problem: str | None = "not connected yet"
        # By output: what is wrong with it while the device is there.
        self._flaws: dict[int, str] = {}
        # What is wrong with the keys that it keeps, and how often it came online.
        self.keys_flaw: str | None = None
        self.arrivals = 0
        self._missed = 0
        self._restarting = asyncio.Event()
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

    async def retract(self, output: int) -> None:
        """End a release before its time, where the device can."""

    async def show(self, indication: Indication) -> None:
        """Show the person at the reader what came of it, as far as the device can."""

    async def print(self, ticket: Ticket, before: float = math.inf) -> None:
        """Print; return when the paper is out as far as the device can tell.

        ``before`` is as in ``Release``: nothing may begin to be printed later.
        """
        raise DeviceError("prints nothing")

    async def snapshot(self) -> bytes:
        """Give the picture of this moment as JPEG."""
        raise DeviceError("has no camera")

    async def keep(self, keys: Collection[Key]) -> Kept:
        """Have a lock that decides by itself know exactly these, and no hour more."""
        raise DeviceError("keeps no keys")

    async def identify(self) -> None:
        """Make the device show where it is: blink or beep for a moment."""
        raise DeviceError("cannot show where it is")

    async def test(self) -> str:
        """Tell in words that the device answers; raise ``DeviceError`` if not."""
        deadline = time.monotonic() + TEST_WITHIN_S
        while not self.online:
            if time.monotonic() >= deadline:
                raise DeviceError(self.problem or "does not answer")
            await asyncio.sleep(0.05)
        said = [f"{name} {fact}" for name, fact in facts_in_words(self.facts).items()]
        return ", ".join(["answers", *said])

    def restart(self) -> None:
        """Let go of the device and connect anew."""
        self._restarting.set()

    def setting(self, name: str) -> Any:
        """Give a setting of ours, in its type."""
        return self._values[name]

    def give(self, kind: str, value: str | None, reader: int = 0) -> None:
        """Tell what was read."""
        self._emit(Read(self.device.id, kind, value, self._repeat_ms, reader=reader))

    def note_contact(self, number: int, active: bool) -> None:
        """Tell of an input, unless it is as it was."""
        if self.contacts.get(number) is not active:
            self.contacts[number] = active
            self._emit(Contact(self.device.id, number, active))

    def tell(self, told: Told) -> bool:
        """Tell whatever else the device says; say whether it is kept.

        A device that can tell it again must do so if not.
        """
        try:
            self._emit(told)
        except NotKept as error:
            log.error("device %s: what it told is not kept: %s", self.device.id, error)
            return False
        return True

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
            require_in_time(command.before)
            await self.perform(command)
        except DeviceError as error:
            self._note_missed(error)
            raise
        except Exception as error:
            failed = DeviceError(f"failed: {in_plain_words(error)}")
            self._note_missed(failed)
            raise failed from error
        self._problem, self._missed = None, 0

    def _note_missed(self, error: DeviceError) -> None:
        self._missed += 1
        self._problem = in_plain_words(error)
        log.error("device %s: %s", self.device.id, error)

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
                self._restarting.clear()
                await self.connect()
                self._go_online()
                self._go_offline(await self._served())
            except (DeviceError, OSError) as error:
                self._go_offline(in_plain_words(error))
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

    async def _served(self) -> str:
        """Serve until the device is lost, or is to be restarted; tell which."""
        serving = asyncio.ensure_future(self.serve())
        asked = asyncio.ensure_future(self._restarting.wait())
        try:
            await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not serving.done():
                return "restarting"
            serving.result()
            return "the device closed the line"
        finally:
            await end([serving, asked])

    def _read(self, setting: Setting) -> Any:
        try:
            return setting.read(self.device.settings)
        except SettingError as error:
            raise DeviceError(str(error)) from None

    def _wrong(self) -> list[str | None]:
        return [self._problem, self.keys_flaw, *self._flaws.values()]

    async def _let_go(self) -> None:
        self.contacts.clear()
        try:
            await self.disconnect()
        except Exception:
            log.exception("device %s: fault in its driver", self.device.id)

    def _go_online(self) -> None:
        self.online, self._problem = True, None
        self.arrivals += 1
        log.info("device %s: online", self.device.id)

    def _go_offline(self, problem: str) -> None:
        self.online = False
        if problem != self._problem:
            log.error("device %s: offline: %s", self.device.id, problem)
        self._problem = problem


def require_port(address: str) -> None:
    """Raise ``DeviceError`` if there is no such serial port."""
    if not os.path.exists(address):
        raise DeviceError(f"unplugged: there is no {address}")
