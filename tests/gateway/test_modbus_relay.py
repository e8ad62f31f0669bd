"""The relay driver against a simulated board, on a serial line and over TCP."""

import asyncio
import random
import time
from contextlib import asynccontextmanager

import pytest
from pymodbus.constants import ExcCodes

from access_gateway.drivers import DeviceError, Release
from access_gateway.drivers.modbus_relay import ModbusRelay
from access_gateway.rules import Device
from access_gateway.simulators import SimulatedRelays
from access_gateway.tasks import end

from .driving import attached, driven
from .world import eventually

OUTPUT_16 = "output 16 refused: illegal address (exception 2)"

BOTH = pytest.mark.parametrize("transport", ["rtu", "tcp"])


def board(directory, transport="serial", **given):
    return attached(SimulatedRelays, directory, transport, **given)


@asynccontextmanager
async def running(relays, outputs=(0, 3), key="9", emit=print, **settings):
    settings = {"timeout_ms": 100, "check_ms": 20, **settings}
    device = Device(key, "modbus_relay", relays.address, settings, frozenset(outputs))
    async with driven(ModbusRelay(device, emit)) as driver:
        yield driver


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


@BOTH
async def test_a_board_with_a_timer_ends_a_release_though_we_are_gone(
    tmp_path, transport
):
    async with up(tmp_path, transport, timer="flash") as (relays, driver):
        await driver.release(Release(3, 300))
        assert relays.coils[3]
        # As after a power cut: nobody switches it off.
        driver._releases._company[3].cancel()
        await relays.wait_for(3, False)
        on, off = relays.changes
        assert 0.3 <= off.at - on.at < 0.6


async def test_a_timer_does_not_end_what_is_held(tmp_path):
    async with up(tmp_path, timer="flash") as (relays, driver):
        await driver.release(Release(3, 100))
        await driver.hold(frozenset({3}))
        await asyncio.sleep(0.6)
        assert relays.coils[3]
        # A release does not start a timer then.
        await driver.release(Release(3, 100))
        await asyncio.sleep(0.3)
        assert relays.coils[3]
        await driver.hold(frozenset())
        await relays.wait_for(3, False)


async def test_a_timer_counts_to_the_end_of_the_longest_release(tmp_path):
    async with up(tmp_path, timer="flash") as (relays, driver):
        await driver.release(Release(3, 500))
        await driver.release(Release(3, 100))
        await relays.wait_for(3, False)
        on, off = relays.changes
        assert off.at - on.at >= 0.5


async def test_a_board_without_the_timer_says_so(tmp_path):
    async with board(tmp_path, "tcp", coils=16) as relays:
        async with running(relays, outputs=(3, 16), timer="flash") as driver:
            await eventually(lambda: driver.online)
            with pytest.raises(DeviceError, match="output 16 refused: illegal address"):
                await driver.release(Release(16, 100))
            await driver.release(Release(3, 100))


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


async def test_a_release_that_comes_too_late_moves_nothing(tmp_path):
    async with up(tmp_path) as (relays, driver):
        with pytest.raises(DeviceError, match="too late"):
            await driver.release(Release(3, 60_000, time.monotonic()))
        # Nor is it made up for by the next one.
        await driver.release(Release(3, 30))
        await relays.wait_for(3, False)
        assert driver.online and len(relays.changes) == 2


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


async def test_garbage_on_the_wire_moves_nothing_and_does_no_harm(tmp_path):
    noise = random.Random(4)
    async with up(tmp_path) as (relays, driver):
        for _ in range(30):
            relays._line.send(noise.randbytes(noise.randint(1, 400)))
            await asyncio.sleep(0.01)
        assert not relays.changes
        await eventually(lambda: driver.online and driver.problem is None)
        await driver.release(Release(3, 30))
        assert relays.coils[3]


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


# Inputs


@asynccontextmanager
async def inputs_up(directory, transport="rtu", inputs=10, **given):
    """A board that comes up with input 2 active; gives what is told of inputs too."""
    async with board(directory, transport, **given) as relays:
        relays.inputs[2] = True
        told = []
        settings = {"inputs": inputs, "scan_ms": 10}
        async with running(relays, emit=told.append, **settings) as driver:
            await eventually(
                lambda: driver.online
                and (len(driver.contacts) == inputs or driver.problem)
            )
            yield relays, driver, told


@BOTH
async def test_every_input_is_told_when_the_board_has_come(tmp_path, transport):
    async with inputs_up(tmp_path, transport) as (_relays, driver, told):
        assert [contact.input for contact in told] == list(range(10))
        assert [n for n, active in driver.contacts.items() if active] == [2]


async def test_an_input_is_told_when_it_changes_and_no_other(tmp_path):
    async with inputs_up(tmp_path) as (relays, driver, told):
        told.clear()
        relays.inputs[2], relays.inputs[9] = False, True
        await eventually(lambda: len(told) == 2)
        assert {(one.input, one.active) for one in told} == {(2, False), (9, True)}


async def test_inputs_are_told_again_when_the_board_is_back(tmp_path):
    async with inputs_up(tmp_path) as (relays, driver, told):
        relays._line.unplug()
        await eventually(lambda: not driver.online)
        assert driver.contacts == {}
        told.clear()
        relays._line.plug()
        await eventually(lambda: len(told) == 10)


async def test_inputs_that_the_board_does_not_have_leave_the_outputs_working(tmp_path):
    given = inputs_up(tmp_path, inputs=40)
    async with given as (relays, driver, _told):
        assert driver.problem == "inputs refused: illegal address (exception 2)"
        await driver.release(Release(3, 1))
        await relays.wait_for(3, False)
        assert driver.online


# Several boards on one line


@asynccontextmanager
async def two_up(directory, transport="rtu"):
    second = SimulatedRelays(unit=2)
    async with board(directory, transport, beside=[second]) as first:
        async with running(first) as one, running(first, key="10", unit=2) as two:
            await eventually(lambda: one.online and two.online)
            yield first, second, one, two


@BOTH
async def test_two_boards_work_on_one_line_at_once(tmp_path, transport):
    async with two_up(tmp_path, transport) as (first, second, one, two):
        await asyncio.gather(
            *[driver.release(Release(3, 200)) for driver in (one, two)]
        )
        assert first.coils[3] and second.coils[3]
        await first.wait_for(3, False)
        await second.wait_for(3, False)


@BOTH
async def test_a_board_that_falls_silent_leaves_the_other_working(tmp_path, transport):
    async with two_up(tmp_path, transport) as (first, second, one, two):
        second.silent = True
        await eventually(lambda: not two.online)
        bus = one._bus
        await one.release(Release(3, 1))
        await first.wait_for(3, False)
        assert one.online and one._bus is bus
        second.silent = False
        await eventually(lambda: two.online)
        assert two._bus is bus


@BOTH
async def test_a_line_on_which_all_are_silent_is_opened_anew(tmp_path, transport):
    async with two_up(tmp_path, transport) as (first, second, one, two):
        bus = one._bus
        first.silent = second.silent = True
        await eventually(lambda: bus._end is not None)
        first.silent = second.silent = False
        await eventually(lambda: one.online and two.online)
        assert one._bus is two._bus is not bus


async def test_a_lost_line_tells_all_and_all_come_back(tmp_path):
    async with two_up(tmp_path) as (first, _second, one, two):
        first._line.unplug()
        await eventually(lambda: not one.online and not two.online)
        first._line.plug()
        await eventually(lambda: one.online and two.online)
        assert one._bus is two._bus


async def test_one_that_is_shut_down_leaves_the_line_to_the_other(tmp_path):
    second = SimulatedRelays(unit=2)
    async with board(tmp_path, "rtu", beside=[second]) as first:
        async with running(first) as one:
            async with running(first, key="10", unit=2) as two:
                await eventually(lambda: one.online and two.online)
                await two.release(Release(0, 60_000))
                assert second.coils[0]
            assert not second.coils[0]
            await one.release(Release(0, 1))
            assert one.online
            bus = one._bus
        assert bus._end is not None


async def test_boards_on_one_line_must_have_one_speed(tmp_path):
    async with two_up(tmp_path) as (first, _second, one, _two):
        async with running(first, key="11", unit=2, baudrate=9600) as other:
            await eventually(lambda: "in another way" in other.problem)
            assert one.online


async def test_who_is_shut_down_while_it_waits_for_the_line_has_left_it(tmp_path):
    async with board(tmp_path, "tcp") as relays:
        async with running(relays, timeout_ms=5000) as one:
            await eventually(lambda: one.online)
            relays.silent = True
            await eventually(lambda: one._bus._turns.is_taken)
            async with running(relays, key="10", unit=2) as two:
                await eventually(lambda: two in one._bus._members)
                bus = one._bus
            assert list(bus._members) == [one]
