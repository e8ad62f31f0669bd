"""A small venue to test in: one point with a reader and a lock, one member."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from access_gateway.controller import Controller
from access_gateway.drivers import Driver
from access_gateway.gates import Gates
from access_gateway.journal import Journal
from access_gateway.recorder import Recorder
from access_gateway.rules import rules_from_document
from access_gateway.runtime import Runtime, Settings, utc_now
from access_gateway.simulators import Line, SimulatedReader, SimulatedRelays
from access_policy import PassageEvent, seal_token
from access_policy.event import record_of

from .fake_erp import GATEWAY, SEAL_KEY, FakeErp

CARD = "04A1B2C3D4E580"
STRANGER = "04FFFFFFFFFFFF"


def policy(**changes: Any) -> dict[str, Any]:
    """Give a policy under which CARD opens point 1 at any time, for 30 ms."""
    return {
        "format": 2,
        "gateway": GATEWAY,
        "issued_at": "2026-11-21T00:00:00Z",
        "expires_at": "2100-01-01T00:00:00Z",
        "venues": {"1": {"timezone": "Europe/Warsaw"}},
        "zones": {"1": {}},
        "points": {"1": {"venue": 1, "zone_to": 1}},
        "rights": {"1": {"zones": [1]}},
        "persons": {"1": {"rights": [1]}},
        "credentials": {
            seal_token(SEAL_KEY, f"rfid:{CARD}"): {"id": 11, "person": 1},
        },
        "devices": {
            "reader": {
                "driver": "serial_reader",
                "address": "entrance",
                "settings": {"kind": "card", "repeat_ms": 0},
            },
            "lock": {
                "driver": "modbus_relay",
                "address": "board",
                "settings": {"unit": 1},
            },
        },
        "wiring": {
            "1": {"reader": "reader", "lock": "lock", "output": 0, "release_ms": 30}
        },
        **changes,
    }


def rules(**changes: Any):
    return rules_from_document(policy(version=1, **changes))


def event(point: int = 1, **fields: Any) -> PassageEvent:
    known = {"time": "2026-11-21T07:30:00.000Z", "granted": True, "reason": "right"}
    return PassageEvent(point=point, **{**known, **fields})


def controller_of(door: Any, now: Callable[[], datetime]) -> Controller:
    """Give a controller whose store, journal, facts and devices are one stand-in."""
    recorder = Recorder(door, door, now)
    gates = Gates(recorder, door, now, is_free=lambda _point: False)
    gates.apply(door.rules)
    return Controller(partial(seal_token, SEAL_KEY), door, recorder, gates, door, now)


def prune(journal: Journal, before: datetime, now: datetime) -> int:
    """Delete what is delivered and from before a time, whatever the state has of it."""
    return journal.prune(journal.last_old(before, now))


async def eventually(holds: Callable[[], Any], within: float = 5.0) -> None:
    """Let the loop run until something holds; fail when it does not in time."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.001)


class Venue:
    """A running gateway with its ERP, its reader and its relay board."""

    def __init__(self, directory: Path, erp: FakeErp):
        self.directory = directory
        self.erp = erp
        self.entrance = Line(directory / "entrance")
        self.reader = SimulatedReader(self.entrance)
        self.wire = Line(directory / "board")
        self.board = SimulatedRelays(self.wire)
        self.gateway: Runtime | None = None
        self.now = utc_now

    @property
    def state_dir(self) -> Path:
        return self.directory / "state"

    @property
    def online(self) -> dict[str, bool]:
        status = self.gateway.devices.status()
        return {device: shown["online"] for device, shown in status.items()}

    async def up(self) -> None:
        """Wait until all devices are there."""
        await eventually(lambda: self.online and all(self.online.values()))

    def driver(self, device: str) -> Driver:
        return self.gateway.devices.get(device)

    async def publish(self, document: dict[str, Any]) -> None:
        """Have the ERP give out other rules, and wait until they are in force."""
        self.erp.publish(document)
        store = self.gateway.store
        await eventually(lambda: store.rules.version == self.erp.version)

    def release_count(self) -> int:
        return sum(change.on for change in self.board.changes)

    async def hold(self, card: str = CARD) -> None:
        """Hold a card to the reader and wait until the journal has it."""
        head = self.gateway.journal.head.sequence
        self.reader.hold(card)
        await eventually(lambda: self.gateway.journal.head.sequence > head)

    @asynccontextmanager
    async def gateway_running(self, **settings: Any) -> AsyncIterator[Runtime]:
        """Run the gateway until the end of the block, then shut it down."""
        self.state_dir.mkdir(mode=0o700, exist_ok=True)
        settings = {"poll": 0.01, **settings}
        self.gateway = Runtime(
            Settings(self.state_dir, self.directory, **settings),
            self.erp.identity(),
            now=lambda: self.now(),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(self.gateway.run(stop))
        try:
            yield self.gateway
        finally:
            stop.set()
            await running


@asynccontextmanager
async def venue(directory: Path, **changes: Any) -> AsyncIterator[Venue]:
    """A venue whose ERP has published a policy; its gateway does not run yet."""
    async with FakeErp() as erp:
        erp.publish(policy(**changes))
        place = Venue(directory, erp)
        with place.entrance, place.wire:
            async with place.board:
                yield place


@asynccontextmanager
async def open_venue(directory: Path, **changes: Any) -> AsyncIterator[Venue]:
    """A venue in which everything is up."""
    async with venue(directory, **changes) as place, place.gateway_running():
        await place.up()
        await place.erp.until(lambda: place.erp.policy_version_seen == 1)
        yield place


def records(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give events as ``access_policy.first_break`` takes them."""
    return [(record_of(entry), entry["hash"]) for entry in events]


def envelope(erp: FakeErp, **changes: Any) -> dict[str, str]:
    return erp.sign(json.dumps(policy(**changes)))
