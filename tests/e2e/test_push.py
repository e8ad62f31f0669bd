"""A real Odoo wakes gateways: whom, how soon, and who may listen at all."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from access_gateway.wake import PATH
from devtools.erp import Erp
from devtools.odoo_server import Odoo

from . import real_odoo
from .test_double_sending import batch, new_code, post

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "push"
SOON = 5.0
# Longer than news are collected for, so that nothing is on its way any more.
SILENCE = 1.5

# Closed because of what was said, and because the token is good no longer.
POLICY_VIOLATED, EXPIRED = 1008, 4001


@pytest.fixture(scope="module")
def odoo() -> Iterator[Odoo]:
    with real_odoo.running(DATABASE) as (odoo, _programs):
        yield odoo


@pytest.fixture(scope="module")
def erp(odoo: Odoo) -> Erp:
    return Erp(odoo.url, odoo.database, odoo.login, odoo.password)


@pytest.fixture
def box(odoo: Odoo, erp: Erp) -> dict[str, Any]:
    """A gateway that has just been paired."""
    number, code = new_code(erp)
    return {"id": number, **post(odoo, "pair", code=code)[1]}


@pytest.fixture
def other(odoo: Odoo, erp: Erp) -> dict[str, Any]:
    number, code = new_code(erp)
    return {"id": number, **post(odoo, "pair", code=code)[1]}


def listen(odoo: Odoo, token: str | None, **headers: str) -> ClientConnection:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url = f"ws{odoo.url.removeprefix('http')}{PATH}"
    return connect(url, origin=odoo.url, additional_headers=headers, proxy=None)


def quiet(socket: ClientConnection) -> None:
    """Pass over what is being said already."""
    socket.recv(SOON)
    while is_woken(socket, SILENCE):
        pass


def is_woken(socket: ClientConnection, within: float = SOON) -> bool:
    try:
        return bool(socket.recv(within))
    except TimeoutError:
        return False


def test_a_changed_rule_wakes_every_gateway(odoo, erp, box, other):
    with listen(odoo, box["token"]) as one, listen(odoo, other["token"]) as two:
        quiet(one)
        quiet(two)
        erp.call("access.right", "create", [{"name": "Gym"}])
        assert is_woken(one)
        assert is_woken(two)


def test_what_changes_no_rule_wakes_nobody(odoo, erp, box):
    with listen(odoo, box["token"]) as socket:
        quiet(socket)
        erp.call("res.partner.category", "create", [{"name": "Friends"}])
        assert not is_woken(socket, SILENCE)


def test_a_passage_wakes_the_others(odoo, erp, box, other):
    with listen(odoo, box["token"]) as here, listen(odoo, other["token"]) as there:
        quiet(here)
        quiet(there)
        post(odoo, "events", box["token"], gateway=box["gateway"], events=batch(1))
        assert is_woken(there)
        assert not is_woken(here, SILENCE)


def test_it_says_nothing_but_that_there_is_news(odoo, erp, box):
    with listen(odoo, box["token"]) as socket:
        assert socket.recv(SOON) == '{"type":"wake"}'
        erp.call("access.right", "create", [{"name": "Secret"}])
        assert socket.recv(SOON) == '{"type":"wake"}'


@pytest.mark.parametrize("token", [None, "forged", ""])
def test_who_has_no_token_may_not_listen(odoo, token):
    with pytest.raises(InvalidStatus) as refusal:
        listen(odoo, token)
    assert refusal.value.response.status_code == 401
    assert b"Traceback" not in (refusal.value.response.body or b"")


def test_a_session_of_staff_is_no_token(odoo, erp):
    cookies = "; ".join(f"{c.name}={c.value}" for c in erp.cookies)
    with pytest.raises(InvalidStatus) as refusal:
        listen(odoo, None, Cookie=cookies)
    assert refusal.value.response.status_code == 401


def test_who_wants_to_hear_more_is_hung_up_on(odoo, box):
    with listen(odoo, box["token"]) as socket:
        quiet(socket)
        asked = '{"event_name": "subscribe", "data": {"channels": ["x"], "last": 0}}'
        socket.send(asked)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(SOON)
        assert closed.value.rcvd.code == POLICY_VIOLATED


def test_a_gateway_has_one_connection(odoo, box):
    with listen(odoo, box["token"]) as first, listen(odoo, box["token"]) as second:
        with pytest.raises(ConnectionClosed):
            while True:
                first.recv(SOON)
        quiet(second)


def test_who_is_cut_off_is_hung_up_on(odoo, erp, box, other):
    with listen(odoo, box["token"]) as lost, listen(odoo, other["token"]) as kept:
        quiet(lost)
        quiet(kept)
        erp.call("access.gateway", "action_cut_off", [box["id"]])
        with pytest.raises(ConnectionClosed) as closed:
            lost.recv(SOON)
        assert closed.value.rcvd.code == EXPIRED
        assert not is_woken(kept, SILENCE)
    with pytest.raises(InvalidStatus):
        listen(odoo, box["token"])


def test_a_box_that_was_replaced_hears_nothing_more(odoo, erp, box):
    with listen(odoo, box["token"]) as old:
        quiet(old)
        action = erp.call("access.gateway", "action_new_pairing_code", [box["id"]])
        post(odoo, "pair", code=action["context"]["default_code"])
        with pytest.raises(ConnectionClosed):
            old.recv(SOON)


def test_the_first_change_is_told_at_once(odoo, erp, box):
    with listen(odoo, box["token"]) as socket:
        quiet(socket)
        erp.call("access.right", "create", [{"name": "Sauna"}])
        committed = time.monotonic()
        assert is_woken(socket)
        assert time.monotonic() - committed < 1.0
