"""The whole gateway program with 16 OSDP readers at 115200 baud: speed, memory, load.

Simulated readers run in a process of their own, on pseudo-terminals that let bytes
through at the baud rate; the ERP is a small stand-in in this process. Swipes are timed
at the readers, from the card to the output; the gateway's own part is timed in it.
"""

import asyncio
import json
import os
import platform
import random
import signal
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.fake_erp import GATEWAY, SEAL_KEY, FakeErp

from access_policy import seal_token

from . import aim, command_line

SEED = 20261121
READERS, BAUDRATE = 16, 115200
# How many share a line: usual for doors, and as many as there are.
PER_LINE = (4, 16)
PERSONS = 5_000
SWIPES = 100
ROUNDS_AT_ONCE = 10
IDLE_S = 10.0
PATIENCE_S = 60.0
KEY = bytes(range(16)).hex()
TICKS = os.sysconf("SC_CLK_TCK")


def run() -> dict[str, Any]:
    found = {f"{count}_per_line": asyncio.run(_measured(count)) for count in PER_LINE}
    usual, longest = (found[f"{count}_per_line"] for count in PER_LINE)
    return {
        "bench": "gateway",
        "python": platform.python_version(),
        "readers": READERS,
        "baudrate": BAUDRATE,
        "persons": PERSONS,
        **found,
        "aims": {
            "memory_mb": aim(usual["memory_mb"], 120),
            "swipe_to_release_ms": aim(usual["one_at_a_time"]["p50_ms"], 80),
            "swipe_to_release_on_one_line_ms": aim(
                longest["one_at_a_time"]["p50_ms"], 80
            ),
            "own_part_ms": aim(usual["own_part"]["p50_ms"], 5),
        },
    }


async def _measured(per_line: int) -> dict[str, Any]:
    chance = random.Random(SEED)
    cards = [f"{chance.randrange(2**32):08X}" for _person in range(PERSONS)]
    with tempfile.TemporaryDirectory() as place:
        folder, notes = Path(place), Path(place, "notes.json")
        async with FakeErp() as erp:
            erp.publish(_rules(cards, per_line))
            state = folder / "state"
            state.mkdir(mode=0o700)
            erp.identity().save(state)
            sizes = map(str, (READERS, per_line, BAUDRATE))
            readers = await _start("_osdp_readers", folder, *sizes, KEY)
            await readers.stdout.readline()
            command = ["--state-dir", state, "run", "--serial-dir", folder]
            gateway = await _start("_gateway_box", notes, *command)
            try:
                await erp.until(lambda: _are_online(erp), PATIENCE_S)
                report = await _report(gateway.pid, readers, cards, chance)
            finally:
                gateway.send_signal(signal.SIGTERM)
                await gateway.wait()
                readers.terminate()
                await readers.wait()
        return report | {"own_part": _percentiles(json.loads(notes.read_text()))}


async def _report(
    pid: int, readers: asyncio.subprocess.Process, cards: list[str], chance: Any
) -> dict[str, Any]:
    async def swipe(*numbers: int) -> list[float | None]:
        held = [[number, chance.choice(cards)] for number in numbers]
        readers.stdin.write(json.dumps(held).encode() + b"\n")
        return json.loads(await readers.stdout.readline())

    idle = await _load(pid, asyncio.sleep(IDLE_S))
    single: list[float | None] = []
    for _swipe in range(SWIPES):
        single += await swipe(chance.randrange(READERS))
        # Never in step with the polls.
        await asyncio.sleep(chance.uniform(0, 0.1))
    together: list[float | None] = []

    async def all_of_them() -> None:
        for _round in range(ROUNDS_AT_ONCE):
            together.extend(await swipe(*range(READERS)))

    busy = await _load(pid, all_of_them())
    return {
        "one_at_a_time": _percentiles(single),
        "all_at_once": _percentiles(together),
        "memory_mb": _memory_mb(pid),
        "idle_cpu_percent": idle,
        "busy_cpu_percent": busy,
    }


async def _start(module: str, *arguments: Any) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"devtools.bench.{module}",
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )


def _rules(cards: list[str], per_line: int) -> dict[str, Any]:
    """Every card opens every point; each reader releases its own output."""
    devices = {
        f"r{number}": {
            "driver": "osdp_reader",
            "address": f"line{number // per_line}",
            "settings": {
                "unit": number % per_line,
                "key": KEY,
                "baudrate": BAUDRATE,
                "repeat_ms": 0,
            },
        }
        for number in range(READERS)
    }
    points = range(1, READERS + 1)
    return {
        "format": 2,
        "gateway": GATEWAY,
        "issued_at": "2026-11-21T00:00:00Z",
        "expires_at": "2100-01-01T00:00:00Z",
        "venues": {"1": {"timezone": "Europe/Warsaw"}},
        "zones": {"1": {}},
        "points": {str(point): {"venue": 1, "zone_to": 1} for point in points},
        "rights": {"1": {"zones": [1]}},
        "persons": {str(one): {"rights": [1]} for one in range(1, len(cards) + 1)},
        "credentials": {
            seal_token(SEAL_KEY, f"rfid:{card}"): {"id": number, "person": number}
            for number, card in enumerate(cards, 1)
        },
        "devices": devices,
        "wiring": {
            str(point): {
                "reader": f"r{point - 1}",
                "lock": f"r{point - 1}",
                "output": 0,
                "release_ms": 200,
            }
            for point in points
        },
    }


def _are_online(erp: FakeErp) -> bool:
    devices = erp.status.get("devices", {})
    return len(devices) == READERS and all(one["online"] for one in devices.values())


async def _load(pid: int, work: Any) -> float:
    """Give how much of one core the program uses meanwhile, in percent."""
    loop = asyncio.get_running_loop()
    used, began = _seconds_used(pid), loop.time()
    await work
    return round(100 * (_seconds_used(pid) - used) / (loop.time() - began), 1)


def _seconds_used(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().split()[13:15]
    return (int(user) + int(system)) / TICKS


def _memory_mb(pid: int) -> float:
    """Give the most that the program had in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return round(int(peak) / 1024, 1)


def _percentiles(taken: list[float | None]) -> dict[str, Any]:
    known = sorted(one for one in taken if one is not None)
    return {
        "count": len(taken),
        "not_opened": len(taken) - len(known),
        "p50_ms": round(statistics.median(known), 2),
        "p95_ms": round(known[int(0.95 * (len(known) - 1))], 2),
        "most_ms": round(known[-1], 2),
    }


def show(report: dict[str, Any]) -> None:
    for count in PER_LINE:
        found = report[f"{count}_per_line"]
        print(f"{READERS} readers, {count} on a line:")
        for name in ("one_at_a_time", "all_at_once", "own_part"):
            print(f"  {name:>16}: {found[name]}")
        for name in ("memory_mb", "idle_cpu_percent", "busy_cpu_percent"):
            print(f"  {name:>16}: {found[name]}")


if __name__ == "__main__":
    command_line(run, show)
