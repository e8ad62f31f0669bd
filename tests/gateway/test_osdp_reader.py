"""The OSDP driver against simulated readers, libosdp at both ends of a line."""

import asyncio
import os
import random
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

pytest.importorskip("osdp")

from osdp import Command, CommandLEDColor  # noqa: E402

from access_gateway.drivers import (  # noqa: E402
    Alarm,
    Contact,
    DeviceError,
    Hazard,
    Indication,
    Read,
    Release,
    TooLate,
)
from access_gateway.drivers.osdp_reader import MAX_DIGITS, OsdpReader  # noqa: E402
from access_gateway.rules import Device  # noqa: E402
from access_gateway.simulators import Line  # noqa: E402
from access_gateway.simulators.osdp_reader import SimulatedOsdp  # noqa: E402
from access_gateway.tasks import end  # noqa: E402
from access_policy.wiegand import encode  # noqa: E402

from .driving import driven
from .world import eventually  # noqa: E402

KEY = bytes(range(16))
OTHER_KEY = bytes(range(1, 17))


@asynccontextmanager
async def running(line, unit=0, outputs=(0,), **settings):
    """Run the driver on a line; give it and the list of what it told."""
    told = []
    settings = {"unit": unit, "key": KEY.hex(), **settings}
    address = str(line.path)
    device = Device("7", "osdp_reader", address, settings, frozenset(outputs))
    async with driven(OsdpReader(device, told.append)) as driver:
        yield driver, told


@asynccontextmanager
async def up(directory, outputs=(0,), settings=None, **given):
    """Give a reader, its driver that is online, and what that told."""
    with Line(directory / "osdp") as line:
        with SimulatedOsdp(line, **{"key": KEY, **given}) as reader:
            async with running(line, outputs=outputs, **(settings or {})) as (
                driver,
                told,
            ):
                await eventually(lambda: driver.online)
                yield reader, driver, told


def reads(told):
    return [(one.kind, one.value) for one in told if isinstance(one, Read)]


async def test_what_was_held_before_we_were_there_opens_nothing_later(tmp_path):
    with Line(tmp_path / "osdp") as line, SimulatedOsdp(line, key=KEY) as reader:
        for number in range(4):
            reader.hold_chip(f"04A1B2C{number}")
        async with running(line) as (driver, told):
            await eventually(lambda: driver.online)
            reader.hold_chip("04A1B2FF")
            await eventually(lambda: reads(told))
            assert [one.value for one in told if isinstance(one, Read)] == ["04A1B2FF"]


def read_of(directory, act, **settings):
    """Give what the driver reads when something is done to the reader."""

    async def scenario():
        async with up(directory, settings=settings) as (reader, _driver, told):
            act(reader)
            await eventually(lambda: reads(told))
            return reads(told)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "value"),
    [("H10301", "7B3039"), ("H10306", "007B3039"), ("H10304", "0003D83039")],
)
def test_a_wiegand_card_is_read(tmp_path, name, value):
    bits = encode(name, 123, 12345)
    assert read_of(tmp_path, lambda reader: reader.hold(bits)) == [("card", value)]


@pytest.mark.parametrize("number", ["04A1B2C3", "04A1B2C3D4E580", "E004015012345678"])
def test_a_chip_number_is_read(tmp_path, number):
    found = read_of(tmp_path, lambda reader: reader.hold_chip(number))
    assert found == [("card", number)]


def test_a_card_with_a_wrong_parity_bit_is_unreadable(tmp_path):
    bits = encode("H10301", 123, 12345)
    broken = bits[:5] + str(1 - int(bits[5])) + bits[6:]
    assert read_of(tmp_path, lambda reader: reader.hold(broken)) == [("card", None)]


async def test_a_card_of_an_unknown_length_is_unreadable_and_its_length_told(tmp_path):
    async with up(tmp_path) as (reader, driver, told):
        reader.hold("1" * 29)
        await eventually(lambda: reads(told))
        assert reads(told) == [("card", None)]
        assert driver.facts["unknown_card_bits"] == 29


def test_a_plate_is_read(tmp_path):
    found = read_of(tmp_path, lambda reader: reader.see_plate("HK55EVB"), kind="plate")
    assert found == [("plate", "HK55EVB")]


def test_bytes_that_are_no_plate_are_unreadable(tmp_path):
    found = read_of(tmp_path, lambda reader: reader.hold_chip("FF01"), kind="plate")
    assert found == [("plate", None)]


@pytest.mark.parametrize(
    ("keys", "pin"),
    [("4711#", "4711"), ("99*4711#", "4711"), ("7" * (MAX_DIGITS + 1) + "#", None)],
)
def test_a_pin_is_typed(tmp_path, keys, pin):
    assert read_of(tmp_path, lambda reader: reader.type(keys)) == [("pin", pin)]


def test_a_pin_that_nobody_ends_is_ended_by_time(tmp_path):
    found = read_of(tmp_path, lambda reader: reader.type("4711"), typing_ms=100)
    assert found == [("pin", "4711")]


async def test_a_flood_of_digits_is_kept_short(tmp_path):
    async with up(tmp_path) as (reader, driver, told):
        for _ in range(5):
            reader.type("7" * 40)
        reader.type("#")
        await eventually(lambda: reads(told))
        assert reads(told) == [("pin", None)]
        assert not driver._typed


async def test_contacts_are_told_on_coming_and_on_changing(tmp_path):
    async with up(tmp_path, inputs=2) as (reader, driver, told):
        await eventually(lambda: driver.contacts == {0: False, 1: False})
        reader.set_contact(1, True)
        await eventually(lambda: driver.contacts[1])
        changes = [(c.input, c.active) for c in told if isinstance(c, Contact)]
        assert changes == [(0, False), (1, False), (1, True)]


async def test_tampering_is_told_once_and_when_it_is_over(tmp_path):
    async with up(tmp_path) as (reader, driver, told):
        await eventually(lambda: driver.facts.get("tamper") is False)
        for tampered in (True, True, False):
            reader.set_tampered(tampered)
        await eventually(lambda: len(told) > 2 and not driver.facts["tamper"])
        alarms = [one for one in told if isinstance(one, Alarm)]
        assert [(one.hazard, one.active) for one in alarms] == [
            (Hazard.TAMPER, True),
            (Hazard.TAMPER, False),
        ]


async def test_the_reader_says_what_it_is(tmp_path):
    async with up(tmp_path) as (_reader, driver, _told):
        assert driver.facts["serial"] == "0BADCAFE"
        assert driver.facts["firmware"] == "1.2.3"
        assert driver.facts["model"] == "00C0FF-2.1"
        assert driver.facts["secure"] is True
        assert "firmware 1.2.3" in await driver.test()


async def test_a_release_is_timed_by_the_reader_itself(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.release(Release(0, 200))
        assert reader.outputs[0]
        # The gateway is gone, the bolt shuts nevertheless.
        reader.line.unplug()
        await reader.wait_for(0, False)
        on, off = reader.changes
        assert off.at - on.at >= 0.19


async def test_overlapping_releases_are_one_that_ends_with_the_last(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.release(Release(0, 400))
        await driver.release(Release(0, 100))
        await reader.wait_for(0, False)
        on, off = reader.changes
        assert off.at - on.at >= 0.39


def test_a_release_longer_than_a_reader_can_time_is_prolonged(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.drivers.osdp_reader._LONGEST_S", 0.5)
    monkeypatch.setattr("access_gateway.drivers.osdp_reader._AGAIN_S", 0.1)

    async def scenario():
        async with up(tmp_path) as (reader, driver, _told):
            await driver.release(Release(0, 900))
            await reader.wait_for(0, False)
            on, off = reader.changes
            assert off.at - on.at >= 0.85
            await eventually(lambda: not driver._releases._company)

    asyncio.run(scenario())


async def test_what_is_held_stays_on_through_a_release(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.hold(frozenset({0}))
        assert reader.outputs[0]
        await driver.release(Release(0, 100))
        await eventually(lambda: not reader._timed)
        assert reader.outputs[0]
        await driver.hold(frozenset())
        assert not reader.outputs[0]


async def test_letting_go_does_not_cut_a_release_short(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.hold(frozenset({0}))
        await driver.release(Release(0, 200))
        await driver.hold(frozenset())
        assert reader.outputs[0]
        await reader.wait_for(0, False)


async def test_an_output_that_it_does_not_have_is_told_in_words(tmp_path):
    async with up(tmp_path, outputs=(0, 5)) as (reader, driver, _told):
        assert driver.problem == "output 5: unit 0 has no such"
        with pytest.raises(DeviceError, match="output 5"):
            await driver.release(Release(5, 100))
        await driver.release(Release(0, 100))
        assert reader.outputs[0]


async def test_an_output_that_is_refused_is_told_and_the_reader_goes_on(tmp_path):
    async with up(tmp_path) as (reader, driver, told):
        reader.refusing = {Command.Output}
        with pytest.raises(DeviceError, match="refused"):
            await driver.release(Release(0, 100))
        assert "output 0: unit 0 refused" in driver.problem
        # libosdp begins anew with it.
        await eventually(lambda: not driver.online)
        await eventually(lambda: driver.online and reader.is_secure)
        reader.hold_chip("04A1B2C3")
        await eventually(lambda: reads(told))


@pytest.mark.parametrize(
    ("granted", "color", "beeps"),
    [(True, CommandLEDColor.Green, 1), (False, CommandLEDColor.Red, 3)],
)
async def test_the_person_at_the_reader_sees_hears_and_reads(
    tmp_path, granted, color, beeps
):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.show(Indication(granted, "Dzień dobry"))
        assert reader.lamps[-1]["on_color"] == color
        assert reader.beeps[-1]["rep_count"] == beeps
        assert reader.texts == ["Dzien dobry"]


async def test_a_reader_without_a_display_is_sent_no_text(tmp_path):
    async with up(tmp_path, has_display=False) as (reader, driver, _told):
        await driver.show(Indication(True, "Welcome"))
        assert (len(reader.lamps), reader.texts) == (1, [])
        assert driver.online


async def test_a_reader_that_refuses_to_blink_is_asked_no_more(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        reader.refusing = {Command.LED}
        while not driver._refusals.are_enough(("leds", 0)):
            await eventually(lambda: driver.online)
            await driver.show(Indication(True))
        await eventually(lambda: not driver.online)
        await eventually(lambda: driver.online)
        await driver.show(Indication(True))
        await eventually(lambda: reader.beeps)
        assert driver.online


async def test_it_shows_where_it_is(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.identify()
        assert reader.lamps
        assert reader.beeps


async def test_a_reader_that_falls_silent_is_offline_and_comes_back(tmp_path):
    async with up(tmp_path) as (reader, driver, told):
        reader.deaf = True
        await eventually(lambda: not driver.online)
        assert "no answer from unit 0" in driver.problem
        reader.deaf = False
        heard_at = time.monotonic()
        await eventually(lambda: driver.online)
        # Not 300 s, as libosdp has it.
        assert time.monotonic() - heard_at < 3
        reader.hold_chip("04A1B2C3")
        await eventually(lambda: reads(told))


async def test_a_reader_may_be_switched_on_later(tmp_path):
    with Line(tmp_path / "osdp") as line:
        with SimulatedOsdp(line, key=KEY) as reader:
            reader.switch(False)
            async with running(line) as (driver, _told):
                await eventually(lambda: "no answer" in driver.problem)
                reader.switch(True)
                await eventually(lambda: driver.online)


async def test_an_unplugged_line_is_told_and_comes_back_with_outputs_off(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.release(Release(0, 20_000))
        reader.line.unplug()
        await eventually(lambda: not driver.online)
        assert "unplugged" in driver.problem
        assert reader.outputs[0]
        reader.line.plug()
        await eventually(lambda: driver.online)
        assert not reader.outputs[0]


async def test_what_is_held_is_on_again_when_the_reader_is_back(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        await driver.hold(frozenset({0}))
        reader.switch(False)
        await eventually(lambda: not driver.online)
        reader.switch(True)
        await eventually(lambda: driver.online)
        assert reader.outputs[0]


async def test_a_release_that_fails_is_not_made_up_for_later(tmp_path):
    async with up(tmp_path) as (reader, driver, _told):
        reader.deaf = True
        with pytest.raises(DeviceError, match="no answer"):
            await driver.release(Release(0, 100))
        reader.deaf = False
        await eventually(lambda: driver.online)
        reader.hold_chip("04A1B2C3")
        assert reader.changes == []
        assert "doors not opened meanwhile: 1" in driver.problem


async def test_a_release_that_waited_too_long_is_not_sent(tmp_path):
    """Its time is looked at again when the line comes to it."""
    async with up(tmp_path) as (reader, driver, _told):
        with pytest.raises(TooLate):
            await driver.perform(Release(0, 100, before=time.monotonic()))
        assert driver._releases.left(0) < 0
        await driver.release(Release(0, 100))
        assert [change.on for change in reader.changes].count(True) == 1


def test_garbage_on_the_wire_does_no_harm(tmp_path):
    noise = random.Random(4)

    async def scenario():
        async with up(tmp_path) as (reader, driver, told):
            for _ in range(30):
                reader.line.send(noise.randbytes(noise.randint(1, 400)))
                await asyncio.sleep(0.01)
            reader.line.send(b"\xff\x53\x80\x00\x01" * 2000)
            before = len(reads(told))
            while len(reads(told)) == before:
                await eventually(lambda: driver.online)
                reader.hold_chip("04A1B2C3")
                await asyncio.sleep(0.1)
            assert set(reads(told)) == {("card", "04A1B2C3")}

    asyncio.run(scenario())


def test_a_device_that_speaks_something_else_is_told_in_words(tmp_path):
    async def chatter(line):
        while True:
            line.send(b"04A1B2C3\r\n")
            await asyncio.sleep(0.01)

    async def scenario():
        with Line(tmp_path / "osdp") as line:
            talking = asyncio.create_task(chatter(line))
            async with running(line) as (driver, _told):
                await eventually(lambda: "is no OSDP" in driver.problem)
            await end([talking])

    asyncio.run(scenario())


async def test_a_wrong_key_is_told_in_words(tmp_path):
    with Line(tmp_path / "osdp") as line, SimulatedOsdp(line, key=OTHER_KEY):
        async with running(line) as (driver, _told):
            await eventually(lambda: "has another key" in driver.problem)
            assert not driver.online


async def test_a_reader_talks_in_clear_if_staff_allow_it(tmp_path):
    given = {"settings": {"key": "", "allow_clear": True}, "key": None}
    async with up(tmp_path, **given) as (reader, driver, told):
        assert driver.facts["secure"] is False
        reader.hold_chip("04A1B2C3")
        await eventually(lambda: reads(told))


async def test_a_reader_in_install_mode_is_given_its_key_once(tmp_path):
    with Line(tmp_path / "osdp") as line, SimulatedOsdp(line) as reader:
        async with running(line, install=True) as (driver, told):
            await eventually(lambda: driver.online)
            assert reader.key == KEY
            assert reader.is_secure
            assert driver.facts["provisioned"] is True
            # One in install mode in its place is given nothing any more.
            reader.switch(False)
            await eventually(lambda: not driver.online)
            reader.key = None
            reader.switch(True)
            await eventually(lambda: "has another key" in driver.problem)
            assert reader.key is None


async def test_a_reader_that_is_not_in_install_mode_is_not_talked_to_in_clear(tmp_path):
    with Line(tmp_path / "osdp") as line, SimulatedOsdp(line, key=OTHER_KEY):
        async with running(line, install=True) as (driver, _told):
            await eventually(lambda: "takes no key" in driver.problem)


@asynccontextmanager
async def multi_drop(directory, units):
    """Give a line, and by unit its reader, driver and what that told."""
    async with AsyncExitStack() as stack:
        line = stack.enter_context(Line(directory / "osdp"))
        found = {}
        for unit in units:
            reader = stack.enter_context(SimulatedOsdp(line, unit, KEY))
            driver, told = await stack.enter_async_context(running(line, unit))
            found[unit] = (reader, driver, told)
        await eventually(lambda: all(driver.online for _, driver, _ in found.values()))
        yield line, found


async def test_several_readers_share_a_line(tmp_path):
    async with multi_drop(tmp_path, range(4)) as (_line, found):
        for unit, (reader, driver, _told) in found.items():
            reader.hold_chip(f"04A1B2C{unit}")
            await driver.release(Release(0, 100))
        for unit, (reader, _driver, told) in found.items():
            await eventually(lambda told=told: reads(told))
            assert reads(told) == [("card", f"04A1B2C{unit}")]
            assert reader.changes[0].on


async def test_a_dead_reader_does_not_keep_others_from_reading(tmp_path):
    async with multi_drop(tmp_path, range(2)) as (_line, found):
        (dead, its_driver, _), (reader, driver, told) = found[0], found[1]
        dead.switch(False)
        await eventually(lambda: not its_driver.online)
        for count in range(1, 4):
            reader.hold_chip("04A1B2C3")
            await eventually(lambda count=count: len(reads(told)) == count)
        assert driver.online
        dead.switch(True)
        await eventually(lambda: its_driver.online)


async def test_one_that_joins_or_leaves_does_not_take_the_others_offline(
    tmp_path, caplog
):
    async with multi_drop(tmp_path, [0]) as (line, found):
        reader, driver, told = found[0]
        await driver.release(Release(0, 20_000))
        with SimulatedOsdp(line, 1, KEY) as other:
            async with running(line, 1) as (joined, _told):
                await eventually(lambda: joined.online)
                assert other.is_secure
        reader.hold_chip("04A1B2C3")
        await eventually(lambda: reads(told))
        assert driver.online
        assert reader.outputs[0]
        assert "offline" not in caplog.text


async def test_two_of_the_same_unit_are_told_in_words(tmp_path):
    async with multi_drop(tmp_path, [0]) as (line, _found):
        async with running(line, 0) as (driver, _told):
            await eventually(lambda: "unit 0 is there twice" in driver.problem)


async def test_two_speeds_on_one_line_are_told_in_words(tmp_path):
    async with multi_drop(tmp_path, [0]) as (line, _found):
        async with running(line, 1, baudrate=115200) as (driver, _told):
            await eventually(lambda: "at 9600 baud already" in driver.problem)


async def test_on_shutting_down_outputs_go_off_and_the_port_is_free(tmp_path):
    with Line(tmp_path / "osdp") as line, SimulatedOsdp(line, key=KEY) as reader:
        before = len(os.listdir("/proc/self/fd"))
        async with running(line) as (driver, _told):
            await eventually(lambda: driver.online)
            await driver.release(Release(0, 20_000))
        assert not reader.outputs[0]
        assert len(os.listdir("/proc/self/fd")) == before


async def test_restarting_connects_again(tmp_path):
    async with up(tmp_path) as (_reader, driver, _told):
        driver.restart()
        await eventually(lambda: not driver.online)
        await eventually(lambda: driver.online)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"unit": 127, "key": KEY.hex()}, "unit"),
        ({}, "key: there is none"),
        ({"install": True, "allow_clear": True}, "key: there is none"),
        ({"key": "abc"}, "key: it is not 32 digits"),
        ({"key": "303132333435363738393A3B3C3D3E3F"}, "everybody knows"),
        ({"key": KEY.hex(), "kind": "x"}, "kind"),
    ],
)
def test_settings_that_cannot_be_are_told_in_words(settings, words):
    with pytest.raises(DeviceError, match=words):
        OsdpReader(Device("7", "osdp_reader", "x", settings), print)


def test_a_broken_key_is_not_told(tmp_path):
    with pytest.raises(DeviceError) as caught:
        OsdpReader(Device("7", "osdp_reader", "x", {"key": "5ECRE7"}), print)
    assert "5ECRE7" not in str(caught.value)


async def test_libosdp_says_nothing_by_itself(tmp_path, capfd):
    async with up(tmp_path) as (reader, driver, _told):
        reader.switch(False)
        await eventually(lambda: not driver.online)
    assert capfd.readouterr().out == ""


async def test_a_line_has_the_speed_of_its_baud_rate(tmp_path):
    with Line(tmp_path / "osdp", baudrate=9600) as line:
        got = []
        terminal = os.open(line.path, os.O_RDONLY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(
            terminal, lambda: got.append(os.read(terminal, 4096))
        )
        began = time.monotonic()
        line.send(b"x" * 96)
        line.send(b"y" * 96)
        await eventually(lambda: b"".join(got) == b"x" * 96 + b"y" * 96)
        assert time.monotonic() - began >= 0.2
        asyncio.get_running_loop().remove_reader(terminal)
        os.close(terminal)
