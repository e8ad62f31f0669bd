"""The locker board driver against a simulated board, on a serial line and over TCP."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from access_gateway.drivers import DeviceError, Release
from access_gateway.drivers.locker_board import Cu16, Cu48, LockerBoard, State
from access_gateway.rules import Device
from access_gateway.simulators import SimulatedLockers
from access_gateway.tasks import end

from .driving import attached, driven
from .world import eventually

BOTH = pytest.mark.parametrize("transport", ["serial", "tcp"])
FRAMES = pytest.mark.parametrize("frame", ["cu16", "cu48"])


def board(directory, transport="serial", **given):
    return attached(SimulatedLockers, directory, transport, **given)


@asynccontextmanager
async def running(lockers, key="7", emit=print, outputs=(0, 5), **settings):
    settings = {"timeout_ms": 60, "scan_ms": 10, **settings}
    address = lockers.address
    device = Device(key, "locker_board", address, settings, frozenset(outputs))
    async with driven(LockerBoard(device, emit)) as driver:
        yield driver


@asynccontextmanager
async def up(directory, transport="serial", frame="cu16", shut_bit=1, **settings):
    given = {"frame": frame, "shut_bit": shut_bit}
    settings = {**settings, "frame": frame, "shut_bit": str(shut_bit)}
    async with board(directory, transport, **given) as lockers:
        async with running(lockers, **settings) as driver:
            await eventually(lambda: driver.contacts)
            yield lockers, driver


def open_ones(driver):
    return [lock for lock, is_shut in driver.contacts.items() if not is_shut]


def test_the_frames_are_those_that_are_known():
    assert Cu16.unlock(0, 5) == bytes.fromhex("020531033b")
    assert Cu16.ask(1) == bytes.fromhex("0210300345")
    assert Cu16.state(1, bytes.fromhex("020035dfff00000318")) is None
    assert Cu48.ask(0) == bytes.fromhex("020000600365")


@pytest.mark.parametrize("start", range(9))
def test_an_answer_is_found_in_rubbish(start):
    answer = bytes.fromhex("020035dfff00000318")
    assert Cu16.state(0, answer[start:] + answer) == State(0xFFDF)
    assert start == 0 or Cu16.state(0, answer[:start]) is None


@pytest.mark.parametrize("place", range(9))
def test_an_answer_with_a_wrong_bit_is_none(place):
    answer = bytearray.fromhex("020035dfff00000318")
    answer[place] ^= 4
    assert Cu16.state(0, bytes(answer)) is None


@BOTH
@FRAMES
@pytest.mark.parametrize("shut_bit", [0, 1])
async def test_a_release_springs_one_door_open(tmp_path, transport, frame, shut_bit):
    given = up(tmp_path, transport, frame, shut_bit)
    async with given as (lockers, driver):
        assert len(driver.contacts) == 16 and open_ones(driver) == []
        await driver.release(Release(5, 5000))
        await eventually(lambda: open_ones(driver) == [5])
        assert lockers.opened == [5]
        lockers.shut_door(5)
        await eventually(lambda: open_ones(driver) == [])


async def test_a_board_that_does_not_answer_to_unlocking_unlocks(tmp_path):
    async with up(tmp_path) as (lockers, driver):
        lockers.quiet = True
        await driver.release(Release(5, 5000))
        assert lockers.opened == [5] and driver.problem is None
        assert open_ones(driver) == [5]


async def test_what_is_inside_comes_after_the_locks(tmp_path):
    async with up(tmp_path, inside=True, locks=12) as (lockers, driver):
        assert len(driver.contacts) == 24
        lockers.inside[3] = True
        await eventually(lambda: driver.contacts[15])
        assert not driver.contacts[14]


async def test_garbage_before_each_answer_does_not_disturb(tmp_path):
    async with up(tmp_path) as (lockers, driver):
        lockers.noise = b"\x02\x00\x35\x03\xff\x02"
        await driver.release(Release(5, 5000))
        lockers.shut_door(5)
        await eventually(lambda: open_ones(driver) == [])
        assert driver.online


async def test_a_flood_of_garbage_does_not_pile_up(tmp_path):
    async with up(tmp_path) as (lockers, driver):
        lockers._line.send(b"\x02" * 20_000)
        await eventually(lambda: driver.online and open_ones(driver) == [])
        await driver.release(Release(5, 5000))
        assert len(driver._bus._received) <= 256


@BOTH
async def test_a_silent_board_is_offline_and_comes_back(tmp_path, transport):
    async with up(tmp_path, transport) as (lockers, driver):
        lockers.silent = True
        await eventually(lambda: not driver.online)
        assert "no answer" in driver.problem
        with pytest.raises(DeviceError, match="offline"):
            await driver.release(Release(5, 5000))
        lockers.silent = False
        await eventually(lambda: len(driver.contacts) == 16)
        assert lockers.opened == []


async def test_an_unplugged_board_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path) as (lockers, driver):
        lockers._line.unplug()
        await eventually(lambda: not driver.online)
        assert "unplugged" in driver.problem and driver.contacts == {}
        lockers._line.plug()
        await eventually(lambda: len(driver.contacts) == 16)


async def test_a_board_whose_power_is_cut_over_tcp_comes_back(tmp_path):
    async with up(tmp_path, "tcp") as (lockers, driver):
        await lockers.stop()
        await eventually(lambda: not driver.online)
        await lockers.start()
        await eventually(lambda: len(driver.contacts) == 16)


async def test_a_release_that_nobody_answers_is_refused(tmp_path):
    async with up(tmp_path, scan_ms=60_000) as (lockers, driver):
        lockers.silent = True
        with pytest.raises(DeviceError, match="no answer"):
            await driver.release(Release(5, 5000))
        await eventually(lambda: not driver.online)


async def test_two_boards_share_one_line(tmp_path):
    second = SimulatedLockers(board=1)
    async with board(tmp_path, beside=[second]) as first:
        async with (
            running(first) as one,
            running(first, key="8", board=1) as two,
        ):
            await eventually(lambda: one.contacts and two.contacts)
            assert one._bus is two._bus
            await asyncio.gather(one.release(Release(3, 1)), two.release(Release(4, 1)))
            assert (first.opened, second.opened) == ([3], [4])
            second.silent = True
            await eventually(lambda: not two.online)
            await one.release(Release(5, 1))
            assert one.online
            second.silent = False
            await eventually(lambda: two.online)


@pytest.mark.parametrize("lock", [16, -1])
async def test_a_lock_that_the_board_does_not_have_is_told(tmp_path, lock):
    async with up(tmp_path, outputs=[0, 16]) as (lockers, driver):
        assert driver.problem == "there is no lock 16"
        with pytest.raises(DeviceError, match="there is no lock"):
            await driver.release(Release(lock, 1))
        assert driver.online and lockers.opened == []


async def test_a_lock_that_is_to_be_held_open_is_told(tmp_path):
    async with up(tmp_path) as (lockers, driver):
        await driver.hold(frozenset({5}))
        assert driver.problem == "lock 5 cannot be held open"
        await driver.hold(frozenset())
        assert driver.problem is None and lockers.opened == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"board": 16}, "no board 16"),
        ({"locks": 17}, "at most 16"),
        ({"frame": "cu48", "inside": True}, "do not tell"),
        ({"frame": "telepathy"}, "setting frame"),
    ],
)
def test_settings_that_cannot_be_are_told(settings, words):
    with pytest.raises(DeviceError, match=words):
        LockerBoard(Device("7", "locker_board", "/x", settings), print)


@pytest.mark.parametrize("address", ["tcp://board", "tcp://:4001"])
async def test_an_address_that_is_none_is_told(address):
    driver = LockerBoard(Device("7", "locker_board", address), print)
    task = asyncio.create_task(driver.run())
    await eventually(lambda: "is no address" in driver.problem)
    await end([task])
