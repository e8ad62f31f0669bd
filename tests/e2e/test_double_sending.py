"""A real Odoo, asked the same thing by several at once."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin

import pytest

from access_policy import GENESIS, PassageEvent, link
from access_policy.event import sent_form
from devtools.bench._routes import options
from devtools.erp import Erp
from devtools.odoo_server import Odoo

from . import real_odoo

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "double_sending"
AT_ONCE = 8


@pytest.fixture(scope="module")
def odoo() -> Iterator[Odoo]:
    with real_odoo.running(DATABASE, options=options()) as (odoo, _programs):
        yield odoo


@pytest.fixture(scope="module")
def erp(odoo: Odoo) -> Erp:
    return Erp(odoo.url, odoo.database, odoo.login, odoo.password)


def new_code(erp: Erp) -> tuple[int, str]:
    """Make a gateway; give its number and a code to pair it."""
    gateway = erp.call("access.gateway", "create", [{"name": "Gateway"}])[0]
    action = erp.call("access.gateway", "action_new_pairing_code", [gateway])
    return gateway, action["context"]["default_code"]


def post(odoo: Odoo, route: str, token: str = "", **body: Any) -> tuple[int, Any]:
    """Give HTTP status and answer; ``route`` is one of a gateway's, or a path."""
    request = urllib.request.Request(
        urljoin(f"{odoo.url}/access/gateway/v1/", route),
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def at_once(call) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [done.result() for done in [pool.submit(call) for _ in range(AT_ONCE)]]


def batch(size: int) -> list[dict[str, Any]]:
    events, digest = [], GENESIS
    for sequence in range(1, size + 1):
        event = PassageEvent("2026-11-21T07:30:00.000Z", 1, False, "no_right")
        digest = link(digest, event.record(sequence))
        events.append(sent_form(event.record(sequence), digest))
    return events


def test_one_batch_sent_by_many_at_once_is_kept_once(odoo, erp):
    gateway, code = new_code(erp)
    _status, identity = post(odoo, "pair", code=code)
    body = {"gateway": identity["gateway"], "events": batch(100)}
    answers = at_once(lambda: post(odoo, "events", identity["token"], **body))
    assert answers == [(200, {"acknowledged": 100})] * AT_ONCE
    [[journal]] = [
        found["journal_id"][:1]
        for found in erp.read("access.gateway", [("id", "=", gateway)], "journal_id")
    ]
    domain = [("journal_id", "=", journal)]
    assert erp.call("access.event", "search_count", domain) == 100


def test_cards_at_one_point_at_once_are_all_recorded(odoo, erp):
    venue = erp.call("access.venue", "create", [{"name": "Venue", "tz": "UTC"}])[0]
    point = erp.call("access.point", "create", [{"name": "Door", "venue_id": venue}])[0]
    _gateway, code = new_code(erp)
    _status, identity = post(odoo, "pair", code=code)
    body = {"point": point, "kind": "card", "value": "04A1B2C3"}
    answers = at_once(lambda: post(odoo, "/bench/decide", identity["token"], **body))
    expected = (200, {"granted": False, "reason": "credential_unknown"})
    assert answers == [expected] * AT_ONCE
    events = erp.read("access.event", [("point_id", "=", point)], "sequence")
    assert sorted(event["sequence"] for event in events) == list(range(1, AT_ONCE + 1))


def test_one_day_at_many_gateways_at_once_is_one_entry(odoo, erp):
    """Each has a connection of its own to the database, and all write the same rows."""
    [venue] = erp.call("access.venue", "create", [{"name": "Gym", "tz": "UTC"}])
    [band] = erp.call("access.band", "create", [{"name": "Whole day"}])
    [right] = erp.call("access.right", "create", [{"name": "Gym"}])
    [zone] = erp.call("access.zone", "create", [{"name": "Gym", "venue_id": venue}])
    [partner] = erp.call("res.partner", "create", [{"name": "Anna Nowak"}])
    card = {"partner_id": partner, "value": "04A1B2C3D4E5F6"}
    erp.call("access.credential", "create", [card])
    ours = [("partner_id", "=", partner)]
    [person] = erp.call("access.person", "search", ours)
    codes = [new_code(erp)[1] for _gateway in range(AT_ONCE)]
    boxes = [post(odoo, "pair", code=code)[1] for code in codes]

    def send(number: int) -> tuple[int, Any]:
        box = boxes[number]
        entry = {"person": person, "right": right, "band": band, "zone": zone}
        event = PassageEvent(
            f"2026-11-21T07:0{number}:00.000Z",
            1,
            True,
            "right",
            day="2026-11-21",
            **entry,
        )
        record = event.record(1)
        sent = [sent_form(record, link(GENESIS, record))]
        return post(odoo, "events", box["token"], gateway=box["gateway"], events=sent)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert answers == [(200, {"acknowledged": 1})] * AT_ONCE
    assert erp.call("access.event", "search_count", ours) == AT_ONCE
    assert erp.call("access.use", "search_count", ours) == 1
    [present] = erp.read("access.presence", ours, "since", "zone_id")
    assert present["since"] == f"2026-11-21 07:0{AT_ONCE - 1}:00"
    assert present["zone_id"][0] == zone


def test_one_code_typed_at_many_boxes_at_once_pairs_one(odoo, erp):
    _gateway, code = new_code(erp)
    answers = at_once(lambda: post(odoo, "pair", code=code))
    statuses = sorted(status for status, _answer in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {401, 429}
