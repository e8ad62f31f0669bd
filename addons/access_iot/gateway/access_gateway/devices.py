"""The devices that the rules name: started, stopped, and restarted when changed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .drivers import DeviceError, Driver, Told
from .installed import driver_class
from .rules import Device
from .tasks import Background, end
from .words import in_one_line

log = logging.getLogger(__name__)


class Devices:
    """The running drivers; for ``serial_dir`` see ``driver_of``."""

    def __init__(self, serial_dir: Path, emit: Callable[[Told], None]):
        self._serial_dir = serial_dir
        self._emit = emit
        self._devices: dict[str, Device] = {}
        self._drivers: dict[str, Driver] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unusable: dict[str, str] = {}
        self._settling: set[Driver] = set()
        self._work = Background()

    def get(self, device: str) -> Driver:
        """Give the driver of a device; raise ``DeviceError`` if it has none."""
        if device in self._drivers:
            return self._drivers[device]
        raise DeviceError(self._unusable.get(device, f"there is no device {device}"))

    def contact(self, device: str, number: int) -> bool | None:
        """Tell whether an input is active, as far as that is known now."""
        driver = self._drivers.get(device)
        return driver and driver.contacts.get(number)

    async def apply(self, devices: Mapping[str, Device]) -> None:
        """Run exactly these; one that is as it was goes on undisturbed."""
        gone = [key for key, old in self._devices.items() if devices.get(key) != old]
        await self._stop(gone)
        for key, device in devices.items():
            if key not in self._devices:
                self._start(device)

    def hold(self, outputs: Mapping[str, frozenset[int]]) -> None:
        """Have exactly these outputs held on, by device.

        Nobody waits for it: a fire must not, because some lamp does not answer.
        """
        nothing: frozenset[int] = frozenset()
        for key, driver in self._drivers.items():
            driver.held = outputs.get(key, nothing)
            if driver not in self._settling:
                self._settling.add(driver)
                self._work.start(self._settle(driver))

    async def _settle(self, driver: Driver) -> None:
        """Bring a device to what it is to hold, also to what is said meanwhile."""
        try:
            held = None
            while held != driver.held:
                held = driver.held
                await driver.hold(held)
        finally:
            self._settling.discard(driver)

    async def close(self) -> None:
        await self.apply({})

    def status(self) -> dict[str, dict[str, Any]]:
        """Give ``{device: {"online": bool, "problem": words or None, "facts": …}}``."""
        shown: dict[str, dict[str, Any]] = {
            key: {
                "online": driver.online,
                "problem": driver.problem,
                "facts": dict(driver.facts),
            }
            for key, driver in self._drivers.items()
        }
        for key, problem in self._unusable.items():
            shown[key] = {"online": False, "problem": problem, "facts": {}}
        return in_one_line(shown)

    def _start(self, device: Device) -> None:
        self._devices[device.id] = device
        try:
            driver = driver_of(device, self._serial_dir, self._emit)
        except Exception as error:
            # A driver from elsewhere may fail in any way; the others still run.
            self._unusable[device.id] = str(error)
            log.error("device %s cannot be used: %s", device.id, error)
            return
        self._drivers[device.id] = driver
        self._tasks[device.id] = asyncio.create_task(driver.run())

    async def _stop(self, devices: list[str]) -> None:
        tasks = [self._tasks.pop(key) for key in devices if key in self._tasks]
        for key in devices:
            del self._devices[key]
            self._drivers.pop(key, None)
            self._unusable.pop(key, None)
        await end(tasks)


def driver_of(device: Device, serial_dir: Path, emit: Callable[[Told], None]) -> Driver:
    """Give a device's driver, not connected yet; raise ``DeviceError``.

    An address without a place is a name in ``serial_dir``.
    """
    address = device.address
    if not address.startswith("/") and "://" not in address:
        address = str(serial_dir / address)
    return driver_class(device.driver)(replace(device, address=address), emit)
