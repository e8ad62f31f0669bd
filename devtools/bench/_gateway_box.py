"""The gateway program as it is, but it notes how long its own part takes.

`_gateway_box NOTES COMMAND...`: at the end NOTES holds the milliseconds from each read
to the moment the driver is told to release: decision and journal are in between.
"""

import json
import sys
from contextvars import ContextVar
from pathlib import Path
from time import monotonic

from access_gateway import cli
from access_gateway.controller import Controller
from access_gateway.drivers import Driver

_read_at: ContextVar[float] = ContextVar("read_at")
_taken: list[float] = []


def main() -> int:
    release_logged, release = Controller._release_logged, Driver.release

    async def with_time(self, rules, events, read_at):
        _read_at.set(read_at)
        await release_logged(self, rules, events, read_at)

    async def noted(self, command):
        _taken.append(1e3 * (monotonic() - _read_at.get()))
        await release(self, command)

    Controller._release_logged, Driver.release = with_time, noted
    try:
        return cli.main(sys.argv[2:])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(_taken))


if __name__ == "__main__":
    sys.exit(main())
