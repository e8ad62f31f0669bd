"""The driver of ONVIF cameras against a simulated one."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from access_gateway.drivers import DeviceError
from access_gateway.drivers.onvif_camera import OnvifCamera
from access_gateway.installed import driver_class
from access_gateway.rules import Device
from access_gateway.simulators.onvif_device import JPEG, SimulatedOnvif
from access_gateway.tasks import end

from .world import eventually


@asynccontextmanager
async def running(simulated, **settings):
    settings = {"user": "admin", "password": "secret", "timeout_ms": 2000, **settings}
    driver = OnvifCamera(
        Device("9", "onvif_camera", simulated.address, settings), print
    )
    task = asyncio.create_task(driver.run())
    try:
        yield driver
    finally:
        await end([task])


@asynccontextmanager
async def up(**settings):
    async with SimulatedOnvif() as simulated:
        async with running(simulated, **settings) as driver:
            await eventually(lambda: driver.online)
            yield simulated, driver


def test_it_is_found_by_name():
    assert driver_class("onvif_camera") is OnvifCamera


@pytest.mark.parametrize("auth", ["digest", "basic", None])
async def test_it_gives_the_picture_of_this_moment(auth):
    async with up() as (simulated, driver):
        simulated.picture_auth = auth
        assert await driver.snapshot() == JPEG
        simulated.picture = JPEG + b"\0"
        assert await driver.snapshot() == JPEG + b"\0"


async def test_it_tells_who_it_is():
    async with up() as (_simulated, driver):
        assert "serial S-7" in await driver.test()


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"<html>", "no JPEG"),
        (b"", "no JPEG"),
        (JPEG + bytes(2000), "more than 1000 bytes"),
    ],
)
async def test_what_is_no_picture_is_told_in_words(picture, words):
    async with up(max_kb=1) as (simulated, driver):
        simulated.picture = picture
        with pytest.raises(DeviceError, match=words):
            await driver.snapshot()
        assert driver.online


async def test_a_picture_that_does_not_come_in_time_is_told_in_words():
    async with up(timeout_ms=100) as (simulated, driver):
        simulated.silent = True
        with pytest.raises(DeviceError, match="no picture in time"):
            await driver.snapshot()


async def test_a_camera_that_falls_silent_is_offline_and_comes_back():
    async with up(timeout_ms=100, check_ms=10) as (simulated, driver):
        simulated.silent = True
        await eventually(lambda: not driver.online)
        with pytest.raises(DeviceError, match="offline"):
            await driver.snapshot()
        simulated.silent = False
        await eventually(lambda: driver.online)
        assert await driver.snapshot() == JPEG


async def test_an_unplugged_camera_is_offline_and_comes_back():
    async with up(check_ms=10) as (simulated, driver):
        await simulated.stop()
        await eventually(lambda: not driver.online)
        await simulated.start()
        await eventually(lambda: driver.online)
        assert await driver.snapshot() == JPEG


async def test_nonsense_on_the_wire_is_told_in_words_and_gets_well():
    async with up(check_ms=10) as (simulated, driver):
        simulated.garbled = True
        await eventually(lambda: not driver.online)
        assert "nonsense" in driver.problem
        simulated.garbled = False
        await eventually(lambda: driver.online)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": "hunter2"}, "user or password refused"),
        ({"profile": "none"}, "no such profile"),
    ],
)
async def test_a_wrong_setting_is_told_in_words(settings, words, caplog):
    async with SimulatedOnvif() as simulated:
        async with running(simulated, **settings) as driver:
            await eventually(lambda: words in driver.problem)
            assert "hunter2" not in caplog.text
