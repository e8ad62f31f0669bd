"""What ``access-gateway doctor`` sees of devices from outside."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .devices import driver_of
from .errors import in_plain_words
from .rules import Device

# How long a device's address may take to answer.
CONNECT_S = 2.0

# What is wrong, and what to do about it.
Flaw = tuple[str, str]


def title_of(key: str, told: Mapping[str, Any]) -> str:
    """Give what staff know a device by.

    >>> title_of("12", {"name": "Main Entrance Reader"})
    'device 12 (Main Entrance Reader)'
    """
    name = told.get("name")
    return f"device {key} ({name})" if name else f"device {key}"


def flaw_of(
    key: str, told: Mapping[str, Any], serial_dir: Path, is_running: bool
) -> Flaw | None:
    """Give what keeps a device from working as far as it is seen from here.

    While the program is running, nobody else knocks at its devices.
    """
    device = Device(key, told["driver"], str(told["address"]), told.get("settings", {}))
    try:
        driver = driver_of(device, serial_dir, lambda _told: None)
    except Exception as error:
        # As when it runs: a driver from elsewhere may fail in any way.
        return str(error), "install it, or mend the device in the ERP"
    address = driver.device.address
    if "://" in address:
        # Many a device takes one connection only, and the program has that.
        return _no_address(address) or (None if is_running else _deaf(address))
    names = {setting.name for setting in driver.settings}
    return _no_port(Path(address)) if "baudrate" in names else None


def _no_address(address: str) -> Flaw | None:
    try:
        _ = urlsplit(address).port
    except ValueError as error:
        return f"{address} is no address ({error})", "mend the address in the ERP"
    return None


def _deaf(address: str) -> Flaw | None:
    """Knock at an address that says all that it takes."""
    parts = urlsplit(address)
    if parts.scheme != "tcp" or not (parts.hostname and parts.port):
        return None
    try:
        socket.create_connection((parts.hostname, parts.port), CONNECT_S).close()
    except OSError as error:
        words = f"cannot connect to {address}: {in_plain_words(error)}"
        return words, "look at its power and network"
    return None


def _no_port(port: Path) -> Flaw | None:
    if not port.exists():
        return f"there is no {port}", "plug it in, or mend the address"
    if not os.access(port, os.R_OK | os.W_OK):
        return f"{port} may not be used", "add the user to its group (dialout)"
    return None
