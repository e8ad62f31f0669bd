"""The driver of keyboard-wedge readers against real events on a named pipe."""

import asyncio
import errno
import fcntl
import os
import string
from contextlib import asynccontextmanager

import pytest

from access_gateway.drivers import DeviceError
from access_gateway.drivers.keyboard_reader import EVENT, EVIOCGRAB, KeyboardReader
from access_gateway.rules import Device
from access_gateway.simulators.keyboard_reader import SimulatedKeyboard

from .driving import driven
from .world import CARD, eventually

CTRL, F1, NUMLOCK = 29, 59, 69


@asynccontextmanager
async def running(path, **settings):
    reads = []
    device = Device("2", "keyboard_reader", str(path), settings)
    async with driven(KeyboardReader(device, reads.append)) as driver:
        yield driver, reads


@asynccontextmanager
async def up(directory, **settings):
    """Run the driver and a keyboard; give both and the list of what was read."""
    with SimulatedKeyboard(directory / "keyboard") as keyboard:
        async with running(keyboard.path, **settings) as (driver, reads):
            await eventually(lambda: driver.online)
            yield keyboard, driver, reads


@pytest.mark.parametrize("text", [CARD, string.digits, "https://x.example/T?a=1&b={~}"])
async def test_what_is_typed_is_read(tmp_path, text):
    async with up(tmp_path) as (keyboard, _driver, reads):
        keyboard.hold(text)
        await eventually(lambda: reads)
        assert (reads[0].device, reads[0].kind, reads[0].value) == ("2", "card", text)


async def test_the_keypad_and_its_enter_count_as_well(tmp_path):
    async with up(tmp_path, kind="pin") as (keyboard, _driver, reads):
        for code in (75, 71, 79, 79, 96):
            keyboard.press(code)
        await eventually(lambda: reads)
        assert (reads[0].kind, reads[0].value) == ("pin", "4711")


async def test_a_key_that_is_held_down_counts_once(tmp_path):
    async with up(tmp_path) as (keyboard, _driver, reads):
        keyboard.press(2, repeats=5)
        keyboard.press(NUMLOCK)
        keyboard.hold("2")
        await eventually(lambda: reads)
        assert reads[0].value == "12"


async def test_events_may_come_in_pieces(tmp_path):
    async with up(tmp_path) as (keyboard, _driver, reads):
        event = EVENT.pack(0, 0, 1, 2, 1)
        keyboard.write(event[:7])
        await asyncio.sleep(0.01)
        keyboard.write(event[7:])
        keyboard.hold("2")
        await eventually(lambda: reads)
        assert reads[0].value == "12"


@pytest.mark.parametrize("rubbish", ["key", "control", "dropped"])
async def test_what_is_no_text_makes_it_unreadable(tmp_path, rubbish):
    async with up(tmp_path) as (keyboard, _driver, reads):
        keyboard.type("12")
        if rubbish == "key":
            keyboard.press(F1)
        elif rubbish == "control":
            keyboard.event(1, CTRL, 1)
            keyboard.press(3)
            keyboard.event(1, CTRL, 0)
        else:
            keyboard.event(0, 3, 0)
        keyboard.hold("34")
        keyboard.hold(CARD)
        await eventually(lambda: len(reads) == 2)
        assert [read.value for read in reads] == [None, CARD]


async def test_garbage_does_no_harm(tmp_path):
    async with up(tmp_path) as (keyboard, driver, reads):
        keyboard.write(bytes(range(256)) * 3)
        keyboard.hold("9" * 300)
        keyboard.hold(CARD)
        await eventually(lambda: reads and reads[-1].value == CARD)
        assert driver.online


async def test_what_breaks_off_is_given_up_after_a_silence(tmp_path):
    async with up(tmp_path) as (keyboard, _driver, reads):
        keyboard.type("04A1")
        await eventually(lambda: reads)
        keyboard.hold(CARD)
        await eventually(lambda: len(reads) == 2)
        assert [read.value for read in reads] == [None, CARD]


async def test_an_unplugged_reader_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path) as (keyboard, driver, reads):
        keyboard.type("12")
        keyboard.unplug()
        await eventually(lambda: not driver.online)
        assert "unplugged" in driver.problem
        keyboard.plug()
        await eventually(lambda: driver.online)
        keyboard.hold(CARD)
        await eventually(lambda: reads)
        assert reads[-1].value == CARD


async def test_a_reader_may_be_plugged_in_later(tmp_path):
    async with running(tmp_path / "keyboard") as (driver, _reads):
        await eventually(lambda: "there is no" in driver.problem)
        with SimulatedKeyboard(tmp_path / "keyboard"):
            await eventually(lambda: driver.online)


async def test_the_device_is_grabbed_and_its_name_noted(tmp_path, monkeypatch):
    asked = []

    def ioctl(_fd, request, value):
        asked.append(request)
        return 1 if request == EVIOCGRAB else b"ACME Reader\0\0"

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    async with up(tmp_path) as (_keyboard, driver, _reads):
        assert asked[0] == EVIOCGRAB
        assert driver.facts == {"model": "ACME Reader"}


async def test_a_device_that_another_program_has_is_told(tmp_path, monkeypatch):
    def ioctl(_fd, _request, _value):
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    with SimulatedKeyboard(tmp_path / "keyboard") as keyboard:
        async with running(keyboard.path) as (driver, _reads):
            await eventually(lambda: "busy" in driver.problem)


async def test_the_device_is_free_after_the_driver_has_ended(tmp_path):
    with SimulatedKeyboard(tmp_path / "keyboard") as keyboard:
        before = len(os.listdir("/proc/self/fd"))
        async with running(keyboard.path) as (driver, _reads):
            await eventually(lambda: driver.online)
        assert len(os.listdir("/proc/self/fd")) == before


def test_a_setting_that_cannot_be_is_named():
    with pytest.raises(DeviceError, match="kind"):
        KeyboardReader(Device("2", "keyboard_reader", "x", {"kind": "x"}), print)
