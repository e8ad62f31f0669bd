"""The gateway program with faults, as a process of its own. Not part of the product.

``FAULT_DIE`` is ``Class.method:before:3``: it dies (as by a power cut) at the third
call of a method, before it or after. ``FAULT_CLOCK`` names a file whose seconds are
added to the clock. ``FAULT_TOLD`` names an abstract socket that is told of rules put
in force, events written down and orders carried out, as JSON and in this order: a full
disk or death loses none of it. With ``FAULT_LINES_ONLY`` it reaches no device but those
on its own serial lines, as a box in another building.
"""

import functools
import inspect
import json
import os
import signal
import socket
import sys
import time
from datetime import timedelta
from pathlib import Path

from access_gateway import cli, devices, runtime
from access_gateway.drivers import DeviceError
from access_gateway.drivers.modbus_relay import ModbusRelay
from access_gateway.drivers.ticket_printer import TicketPrinter
from access_gateway.facts import Facts
from access_gateway.journal import Journal
from access_gateway.kept import Kept
from access_gateway.link import Link
from access_gateway.orders import Orders
from access_gateway.policy_store import PolicyStore

OWNERS = (
    Journal,
    Facts,
    Kept,
    Link,
    ModbusRelay,
    Orders,
    PolicyStore,
    TicketPrinter,
)


def die_at(place):
    name, when, count = place.split(":")
    owner_name, method = name.split(".")
    owner = next(one for one in OWNERS if one.__name__ == owner_name)
    real, calls = getattr(owner, method), iter(range(1, 1_000_000))

    def counts(args):
        # Of the calls to the ERP only those with events.
        is_other = owner is Link and args[1] != "events"
        return not is_other and next(calls) == int(count)

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(real)
    def plain(*args, **kwargs):
        is_it = counts(args)
        if is_it and when == "before":
            die()
        result = real(*args, **kwargs)
        if is_it:
            die()
        return result

    @functools.wraps(real)
    async def waiting(*args, **kwargs):
        is_it = counts(args)
        if is_it and when == "before":
            die()
        result = await real(*args, **kwargs)
        if is_it:
            die()
        return result

    setattr(owner, method, waiting if inspect.iscoroutinefunction(real) else plain)


def shift_clock(file):
    real = runtime.utc_now

    def shifted():
        try:
            seconds = float(file.read_text())
        except (FileNotFoundError, ValueError):
            seconds = 0.0
        return real() + timedelta(seconds=seconds)

    runtime.Runtime = functools.partial(runtime.Runtime, now=shifted)


def tell(name):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.connect(f"\0{name}")

    def say(**words):
        listener.send(json.dumps(words).encode())

    enforce, perform = PolicyStore.enforce, Orders._perform
    restore, append = PolicyStore._restore, Journal.append

    def say_rules(store):
        credentials = store.rules.policy.credentials.values()
        good = [c.id for issued in credentials for c in issued if c.status == "active"]
        say(good=sorted(good))

    def enforce_and_say(self, made):
        enforce(self, made)
        say_rules(self)

    def restore_and_say(self):
        restore(self)
        say_rules(self)

    def append_and_say(self, *events):
        last = append(self, *events)
        rows = self._connection.execute(
            "SELECT hash, record FROM event WHERE sequence > ? ORDER BY sequence",
            (last - len(events),),
        )
        say(written=rows.fetchall(), at=time.monotonic())
        return last

    async def perform_and_say(self, command):
        say(command=command["id"], at=time.time(), kind=command["kind"])
        return await perform(self, command)

    PolicyStore.enforce, Orders._perform = enforce_and_say, perform_and_say
    PolicyStore._restore, Journal.append = restore_and_say, append_and_say


def keep_to_lines():
    real = devices.driver_of

    def near(device, serial_dir, emit):
        if "://" in device.address:
            raise DeviceError("it is in another building")
        return real(device, serial_dir, emit)

    devices.driver_of = near


if __name__ == "__main__":
    if "FAULT_DIE" in os.environ:
        die_at(os.environ["FAULT_DIE"])
    if "FAULT_CLOCK" in os.environ:
        shift_clock(Path(os.environ["FAULT_CLOCK"]))
    if "FAULT_TOLD" in os.environ:
        tell(os.environ["FAULT_TOLD"])
    if "FAULT_LINES_ONLY" in os.environ:
        keep_to_lines()
    sys.exit(cli.main())
