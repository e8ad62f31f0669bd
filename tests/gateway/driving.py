"""How drivers are run against simulated devices."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from access_gateway.drivers import Entry, Key
from access_gateway.simulators import Line
from access_gateway.tasks import end
from access_policy import RecurringKey

# Some weeks around today, from a Monday to a Sunday.
FIRST = date.today() - timedelta(days=date.today().weekday() + 7)
LAST = FIRST + timedelta(days=27)
EVERY_DAY = range(7)


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


def line(weekdays=EVERY_DAY, start=0, end=1440, first=FIRST, last=LAST):
    """Give hours of a key: from minute to minute on some weekdays."""
    return RecurringKey(frozenset(weekdays), start, end, first, last)


def key(value, outputs=(0,), *hours, zone="UTC"):
    """Give a key for readers and their doors; without hours it is good at any."""
    hours = hours or (line(),)
    return Key(value, tuple(Entry(o, o, hours, ZoneInfo(zone)) for o in outputs))
