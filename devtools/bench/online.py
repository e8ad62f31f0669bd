"""`./dev bench online`: the ERP's own decision over HTTP beside a bare Odoo route.

Both routes run on one server and are asked in turn. The bare one does one search by
an indexed column and one insert; ours knows the device by its token, finds card, person
and rights, decides, and writes the event into the hash chain of the point.
"""

import http.client
import json
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from .. import odoo_server, venue
from ..erp import Erp
from ..odoo_server import Odoo
from ..postgres import Server
from ..processes import Processes
from . import Report, aim, command_line, known_database
from ._routes import options

NEEDS = "database"
CARD = "access_base.credential_anna_card"
POINT = "access_base.point_gym_turnstile"
WARM_UP, RUNS = 50, 500
AIM = 1.5


def run() -> Report:
    """Measure on a fresh database with the demo venue."""
    return measure(*known_database())


def measure(database: str, server: Server) -> Report:
    with Processes() as processes:
        odoo = odoo_server.start(processes, server, database, options=options())
        bare, ours = _bare(odoo), _ours(odoo)
        for _run in range(WARM_UP):
            bare(), ours()
        bare_times, our_times = [], []
        for _run in range(RUNS):
            bare_times.append(bare())
            our_times.append(ours())
    ratio = statistics.median(our_times) / statistics.median(bare_times)
    return {
        "bench": "online",
        "runs": RUNS,
        "bare_ms_p50": _ms(bare_times, 50),
        "bare_ms_p99": _ms(bare_times, 99),
        "decide_ms_p50": _ms(our_times, 50),
        "decide_ms_p99": _ms(our_times, 99),
        "aims": {"ratio_of_medians": aim(round(ratio, 2), AIM)},
    }


def _bare(odoo: Odoo) -> Callable[[], float]:
    return lambda: _ask(odoo, "/bench/bare", {"ref": "bench"}, {})


def _ours(odoo: Odoo) -> Callable[[], float]:
    erp = Erp(odoo.url, odoo.database, odoo.login, odoo.password)
    card = erp.read("access.credential", [("id", "=", erp.by_xml_id(CARD))], "value")
    body = {"point": erp.by_xml_id(POINT), "kind": "card", "value": card[0]["value"]}
    identity = json.loads((venue.pair(erp, odoo) / "identity.json").read_text())
    headers = {"Authorization": f"Bearer {identity['token']}"}
    return lambda: _ask(odoo, "/bench/decide", body, headers)


def _ask(odoo: Odoo, path: str, body: dict, headers: dict[str, str]) -> float:
    """Give the seconds that one answer takes."""
    address = urlsplit(odoo.url)
    headers = {"Content-Type": "application/json", **headers}
    started = time.perf_counter()
    with closing(http.client.HTTPConnection(address.hostname, address.port)) as http_:
        http_.request("POST", path, json.dumps(body), headers)
        answer = http_.getresponse()
        text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {text[:200]!r}")
    return time.perf_counter() - started


def _ms(times: list[float], percentile: int) -> float:
    return round(statistics.quantiles(times, n=100)[percentile - 1] * 1000, 2)


def show(report: Report) -> None:
    for name, words in (("bare", "bare route"), ("decide", "ERP's decision")):
        p50, p99 = report[f"{name}_ms_p50"], report[f"{name}_ms_p99"]
        print(f"{words:>15}: p50 {p50} ms, p99 {p99} ms")


if __name__ == "__main__":
    command_line(run, show)
