"""A gateway as a process of its own, and the little that hangs on its serial lines."""

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import sys
import time
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from access_gateway.pairing import pair
from access_gateway.simulators import Line, SimulatedReader, SimulatedRelays
from access_policy import event_of

from ..gateway.gateway_process import GatewayProcess
from .bolts import Bolts

READER, RELAYS = "reader-gym-turnstile", "relays"


class Row(NamedTuple):
    """An event in a journal."""

    sequence: int
    hash: str
    record: str


class Box:
    """One box with a reader and a board of relays, and what it said and did.

    ``kills`` and ``fills`` say when it was killed and its disk full or cleared;
    ``written`` when each event, by its hash, came onto its disk. All times are
    ``time.monotonic()``.
    """

    _count = 0

    def __init__(self, folder: Path, **environment: str):
        self.lines, self.state = folder / "lines", folder / "state"
        self.clock = folder / "clock"
        self.lines.mkdir(parents=True)
        self._environment = environment
        self.bolts = Bolts()
        self.held: list[tuple[float, str]] = []
        self.kills: list[float] = []
        self.fills: list[tuple[float, bool]] = []
        self.is_room = True
        self.written: dict[str, float] = {}
        self.performed: list[dict[str, Any]] = []
        # What was granted though the rules in force had no good card for it.
        self.unruly: list[str] = []
        self._good: set[int] = set()

    async def enter(self, stack: AsyncExitStack) -> None:
        self.entrance = stack.enter_context(Line(self.lines / READER))
        self.wire = stack.enter_context(Line(self.lines / RELAYS))
        self._reader = SimulatedReader(self.entrance)
        relays = SimulatedRelays(self.wire, changed=self.bolts.note)
        await stack.enter_async_context(relays)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "FAULT_CLOCK": str(self.clock),
            "FAULT_TOLD": self._listen(stack),
            **self._environment,
        }
        process = GatewayProcess(self.state, self.lines, environment)
        self.process = stack.enter_context(process)

    def _listen(self, stack: AsyncExitStack) -> str:
        """Take down what the gateway tells of itself; give where."""
        Box._count += 1
        name = f"access-chaos-{os.getpid()}-{Box._count}"
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        ear.bind(f"\0{name}")
        loop = asyncio.get_running_loop()
        loop.add_reader(ear, lambda: self._hear(json.loads(ear.recv(2**18))))
        stack.callback(ear.close)
        stack.callback(loop.remove_reader, ear)
        return name

    def _hear(self, said: dict[str, Any]) -> None:
        if "good" in said:
            self._good = set(said["good"])
        elif "command" in said:
            self.performed.append(said)
        else:
            for digest, record in said["written"]:
                self.written[digest] = said["at"]
                event = event_of(record)
                if event.reason == "right" and event.credential not in self._good:
                    self.unruly.append(record)

    def pair(self, url: str, code: str, keep_events: bool = False) -> None:
        pair(self.state, url, code, keep_events)

    def hold(self, card: str) -> None:
        self.held.append((time.monotonic(), card))
        with suppress(OSError):
            self._reader.hold(card)

    def start(self) -> None:
        self.process.start()

    def kill(self) -> None:
        self.kills.append(time.monotonic())
        self.process.kill()
        if not self.is_room:
            # The limit was the process's.
            self.fills.append((time.monotonic(), False))
            self.is_room = True

    def fill_or_clear_the_disk(self) -> None:
        self.is_room = not self.is_room
        self.fills.append((time.monotonic(), not self.is_room))
        self.process.limit_files(*([] if self.is_room else [4096]))

    def was_killed(self, begin: float, end: float) -> bool:
        return any(begin <= at <= end for at in self.kills)

    def was_full(self, begin: float, end: float) -> bool:
        """Whether the disk was full at any time between."""
        was_so = False
        for at, is_full in self.fills:
            if at > end:
                break
            if at >= begin and (is_full or was_so):
                return True
            was_so = is_full
        return was_so

    def was_disturbed(self, begin: float, end: float) -> bool:
        return self.was_killed(begin, end) or self.was_full(begin, end)

    def journal(self) -> list[Row]:
        rows = "SELECT sequence, hash, record FROM event ORDER BY sequence"
        return [Row(*row) for row in self._ask("journal.db", rows)]

    def acknowledged(self) -> int:
        [(found,)] = self._ask("journal.db", "SELECT acknowledged FROM journal")
        return found

    def lockers(self) -> dict[int, int]:
        """Give the credential that has a locker, by its number in the ERP."""
        return dict(self._ask("lockers.db", "SELECT id, credential FROM locker"))

    def _ask(self, file: str, query: str) -> list[tuple]:
        with closing(sqlite3.connect(self.state / file, timeout=20)) as db:
            return db.execute(query).fetchall()

    def copy_to(self, other: "Box") -> None:
        """Be copied, disk and all, while the power is off."""
        self.kill()
        shutil.copytree(self.state, other.state)

    def has_said(self, words: str) -> int:
        """Count how often it wrote this into its log."""
        return self.state.with_name("gateway.log").read_text().count(words)
