"""The relay driver against a simulated board, on a serial line and over TCP."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pymodbus.constants import ExcCodes

from access_gateway.drivers import DeviceError, Release
from access_gateway.drivers.modbus_relay import ModbusRelay
from access_gateway.rules import Device
from access_gateway.simulators import Line, SimulatedRelays
from access_gateway.tasks import end

from .world import eventually

OUTPUT_16 = "output 16 refused: illegal address (exception 2)"

BOTH = pytest.mark.parametrize("transport", ["rtu", "tcp"])


@asynccontextmanager
async def board(directory, transport, **given):
    if transport == "tcp":
        async with SimulatedRelays(**given) as relays:
            yield relays
    else:
        with Line(directory / "board") as line:
            async with SimulatedRelays(line, **given) as relays:
                yield relays


@asynccontextmanager
async def running(relays, outputs=(0, 3), **settings):
    settings = {"timeout_ms": 100, "check_ms": 20, **settings}
    device = Device("9", "modbus_relay", relays.address, settings, frozenset(outputs))
    driver = ModbusRelay(device, print)
    task = asyncio.create_task(driver.run())
    try:
        yield driver
    finally:
        await end([task])


@asynccontextmanager
async def up(directory, transport="rtu", **settings):
    async with board(directory, transport) as relays:
        async with running(relays, **settings) as driver:
            await eventually(lambda: driver.online)
            yield relays, driver


@BOTH
async def test_a_release_switches_on_and_off_again(tmp_path, transport):
    async with up(tmp_path, transport) as (relays, driver):
        await driver.release(Release(3, 30))
        assert relays.coils[3]
        await relays.wait_for(3, False)
        on, off = relays.changes
        assert 0.03 <= off.at - on.at < 0.5


async def test_overlapping_releases_are_one_that_ends_with_the_last(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.release(Release(3, 40))
        await driver.release(Release(3, 150))
        await driver.release(Release(3, 10))
        await relays.wait_for(3, False)
        on, off = relays.changes
        assert off.at - on.at >= 0.15


async def test_a_release_after_the_end_of_another_begins_anew(tmp_path):
    async with up(tmp_path) as (relays, driver):
        for _ in range(2):
            await driver.release(Release(3, 1))
            await relays.wait_for(3, False)
        assert [change.on for change in relays.changes] == [True, False] * 2


@BOTH
async def test_on_connecting_our_outputs_go_off_and_no_others(tmp_path, transport):
    async with board(tmp_path, transport, on=(0, 3, 5)) as relays:
        async with running(relays) as driver:
            await eventually(lambda: driver.online)
            assert [n for n, on in enumerate(relays.coils) if on] == [5]


async def test_on_shutting_down_our_outputs_go_off(tmp_path):
    async with board(tmp_path, "rtu") as relays:
        async with running(relays) as driver:
            await eventually(lambda: driver.online)
            await driver.release(Release(3, 60_000))
        assert not relays.coils[3]


async def test_the_unit_is_that_of_the_settings(tmp_path):
    async with board(tmp_path, "tcp", unit=17) as relays:
        async with running(relays, unit=17) as driver:
            await eventually(lambda: driver.online)


async def test_an_exception_answer_is_told_in_words(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays.failing = ExcCodes.DEVICE_BUSY
        with pytest.raises(DeviceError, match="device busy .exception 6."):
            await driver.release(Release(3, 30))


async def test_an_output_that_the_board_does_not_have_is_told_in_words(tmp_path):
    async with board(tmp_path, "rtu", coils=16) as relays:
        async with running(relays, outputs=[0, 16]) as driver:
            await eventually(lambda: driver.online)
            assert driver.problem == OUTPUT_16


async def test_a_wrong_output_does_not_keep_the_others_from_opening(tmp_path):
    async with board(tmp_path, "rtu", coils=16, on=[3]) as relays:
        async with running(relays, outputs=[16, 0, 3]) as driver:
            await eventually(lambda: driver.online)
            assert not relays.coils[3]
            await driver.release(Release(0, 30))
            await relays.wait_for(0, False)
            assert (driver.online, driver.problem) == (True, OUTPUT_16)


async def test_a_release_at_a_wrong_output_does_not_disturb_another(tmp_path):
    async with board(tmp_path, "rtu", coils=16) as relays:
        async with running(relays, outputs=[0, 16]) as driver:
            await eventually(lambda: driver.online)
            await driver.release(Release(0, 200))
            with pytest.raises(DeviceError, match="output 16 refused"):
                await driver.release(Release(16, 30))
            assert "not opened meanwhile: 1" in driver.problem
            await relays.wait_for(0, False)
            assert driver.online
            on, off = relays.changes
            assert off.at - on.at >= 0.2


async def test_a_refused_switching_off_connects_again(tmp_path):
    async with up(tmp_path, check_ms=60_000) as (relays, driver):
        await driver.release(Release(3, 30))
        relays.failing = ExcCodes.DEVICE_BUSY
        await eventually(lambda: not driver.online)
        assert "output 3 refused: device busy" in driver.problem
        relays.failing = None
        await relays.wait_for(3, False)


async def test_an_output_that_was_refused_on_connecting_is_switched_off_later(tmp_path):
    async with board(tmp_path, "rtu", on=[3]) as relays:
        relays.failing = ExcCodes.DEVICE_BUSY
        async with running(relays) as driver:
            await eventually(lambda: driver.online)
            assert "output 3 refused" in driver.problem
            relays.failing = None
            await relays.wait_for(3, False)
            await eventually(lambda: driver.problem is None)


async def test_a_converter_that_does_not_reach_the_board_is_no_board(tmp_path):
    async with up(tmp_path, "tcp") as (relays, driver):
        relays.failing = ExcCodes.GATEWAY_NO_RESPONSE
        await eventually(lambda: not driver.online)
        assert "no answer from unit 1" in driver.problem


@pytest.mark.parametrize("address", ["tcp://", "tcp://:502", "tcp://board:x"])
async def test_an_address_that_is_none_is_told_in_words(address):
    driver = ModbusRelay(Device("9", "modbus_relay", address), print)
    task = asyncio.create_task(driver.run())
    await eventually(lambda: "is no address" in driver.problem)
    await end([task])


async def test_a_board_that_falls_silent_is_offline(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays.silent = True
        await eventually(lambda: not driver.online)
        assert "no answer" in driver.problem


async def test_a_board_that_speaks_again_is_online(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays.silent = True
        await eventually(lambda: not driver.online)
        relays.silent = False
        await eventually(lambda: driver.online)
        assert driver.problem is None


async def test_an_unplugged_board_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        assert "unplugged" in driver.problem
        relays._line.plug()
        await eventually(lambda: driver.online, within=2)


async def test_a_board_that_refuses_connections_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path, "tcp") as (relays, driver):
        await relays.stop()
        await eventually(lambda: "cannot connect" in (driver.problem or ""))
        await relays.start()
        await eventually(lambda: driver.online, within=2)


async def test_a_release_while_offline_is_refused_and_stays_in_the_status(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        with pytest.raises(DeviceError, match="offline"):
            await driver.release(Release(3, 30))
        assert "not opened meanwhile: 1" in driver.problem


async def test_a_door_that_did_not_open_stays_in_the_status_until_one_does(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays.silent = True
        with pytest.raises(DeviceError, match="no answer"):
            await driver.release(Release(3, 1))
        relays.silent = False
        words = "well again; doors not opened meanwhile: 1"
        await eventually(lambda: driver.online and driver.problem == words)
        await driver.release(Release(3, 1))
        assert driver.problem is None


async def test_a_release_while_offline_is_not_made_up_for_later(tmp_path):
    async with up(tmp_path) as (relays, driver):
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        with pytest.raises(DeviceError):
            await driver.release(Release(3, 30))
        relays._line.plug()
        await eventually(lambda: driver.online)
        assert relays.changes == []


async def test_an_output_left_on_by_a_lost_line_goes_off_when_it_is_back(tmp_path):
    async with up(tmp_path) as (relays, driver):
        await driver.release(Release(3, 60_000))
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        relays._line.plug()
        await relays.wait_for(3, False)
