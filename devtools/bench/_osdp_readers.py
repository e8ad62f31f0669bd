"""Simulated OSDP readers in a process of their own, and cards held to them.

`_osdp_readers FOLDER READERS PER_LINE BAUDRATE KEY`: says `{"ready": true}`; then a
JSON list of `[reader, card]` a line holds those at once, and is answered by the
milliseconds from each card to the reader's output, null for one that stayed shut.
"""

import asyncio
import json
import logging
import selectors
import sys
from contextlib import ExitStack
from pathlib import Path

from access_gateway.simulators.line import Line
from access_gateway.simulators.osdp_reader import SimulatedOsdp

PATIENCE_S = 3.0


async def main() -> None:
    folder, (readers, per_line, baudrate), key = (
        Path(sys.argv[1]),
        map(int, sys.argv[2:5]),
        bytes.fromhex(sys.argv[5]),
    )
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    with ExitStack() as stack:
        found = []
        for number in range(readers):
            if number % per_line == 0:
                path = folder / f"line{number // per_line}"
                line = stack.enter_context(Line(path, baudrate=baudrate))
            reader = SimulatedOsdp(line, unit=number % per_line, key=key)
            found.append(stack.enter_context(reader))
        print(json.dumps({"ready": True}), flush=True)
        while asked := await lines.readline():
            taken = [_swipe(found[number], card) for number, card in json.loads(asked)]
            print(json.dumps(await asyncio.gather(*taken)), flush=True)


async def _swipe(reader: SimulatedOsdp, card: str) -> float | None:
    """Hold a card; give the milliseconds until the bolt moves, and let it fall back."""
    loop, known = asyncio.get_running_loop(), len(reader.changes)
    held = reader.hold_chip(card)
    while loop.time() < held + PATIENCE_S:
        await asyncio.sleep(0.002)
        if opened := [change.at for change in reader.changes[known:] if change.on]:
            while reader.outputs[0]:
                await asyncio.sleep(0.01)
            return 1e3 * (opened[0] - held)
    return None


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    # Bytes on a line are counted in microseconds: epoll would wait whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(main())
