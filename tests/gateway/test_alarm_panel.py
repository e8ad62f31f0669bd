"""The receiver of alarm panels: a simulated one, and frames of another library."""

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.drivers import DeviceError, Hazard
from access_gateway.drivers._dc09 import (
    Frame,
    FrameError,
    contact_id,
    read,
    sia,
    unwrap,
    wrap,
    write,
)
from access_gateway.drivers.alarm_panel import AlarmPanel
from access_gateway.rules import Device
from access_gateway.simulators.alarm_panel import SimulatedPanel

from .driving import driven
from .world import eventually

KEY = "850cba22f7dd4f033405da83e4c5bae9"


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@asynccontextmanager
async def running(port, emit=None, **settings):
    told = []
    settings = {"account": "1234", **settings}
    device = Device("3", "alarm_panel", f"dc09://127.0.0.1:{port}", settings)
    async with driven(AlarmPanel(device, emit or told.append)) as driver:
        await eventually(lambda: driver.problem != "not connected yet")
        yield driver, told


@pytest.mark.parametrize("key", ["", KEY, KEY + KEY])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_an_alarm_is_told_and_confirmed(port, transport, key):
    async with running(port, key=key) as (_driver, told):
        panel = SimulatedPanel(port, "1234", bytes.fromhex(key) or None, transport)
        assert await panel.contact_id("1130 01 015") == "ACK"
        assert await panel.sia("Nri1/BR015") == "ACK"
        first, second = told
        assert first.at is not None
        assert (first.device, first.hazard, first.active) == ("3", "intrusion", True)
        assert (second.hazard, second.active) == (Hazard.INTRUSION, False)
        assert first.area == second.area == "015"


async def test_a_message_that_is_repeated_is_confirmed_and_told_once(port):
    async with running(port) as (_driver, told):
        panel = SimulatedPanel(port)
        assert await panel.contact_id("1130 01 015") == "ACK"
        assert await panel.contact_id("1130 01 015", again=True) == "ACK"
        assert len(told) == 1
        assert await panel.contact_id("1130 01 015") == "ACK"
        assert len(told) == 2


async def test_a_message_is_known_by_its_number_after_a_restart(port):
    panel, at, told = SimulatedPanel(port), datetime.now(timezone.utc), []
    async with running(port, told.append):
        assert await panel.contact_id("1130 01 015", at=at) == "ACK"
    async with running(port, told.append):
        assert await panel.contact_id("1130 01 015", again=True, at=at) == "ACK"
    first, again = told
    assert first == again
    assert first.index == 1


async def test_an_alarm_that_could_not_be_kept_is_not_confirmed(port):
    kept = []

    def keep(alarm):
        kept.append(alarm)
        if len(kept) == 1:
            raise OSError("disk full")

    async with running(port, keep):
        panel = SimulatedPanel(port)
        assert await panel.contact_id("1110 01 001") is None
        assert await panel.contact_id("1110 01 001", again=True) == "ACK"
        assert len(kept) == 2


@pytest.mark.parametrize(
    ("account", "key", "sent_key"),
    [("9999", "", None), ("1234", KEY, None), ("1234", KEY, bytes(16))],
)
async def test_who_is_not_known_is_refused(port, account, key, sent_key):
    async with running(port, key=key) as (_driver, told):
        panel = SimulatedPanel(port, account, sent_key)
        assert await panel.contact_id("1401 01 001") == "DUH"
        assert told == []


async def test_a_message_of_another_time_is_refused_and_told_the_time(port):
    async with running(port, key=KEY) as (driver, told):
        panel = SimulatedPanel(port, key=bytes.fromhex(KEY))
        past = datetime.now(timezone.utc) - timedelta(minutes=5)
        assert await panel.contact_id("1130 01 015", at=past) == "NAK"
        assert told == [] and "clock differs" in driver.problem
        assert await panel.contact_id("1130 01 015") == "ACK"
        assert driver.problem is None


@pytest.mark.parametrize("kind", ["ADM-CID", "SIA-DCS", "SIA-PUL"])
async def test_what_is_not_understood_is_answered_so(port, kind):
    async with running(port) as (_driver, told):
        assert await SimulatedPanel(port).report(kind, "?") == "DUH"
        assert told == []


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r",
        b'\n00000010"NULL"0001L0#1234[]\r',
        b"\n" + 9000 * b"A" + b"\r",
        wrap('"NULL"0001'),
    ],
)
async def test_garbage_is_not_answered_and_does_no_harm(port, transport, data):
    async with running(port) as (_driver, told):
        panel = SimulatedPanel(port, transport=transport)
        assert await panel.send(data, within=0.05) == b""
        assert await panel.sia("NFA001") == "ACK"
        assert len(told) == 1


async def test_noise_before_a_frame_is_passed_over(port):
    async with running(port) as (_driver, _told):
        frame = Frame("NULL", "0001", "L0#1234", "1234")
        said = await SimulatedPanel(port).send(b"\x00\xff" + write(frame, None))
        assert read(unwrap(said), None).kind == "ACK"


async def test_a_silent_panel_is_offline_until_it_reports(port):
    async with running(port, silence_s=1) as (driver, _told):
        panel = SimulatedPanel(port)
        assert not driver.online
        assert await panel.beat() == "ACK"
        await eventually(lambda: driver.online)
        driver._silence = 0.02
        assert await panel.beat() == "ACK"
        await eventually(lambda: not driver.online)
        assert "reported nothing" in driver.problem
        assert await panel.beat() == "ACK"
        await eventually(lambda: driver.problem is None)


async def test_a_port_that_is_taken_is_named(port):
    taken = await asyncio.start_server(print, "127.0.0.1", port)
    async with running(port) as (driver, _told):
        assert "cannot listen" in driver.problem
        taken.close()
        await taken.wait_closed()
        await eventually(lambda: driver.online)


async def test_nobody_listens_after_the_driver_has_ended(port):
    async with running(port) as (driver, _told):
        await eventually(lambda: driver.online)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_frames_of_another_library_are_read_and_it_reads_ours(port):
    message = pytest.importorskip("siadc09.message")
    from siadc09.account import Account

    account = Account(acct=0x1234, pref=0, key=KEY)
    async with running(port, key=KEY) as (_driver, _told):
        sent = message.NullMessage(account).encode(seq=7)
        said = await SimulatedPanel(port).send(sent)
        answer = message.parse_frame(said, bytes.fromhex(KEY))
        assert (answer.idtoken, answer.seq) == ("ACK", 7)


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ("1110 00 001", (Hazard.FIRE, True, "001")),
        ("3110 00 001", (Hazard.FIRE, False, "001")),
        ("1121 01 004", (Hazard.DURESS, True, "004")),
        ("1137 01 004", (Hazard.TAMPER, True, "004")),
        ("1302 00 000", (Hazard.TROUBLE, True, "000")),
        ("1401 02 003", (Hazard.DISARMED, True, "02")),
        ("3401 02 003", (Hazard.ARMED, True, "02")),
    ],
)
def test_contact_id_is_understood(data, event):
    assert contact_id(data)[:3] == event


@pytest.mark.parametrize(
    ("data", "events"),
    [
        ("NFA001", [(Hazard.FIRE, True, "001")]),
        ("#1234|Nti08:15/ri2/OP003", [(Hazard.DISARMED, True, "2")]),
        ("Nri2/CL003", [(Hazard.ARMED, True, "2")]),
        ("NHA", [(Hazard.DURESS, True, None)]),
        ("NTA5/TR5", [(Hazard.TAMPER, True, "5"), (Hazard.TAMPER, False, "5")]),
        ("NBT7", [(Hazard.TROUBLE, True, "7")]),
        ("#1234|NBA12|AHall window", [(Hazard.INTRUSION, True, "12")]),
        ("NRP0000", []),
    ],
)
def test_sia_codes_are_understood(data, events):
    assert [event[:3] for event in sia(data)] == events


@pytest.mark.parametrize("data", ["", "#1234|", "1130", "?", "N/"])
def test_what_is_no_event_is_told(data):
    for understand in (contact_id, sia):
        with pytest.raises(FrameError):
            understand(data)


@pytest.mark.parametrize(
    ("address", "settings", "words"),
    [
        ("dc09://0.0.0.0:9000", {}, "address of ours"),
        ("dc09://panel:9000", {}, "address of ours"),
        ("dc09://127.0.0.1:9000", {"account": ""}, "account"),
        ("dc09://127.0.0.1:9000", {"key": "abc"}, "key"),
    ],
)
def test_settings_that_cannot_work_are_told(address, settings, words):
    device = Device("3", "alarm_panel", address, {"account": "1234", **settings})
    with pytest.raises(DeviceError, match=words):
        AlarmPanel(device, print)
