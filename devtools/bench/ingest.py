"""What it costs to take events in, against the database's own cost of the same rows.

Batches of 1,000 events with 15 columns filled, as a gateway sends them after a time
offline. Ours: shape and chain checked, what they name looked up, stored, committed;
and the same with entries used up and presence noted. Beside it, in random order, a bare
COPY of the rows that came of the batch before into a table with the same columns,
indexes and foreign keys, so that neither always finds what the other has just read.
"""

import http.client
import io
import json
import os
import random
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from access_policy import GENESIS, PassageEvent, link
from access_policy.event import sent_form, utc_text

from .. import environment, odoo_conf, odoo_server, paths, venue
from ..erp import Erp
from ..processes import Processes
from . import Report, aim_at_least, command_line, known_database
from .compile import _environment, _grow

NEEDS = "database"
SEED = 20261122
MEMBERS = 2_000
BATCH, BATCHES, WARM_UP = 1_000, 30, 5
API_BATCHES = 20
AIM = 0.6
BEGIN = datetime(2026, 11, 1, 6, tzinfo=timezone.utc)


def run() -> Report:
    database, server = known_database()
    command = [str(environment.PYTHON), "-m", __spec__.name, database]
    variables = odoo_conf.variables(database)
    done = subprocess.run(
        command,
        env=variables,
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    with Processes() as processes:
        odoo = odoo_server.start(processes, server, database)
        told["api_ms"] = _over_api(odoo, told.pop("world"))
    copied, ours = told["copy_ms"], told["ours_ms"]
    stored = round(told["copy_beside_stored_ms"] / told["stored_ms"], 2)
    return {
        "bench": "ingest",
        "events_per_batch": BATCH,
        **told,
        "events_per_second": round(1000 * BATCH / ours),
        "api_ratio": round(copied / told["api_ms"], 2),
        "ratio_with_what_follows": round(copied / ours, 2),
        "aims": {"ratio_to_copy": aim_at_least(stored, AIM)},
    }


# -- events -------------------------------------------------------------------------


def batch(
    world: dict[str, Any], first: int, digest: str, bare: bool = False
) -> list[dict[str, Any]]:
    """Give a thousand events: in by a right, out again, now and then refused."""
    events = []
    for sequence in range(first, first + BATCH):
        event = _event(world, sequence)
        if bare:
            event = event._replace(day=None, zone=None)
        record = event.record(sequence)
        digest = link(digest, record)
        events.append(sent_form(record, digest))
    return json.loads(json.dumps(events))  # as they come over the wire


def _event(world: dict[str, Any], sequence: int) -> PassageEvent:
    at = BEGIN + timedelta(seconds=20 * sequence)
    persons = world["persons"]
    person, card = persons[(sequence // 2) % len(persons)]
    is_entry, is_refused = sequence % 2 == 0, sequence % 20 == 7
    known = {
        "person": person,
        "credential": card,
        "right": world["right"],
        "seen": "rfid:…E580",
        "policy": 400_000_000,  # compiled after all of them were made
        "band": world["band"],
    }
    if is_refused:
        point = world["point"]
        return PassageEvent(utc_text(at), point, False, "outside_hours", **known)
    day = at.date().isoformat() if is_entry else None
    return PassageEvent(
        utc_text(at),
        world["point"],
        True,
        "right",
        **known,
        day=day,
        zone=world["zone"] if is_entry else 0,
    )


# -- in process ---------------------------------------------------------------------


class Bench:
    """Takes turns: a batch our way, then the rows of it by a bare COPY."""

    def __init__(self, database: str):
        self.env = _environment(database)
        _grow(self.env, MEMBERS)
        self.gateway = self.env["access.gateway"].create({"name": "Bench"})
        self.world = self._world()
        self.env.cr.commit()
        self.env.cr.execute(TWIN)
        for (constraint,) in self._foreign_keys():
            self.env.cr.execute(f"ALTER TABLE bench_event ADD {constraint}")
        self.env.cr.commit()
        self._end, self._rows = (0, GENESIS), ""

    def run(self) -> dict[str, Any]:
        chance = random.Random(SEED)
        for _batch in range(WARM_UP):
            self._turn(chance)
        turns = [self._turn(chance) for _batch in range(BATCHES)]
        columns = zip(*turns, strict=True)
        ours, check, copied = (1000 * median(taken) for taken in columns)
        bare = [self._turn(chance, bare=True) for _batch in range(BATCHES)]
        stored, _check, beside = (
            1000 * median(taken) for taken in zip(*bare, strict=True)
        )
        return {
            "ours_ms": round(ours, 1),
            "check_ms": round(check, 1),
            "copy_ms": round(copied, 1),
            "stored_ms": round(stored, 1),
            "copy_beside_stored_ms": round(beside, 1),
            "world": self.world,
        }

    def _turn(
        self, chance: random.Random, bare: bool = False
    ) -> tuple[float, float, float]:
        """Time a batch of ours and a COPY of the one before, neither always first.

        ``bare``: events of which nothing follows.
        """
        events = batch(self.world, self._end[0] + 1, self._end[1], bare)
        if chance.random() < 0.5:
            copied = self._copied()
            ours = self._ours(events)
        else:
            ours = self._ours(events)
            copied = self._copied()
        self._rows = self._stored(self._end[0])
        self._end = (self._end[0] + BATCH, events[-1]["hash"])
        return *ours, copied

    def _ours(self, events: list[dict[str, Any]]) -> tuple[float, float]:
        from odoo.addons.access_iot.controllers.gateway_api import keep
        from odoo.addons.access_iot.controllers.sent_events import check_events

        started = time.perf_counter()
        checked = check_events(events)
        between = time.perf_counter()
        end = keep(self.gateway, checked)
        self.env.cr.commit()
        ended = time.perf_counter()
        if end != self._end[0] + BATCH:
            raise RuntimeError(f"kept up to {end}")
        return ended - started, between - started

    def _stored(self, after: int) -> str:
        """Give the rows of a batch as COPY takes them."""
        rows = io.StringIO()
        columns = ", ".join(self._columns())
        chosen = f"journal_id = {self.gateway.journal_id.id} AND sequence > {after}"
        query = f"SELECT {columns} FROM access_event WHERE {chosen} ORDER BY id"
        self.env.cr.copy_expert(f"COPY ({query}) TO STDOUT", rows)
        self.env.cr.commit()
        return rows.getvalue()

    def _copied(self) -> float:
        rows, columns = io.StringIO(self._rows), ", ".join(self._columns())
        self.env.cr.commit()
        started = time.perf_counter()
        self.env.cr.copy_expert(f"COPY bench_event ({columns}) FROM STDIN", rows)
        self.env.cr.commit()
        return time.perf_counter() - started

    def _columns(self) -> list[str]:
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'access_event' AND is_generated = 'NEVER'"
        )
        return [name for (name,) in self.env.cr.fetchall()]

    def _foreign_keys(self) -> list[tuple[str]]:
        self.env.cr.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'access_event'::regclass AND contype = 'f'"
        )
        return self.env.cr.fetchall()

    def _world(self) -> dict[str, Any]:
        point = self.env.ref("access_base.point_gym_turnstile")
        company = point.company_id.id

        def one(model: str) -> int:
            return self.env[model].search([("company_id", "=", company)], limit=1).id

        self.env.cr.execute(
            "SELECT person.id, card.id FROM access_person AS person"
            "  JOIN access_credential AS card ON card.partner_id = person.partner_id"
            " WHERE card.value LIKE 'BE%%' ORDER BY 1"
        )
        return {
            "persons": self.env.cr.fetchall(),
            "point": point.id,
            "zone": point.zone_to_id.id,
            "right": one("access.right"),
            "band": one("access.band"),
        }


TWIN = "DROP TABLE IF EXISTS bench_event;"
TWIN += "CREATE TABLE bench_event (LIKE access_event INCLUDING ALL)"


# -- over the device API ------------------------------------------------------------


def _over_api(odoo: odoo_server.Odoo, world: dict[str, Any]) -> float:
    """Give the milliseconds of one batch, from the request to the answer."""
    erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
    identity = json.loads((venue.pair(erp, odoo) / "identity.json").read_text())
    address, digest, taken = urlsplit(odoo.url), GENESIS, []
    headers = {
        "Authorization": f"Bearer {identity['token']}",
        "Content-Type": "application/json",
    }
    for number in range(API_BATCHES):
        events = batch(world, number * BATCH + 1, digest)
        digest = events[-1]["hash"]
        body = json.dumps({"gateway": identity["gateway"], "events": events})
        started = time.perf_counter()
        with closing(
            http.client.HTTPConnection(address.hostname, address.port)
        ) as http_:
            http_.request("POST", "/access/gateway/v1/events", body, headers)
            answer = json.load(http_.getresponse())
        taken.append(time.perf_counter() - started)
        if answer != {"acknowledged": (number + 1) * BATCH}:
            raise RuntimeError(str(answer))
    return round(1000 * median(taken[2:]), 1)


def show(report: Report) -> None:
    print(
        f"a batch of {BATCH} events, checked, chained and stored:"
        f" {report['stored_ms']} ms, a bare COPY {report['copy_beside_stored_ms']} ms;"
        f" with entries used up and presence noted: {report['ours_ms']} ms"
        f" ({report['check_ms']} ms of it their shape), a bare COPY"
        f" {report['copy_ms']} ms, ratio {report['ratio_with_what_follows']},"
        f" {report['events_per_second']:,} events per second; over the device API:"
        f" {report['api_ms']} ms, ratio {report['api_ratio']}"
    )


if __name__ == "__main__":
    if len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        print(json.dumps(Bench(sys.argv[1]).run()))
        os._exit(0)
    else:
        command_line(run, show)
