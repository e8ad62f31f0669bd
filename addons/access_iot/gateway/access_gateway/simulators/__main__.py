"""Simulated devices as a program: names in a folder, orders in, changes out.

    python -m access_gateway.simulators DIR --reader entrance --relays board

makes ``DIR/entrance`` and ``DIR/board`` for ``access-gateway run --serial-dir DIR``.
Orders are lines on standard input: ``hold READER CARD``, ``unplug NAME``,
``plug NAME``. Standard output is one JSON object a line: ``{"ready": true}``, then
``{"held": READER, "at": …}`` and ``{"relays": NAME, "coil": 0, "on": true, "at": …}``;
``at`` is ``time.monotonic()``, which all programs of a machine share.
Ends with its standard input.
"""

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from . import CoilChange, Line, SimulatedReader, SimulatedRelays


class Bench:
    """The lines of one folder and what is at their far ends."""

    def __init__(self, directory: Path, stack: AsyncExitStack):
        self._directory = directory
        self._stack = stack
        self._lines: dict[str, Line] = {}
        self._readers: dict[str, SimulatedReader] = {}

    def add_reader(self, name: str, framing: str) -> None:
        self._readers[name] = SimulatedReader(self._line(name), framing)

    async def add_relays(self, name: str) -> None:
        def changed(change: CoilChange) -> None:
            _tell(relays=name, **change._asdict())

        relays = SimulatedRelays(self._line(name), changed=changed)
        await self._stack.enter_async_context(relays)

    def obey(self, order: str) -> None:
        match order.split():
            case ["hold", name, card] if name in self._readers:
                _tell(held=name, at=self._readers[name].hold(card))
            case ["unplug", name] if name in self._lines:
                self._lines[name].unplug()
            case ["plug", name] if name in self._lines:
                self._lines[name].plug()
            case _:
                _tell(error=f"cannot {order.strip()!r}")

    def _line(self, name: str) -> Line:
        line = self._stack.enter_context(Line(self._directory / name))
        self._lines[name] = line
        return line


async def run(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        bench = Bench(options.directory, stack)
        for name in options.reader:
            bench.add_reader(name, options.framing)
        for name in options.relays:
            await bench.add_relays(name)
        orders = asyncio.StreamReader()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
        )
        _tell(ready=True)
        while order := await orders.readline():
            bench.obey(order.decode())


def _tell(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m access_gateway.simulators")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--reader", action="append", default=[], metavar="NAME")
    parser.add_argument("--relays", action="append", default=[], metavar="NAME")
    parser.add_argument("--framing", default="crlf", choices=("crlf", "stx_etx"))
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
