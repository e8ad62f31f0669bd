"""Simulated devices as a program: names in a folder, orders in, changes out.

    python -m access_gateway.simulators DIR --reader entrance --relays board

makes ``DIR/entrance`` and ``DIR/board`` for ``access-gateway run --serial-dir DIR``.
With ``--panel PORT`` the first line on standard input is a plan of a whole venue
(``panel/plan.py``) as JSON, and its front panel is served on 127.0.0.1.

Orders are lines on standard input: ``hold READER CARD``, ``walk READER``,
``unplug NAME``, ``plug NAME``. Standard output is one JSON object a line:
``{"ready": true, "panel": URL}``, then ``{"held": READER, "at": …}``,
``{"relays": NAME, "coil": 0, "on": true, "at": …}`` and ``{"visitors": false}`` when
somebody wants none, or only ``{"aside": WORDS}`` when it may not start; ``at`` is
``time.monotonic()``, which all programs of a machine share. Ends with its standard
input.
"""

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from .panel.fixtures import Fixture, NotPossible, Relays, build
from .panel.plan import (
    Device,
    Plan,
    PlanError,
    plan_from,
    require_own_folder,
    require_simulated,
)
from .panel.venue import Venue
from .panel.web import Panel

# A venue is told as one line.
LIMIT = 4_000_000


class Bench:
    """Obeys orders; devices are named by their addresses."""

    def __init__(self, venue: Venue):
        self._venue = venue
        self._by_address = {
            fixture.device.address: key for key, fixture in venue.fixtures.items()
        }

    def obey(self, order: str) -> None:
        known = self._by_address
        match order.split():
            case ["hold", name, card] if name in known:
                _tell(held=name, at=self._venue.hold(known[name], card))
            case ["walk", name] if name in known:
                self._walk(known[name])
            case ["unplug" | "plug" as verb, name] if name in known:
                line = self._venue.fixtures[known[name]].line
                getattr(line, verb)()
                self._venue.changed()
            case _:
                _tell(error=f"cannot {order.strip()!r}")

    def _walk(self, reader: str) -> None:
        for point in self._venue.plan.points.values():
            if reader in point.readers:
                # Somebody else may have been quicker.
                with suppress(NotPossible):
                    self._venue.walk(point.id)


async def run(options: argparse.Namespace) -> None:
    orders = asyncio.StreamReader(limit=LIMIT)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    async with AsyncExitStack() as stack:
        plan = _plan(options)
        if options.panel is not None:
            plan = plan_from(json.loads(await orders.readline()))
        require_own_folder(options.directory)
        devices = plan.devices.values()
        fixtures = await build(devices, options.directory, stack, options.framing)
        venue = Venue(plan, fixtures, switched=_tell_switched)
        url = None
        if options.panel is not None:
            panel = Panel(venue, options.panel, lambda on: _tell(visitors=on))
            venue.visitors = options.visitors or None
            url = (await stack.enter_async_context(panel)).url
        _tell(ready=True, panel=url)
        bench = Bench(venue)
        while order := await orders.readline():
            try:
                bench.obey(order.decode())
            except NotPossible as error:
                _tell(error=str(error))


def _plan(options: argparse.Namespace) -> Plan:
    """Give a plan of devices alone."""
    drivers = {
        **dict.fromkeys(options.reader, "serial_reader"),
        **dict.fromkeys(options.relays, "modbus_relay"),
    }
    devices = {name: Device(name, name, kind, name) for name, kind in drivers.items()}
    for device in devices.values():
        require_simulated(device)
    return Plan(devices=devices)


def _tell_switched(fixture: Fixture, output: int, on: bool, at: float) -> None:
    if isinstance(fixture, Relays):
        _tell(relays=fixture.device.address, coil=output, on=on, at=at)


def _tell(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m access_gateway.simulators")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--reader", action="append", default=[], metavar="NAME")
    parser.add_argument("--relays", action="append", default=[], metavar="NAME")
    parser.add_argument("--framing", default="crlf", choices=("crlf", "stx_etx"))
    parser.add_argument("--panel", type=int, metavar="PORT")
    parser.add_argument("--visitors", action="store_true", help="orders are coming")
    try:
        asyncio.run(run(parser.parse_args()))
    except PlanError as error:
        _tell(aside=str(error))
        print(f"simulators: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
