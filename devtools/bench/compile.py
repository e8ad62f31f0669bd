"""What the ERP's compiler costs, for a small club and for a large chain.

One database is grown from 1,000 to 100,000 members: cards, and a plan each by a
subscription. At both sizes the whole policy of a gateway is built in a process of its
own, whose peak memory counts; then cards are blocked and unblocked, each a transaction,
and what is timed is the way from the change to its signed difference. The gateway's own
code takes it, verified and applied.
"""

import base64
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from access_gateway.rules import (
    change_from_document,
    changed_rules,
    rules_from_document,
)

from .. import environment, odoo_conf, paths
from . import Report, aim, command_line, known_database

NEEDS = "database"
SIZES = SMALL, LARGE = 1_000, 100_000
CHANGES, WARM_UP = 200, 20
POLLS = 300
AIM = 1.5


def run() -> Report:
    database, _server = known_database()
    sizes = {members: _measured(database, members) for members in SIZES}
    growth = {
        name: round(sizes[LARGE][name] / sizes[SMALL][name], 2)
        for name in ("change_ms_p50", "apply_ms_p50", "poll_ms_p50")
    }
    return {
        "bench": "compile",
        "changes": CHANGES,
        "sizes": sizes,
        "growth": growth,
        "aims": {"growth_of_a_change": aim(growth["change_ms_p50"], AIM)},
    }


def _measured(database: str, members: int) -> dict[str, Any]:
    """Measure in two new processes, so that each starts with an empty memory."""
    told: dict[str, Any] = {}
    for part in ("whole", "change"):
        command = [str(environment.PYTHON), "-m", __spec__.name, part, str(members)]
        done = subprocess.run(
            command,
            env=odoo_conf.variables(database) | {"BENCH_DATABASE": database},
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        told |= json.loads(done.stdout.splitlines()[-1])
    return told


# -- in the processes ---------------------------------------------------------------


class Bench:
    """A gateway in a database of so many members."""

    def __init__(self, database: str, members: int):
        self.env = _environment(database)
        self.gateway = self.env.ref("access_iot.gateway_main")
        if not self.gateway.is_paired:
            code = self.gateway.action_new_pairing_code()["context"]["default_code"]
            self.env["access.gateway"]._pair(code, "bench", "1")
        _grow(self.env, members)
        self.env.cr.commit()

    def whole(self) -> dict[str, Any]:
        """Build, seal and sign the whole policy once."""
        before = _peak()
        started = time.perf_counter()
        envelope = self.gateway._newer_policy(0)
        seconds = time.perf_counter() - started
        self.env.cr.commit()
        return {
            "whole_s": round(seconds, 2),
            "whole_mb": round(len(envelope["payload"]) / 1e6, 1),
            "peak_mb": round(_peak()),
            "peak_before_mb": round(before),
        }

    def change(self) -> dict[str, Any]:
        """Block and unblock cards; time each difference, and the gateway's part."""
        rules, key = self._rules(), self._public_key()
        cards = self.env["access.credential"].search(
            [("value", "=like", "BE%")], limit=CHANGES + WARM_UP
        )
        compiled, applied = [], []
        for card in cards:
            milliseconds, envelope = self._timed(card)
            compiled.append(milliseconds)
            started = time.perf_counter()
            rules = _applied(rules, envelope, key)
            applied.append((time.perf_counter() - started) * 1000)
        polls = self._polls(rules.version)
        return {
            "change_ms_p50": round(median(compiled[WARM_UP:]), 3),
            "apply_ms_p50": round(median(applied[WARM_UP:]), 3),
            "poll_ms_p50": round(median(polls), 3),
        }

    def _timed(self, card: Any) -> tuple[float, dict[str, str]]:
        started = time.perf_counter()
        card.action_block()
        self.env.cr.commit()
        version = self.gateway.policy_version
        envelope = self.gateway._newer_policy(version)
        self.env.cr.commit()
        return (time.perf_counter() - started) * 1000, envelope

    def _polls(self, version: int) -> list[float]:
        """Time what a poll asks when nothing is new: rules and facts."""
        cursor = self.gateway._facts(None)["cursor"]
        taken = []
        for _poll in range(POLLS):
            self.env.cr.rollback()
            started = time.perf_counter()
            told = self.gateway._newer_policy(version), self.gateway._facts(cursor)
            taken.append((time.perf_counter() - started) * 1000)
            if told != (None, None):
                raise RuntimeError("something is new, but nothing happened")
        return taken

    def _rules(self) -> Any:
        envelope = self.gateway._newer_policy(0)
        self.env.cr.commit()
        rules = rules_from_document(json.loads(envelope["payload"]))
        _ = rules.policy.tokens_of
        return rules

    def _public_key(self) -> Ed25519PublicKey:
        secret = base64.b64decode(self.gateway.signing_key)
        return Ed25519PrivateKey.from_private_bytes(secret).public_key()


def _applied(rules: Any, envelope: dict[str, str], key: Ed25519PublicKey) -> Any:
    """Do what the gateway does with a difference, but for writing it down."""
    payload = envelope["payload"].encode()
    key.verify(base64.b64decode(envelope["signature"]), payload)
    return changed_rules(rules, change_from_document(json.loads(payload)))


def _environment(database: str) -> Any:
    import odoo
    from odoo.modules.registry import Registry
    from odoo.tools import config

    options = ["-c", str(odoo_conf.FILE), "-d", database, "--log-level=error"]
    config.parse_config(options)
    cursor = Registry(database).cursor()
    context = {"tracking_disable": True}
    return odoo.api.Environment(cursor, odoo.SUPERUSER_ID, context)


def _grow(env: Any, members: int) -> None:
    """Add members until there are so many, with a card and a plan each."""
    env.cr.execute("SELECT count(*) FROM res_partner WHERE name LIKE 'Member %%'")
    [there] = env.cr.fetchone()
    if there >= members:
        return
    plans = [
        plan.id
        for plan in env["sale.subscription.template"].search([])
        if plan.access_right_ids
    ]
    model = env.ref("access_iot.gateway_main").company_id
    stage = env.ref("subscription_oca.subscription_stage_in_progress")
    pricelist = env["product.pricelist"].search([], limit=1)
    pricelist = pricelist or env["product.pricelist"].create({"name": "Plans"})
    values = {
        "first": there + 1,
        "last": members,
        "company": model.id,
        "plans": plans,
        "stage": stage.id,
        "pricelist": pricelist.id,
    }
    env.flush_all()
    for statement in GROW:
        env.cr.execute(statement, values)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()


GROW = (
    """INSERT INTO res_partner (name, complete_name, active, type, access_identity,
                                autopost_bills)
       SELECT 'Member ' || n, 'Member ' || n, TRUE, 'contact', 'none', 'ask'
         FROM generate_series(%(first)s, %(last)s) AS n""",
    """INSERT INTO access_person (partner_id)
       SELECT partner.id FROM res_partner AS partner
        WHERE partner.name LIKE 'Member %%' AND NOT EXISTS (
              SELECT FROM access_person WHERE partner_id = partner.id)""",
    """INSERT INTO access_credential (
              partner_id, company_id, kind, value, token, state)
       SELECT partner.id, %(company)s, 'card', number, 'rfid:' || number, 'active'
         FROM res_partner AS partner,
              LATERAL (SELECT 'BE' || upper(lpad(to_hex(partner.id), 12, '0')))
                      AS made(number)
        WHERE partner.name LIKE 'Member %%' AND NOT EXISTS (
              SELECT FROM access_credential WHERE partner_id = partner.id)""",
    """INSERT INTO sale_subscription (
              name, partner_id, template_id, company_id, stage_id, pricelist_id,
              date_start, active)
       SELECT 'S' || partner.id, partner.id,
              (%(plans)s::int[])[1 + partner.id %% array_length(%(plans)s::int[], 1)],
              %(company)s, %(stage)s, %(pricelist)s, '2026-01-01', TRUE
         FROM res_partner AS partner
        WHERE partner.name LIKE 'Member %%' AND NOT EXISTS (
              SELECT FROM sale_subscription WHERE partner_id = partner.id)""",
)


def _peak() -> float:
    """Give the most memory that the process had so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(report: Report) -> None:
    for members, size in report["sizes"].items():
        print(
            f"{members:>9,} members: whole {size['whole_s']} s, {size['whole_mb']} MB,"
            f" peak {size['peak_mb']} MB (before it {size['peak_before_mb']});"
            f" block a card to its difference p50 {size['change_ms_p50']} ms,"
            f" applied in {size['apply_ms_p50']} ms;"
            f" a poll without news {size['poll_ms_p50']} ms"
        )
    print(f"growth: {report['growth']}")


def _part(name: str, members: str) -> None:
    bench = Bench(os.environ["BENCH_DATABASE"], int(members))
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "whole": bench.whole,
        "change": bench.change,
    }
    told = parts[name]()
    bench.env.cr.close()
    print(json.dumps(told))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _part(*sys.argv[1:])
    else:
        command_line(run, show)
