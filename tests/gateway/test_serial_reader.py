"""The reader driver against a simulated reader on a pseudo-terminal."""

import asyncio
import os
import time
from contextlib import asynccontextmanager

import pytest

from access_gateway.drivers import DeviceError
from access_gateway.drivers.serial_reader import SerialReader
from access_gateway.rules import Device
from access_gateway.simulators import Line, SimulatedReader

from .driving import driven
from .world import CARD, eventually


@asynccontextmanager
async def running(line, **settings):
    """Run the driver on a line; give it and the list of what it read."""
    reads = []
    device = Device("7", "serial_reader", str(line.path), settings)
    async with driven(SerialReader(device, reads.append)) as driver:
        await eventually(lambda: driver.online or not line.is_plugged)
        yield driver, reads


@pytest.mark.parametrize("framing", ["crlf", "stx_etx"])
async def test_a_card_is_read(tmp_path, framing):
    with Line(tmp_path / "reader") as line:
        async with running(line, framing=framing) as (_driver, reads):
            SimulatedReader(line, framing).hold(CARD)
            await eventually(lambda: reads)
            assert (reads[0].device, reads[0].value) == ("7", CARD)


async def test_the_kind_is_that_of_the_settings(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line, kind="barcode") as (_driver, reads):
            SimulatedReader(line).hold("T0012345678")
            await eventually(lambda: reads)
            assert reads[0].kind == "barcode"


async def test_digits_typed_one_after_the_other_are_one_pin(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.drivers._text_reader.SILENCE_S", 0.001)
    with Line(tmp_path / "keypad") as line:
        async with running(line, kind="pin") as (_driver, reads):
            for key in "4711\r":
                SimulatedReader(line).write(key.encode())
                await asyncio.sleep(0.01)
            await eventually(lambda: reads)
            assert [(read.kind, read.value) for read in reads] == [("pin", "4711")]


async def test_a_garbled_frame_is_one_unreadable_read(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line) as (_driver, reads):
            reader = SimulatedReader(line)
            reader.write(b"\x80\xff\x13 04A1\r\n")
            reader.hold(CARD)
            await eventually(lambda: len(reads) == 2)
            assert [read.value for read in reads] == [None, CARD]


async def test_a_4_kb_card_number_is_one_unreadable_read(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line) as (_driver, reads):
            reader = SimulatedReader(line)
            reader.hold("A1" * 2048)
            reader.hold(CARD)
            await eventually(lambda: len(reads) == 2)
            assert [read.value for read in reads] == [None, CARD]


async def test_a_frame_that_breaks_off_is_given_up_after_a_silence(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line) as (_driver, reads):
            reader = SimulatedReader(line)
            reader.write(b"04A1B2")
            await eventually(lambda: reads)
            reader.hold(CARD)
            await eventually(lambda: len(reads) == 2)
            assert [read.value for read in reads] == [None, CARD]


async def test_an_unplugged_reader_is_offline_with_words(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line) as (driver, _reads):
            line.unplug()
            await eventually(lambda: not driver.online)
            assert "unplugged" in driver.problem


async def test_a_reader_that_is_plugged_in_again_reads_within_two_seconds(tmp_path):
    with Line(tmp_path / "reader") as line:
        async with running(line) as (driver, reads):
            line.unplug()
            await eventually(lambda: not driver.online)
            line.plug()
            plugged_at = time.monotonic()
            await eventually(lambda: driver.online)
            SimulatedReader(line).hold(CARD)
            await eventually(lambda: reads)
            assert reads[0].at - plugged_at < 2


async def test_a_reader_may_be_plugged_in_later(tmp_path):
    with Line(tmp_path / "reader") as line:
        line.unplug()
        async with running(line) as (driver, _reads):
            await eventually(lambda: "there is no" in driver.problem)
            line.plug()
            await eventually(lambda: driver.online)


async def test_the_port_is_free_after_the_driver_has_ended(tmp_path):
    with Line(tmp_path / "reader") as line:
        before = len(os.listdir("/proc/self/fd"))
        async with running(line):
            pass
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("name", "value"), [("framing", "x"), ("kind", "x"), ("baudrate", "fast")]
)
def test_a_setting_that_cannot_be_is_named(name, value):
    with pytest.raises(DeviceError, match=name):
        SerialReader(Device("7", "serial_reader", "x", {name: value}), print)
