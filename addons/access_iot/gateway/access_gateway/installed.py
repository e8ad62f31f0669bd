"""Drivers: which can be used here, what they need, and how they are found.

Each has an entry point in the group ``access_gateway.drivers``, ours and those of
others alike. Its name there is what a device's ``driver`` says.
"""

import logging
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, entry_points, requires
from typing import Any

from . import drivers
from .drivers import DeviceError, Driver

log = logging.getLogger(__name__)

GROUP = "access_gateway.drivers"
DISTRIBUTION = "access-gateway"

_DRIVERS = drivers.__name__


def driver_class(name: str) -> type[Driver]:
    """Give the driver of a name; raise ``DeviceError`` if there is none."""
    module = f"{_DRIVERS}.{name}"
    try:
        for found in entry_points(group=GROUP, name=name):
            return found.load()
        # Run from its sources the program has no entry points, but its own drivers.
        return getattr(import_module(module), name.title().replace("_", ""))
    except ModuleNotFoundError as error:
        if error.name and not module.startswith(error.name):
            raise _not_installed(name, error.name) from error
        raise DeviceError(f"no driver is called {name!r}") from None
    except (AttributeError, ImportError):
        raise DeviceError(f"no driver is called {name!r}") from None


def describe() -> list[dict[str, Any]]:
    """Give what the ERP needs to know of each driver that can be used here.

    ``[{"code": …, "title": …, "roles": […], "address_help": …, "settings": […]}]``
    """
    found = []
    for name in sorted({one.name for one in entry_points(group=GROUP)}):
        try:
            driver = driver_class(name)
        except DeviceError as error:
            log.info("%s", error)
            continue
        found.append(
            {
                "code": name,
                "title": driver.title,
                "roles": _roles(driver),
                "address_help": driver.address_help,
                "settings": [setting.document() for setting in driver.settings],
            }
        )
    return found


def _roles(driver: type[Driver]) -> list[str]:
    shows = () if driver.identify is Driver.identify else ("identify",)
    return sorted([*(role.value for role in driver.roles), *shows])


def _not_installed(name: str, module: str) -> DeviceError:
    """Say what to install for a driver that needs more than the gateway itself."""
    words = f"driver {name!r} needs {module}, which is not installed"
    with suppress(PackageNotFoundError):
        for need in requires(DISTRIBUTION) or ():
            package, _, extra = need.partition("extra ==")
            if package.startswith(DISTRIBUTION):
                continue  # all extras together
            if extra and module.split(".")[0] in package:
                extra = extra.strip(" \"'")
                return DeviceError(f"{words}: pip install '{DISTRIBUTION}[{extra}]'")
    return DeviceError(words)
