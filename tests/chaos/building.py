"""A real ERP, a real gateway process, simulated devices, and what goes wrong there."""

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from typing import Any

from access_gateway.pairing import pair
from access_gateway.simulators import Line, SimulatedReader, SimulatedRelays
from devtools.erp import Erp
from devtools.odoo_server import Odoo
from devtools.processes import Processes

from ..gateway.gateway_process import GatewayProcess
from .proxy import Proxy

READER, RELAYS, COIL = "reader-gym-turnstile", "relays", 1
POINT = "access_base.point_gym_turnstile"
HOLDER = "access_base.credential_anna_card"
KNOWN, CHANGED, UNKNOWN = "0A5500000001", "0A5500000002", "DEADBEEF"


class Building:
    """What may happen is a method; ``actions`` says how often each of them does."""

    def __init__(
        self,
        folder: Path,
        odoo: Odoo,
        erp_program: Processes,
        restart: Callable[[], None],
        chance: random.Random,
    ):
        self.folder, self.odoo, self.chance = folder, odoo, chance
        self._erp_program, self._restart = erp_program, restart
        self.erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
        self.state_dir = folder / "state"
        self._clock = folder / "clock"
        self._said: list[dict[str, Any]] = []
        self.releases, self.unfounded = 0, []
        self.is_erp_up = self.is_room = True
        self.done: dict[str, int] = {}
        self.actions = {
            self.hold_known: 30,
            self.hold_changed: 20,
            self.hold_unknown: 6,
            self.change_rules: 8,
            self.give_command: 6,
            self.trouble_the_network: 6,
            self.cut_or_join_the_network: 4,
            self.kill_the_gateway: 3,
            self.fill_or_clear_the_disk: 4,
            self.set_the_clock: 4,
            self.pull_or_plug_the_relays: 4,
            self.freeze_the_erp: 1,
        }

    async def __aenter__(self) -> "Building":
        self._stack = AsyncExitStack()
        port = int(self.odoo.url.rpartition(":")[2])
        self.proxy = await self._stack.enter_async_context(Proxy(port, self.chance))
        lines = self.folder / "lines"
        lines.mkdir()
        self._entrance = self._stack.enter_context(Line(lines / READER))
        self._wire = self._stack.enter_context(Line(lines / RELAYS))
        self._reader = SimulatedReader(self._entrance)
        relays = SimulatedRelays(self._wire, changed=self._released)
        await self._stack.enter_async_context(relays)
        await asyncio.to_thread(self._prepare)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "FAULT_CLOCK": str(self._clock),
            "FAULT_TOLD": self._listen(),
        }
        gateway = GatewayProcess(self.state_dir, lines, environment)
        self.gateway = self._stack.enter_context(gateway)
        self.gateway.start()
        await self.until(self._is_online, "the gateway's devices are offline")
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()

    def _listen(self) -> str:
        """Take down what the gateway tells of itself; give where."""
        name = f"access-chaos-{os.getpid()}"
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        ear.bind(f"\0{name}")
        loop = asyncio.get_running_loop()
        loop.add_reader(ear, lambda: self._said.append(json.loads(ear.recv(2**18))))
        self._stack.callback(ear.close)
        self._stack.callback(loop.remove_reader, ear)
        return name

    def _prepare(self) -> None:
        holder = self.erp.by_xml_id(HOLDER)
        [known] = self.erp.read(
            "access.credential", [("id", "=", holder)], "partner_id"
        )
        cards = [
            {"partner_id": known["partner_id"][0], "value": value}
            for value in (KNOWN, CHANGED)
        ]
        _known, self._card = self.erp.call("access.credential", "create", cards)
        self.point = self.erp.by_xml_id(POINT)
        values = {"release_seconds": 0.2}
        self.erp.call("access.point", "write", [self.point], values)
        self._gateway_id = self.erp.by_xml_id("access_iot.gateway_main")
        code = self._call("access.gateway", "action_new_pairing_code", self._gateway_id)
        pair(self.state_dir, self.proxy.url, code["context"]["default_code"])

    def _is_online(self) -> bool:
        domain = [("address", "in", [READER, RELAYS])]
        devices = self.erp.read("access.device", domain, "state")
        return all(device["state"] == "online" for device in devices)

    # What happens

    async def hold_known(self) -> None:
        self._hold(KNOWN)

    async def hold_changed(self) -> None:
        self._hold(CHANGED)

    async def hold_unknown(self) -> None:
        self._hold(UNKNOWN)

    def _hold(self, card: str) -> None:
        with suppress(OSError):
            self._reader.hold(card)

    async def change_rules(self) -> None:
        method = self.chance.choice(["action_block", "action_unblock"])
        await self._try("access.credential", method, self._card)

    async def give_command(self) -> None:
        await self._try("access.point", "action_release", self.point)

    async def _try(self, model: str, method: str, record: int) -> None:
        """Do as staff, who are told when it is not possible now."""
        if self.is_erp_up:
            with suppress(Exception):
                await asyncio.to_thread(self._call, model, method, record)

    def _call(self, model: str, method: str, record: int) -> Any:
        return self.erp.call(model, method, [record])

    async def trouble_the_network(self) -> None:
        self.proxy.trouble = self.chance.choice([0.0, 0.3, 0.7])

    async def cut_or_join_the_network(self) -> None:
        self.proxy.is_cut = not self.proxy.is_cut

    async def kill_the_gateway(self) -> None:
        self.gateway.kill()
        self.gateway.start()
        self.is_room = True

    def keep_running(self) -> None:
        """Start the gateway again, as systemd does; only a full disk may end it."""
        if not self.gateway.is_running:
            assert not self.is_room, "the gateway ended by itself"
            self.done["ended at a start on a full disk"] = 1
            self.gateway.start()
            self.is_room = True

    async def fill_or_clear_the_disk(self) -> None:
        self.is_room = not self.is_room
        self.gateway.limit_files(*([] if self.is_room else [4096]))

    async def set_the_clock(self) -> None:
        self._clock.write_text(str(self.chance.choice([0, 0, -7200, 3600, 172800])))

    async def pull_or_plug_the_relays(self) -> None:
        if self._wire.is_plugged:
            self._wire.unplug()
        else:
            self._wire.plug()

    async def freeze_the_erp(self) -> None:
        """It hangs for a while: connections stand, answers are late."""
        self._signal_erp(signal.SIGSTOP)
        await asyncio.sleep(self.chance.uniform(0.5, 4.0))
        self._signal_erp(signal.SIGCONT)

    def _signal_erp(self, number: int) -> None:
        for process in self._erp_program.started:
            process.signal(number)

    async def stop_the_erp(self) -> None:
        self.is_erp_up = False
        await asyncio.to_thread(self._erp_program.stop)

    async def start_the_erp(self) -> None:
        await asyncio.to_thread(self._restart)
        odoo = self.odoo
        self.erp = await asyncio.to_thread(
            Erp, odoo.url, odoo.database, odoo.login, odoo.password
        )
        self.is_erp_up = True

    async def act(self) -> None:
        [action] = self.chance.choices(
            list(self.actions), weights=list(self.actions.values())
        )
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        await action()

    async def recover(self) -> None:
        """Let everything be well again, and wait until all is delivered."""
        self.proxy.trouble, self.proxy.is_cut = 0.0, False
        self._clock.write_text("0")
        if not self._wire.is_plugged:
            self._wire.plug()
        await self.kill_the_gateway()
        await self.until(self._is_online, "the gateway did not come back")
        before = len(self.journal())
        self._hold(KNOWN)
        await self.until(lambda: len(self.journal()) > before, "no more events")
        await self.until(
            lambda: len(self.log()) == len(self.journal()), "not all was delivered"
        )

    # What is there afterwards

    def journal(self) -> list[tuple[int, str, str]]:
        """Give number, hash and record of all events of the gateway."""
        with closing(sqlite3.connect(self.state_dir / "journal.db", timeout=20)) as db:
            return db.execute(
                "SELECT sequence, hash, record FROM event ORDER BY sequence"
            ).fetchall()

    def log(self) -> list[tuple[int, str, str]]:
        """Give the same as the ERP has it."""
        [gateway] = self.erp.read(
            "access.gateway", [("id", "=", self._gateway_id)], "journal_id"
        )
        domain = [("journal_id", "=", gateway["journal_id"][0])]
        found = self.erp.read("access.event", domain, "sequence", "hash", "record")
        return sorted((e["sequence"], e["hash"], e["record"]) for e in found)

    def performed(self) -> list[dict[str, Any]]:
        return [entry for entry in self._said if "command" in entry]

    def rules_held(self) -> dict[int, set[int]]:
        """Give by version the credentials that were good under it."""
        said = [entry for entry in self._said if "version" in entry]
        return {entry["version"]: set(entry["good"]) for entry in said}

    def _released(self, change: Any) -> None:
        if change.on and change.coil == COIL:
            self.releases += 1
            records = [json.loads(row[2]) for row in self.journal()]
            if sum(r[3] and r[2] == self.point for r in records) < self.releases:
                self.unfounded.append(len(records))

    async def until(self, holds: Callable[[], Any], complaint: str) -> None:
        deadline = time.monotonic() + 120
        while not await asyncio.to_thread(self._holds, holds):
            assert time.monotonic() < deadline, complaint
            await asyncio.sleep(0.2)

    def _holds(self, holds: Callable[[], Any]) -> bool:
        try:
            return bool(holds())
        except (OSError, sqlite3.OperationalError):
            return False


def verify(command: list[str], environment: dict[str, str]) -> str:
    """Have the ERP check its log, uses and presences; give what is wrong."""
    done = subprocess.run(
        command, env=environment, capture_output=True, check=False, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
