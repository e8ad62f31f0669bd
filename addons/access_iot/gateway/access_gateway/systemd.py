"""What we tell systemd: that we are ready, and that we are alive.

It is told from the event loop, so a loop that hangs is found out and started again.
"""

import asyncio
import os
import socket
from contextlib import suppress

# systemd ends us after twice as long.
_DEFAULT_EVERY_S = 15.0


def notify(state: str) -> None:
    """Tell systemd, if it is there: as sd_notify(3), without its library."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address[0] == "@":
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address)


async def keep_watchdog() -> None:
    """Say that we are ready, and again and again that we are alive."""
    notify("READY=1")
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(_every_s())


def _every_s() -> float:
    micros = os.environ.get("WATCHDOG_USEC", "")
    return int(micros) / 2e6 if micros.isdigit() else _DEFAULT_EVERY_S
