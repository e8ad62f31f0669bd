"""`./dev demo --check`: the main job once, end to end, without a browser.

A known card opens a door and stands in the log; an unknown card and one outside its
hours are refused; what is changed in the ERP soon decides at the door; without the ERP
the door still opens, and nothing of that is lost or doubled; the gateway holds what it
should. Prints one JSON line; ends with 0 only if all of it holds.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2

from . import odoo_server, paths, venue, wall
from .erp import Erp
from .odoo_server import Odoo
from .postgres import Server
from .processes import Processes
from .steps import UserError

READER, COIL = "reader-gym-turnstile", 1
POINT = "access_base.point_gym_turnstile"
KNOWN = "access_base.credential_anna_card"
OUTSIDE_HOURS = "access_base.credential_night_card"
RELEASE_SECONDS = 0.2
RUNS = 50
# Staff change one thing, then another: not faster than the ERP says that it did.
CHANGE_PAUSE = 0.3
OFFLINE_RUNS = 5
PATIENCE = 30.0


def main() -> int:
    known = json.loads(os.environ["ACCESS_DEV"])
    server = Server(**known["postgres"])
    log = paths.LOG / "check"
    with Processes(log) as programs, Processes(log) as erp_program:
        check = Check(server, known["database"], programs, erp_program)
        try:
            result = check.run()
        except UserError as error:
            result = {"error": str(error)}
    holds = result.pop("holds", False)
    print(json.dumps(result), flush=True)
    return 0 if holds else 1


class Check:
    """Odoo, the gateway and simulated devices, and what was held to them."""

    def __init__(
        self, server: Server, database: str, programs: Processes, erp_program: Processes
    ):
        self._server = server
        self._programs = programs
        self._erp_program = erp_program
        self._odoo = odoo_server.start(erp_program, server, database)
        self._erp = self._log_in(self._odoo)
        self._point = self._erp.by_xml_id(POINT)
        self._cards = iter(self._prepare())
        self._held = 0
        self._log = psycopg2.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password or None,
            dbname=database,
        )
        self._log.autocommit = True

    def run(self) -> dict[str, Any]:
        lines = wall.folder_of(self._odoo.database)
        with wall.Wall(lines, [READER], ["relays"]) as self._wall:
            folder = venue.pair(self._erp, self._odoo)
            venue.start_gateway(self._programs, self._odoo, folder)
            self._wait(self._devices_are_online, "The gateway's devices are offline.")
            granted = self._granted()
            refused = self._refused()
            to_release, to_erp = zip(
                *(self._timed() for _run in range(RUNS)), strict=True
            )
            to_door = [self._changed(run % 2 == 1) for run in range(RUNS)]
            self._wall.settle(RELEASE_SECONDS)
            differences = self._compared()
            offline = self._offline()
        duplicates, lost = self._compare()
        return {
            "granted": granted + RUNS,
            "refused": refused,
            "offline_granted": offline,
            "duplicates": duplicates,
            "lost": lost,
            "differences": differences,
            "reader_to_release_ms": _median_ms(to_release),
            "reader_to_erp_ms": _median_ms(to_erp),
            "change_to_door_ms": _median_ms(to_door),
            "change_to_door_max_ms": round(max(to_door) * 1000, 2),
            "holds": (granted, refused, offline) == (1, 2, OFFLINE_RUNS)
            and not duplicates
            and not lost
            and not differences,
        }

    # -- the parts ----------------------------------------------------------------

    def _granted(self) -> int:
        """A known card: the relay closes, opens again, and the log tells all of it."""
        with self._one_event() as event:
            self._hold_and_pass(self._number(KNOWN))
        if event["partner_id"][0] != self._holder(KNOWN):
            raise UserError(f"The log names {event['partner_id']} for the known card.")
        if not event["granted"] or event["reason"] != "right" or not event["right_id"]:
            raise UserError(f"The log does not tell by which right: {event}")
        return 1

    def _refused(self) -> int:
        """An unknown card, and one whose holder may pass, but not now."""
        for card, reason in (
            ("DEADBEEF", "credential_unknown"),
            (self._number(OUTSIDE_HOURS), "outside_hours"),
        ):
            with self._one_event() as event:
                self._hold(card)
                if self._wall.opens(within=0.5):
                    raise UserError(f"The relay closed for a refusal by {reason}.")
            if event["granted"] or event["reason"] != reason:
                raise UserError(f"Expected a refusal by {reason}, got {event}")
        return 2

    def _timed(self) -> tuple[float, float]:
        """Seconds from the reader to the relay, and to the log in the ERP."""
        expected = self._held + 1
        held = self._hold(next(self._cards))
        released = self._wall.wait_for(COIL, True)
        self._wait(lambda: self._count() >= expected, "The event did not arrive.", 0)
        arrived = time.monotonic()
        self._wall.wait_for(COIL, False)
        return released - held, arrived - held

    def _changed(self, is_granted: bool) -> float:
        """Seconds from a change in the ERP to the log of what was decided by it.

        A card is blocked, or let in again, and held to the reader until the decision
        is the other one; that of the last time is sure to follow from the change.
        """
        time.sleep(CHANGE_PAUSE)
        state = "active" if is_granted else "blocked"
        card = self._erp.by_xml_id(KNOWN)
        number = self._number(KNOWN)
        self._erp.call("access.credential", "write", [card], {"state": state})
        committed = time.monotonic()
        while self._decided(number) != is_granted:
            if time.monotonic() > committed + PATIENCE:
                raise UserError(f"A card that is {state} is not so at the door.")
        return time.monotonic() - committed

    def _compared(self) -> int:
        """In how much the gateway holds other rules than it should."""
        domain = [("id", "=", self._erp.by_xml_id(venue.GATEWAY))]
        names = ("compared_at", "difference_count")
        self._erp.call("access.gateway", "action_compare", [domain[0][2]])
        found: list[dict[str, Any]] = []

        def is_done() -> bool:
            found[:] = self._erp.read("access.gateway", domain, *names)
            return bool(found[0]["compared_at"])

        self._wait(is_done, "The gateway does not tell what it holds.")
        return found[0]["difference_count"]

    def _decided(self, card: str) -> bool:
        """Hold a card to the reader; tell what the log of the ERP says of it."""
        # Else the same card again is one that is still held there.
        self._hold("DEADBEEF")
        self._hold(card)
        self._wait(lambda: self._count() >= self._held, "The event is missing.", 0.002)
        query = f"SELECT granted FROM access_event WHERE sequence = {self._held}"
        return self._query(query)[0][0]

    def _offline(self) -> int:
        """Without the ERP known cards open; with it again all of that arrives."""
        self._erp_program.stop()
        for _run in range(OFFLINE_RUNS):
            self._hold_and_pass(next(self._cards))
        self._hold("DEADBEEF")
        port = int(self._odoo.url.rpartition(":")[2])
        odoo_server.start(self._erp_program, self._server, self._odoo.database, port)
        self._wait(
            lambda: self._count() >= self._held, "Events of the gap are missing."
        )
        return OFFLINE_RUNS

    def _compare(self) -> tuple[int, int]:
        """How many events stand more than once, and how many are not there."""
        rows = self._query("SELECT journal_id, sequence FROM access_event")
        sequences = {sequence for _journal, sequence in rows}
        duplicates = len(rows) - len(sequences) + max(len(rows) - self._held, 0)
        return duplicates, len(set(range(1, self._held + 1)) - sequences)

    # -- what they use ------------------------------------------------------------

    def _log_in(self, odoo: Odoo) -> Erp:
        return Erp(odoo.url, odoo.database, odoo.login, odoo.password)

    def _prepare(self) -> list[str]:
        """Let the bolt fall back soon; give the known person a card for each run."""
        self._erp.call(
            "access.point",
            "write",
            [self._point],
            {"release_seconds": RELEASE_SECONDS},
        )
        cards = [f"0A55{number:04X}" for number in range(RUNS + OFFLINE_RUNS)]
        holder = self._holder(KNOWN)
        self._erp.call(
            "access.credential",
            "create",
            [{"partner_id": holder, "value": card} for card in cards],
        )
        return cards

    def _devices_are_online(self) -> bool:
        domain = [("address", "in", [READER, "relays"])]
        devices = self._erp.read("access.device", domain, "state")
        return all(device["state"] == "online" for device in devices)

    def _holder(self, xml_id: str) -> int:
        return self._credential(xml_id)["partner_id"][0]

    def _number(self, xml_id: str) -> str:
        return self._credential(xml_id)["value"]

    def _credential(self, xml_id: str) -> dict[str, Any]:
        domain = [("id", "=", self._erp.by_xml_id(xml_id))]
        [credential] = self._erp.read(
            "access.credential", domain, "partner_id", "value"
        )
        return credential

    def _hold(self, card: str) -> float:
        self._held += 1
        return self._wall.hold(READER, card)

    def _hold_and_pass(self, card: str) -> None:
        self._hold(card)
        self._wall.wait_for(COIL, True)
        self._wall.wait_for(COIL, False)

    @contextmanager
    def _one_event(self) -> Iterator[dict[str, Any]]:
        """Fill in the event, as staff see it, of the card held within the block."""
        event: dict[str, Any] = {}
        yield event
        self._wait(lambda: self._count() >= self._held, "The event did not arrive.")
        names = ("granted", "reason", "partner_id", "right_id", "sequence")
        domain = [("point_id", "=", self._point), ("sequence", "=", self._held)]
        [found] = self._erp.read("access.event", domain, *names)
        event.update(found)

    def _count(self) -> int:
        return self._query("SELECT count(*) FROM access_event")[0][0]

    def _query(self, query: str) -> list[tuple[Any, ...]]:
        with self._log.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def _wait(self, reached: Callable[[], bool], complaint: str, pause: float = 0.05):
        deadline = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > deadline:
                raise UserError(complaint)
            time.sleep(pause)


def _median_ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)


if __name__ == "__main__":
    sys.exit(main())
