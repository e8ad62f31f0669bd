"""The driver of UHPPOTE controllers against a simulated one."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest
from uhppoted import codec
from uhppoted.uhppote import Uhppote

from access_gateway.drivers import (
    Alarm,
    Contact,
    DeviceError,
    Hazard,
    Read,
    Release,
    Uncertain,
    Verdict,
)
from access_gateway.drivers.uhppote_controller import UhppoteController
from access_gateway.installed import driver_class
from access_gateway.rules import Device
from access_gateway.simulators.uhppote_controller import SimulatedController

from .driving import driven, key, of
from .world import eventually

# As other readers give it, and as the controller counts it.
CARD, NUMBER = "51FFFE", 8165534
STRANGER = 1_200_345


def device(controller, outputs=(0, 1), address=None, **settings):
    settings = {
        "listen": "127.0.0.1:0",
        "timeout_ms": 100,
        "check_ms": 1000,
        **settings,
    }
    address = address or controller.address
    return Device("9", "uhppote_controller", address, settings, frozenset(outputs))


@asynccontextmanager
async def running(controller, *args, **settings):
    told = []
    async with driven(
        UhppoteController(device(controller, *args, **settings), told.append)
    ) as driver:
        yield driver, told


@asynccontextmanager
async def up(*args, **settings):
    async with SimulatedController() as controller:
        async with running(controller, *args, **settings) as (driver, told):
            await eventually(lambda: controller.asks_gateway and driver.contacts)
            yield controller, driver, told


def test_it_is_found_by_name():
    assert driver_class("uhppote_controller") is UhppoteController


@pytest.mark.parametrize("listen", ["127.0.0.1:0", ""])
async def test_a_card_is_read_and_the_door_opened(listen):
    # Without an address to be told at the controller is asked often.
    async with up(listen=listen, check_ms=1000 if listen else 10) as world:
        controller, driver, told = world
        controller.swipe(2, NUMBER)
        await eventually(lambda: of(Read, told))
        read = of(Read, told)[0]
        assert (read.kind, read.value, read.reader) == ("card", CARD, 1)
        await driver.release(Release(1, 3000))
        opening = controller.openings[0]
        assert opening[:3] == (2, 3, True)


async def test_over_tcp_as_well():
    async with SimulatedController() as controller:
        address = controller.address.replace("udp", "tcp")
        async with running(controller, address=address) as (driver, told):
            await eventually(lambda: controller.asks_gateway and driver.contacts)
            controller.swipe(1, NUMBER)
            await eventually(lambda: of(Read, told))


async def test_it_tells_who_it_is():
    async with up() as (_controller, driver, _told):
        assert await driver.test() == "answers, firmware v8.92, serial 405419896"


async def test_many_swipes_at_once_are_read_once_each_and_in_order():
    async with up() as (controller, _driver, told):
        for facility in range(100):
            controller.swipe(1 + facility % 4, facility * 100_000 + 7)
        await eventually(lambda: len(of(Read, told)) == 100)
        values = [read.value for read in of(Read, told)]
        assert values == [f"{facility:02X}0007" for facility in range(100)]
        await eventually(lambda: controller.told == 100)


async def test_an_event_whose_datagram_is_lost_is_read_all_the_same():
    async with up(check_ms=10) as (controller, _driver, told):
        controller.deaf = True
        controller.swipe(1, NUMBER)
        await eventually(lambda: of(Read, told))


async def test_a_datagram_of_a_stranger_opens_nothing():
    async with up() as (controller, driver, told):
        asked = len(controller.requests)
        place = driver._doorbell.get_extra_info("sockname")
        loop = asyncio.get_running_loop()
        forged = bytes([codec.SOM, codec.LISTEN_EVENT]).ljust(64, b"\1")
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=place
        )
        for packet in (forged, b"", b"\xff" * 2000):
            sender.sendto(packet)
        await eventually(lambda: len(controller.requests) > asked)
        sender.close()
        assert of(Read, told) == [] and driver.online


async def test_it_decides_by_its_list_when_we_are_silent_for_30_seconds():
    now = [0.0]
    async with SimulatedController(clock=lambda: now[0]) as controller:
        async with running(controller) as (driver, told):
            await eventually(lambda: controller.asks_gateway and driver.contacts)
            await driver.keep((key(CARD),))
        # As if killed: nobody said that we go.
        controller._asks_since = now[0]
        now[0] = 29.9
        controller.swipe(1, NUMBER)
        assert controller.openings == []
        now[0] = 30.0
        controller.swipe(1, NUMBER)
        controller.swipe(2, NUMBER)
        controller.swipe(1, STRANGER)
        assert [opening.door for opening in controller.openings] == [1]
        async with running(controller) as (_driver, told):
            await eventually(lambda: len(of(Verdict, told)) == 4)
            verdicts = of(Verdict, told)
            assert [(v.index, v.reader, v.granted) for v in verdicts] == [
                (1, 0, False),
                (2, 0, True),
                (3, 1, False),
                (4, 0, False),
            ]
            reasons = [verdict.reason for verdict in verdicts]
            assert reasons[0] == "the gateway did not answer"
            assert reasons[1] == "on its list"
            assert verdicts[1].value == CARD
            late = datetime.now(timezone.utc) - verdicts[1].at
            assert timedelta(0) <= late < timedelta(minutes=1)
            assert of(Read, told) == []


def test_while_we_are_there_it_is_told_so_again(monkeypatch):
    path = "access_gateway.drivers.uhppote_controller.PC_CONTROL_EVERY_S"
    monkeypatch.setattr(path, 0.01)

    async def scenario():
        async with up(check_ms=10) as (controller, _driver, _told):
            said = controller.requests.count
            await eventually(lambda: said(codec.SET_PC_CONTROL) > 3)

    asyncio.run(scenario())


async def test_a_clean_end_hands_over_at_once():
    async with up() as (controller, driver, _told):
        await driver.keep((key(CARD),))
    assert not controller.asks_gateway
    controller.swipe(1, NUMBER)
    assert not controller.openings[0].by_gateway


async def test_what_was_told_is_not_told_again():
    async with SimulatedController() as controller:
        controller.swipe(1, NUMBER)
        for expected in (1, 0):
            async with running(controller) as (driver, told):
                await eventually(lambda: driver.contacts)
                assert len(of(Verdict, told)) == expected


async def test_however_many_it_decided_they_are_told_in_order():
    async with SimulatedController() as controller:
        for facility in range(120):
            controller.swipe(1, facility * 100_000 + 7)
        async with running(controller) as (driver, told):
            await eventually(lambda: driver.contacts)
            indexes = [verdict.index for verdict in of(Verdict, told)]
            assert indexes == list(range(1, 121))
            # Should we be killed on the way, it is known how far we came.
            assert controller.requests.count(codec.SET_EVENT_INDEX) == 3


async def test_the_simulated_controller_answers_the_librarys_own_client():
    async with SimulatedController() as controller:
        place = controller.address.removeprefix("udp://")
        client = Uhppote(bind="127.0.0.1")
        for protocol in ("udp", "tcp"):
            at = (controller.serial, place, protocol)
            shown = await asyncio.to_thread(client.get_controller, at)
            assert shown.version == "v8.92"
            opened = await asyncio.to_thread(client.open_door, at, 3)
            assert opened.opened
        shown = await asyncio.to_thread(client.get_status, at)
        assert (shown.event_index, shown.event_reason) == (2, 44)


async def test_events_it_has_overwritten_are_said_to_be_lost(caplog):
    async with SimulatedController() as controller:
        for _ in range(9):
            controller.swipe(1, NUMBER)
        controller.forget_events_before(8)
        async with running(controller) as (driver, told):
            await eventually(lambda: driver.contacts)
            assert [verdict.index for verdict in of(Verdict, told)] == [8, 9]
            assert "events 1 to 7 were overwritten untold" in caplog.text


async def test_a_controller_that_forgot_its_events_begins_anew():
    async with SimulatedController() as controller:
        controller.told = 500
        controller.swipe(1, NUMBER)
        async with running(controller) as (driver, told):
            await eventually(lambda: driver.contacts)
            assert [verdict.index for verdict in of(Verdict, told)] == [1]
            assert controller.told == 1


async def test_doors_and_buttons_are_contacts():
    async with up() as (controller, driver, told):
        assert driver.contacts == dict.fromkeys(range(8), False)
        told.clear()
        controller.set_open(2, True)
        await eventually(lambda: driver.contacts[1])
        controller.set_open(2, False)
        controller.press(3)
        await eventually(lambda: len(told) == 4)
        changes = [(one.input, one.active) for one in of(Contact, told)]
        assert changes == [(1, True), (1, False), (6, True), (6, False)]


async def test_a_door_that_opened_and_closed_between_two_questions_is_told():
    async with up() as (controller, driver, told):
        told.clear()
        controller.set_open(1, True)
        controller.set_open(1, False)
        await eventually(lambda: len(told) == 2)
        assert not driver.contacts[0]


async def test_an_alarm_is_told():
    async with up() as (controller, _driver, told):
        controller.alarm(4, 38)
        await eventually(lambda: of(Alarm, told))
        alarm = of(Alarm, told)[0]
        assert (alarm.hazard, alarm.area) == (Hazard.INTRUSION, "4")


async def test_a_door_is_held_open_and_let_go():
    async with up() as (controller, driver, _told):
        await driver.hold(frozenset({1}))
        assert controller.modes[2] == (1, 5) and controller.modes[1] == (3, 5)
        await driver.release(Release(1, 1000))
        assert controller.modes[2] == (1, 5)
        await driver.hold(frozenset())
        assert controller.modes[2] == (3, 5)


async def test_a_door_that_is_held_is_at_rest_after_shutting_down():
    async with up() as (controller, driver, _told):
        await driver.hold(frozenset({0}))
    assert controller.modes[1] == (3, 5)


async def test_on_connecting_doors_are_as_they_should_be():
    async with SimulatedController() as controller:
        controller.modes.update({1: (1, 7), 2: (2, 7), 3: (1, 7)})
        async with running(controller) as (driver, _told):
            await eventually(lambda: driver.online)
            # The third is none of ours.
            assert controller.modes[1] == controller.modes[2] == (3, 7)
            assert controller.modes[3] == (1, 7)


async def test_an_output_it_does_not_have_does_not_disturb_the_others():
    async with up(outputs=(0, 7)) as (controller, driver, _told):
        assert driver.problem == "output 7: it has outputs 0 to 3"
        await driver.release(Release(0, 1000))
        with pytest.raises(DeviceError, match="output 7"):
            await driver.release(Release(7, 1000))
        assert len(controller.openings) == 1 and driver.online


async def test_a_door_that_it_refuses_to_open_is_told_in_words():
    async with up(outputs=(0,)) as (controller, driver, _told):
        controller.modes[1] = (2, 1)
        with pytest.raises(DeviceError, match="refused to open"):
            await driver.release(Release(0, 5000))


async def test_a_turnstile_whose_answer_is_lost_does_not_open_twice():
    async with up() as (controller, driver, _told):
        await driver.release(Release(0, 5000))
        answer = controller.answer

        def lost(request):
            said = answer(request)
            return None if request[1] == codec.OPEN_DOOR else said

        controller.answer = lost
        await controller.stop()
        await controller.start()
        with pytest.raises(Uncertain, match="not known"):
            await driver.release(Release(0, 5000))
        assert len(controller.openings) == 2


@pytest.mark.parametrize("keeps", [False, True])
async def test_nobody_of_a_former_system_stays_on_its_list(keeps):
    async with SimulatedController() as controller:
        async with running(controller, own_cards=True) as (driver, _told):
            await eventually(lambda: driver.online)
            await driver.keep((key(CARD),))
        async with running(controller, own_cards=keeps) as (driver, _told):
            await eventually(lambda: driver.contacts)
        # Handed over: it decides alone.
        controller.swipe(1, NUMBER)
        assert bool(controller.openings) is keeps


async def test_a_list_that_cannot_be_emptied_is_told_and_the_doors_work():
    async with SimulatedController() as controller:
        async with running(controller, own_cards=True) as (driver, _told):
            await eventually(lambda: driver.online)
            await driver.keep((key(CARD),))
        controller.locked = True
        async with running(controller) as (driver, _told):
            await eventually(lambda: driver.online)
            assert "own cards could not be deleted" in driver.problem
            await driver.release(Release(0, 1000))


async def test_a_wrong_clock_is_set():
    async with up(check_ms=10, time_zone="Asia/Tokyo") as (controller, *_rest):

        def drift():
            tokyo = datetime.now(timezone(timedelta(hours=9)))
            return abs(controller.wall_clock - tokyo.replace(tzinfo=None))

        assert drift() < timedelta(seconds=3)
        controller._behind += 3600
        await eventually(lambda: drift() < timedelta(seconds=3))


async def test_a_controller_that_falls_silent_is_offline_and_comes_back():
    async with up(check_ms=10) as (controller, driver, told):
        await driver.hold(frozenset({0}))
        controller.silent = True
        await eventually(lambda: not driver.online)
        assert "no answer from udp://" in driver.problem
        with pytest.raises(DeviceError, match="offline"):
            await driver.release(Release(0, 1000))
        controller.restart()
        controller.modes[1] = (3, 5)
        controller.swipe(1, STRANGER)
        controller.silent = False
        await eventually(lambda: driver.online and of(Verdict, told))
        assert controller.modes[1] == (1, 5) and controller.openings == []


async def test_an_unplugged_controller_is_offline_and_comes_back():
    async with up(check_ms=10) as (controller, driver, told):
        await controller.stop()
        await eventually(lambda: not driver.online)
        await controller.start()
        await eventually(lambda: driver.online and driver.contacts)
        controller.swipe(1, NUMBER)
        await eventually(lambda: of(Read, told))


async def test_nonsense_on_the_wire_is_told_in_words_and_gets_well():
    async with up(check_ms=10) as (controller, driver, _told):
        controller.garbled = True
        await eventually(lambda: not driver.online)
        assert "nonsense" in driver.problem
        controller.garbled = False
        await eventually(lambda: driver.online)


async def test_another_controller_at_the_address_is_not_taken_for_ours():
    async with SimulatedController() as controller:
        async with running(controller, serial=7) as (driver, _told):
            await eventually(lambda: "no answer" in (driver.problem or ""))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"listen": "0.0.0.0:60001"}, "no address of ours"),
        ({"listen": "here"}, "no address of ours"),
        ({"listen": "127.0.0.1:70000"}, "no address of ours"),
        ({"time_zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"time_zone": "../etc"}, "no time zone"),
        ({"card_format": "braille"}, "is none of"),
        ({"check_ms": 60_000}, "is not from"),
    ],
)
def test_a_wrong_setting_is_told_in_words(settings, words):
    with pytest.raises(DeviceError, match=words):
        UhppoteController(device(None, address="udp://x", **settings), print)


@pytest.mark.parametrize("address", ["udp://", "10.0.0.7", "http://x", "udp://x:y"])
async def test_an_address_that_is_none_is_told_in_words(address):
    async with running(None, address=address) as (driver, _told):
        await eventually(lambda: "is no address" in driver.problem)


async def test_an_address_that_is_taken_is_told_in_words():
    async with up() as (controller, driver, _told):
        host, port = driver._doorbell.get_extra_info("sockname")
        taken = f"{host}:{port}"
        async with running(controller, listen=taken) as (second, _told2):
            await eventually(lambda: "cannot listen at" in (second.problem or ""))
