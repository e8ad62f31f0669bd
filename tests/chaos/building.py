"""A real ERP, real gateway processes, simulated devices, and what goes wrong there."""

import asyncio
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from access_policy import GENESIS, first_break
from devtools.steps import UserError

from .actor import Action, Actor
from .alarms import Alarms
from .box import Box
from .controller import Controller
from .erp_side import ErpProgram, ErpSide
from .gate import Gate
from .gateway import Gateway
from .lockers import Lockers
from .log import Log
from .network import Network
from .people import People
from .proxy import Proxy
from .twin import Twin

ACTORS = (Gateway, Gate, Lockers, Alarms, Controller, Network, ErpSide, Twin)
# Those of the demo venue that are not in this building.
ABSENT = ("reader-main-entrance", "reader-staff-door", "reader-hall-door")
ABSENT += ("reader-sauna", "camera-car-park", "printer-reception")


class Building:
    """Holds what its actors share: the ERP, the box, the network, the people."""

    # How long a gateway may need until all its devices answer after a start.
    START_S = 6.0

    def __init__(self, folder: Path, erp: ErpProgram, chance: random.Random):
        self.folder, self.erp, self.chance = folder, erp, chance
        self.box = Box(folder / "box")
        self.boxes = [self.box]
        self.people = People(self)
        self.actors: list[Actor] = [self.people, *(one(self) for one in ACTORS)]
        self.actions: dict[Action, int] = {}
        for actor in self.actors:
            self.actions |= actor.actions()
        self.done: dict[str, int] = {}
        self._deck: list[Action] = []
        self._begun = time.monotonic()
        self._doing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Building":
        self._stack = AsyncExitStack()
        self.proxy = await self._stack.enter_async_context(
            Proxy(self.erp.port, self.chance)
        )
        await self.box.enter(self._stack)
        for actor in self.actors:
            await actor.enter(self._stack)
        await asyncio.to_thread(self._prepare)
        self.box.start()
        await self.until(self.is_online, "the gateway's devices are offline")
        await asyncio.to_thread(self.erp.back_up)
        return self

    async def __aexit__(self, *error: Any) -> None:
        for task in self._doing:
            task.cancel()
        await asyncio.gather(*self._doing, return_exceptions=True)
        await self._stack.aclose()

    def _prepare(self) -> None:
        staff = self.erp.staff
        self.gateway = staff.by_xml_id("access_iot.gateway_main")
        for actor in self.actors:
            actor.prepare()
        self._take_away()
        self.box.pair(self.proxy.url, self.pairing_code(self.gateway))

    def _take_away(self) -> None:
        """Have nothing in the ERP that is not there."""
        staff = self.erp.staff
        absent = staff.call("access.device", "search", [("address", "in", ABSENT)])
        for name in ("reader_id", "lock_id"):
            points = staff.call("access.point", "search", [(name, "in", absent)])
            staff.call("access.point", "write", points, {name: False})
        inputs = staff.call("access.input", "search", [("device_id", "in", absent)])
        staff.call("access.input", "unlink", inputs)
        staff.call("access.device", "write", absent, {"active": False})

    def add_device(self, driver: str, address: str, settings: dict[str, Any]) -> int:
        staff = self.erp.staff
        [kind] = staff.read("access.driver", [("code", "=", driver)], "code")
        values = {
            "name": driver,
            "gateway_id": self.gateway,
            "driver_id": kind["id"],
            "address": address,
        }
        [device] = staff.call("access.device", "create", [values])
        staff.call("access.device", "write", [device], {"settings": settings})
        return device

    def pairing_code(self, gateway: int) -> str:
        shown = self.erp.staff.call(
            "access.gateway", "action_new_pairing_code", [gateway]
        )
        return shown["context"]["default_code"]

    def is_online(self) -> bool:
        domain = [("gateway_id", "=", self.gateway)]
        devices = self.erp.staff.read("access.device", domain, "state")
        return all(device["state"] == "online" for device in devices)

    # What happens

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside all else; its errors are raised later."""
        self._doing.add(asyncio.create_task(work))

    async def act(self) -> None:
        """Do one thing at random, and have systemd start a gateway that ended."""
        self._raise_what_went_wrong()
        self.keep_running()
        [action] = self.chance.choices(list(self.actions), list(self.actions.values()))
        await self._perform(action)

    async def suffer(self) -> bool:
        """Go through the next ordeal; tell whether there was each of them by now."""
        if not self._deck:
            self._deck = [o for actor in self.actors for o in actor.ordeals()]
            self.chance.shuffle(self._deck)
        ordeal = self._deck.pop()
        print(f"{time.monotonic() - self._begun:.0f} s: {ordeal.__name__}", flush=True)
        await self._perform(ordeal)
        return not self._deck

    async def _perform(self, action: Action) -> None:
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        await action()

    def _raise_what_went_wrong(self) -> None:
        for task in [task for task in self._doing if task.done()]:
            self._doing.remove(task)
            task.result()

    def keep_running(self) -> None:
        """Start the gateway again, as systemd does; only a full disk may end it."""
        if not self.box.process.is_running:
            assert not self.box.is_room, "the gateway ended by itself"
            self.done["ended at a start on a full disk"] = 1
            self.box.kill()
            self.box.start()

    async def be_delivered(self) -> None:
        """Wait until the ERP has what is in the journal now, and the box knows."""
        count = len(self.box.journal())
        with self.proxy.calm():
            await self.until(
                lambda: self.box.acknowledged() >= count, "events are not delivered"
            )

    async def recover(self) -> None:
        """Let everything be well again, and wait until all is delivered."""
        for actor in self.actors:
            await actor.mend()
        await self.until(self.is_online, "the gateway did not come back")
        for actor in self.actors:
            await actor.prove()
        self._raise_what_went_wrong()
        await self.until(
            lambda: self.erp.log_of(self.gateway) == self.box.journal(),
            "not all was delivered",
        )

    def check(self) -> None:
        log = Log.read(self)
        journal = [entry.row for entry in log.of_main()]
        # Once, in order, without a gap, and the chain whole.
        assert [row.sequence for row in journal] == list(range(1, len(journal) + 1))
        assert journal == self.box.journal()
        links = [(row.record, row.hash) for row in journal]
        assert first_break(links, GENESIS) is None
        for actor in self.actors:
            actor.check(log)
        assert self.gaps(log.main) == []

    def gaps(self, journal: int) -> list[tuple[int, int]]:
        """Give what the ERP's log knows to be missing in a journal."""
        domain = [("journal_id", "=", journal)]
        found = self.erp.staff.read("access.journal.gap", domain, "first", "last")
        return [(one["first"], one["last"]) for one in found]

    def summary(self) -> str:
        told = [str(self.done), *(actor.summary() for actor in self.actors)]
        return "\n".join(filter(None, told))

    async def until(
        self,
        holds: Callable[[], Any],
        complaint: str,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        deadline = time.monotonic() + 90
        while not await asyncio.to_thread(_holds, holds):
            assert time.monotonic() < deadline, complaint
            self.keep_running()
            meanwhile()
            await asyncio.sleep(0.2)


def _holds(holds: Callable[[], Any]) -> bool:
    try:
        return bool(holds())
    except (OSError, UserError, sqlite3.OperationalError):
        return False


def verify(command: list[str], environment: dict[str, str]) -> str:
    """Have the ERP check its log, uses and presences; give what is wrong."""
    done = subprocess.run(
        command, env=environment, capture_output=True, check=False, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
