"""The ERP: frozen, stopped, restored from a backup; and the staff who work with it."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone

from devtools import databases
from devtools.erp import Erp
from devtools.odoo_server import Odoo
from devtools.postgres import Server
from devtools.processes import Processes

from .actor import Action, Actor
from .box import Row
from .people import CHANGED

# Between judging that an order is not late and noting that it is carried out.
LATE_S = 1.0
TURNSTILE = "access_base.point_gym_turnstile"


class ErpProgram:
    """Odoo on its database, and a backup of that."""

    def __init__(self, server: Server, programs: Processes, start: Callable[[], Odoo]):
        self._server, self._programs, self._start = server, programs, start
        self._odoo = start()
        self.port = int(self._odoo.url.rpartition(":")[2])
        self._database = self._odoo.database
        self._backup = f"{self._database}_backup"
        self._log_in()

    def _log_in(self) -> None:
        odoo = self._odoo
        self.staff = Erp(odoo.url, odoo.database, odoo.login, odoo.password)

    def signal(self, number: int) -> None:
        for process in self._programs.started:
            process.signal(number)

    def stop(self) -> None:
        self._programs.stop()

    def start(self) -> None:
        self._odoo = self._start()
        self._log_in()

    def back_up(self) -> None:
        databases.copy(self._server, self._database, self._backup)

    def restore(self) -> None:
        databases.copy(self._server, self._backup, self._database)

    def end_of_backup(self, journal: int) -> int:
        """Give the number of the last event of a journal in the backup."""
        last = f"SELECT max(sequence) FROM access_event WHERE journal_id = {journal}"
        [found] = self._server.query(last, self._backup)
        return int(found or 0)

    def drop_backup(self) -> None:
        databases.drop(self._server, self._backup)

    def log(self, journal: int) -> list[Row]:
        domain = [("journal_id", "=", journal)]
        found = self.staff.read("access.event", domain, "sequence", "hash", "record")
        return sorted(Row(one["sequence"], one["hash"], one["record"]) for one in found)

    def journal_of(self, gateway: int) -> int:
        domain = [("id", "=", gateway)]
        [found] = self.staff.read("access.gateway", domain, "journal_id")
        return found["journal_id"][0]

    def log_of(self, gateway: int) -> list[Row]:
        return self.log(self.journal_of(gateway))


class ErpSide(Actor):
    def __init__(self, building):
        super().__init__(building)
        self._is_up = True
        self._switch = asyncio.Lock()
        self._orders: dict[str, float] = {}
        self.restores, self.lost = 0, 0

    @property
    def _erp(self) -> ErpProgram:
        return self.building.erp

    def actions(self) -> dict[Action, int]:
        return {self.change_rules: 8, self.give_command: 6, self.freeze_the_erp: 1}

    def ordeals(self) -> list[Action]:
        return [self.restart_the_erp, self.restore_the_erp]

    async def change_rules(self) -> None:
        method = self.chance.choice(["action_block", "action_unblock"])
        card = self.building.people.credentials[CHANGED]
        await self._try("access.credential", method, card)

    async def give_command(self) -> None:
        point = self.building.people.points[TURNSTILE]
        await self._try("access.point", "action_release", point)
        with suppress(Exception):
            await asyncio.to_thread(self._note_orders)

    async def _try(self, model: str, method: str, record: int) -> None:
        """Do as staff, who are told when it is not possible now."""
        if self._is_up:
            with suppress(Exception):
                await asyncio.to_thread(self._erp.staff.call, model, method, [record])

    def _note_orders(self) -> None:
        """Keep when orders end: the ERP may be restored from before they were given."""
        for one in self._erp.staff.read(
            "access.command", [], "identifier", "expires_at"
        ):
            at = datetime.fromisoformat(one["expires_at"]).replace(tzinfo=timezone.utc)
            self._orders[one["identifier"]] = at.timestamp()

    async def freeze_the_erp(self) -> None:
        """It hangs for a while: connections stand, answers are late."""
        if self._switch.locked():
            return
        async with self._switch:
            self._erp.signal(signal.SIGSTOP)
            await asyncio.sleep(self.chance.uniform(0.5, 4.0))
            self._erp.signal(signal.SIGCONT)

    async def restart_the_erp(self) -> None:
        """It is away for a while; a backup is made before."""
        await asyncio.to_thread(self._erp.back_up)
        async with self._switch:
            await self._stop()
            await asyncio.sleep(self.chance.uniform(2, 8))
            await self._start()

    async def restore_the_erp(self) -> None:
        """It comes back from a backup, without what happened since."""
        box, said = self.building.box, "sent again from event"
        await self.building.be_delivered()
        with suppress(Exception):
            await asyncio.to_thread(self._note_orders)
        journal = await asyncio.to_thread(self._erp.journal_of, self.building.gateway)
        end = await asyncio.to_thread(self._erp.end_of_backup, journal)
        async with self._switch:
            await self._stop()
            lost, before = box.acknowledged() - end, box.has_said(said)
            await asyncio.to_thread(self._erp.restore)
            await self._start()
        self.restores += 1
        if lost > 0:
            self.lost += lost
            await self.building.until(
                lambda: box.has_said(said) > before,
                "the gateway does not say that the ERP was restored",
            )

    async def _stop(self) -> None:
        self._is_up = False
        await asyncio.to_thread(self._erp.stop)

    async def _start(self) -> None:
        await asyncio.to_thread(self._erp.start)
        self._is_up = True

    def check(self, log) -> None:
        """No order was carried out twice or late; each release by hand was one."""
        self._note_orders()
        performed = self.building.box.performed
        keys = [entry["command"] for entry in performed]
        assert len(set(keys)) == len(keys), "an order was carried out twice"
        known = [entry for entry in performed if entry["command"] in self._orders]
        late = [
            one for one in known if one["at"] > self._orders[one["command"]] + LATE_S
        ]
        assert late == []
        by_hand = [e for e in log.of_main() if e.event.reason == "released_by_staff"]
        assert len(by_hand) <= sum(entry["kind"] == "release" for entry in performed)

    def summary(self) -> str:
        return f"{self.restores} restores of the ERP, {self.lost} events sent again"
