"""The front panel of simulated devices: people, doors, lockers; what it refuses."""

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import httpx
import pytest

from access_gateway import cli
from access_gateway.drivers import Ticket
from access_gateway.drivers.ticket_printer import TicketPrinter
from access_gateway.rules import Device
from access_gateway.simulators.panel.codes import code128, qr
from access_gateway.simulators.panel.fixtures import NotPossible, Printer, build
from access_gateway.simulators.panel.plan import (
    PlanError,
    plan_from,
    require_own_folder,
)
from access_gateway.simulators.panel.venue import Venue
from access_gateway.simulators.panel.web import Panel
from devtools import crowd, paths
from devtools import venue as demo

from .world import eventually

CARD = "04A2241B5C6F80"
EMPTY = {"points": [], "inputs": [], "banks": []}


def device(key, driver, address, **settings):
    fields = {"id": key, "name": f"Device {key}", "driver": driver, "address": address}
    return {**fields, "settings": settings}


def told(**changes):
    """Give the plan of a gate, a door and two lockers."""
    return {
        "title": "Venue",
        "devices": [
            device(1, "modbus_relay", "relays"),
            device(2, "modbus_relay", "relays", unit=2),
            device(3, "serial_reader", "gate"),
            device(4, "osdp_reader", "door"),
            device(5, "locker_board", "lockers"),
        ],
        "points": [
            {"id": 1, "name": "Gate", "kind": "gate", "readers": ["3"], "lock": "1"},
            {"id": 2, "name": "Door", "kind": "door", "readers": ["4"], "lock": "4"},
        ],
        "inputs": [
            {"device": "2", "number": 0, "sense": "passage", "point": 1},
            {"device": "2", "number": 1, "sense": "exit_button", "point": 1},
            {"device": "2", "number": 7, "sense": "fire", "inverted": True},
            {"device": "4", "number": 0, "sense": "contact", "point": 2},
        ],
        "banks": [
            {
                "id": 3,
                "name": "Lockers",
                "terminals": {"4": 1},
                "lockers": [
                    {"id": 7, "number": "A1", "row": 1, "position": 1, "device": "5"}
                ],
            }
        ],
        "people": [{"name": "Anna", "tokens": [{"kind": "card", "value": CARD}]}],
        **changes,
    }


@asynccontextmanager
async def open_venue(folder, **changes):
    plan = plan_from(told(**changes))
    async with AsyncExitStack() as stack:
        devices = plan.devices.values()
        yield Venue(plan, await build(devices, folder, stack, "crlf"))


def relays(venue):
    return venue.fixtures["1"].board


def sensors(venue):
    return venue.fixtures["2"].board


def point(venue, place):
    return venue.picture()["points"][place]


# -- never beside real devices -------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/dev/ttyUSB0", "ttyUSB0", "../door", "tcp://10.0.0.5:502", "10.0.0.5", "null"],
)
def test_a_single_address_that_may_be_real_and_it_does_not_start(address):
    """``null`` is not in its folder, but it is in ``/dev``, as a port would be."""
    devices = [*told()["devices"], device(9, "serial_reader", address)]
    with pytest.raises(PlanError, match="Device 9"):
        plan_from(told(devices=devices))


def test_beside_a_real_device_it_waits_until_that_is_gone(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(crowd, "AGAIN_S", 0)
    real = device(9, "uhppote_controller", "udp://127.0.0.1:60000")
    plans = [told(devices=[*told()["devices"], real])] * 2 + [told()]
    with ExitStack() as stack:
        wall, plan = crowd.put_up(stack, tmp_path, 0, lambda: plans.pop(0))
        assert wall.panel and plan == told()
    assert capsys.readouterr().out.count("aside Device 9: udp://127.0.0.1:60000") == 1


def test_the_console_says_which_device_keeps_the_panel_away():
    assert demo.panel("ready x\n", "http://x") == "http://x"
    assert "Device 9." in demo.panel("aside Device 9.\n", "http://x")


async def test_what_there_is_no_simulator_for_is_left_out(tmp_path):
    devices = [*told()["devices"], device(9, "keyboard_reader", "keys")]
    wired = {"device": "9", "number": 0, "sense": "contact", "point": 1}
    gate = {**told()["points"][0], "readers": ["3", "9"], "lock": "9"}
    changes = {"devices": devices, "inputs": [wired], "points": [gate]}
    async with open_venue(tmp_path, **changes) as venue:
        [shown] = venue.picture()["points"]
        assert (shown["readers"], shown["lock"], shown["senses"]) == (["3"], False, [])


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path):
    (tmp_path / "left").symlink_to("/dev/pts/999")
    require_own_folder(tmp_path)
    (tmp_path / "ttyUSB0").symlink_to("/dev/ttyUSB0")
    with pytest.raises(PlanError, match="ttyUSB0"):
        require_own_folder(tmp_path)


def test_the_gateways_program_neither_imports_nor_offers_it(python_path):
    script = (
        "import sys, access_gateway.cli, access_gateway.runtime\n"
        "from access_gateway import installed\n"
        "installed.describe()\n"
        "sys.exit(any('simulators' in name for name in sys.modules))"
    )
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, env=python_path, check=False).returncode == 0
    assert "panel" not in cli._parser().format_help()


def test_the_wheel_does_not_contain_it():
    definition = (paths.GATEWAY / "pyproject.toml").read_text()
    assert "access_gateway.simulators" in definition
    assert "simulators.panel" not in definition


async def test_the_program_says_in_one_line_why_it_does_not_start(
    tmp_path, python_path
):
    plan = told(devices=[device(9, "serial_reader", "/dev/ttyUSB0")])
    command = [sys.executable, "-m", "access_gateway.simulators", str(tmp_path)]
    program = await asyncio.create_subprocess_exec(
        *[*command, "--panel", "0"],
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=python_path,
    )
    _out, error = await program.communicate(json.dumps(plan).encode() + b"\n")
    assert program.returncode == 1
    assert error.startswith(b"simulators: Device 9: /dev/ttyUSB0 may be a real device")
    assert error.count(b"\n") == 1


# -- what persons do -----------------------------------------------------------------


async def test_nobody_walks_through_a_gate_that_is_shut(tmp_path):
    async with open_venue(tmp_path) as venue:
        with pytest.raises(NotPossible, match="shut"):
            venue.walk(1)
        assert not any(sensors(venue).inputs[:2])


async def test_who_walks_through_a_released_gate_is_seen_by_its_sensor(tmp_path):
    async with open_venue(tmp_path) as venue:
        relays(venue)._set(0, True)
        venue.walk(1)
        assert point(venue, 0)["passing"] == "through"
        await eventually(lambda: sensors(venue).inputs[0])
        await eventually(lambda: point(venue, 0)["passing"] is None)
        assert not sensors(venue).inputs[0]


async def test_a_forced_gate_is_passed_without_a_release(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.force(1)
        await eventually(lambda: sensors(venue).inputs[0])


async def test_a_forced_door_stands_open_until_somebody_shuts_it(tmp_path):
    async with open_venue(tmp_path) as venue:
        door = venue.fixtures["4"]._osdp
        venue.force(2)
        assert (door.contacts[0], point(venue, 1)["forced"]) == (True, True)
        venue.door(2)
        assert (door.contacts[0], point(venue, 1)["forced"]) == (False, False)


async def test_exit_button_is_active_for_a_moment(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.button(1)
        await eventually(lambda: sensors(venue).inputs[1])
        await eventually(lambda: not sensors(venue).inputs[1])


async def test_fire_detector_that_opens_its_circuit_is_closed_at_rest(tmp_path):
    async with open_venue(tmp_path) as venue:
        assert sensors(venue).inputs[7]
        venue.fire("2", 7)
        assert not sensors(venue).inputs[7]
        assert venue.picture()["detectors"][0]["alarm"]


async def test_reader_tells_what_came_of_an_attempt(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.hold("3", CARD, "Anna")
        relays(venue)._set(0, True)
        [attempt] = venue.picture()["readers"]["3"]["attempts"]
        assert attempt["who"] == "Anna"
        assert attempt["result"].startswith("opened after ")


async def test_who_is_let_in_while_the_bolt_is_released_is_told_so(tmp_path):
    async with open_venue(tmp_path) as venue:
        for reader, switch in (
            ("3", lambda: relays(venue)._set(0, True)),
            ("4", lambda: venue.fixtures["4"]._osdp._switch_output(0, 5, 99)),
            ("4", lambda: venue.fixtures["5"].board._unlock(0)),
        ):
            switch()
            venue.hold(reader, CARD, "Anna")
            switch()
            assert "opened again after " in venue.attempts[reader][-1].result


async def test_reader_tells_that_nothing_opened(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.hold("3", CARD, "Anna")

        def result():
            return venue.picture()["readers"]["3"]["attempts"][0]["result"]

        await eventually(lambda: result() == "nothing moved")


async def test_an_attempt_ends_when_it_is_refused(tmp_path):
    """The locker that opens next is that of the next person."""
    async with open_venue(tmp_path) as venue:
        terminal = venue.fixtures["4"]
        venue.hold("4", CARD, "Anna")
        terminal._shown("lamp", {"on_color": 1, "timer_count": 20})
        terminal._shown("text", {"data": "Wrong band", "temp_time": 2})
        venue.hold("4", "04A2241B5C6F81", "Maria")
        venue.fixtures["5"].board._unlock(0)
        anna, maria = venue.attempts["4"]
        assert anna.result == "Wrong band"
        assert maria.result.startswith("A1 opened after ")


async def test_locker_springs_open_and_is_pushed_shut(tmp_path):
    async with open_venue(tmp_path) as venue:

        def is_open():
            return venue.picture()["banks"][0]["rows"][0]["lockers"][0]["open"]

        venue.fixtures["5"].board._unlock(0)
        assert is_open()
        venue.shut(7)
        assert not is_open()


async def test_locker_that_opens_is_told_at_its_own_row_only(tmp_path):
    [bank] = told()["banks"]
    devices = [*told()["devices"], device(6, "serial_reader", "other")]
    rows = {**bank, "terminals": {"4": 1, "6": 2}}
    async with open_venue(tmp_path, devices=devices, banks=[rows]) as venue:
        for terminal in ("4", "6"):
            venue.hold(terminal, CARD)
        venue.fixtures["5"].board._unlock(0)
        results = [venue.attempts[key][0].result for key in ("4", "6")]
        assert results[0].startswith("A1 opened after ")
        assert results[1] is None


async def test_whose_card_it_is_is_known(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.hold("3", CARD)
        assert venue.attempts["3"][0].who == "Anna"


async def test_a_reader_takes_only_what_it_can_read(tmp_path):
    async with open_venue(tmp_path) as venue:
        with pytest.raises(NotPossible, match="chips"):
            venue.hold("4", "WA 4172K")
        with pytest.raises(NotPossible, match="reads nothing"):
            venue.hold("1", CARD)
        with pytest.raises(NotPossible, match="keys"):
            venue.type("3", "4711")


async def test_line_is_pulled_out_and_put_back(tmp_path):
    async with open_venue(tmp_path) as venue:
        venue.plug("3")
        assert not (tmp_path / "gate").is_symlink()
        venue.plug("3")
        assert (tmp_path / "gate").is_symlink()


# -- paper -----------------------------------------------------------------------------


async def test_paper_comes_out_with_its_codes(tmp_path):
    """As the driver of the gateway sends it; of many slips the newest are kept."""
    devices = [device(8, "ticket_printer", "printer")]
    ticket = Ticket("Pool", ("2 hours",), barcode="AS-0000417-3", qr="K7MQ2X9D")
    async with open_venue(tmp_path, **EMPTY, devices=devices) as venue:
        told = Device("8", "ticket_printer", str(tmp_path / "printer"))
        driver = TicketPrinter(told, lambda _told: None)
        running = asyncio.create_task(driver.run())
        await eventually(lambda: driver.online)
        for _slip in range(Printer.KEPT + 1):
            await driver.print(ticket)
        running.cancel()
        [printer] = venue.picture()["printers"]
    slip = printer["slips"][0]
    assert (slip["title"], slip["lines"]) == (["Pool"], ["2 hours"])
    assert (slip["barcode"], slip["qr"]) == ("AS-0000417-3", "K7MQ2X9D")
    assert slip["bars"]["path"] and slip["squares"]["path"]
    assert len(printer["slips"]) == Printer.KEPT


def test_codes_are_those_that_scanners_read():
    """Both begin as their standards have it: start B, and a finder of 7 by 7."""
    assert code128("A1")["path"].startswith("M0 0h2v40h-2zM3 0h1")
    rows = qr("K7MQ2X9DPA4RTW6H")
    assert rows["width"] == 21
    assert rows["path"].startswith("M0 0h7v1h-7z")


# -- the page --------------------------------------------------------------------------


@asynccontextmanager
async def open_panel(folder, **changes):
    async with open_venue(folder, **changes) as venue, Panel(venue) as panel:
        async with httpx.AsyncClient(base_url=panel.url, trust_env=False) as client:
            yield venue, client


async def test_page_and_all_it_needs_come_from_the_panel(tmp_path):
    async with open_panel(tmp_path) as (_venue, client):
        for path in ("/", "/panel.js", "/scenes.js", "/panel.css", "/favicon.ico"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "https://" not in answer.text
        assert (await client.get("/../plan.py")).status_code == 404


async def test_picture_comes_live(tmp_path):
    async with open_panel(tmp_path) as (venue, client):
        async with client.stream("GET", "/live") as answer:
            lines = (line async for line in answer.aiter_lines() if line)
            first = json.loads((await anext(lines)).removeprefix("data: "))
            assert not first["points"][0]["released"]
            relays(venue)._set(0, True)
            second = json.loads((await anext(lines)).removeprefix("data: "))
            assert second["points"][0]["released"]


async def test_order_is_carried_out_or_refused_in_words(tmp_path):
    async with open_panel(tmp_path) as (venue, client):
        order = {"reader": "3", "value": CARD, "who": "Anna"}
        assert (await client.post("/do/hold", json=order)).status_code == 200
        assert venue.attempts["3"][0].who == "Anna"
        answer = await client.post("/do/walk", json={"point": 1})
        assert (answer.status_code, answer.json()) == (200, {"message": "It is shut."})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/do/walk", {"point": "1"}),
        ("/do/walk", []),
    ],
)
async def test_what_is_no_order_is_refused(tmp_path, path, body):
    async with open_panel(tmp_path) as (_venue, client):
        assert (await client.post(path, json=body)).status_code == 422


@pytest.mark.parametrize(
    "path", ["/do/picture", "/do/_open", "/do/__init__", "/access/gateway/v1/pair"]
)
async def test_there_is_nothing_else_to_post_to(tmp_path, path):
    async with open_panel(tmp_path) as (_venue, client):
        assert (await client.post(path, json={"point": 1})).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80", "Origin": "http://evil.example"},
    ],
)
async def test_other_websites_are_neither_obeyed_nor_told(tmp_path, headers):
    async with open_panel(tmp_path) as (venue, client):
        answer = await client.post("/do/force", json={"point": 2}, headers=headers)
        assert answer.status_code == 403
        assert (await client.get("/live", headers=headers)).status_code == 403
        assert not venue.passages[2].forced


async def test_form_of_another_website_cannot_pose_as_an_order(tmp_path):
    """Without a question beforehand a browser sends no JSON elsewhere."""
    async with open_panel(tmp_path) as (_venue, client):
        headers = {"Content-Type": "text/plain"}
        answer = await client.post("/do/force", content='{"point":2}', headers=headers)
        assert answer.status_code == 415
