"""The driver of ONVIF doors against a device made from the official WSDL."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest

from access_gateway.drivers import (
    Alarm,
    DeviceError,
    Hazard,
    Indication,
    Read,
    Release,
    Verdict,
)
from access_gateway.drivers.onvif_door import OnvifDoor
from access_gateway.installed import driver_class
from access_gateway.rules import Device
from access_gateway.simulators.onvif_device import SimulatedOnvif
from access_gateway.tasks import end

from .driving import driven, key, of
from .world import eventually

CARD, OTHER = "013004", "51FFFE"


def device(simulated, outputs=(0, 1), **settings):
    settings = {
        "user": "admin",
        "password": "secret",
        "timeout_ms": 2000,
        "pull_ms": 2000,
        **settings,
    }
    return Device("9", "onvif_door", simulated.address, settings, frozenset(outputs))


@asynccontextmanager
async def running(simulated, *args, **settings):
    told = []
    async with driven(
        OnvifDoor(device(simulated, *args, **settings), told.append)
    ) as driver:
        yield driver, told


@asynccontextmanager
async def up(*args, simulated=None, **settings):
    async with simulated or SimulatedOnvif() as simulated:
        async with running(simulated, *args, **settings) as (driver, told):
            await online(driver)
            yield simulated, driver, told


async def online(driver, within=6.0):
    # A subscription is there before its doors are asked for.
    await eventually(
        lambda: driver.online and len(driver.contacts) == len(driver._doors), within
    )


def test_it_is_found_by_name():
    assert driver_class("onvif_door") is OnvifDoor


async def test_a_card_is_read_and_the_release_is_the_answer():
    async with up() as (simulated, driver, told):
        simulated.present("ap2", CARD)
        await eventually(lambda: of(Read, told))
        read = of(Read, told)[0]
        assert (read.kind, read.value, read.reader) == ("card", CARD, 1)
        await driver.release(Release(1, 3000))
        assert simulated.accesses[0][:3] == ("door2", None, True)
        assert simulated.requests.count("AccessDoor") == 0
        # What we decided is no verdict of the device.
        await driver.test()
        assert of(Verdict, told) == []


async def test_a_credential_of_the_device_is_read_by_its_value():
    async with up() as (simulated, driver, told):
        await driver.keep((key(CARD),))
        for _ in range(2):
            simulated.present("ap1", CARD)
            simulated.give_up("ap1")
        await eventually(lambda: len(of(Read, told)) == 2)
        assert {read.value for read in of(Read, told)} == {CARD}
        assert simulated.requests.count("GetCredentialIdentifiers") == 1


async def test_a_refusal_is_answered():
    async with up() as (simulated, driver, told):
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))
        await driver.show(Indication(False, "No right", reader=0))
        assert simulated.denied == [("ap1", "No right")]
        assert simulated.accesses == []


async def test_a_release_that_nobody_waits_for_opens_the_door():
    async with up() as (simulated, driver, _told):
        await driver.release(Release(1, 3000))
        assert simulated.accesses[0][:3] == ("door2", 3.0, True)


async def test_who_is_answered_too_late_is_let_in_all_the_same():
    async with up() as (simulated, driver, told):
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))
        simulated._asked.clear()
        await driver.release(Release(0, 3000))
        assert simulated.accesses[0][:3] == ("door1", 3.0, True)


async def test_a_card_of_long_ago_opens_nothing():
    async with up() as (simulated, driver, told):
        simulated._ahead = -timedelta(minutes=1)
        simulated.present("ap1", CARD)
        simulated._ahead = timedelta()
        simulated.move("door1", True)
        await eventually(lambda: driver.contacts[0])
        assert of(Read, told) == []


async def test_nobody_of_a_former_system_stays_among_its_credentials():
    async with SimulatedOnvif() as simulated:
        for keeps in (True, False):
            async with running(simulated, own_cards=keeps) as (driver, _told):
                await online(driver)
                if keeps:
                    await driver.keep((key(CARD),))
            assert bool(simulated.credentials) is keeps


async def test_it_decides_by_its_credentials_when_nobody_asks_it():
    simulated = SimulatedOnvif()
    simulated.stores_events = True
    async with up(simulated=simulated, own_cards=True) as (_simulated, driver, told):
        await driver.keep((key(CARD),))
        simulated.move("door1", True)
        await eventually(lambda: driver.contacts[0])
        address = simulated.address
        await simulated.stop()
        await eventually(lambda: not driver.online)
        simulated.present("ap1", CARD)
        simulated.present("ap2", CARD)
        simulated.present("ap1", OTHER)
        await simulated.start()
        assert simulated.address == address
        await eventually(lambda: len(of(Verdict, told)) == 3, within=20)
        verdicts = of(Verdict, told)
        assert [(v.reader, v.granted, v.value) for v in verdicts] == [
            (0, True, CARD),
            (1, False, CARD),
            (0, False, OTHER),
        ]
        assert verdicts[2].reason == "CredentialNotFound/Card"
        late = datetime.now(timezone.utc) - verdicts[0].at
        assert timedelta(0) <= late < timedelta(minutes=1)


async def test_a_device_that_stores_no_events_is_served_all_the_same():
    async with up() as (simulated, driver, told):
        simulated.move("door1", True)
        await eventually(lambda: driver.contacts.get(0))
        driver.restart()
        await eventually(lambda: not driver.online)
        await online(driver)
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))


async def test_doors_are_contacts():
    async with up() as (simulated, driver, _told):
        assert driver.contacts == {0: False, 1: False}
        simulated.move("door2", True)
        await eventually(lambda: driver.contacts[1])
        simulated.move("door2", False)
        await eventually(lambda: not driver.contacts[1])


async def test_alarms_are_told_and_their_end():
    async with up() as (simulated, driver, told):
        for state in ("Normal", "DoorForcedOpen", "DoorForcedOpen", "Normal"):
            simulated.tell_door("door1", "DoorAlarm", state)
        simulated.tell_door("door2", "DoorTamper", "TamperDetected")
        await eventually(lambda: len(of(Alarm, told)) == 3)
        assert [(a.hazard, a.active, a.area) for a in of(Alarm, told)] == [
            (Hazard.INTRUSION, True, "door1"),
            (Hazard.INTRUSION, False, "door1"),
            (Hazard.TAMPER, True, "door2"),
        ]
        assert driver.facts["tamper"] is True


async def test_a_door_that_moved_long_ago_is_no_contact_now():
    async with up() as (simulated, driver, _told):
        simulated._ahead = -timedelta(minutes=1)
        simulated.move("door1", True)
        simulated._ahead = timedelta()
        simulated.move("door2", True)
        await eventually(lambda: driver.contacts[1])
        assert not driver.contacts[0]


async def test_duress_is_told_with_its_time():
    async with up() as (simulated, _driver, told):
        simulated.tell("AccessControl/Duress", {"AccessPointToken": "ap1"}, {})
        await eventually(lambda: of(Alarm, told))
        alarm = of(Alarm, told)[0]
        assert alarm.hazard is Hazard.DURESS and alarm.at is not None


@pytest.mark.parametrize(("can", "mode"), [(True, "LockedOpen"), (False, "Unlocked")])
async def test_a_door_is_held_open_and_let_go(can, mode):
    simulated = SimulatedOnvif()
    simulated.can["LockOpen"] = can
    async with up(simulated=simulated) as (_simulated, driver, _told):
        await driver.hold(frozenset({1}))
        assert simulated.modes == {"door1": "Locked", "door2": mode}
        await driver.hold(frozenset())
        assert simulated.modes == {"door1": "Locked", "door2": "Locked"}
        await driver.hold(frozenset({0}))
    assert simulated.modes == {"door1": "Locked", "door2": "Locked"}


async def test_on_connecting_doors_are_as_they_should_be():
    simulated = SimulatedOnvif()
    simulated.modes["door1"] = simulated.modes["door2"] = "LockedOpen"
    async with up((0,), simulated=simulated):
        assert simulated.modes == {"door1": "Locked", "door2": "LockedOpen"}


async def test_a_clock_that_is_wrong_does_not_keep_us_out():
    ahead = SimulatedOnvif(clock_ahead=timedelta(days=-400))
    async with up(simulated=ahead) as (simulated, _driver, told):
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))


async def test_a_wrong_password_is_told_in_words_and_not_shown(caplog):
    async with SimulatedOnvif() as simulated:
        async with running(simulated, password="hunter2") as (driver, _told):
            words = "user or password refused"
            await eventually(lambda: driver.problem == words, within=20)
            assert "hunter2" not in caplog.text


async def test_a_device_that_knows_users_by_http_alone_is_served():
    simulated = SimulatedOnvif()
    simulated.wants_digest = True
    async with up(simulated=simulated) as (_simulated, _driver, told):
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))


async def test_a_wrong_password_by_http_is_told_in_words():
    async with SimulatedOnvif() as simulated:
        simulated.wants_digest = True
        async with running(simulated, password="hunter2") as (driver, _told):
            await eventually(lambda: driver.problem == "user or password refused")


async def test_it_tells_who_it_is():
    async with up() as (_simulated, driver, _told):
        said = await driver.test()
        assert said == "answers, firmware 1.2, model Simulated Door, serial S-7"


def test_its_services_are_asked_at_its_own_host():
    # The simulator tells an address that cannot be reached.
    async def scenario():
        async with up() as (simulated, driver, _told):
            place = driver._onvif._addresses["doors"]
            assert place.startswith(simulated.address)

    asyncio.run(scenario())


async def test_a_device_that_falls_silent_is_offline_and_comes_back():
    async with up(timeout_ms=100, pull_ms=50) as (simulated, driver, told):
        await driver.hold(frozenset({0}))
        simulated.silent = True
        await eventually(lambda: not driver.online)
        assert "no answer" in driver.problem
        with pytest.raises(DeviceError, match="offline"):
            await driver.release(Release(0, 1000))
        simulated.modes["door1"] = "Locked"
        simulated.silent = False
        await online(driver)
        await eventually(lambda: simulated.modes["door1"] == "LockedOpen")
        assert simulated.accesses == []


async def test_an_unplugged_device_is_offline_and_comes_back():
    async with up() as (simulated, driver, told):
        await simulated.stop()
        await eventually(lambda: not driver.online)
        await simulated.start()
        await online(driver)
        simulated.present("ap1", CARD)
        await eventually(lambda: of(Read, told))


async def test_nonsense_on_the_wire_is_told_in_words_and_gets_well():
    async with up(pull_ms=50) as (simulated, driver, _told):
        simulated.garbled = True
        await eventually(lambda: not driver.online)
        assert "nonsense" in driver.problem
        simulated.garbled = False
        await online(driver)


async def test_an_event_that_is_none_does_not_disturb_the_others():
    async with up() as (simulated, _driver, told):
        simulated.tell("Something/Else", {}, {"What": "<&>"})
        simulated.tell("Door/State/DoorPhysicalState", {"DoorToken": "no"}, {})
        simulated.tell("AccessControl/Request/Identifier", {}, {})
        simulated.present("ap1", "not hex")
        await eventually(lambda: of(Read, told))
        assert [read.value for read in of(Read, told)] == [None]


async def test_an_output_it_does_not_have_does_not_disturb_the_others():
    async with up((0, 7)) as (simulated, driver, _told):
        assert "output 7: it has 2 doors" in driver.problem
        await driver.release(Release(0, 1000))
        assert len(simulated.accesses) == 1


async def test_doors_and_points_are_numbered_as_set():
    settings = {"doors": "door2", "points": "ap2 ap1"}
    async with up((0,), **settings) as (simulated, driver, told):
        simulated.present("ap2", CARD)
        await eventually(lambda: of(Read, told))
        assert of(Read, told)[0].reader == 0
        await driver.release(Release(0, 1000))
        assert simulated.accesses[0].door == "door2"


async def test_a_door_that_is_not_there_is_told_in_words():
    async with SimulatedOnvif() as simulated:
        async with running(simulated, doors="gate") as (driver, _told):
            words = "has no door 'gate', but door1 door2"
            await eventually(lambda: driver.problem == words, within=20)


@pytest.mark.parametrize("address", ["10.0.0.7", "udp://x", "http://", "http://a:x"])
async def test_an_address_that_is_none_is_told_in_words(address):
    driver = OnvifDoor(Device("9", "onvif_door", address), print)
    task = asyncio.create_task(driver.run())
    await eventually(lambda: "is no address" in driver.problem)
    await end([task])


async def test_a_release_is_ended_before_its_time():
    async with up() as (simulated, driver, _told):
        simulated.modes["door1"] = "Accessed"
        await driver.retract(0)
        assert simulated.modes["door1"] == "Locked"
