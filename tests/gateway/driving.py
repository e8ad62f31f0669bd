"""How drivers are run against simulated devices."""

import asyncio
from contextlib import asynccontextmanager

from access_gateway.drivers import Key
from access_gateway.simulators import Line
from access_gateway.tasks import end


@asynccontextmanager
async def driven(driver):
    """Run a driver as the gateway does."""
    task = asyncio.create_task(driver.run())
    try:
        yield driver
    finally:
        await end([task])


@asynccontextmanager
async def attached(simulated, directory, transport="serial", **given):
    """Run a simulated device at a TCP port or on a serial line."""
    if transport == "tcp":
        async with simulated(**given) as device:
            yield device
    else:
        with Line(directory / "device") as line:
            async with simulated(line, **given) as device:
                yield device


def of(kind, told):
    return [one for one in told if isinstance(one, kind)]


def key(value, outputs=(0,), **fields):
    return Key(value, frozenset(outputs), **fields)
