"""The MQTT driver against simulated devices at a real, if small, broker."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager

import aiomqtt
import pytest

from access_gateway.drivers import Contact, DeviceError, Release, TooLate
from access_gateway.drivers._mqtt import Broker
from access_gateway.drivers._mqtt_conventions import Tasmota
from access_gateway.drivers.mqtt_device import MqttDevice
from access_gateway.rules import Device
from access_gateway.simulators.mqtt_device import (
    SimulatedEntity,
    SimulatedShelly,
    SimulatedTasmota,
    SimulatedZigbee,
)

from .driving import driven
from .world import eventually

pytest.importorskip("amqtt")

ENTITY = "homeassistant/switch/gate/config"
KINDS = {
    "tasmota": (SimulatedTasmota, "gate"),
    "shelly": (SimulatedShelly, "shellies/gate"),
    "zigbee2mqtt": (SimulatedZigbee, "zigbee2mqtt/gate"),
    "homeassistant": (SimulatedEntity, ENTITY),
}
ALL = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
async def broker():
    from access_gateway.simulators.mqtt_broker import SimulatedBroker

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with SimulatedBroker(port) as running:
        yield running


@asynccontextmanager
async def driving(broker, kind, told=None, outputs=(0,), topic=None, **settings):
    settings = {"convention": kind, "timeout_ms": 500, **settings}
    topic = KINDS[kind][1] if topic is None else topic
    address = f"{broker.address}/{topic}"
    device = Device("6", "mqtt_device", address, settings, frozenset(outputs))
    async with driven(
        MqttDevice(device, (lambda _told: None) if told is None else told.append)
    ) as driver:
        yield driver


@asynccontextmanager
async def up(broker, kind, **given):
    """Run a device and its driver until they have met."""
    make, topic = KINDS[kind]
    async with make(broker.port, topic) as device:
        async with driving(broker, kind, **given) as driver:
            await eventually(lambda: driver.online)
            yield device, driver


@ALL
async def test_a_release_goes_on_and_off_again(broker, kind):
    async with up(broker, kind) as (device, driver):
        await driver.release(Release(0, 300))
        assert device.outputs[0] and driver.problem is None
        await eventually(lambda: not device.outputs[0])
        assert [change.on for change in device.changes] == [True, False]
        # No broker was told to keep a command for later.
        assert device.kept == []


@pytest.mark.parametrize("kind", ["tasmota", "shelly"])
async def test_the_device_ends_a_release_by_itself(broker, kind):
    async with up(broker, kind) as (device, driver):
        await driver.release(Release(0, 300))
        assert not driver._releases._company
        await eventually(lambda: not device.outputs[0])


async def test_a_longer_release_is_not_cut_short(broker):
    async with up(broker, "shelly") as (device, driver):
        await driver.release(Release(0, 800))
        await driver.release(Release(0, 10))
        await eventually(lambda: not device.outputs[0])
        on, off = device.changes
        assert off.at - on.at >= 0.7


@ALL
async def test_what_is_held_stays_on_through_a_release(broker, kind):
    async with up(broker, kind) as (device, driver):
        await driver.hold(frozenset({0}))
        assert device.outputs[0]
        await driver.release(Release(0, 10))
        await driver.hold(frozenset())
        assert not device.outputs[0]
        assert [change.on for change in device.changes] == [True, False]


async def test_a_release_may_be_ended_early(broker):
    async with up(broker, "tasmota") as (device, driver):
        await driver.release(Release(0, 60_000))
        await driver.retract(0)
        assert not device.outputs[0]


@ALL
async def test_on_connecting_what_was_on_goes_off(broker, kind):
    make, topic = KINDS[kind]
    async with make(broker.port, topic) as device:
        device.outputs[0] = True
        async with driving(broker, kind) as driver:
            await eventually(lambda: driver.online)
            assert not device.outputs[0]


@ALL
async def test_on_shutting_down_what_is_on_goes_off(broker, kind):
    make, topic = KINDS[kind]
    async with make(broker.port, topic) as device:
        async with driving(broker, kind) as driver:
            await eventually(lambda: driver.online)
            await driver.release(Release(0, 60_000))
        await eventually(lambda: not device.outputs[0])
    assert not Broker._shared


@ALL
async def test_a_command_that_is_not_confirmed_is_a_problem(broker, kind):
    async with up(broker, kind, timeout_ms=300) as (device, driver):
        device.silent = True
        with pytest.raises(DeviceError, match="output 0: not confirmed"):
            await driver.release(Release(0, 50))
        device.silent = False
        await driver.retract(0)
        await driver.release(Release(0, 50))
        assert driver.problem is None


async def test_what_was_not_confirmed_is_tried_again(broker):
    made = SimulatedTasmota(broker.port, "gate")
    made.deaf = made.outputs[0] = True
    async with made as device:
        async with driving(broker, "tasmota", timeout_ms=100, check_ms=50) as driver:
            await eventually(lambda: "not confirmed" in driver.problem)
            device.deaf = False
            await eventually(lambda: driver.problem is None)
            assert not device.outputs[0]


@ALL
async def test_a_release_that_waited_too_long_is_not_sent(broker, kind):
    """Its time is looked at again when its turn has come."""
    async with up(broker, kind) as (device, driver):
        async with driver._turns.setdefault(0, asyncio.Lock()):
            releasing = asyncio.create_task(
                driver.release(Release(0, 300, before=time.monotonic() + 0.05))
            )
            await eventually(lambda: driver._releases.left(0) > 0)
            late = time.monotonic() + 0.05
            await eventually(lambda: time.monotonic() > late)
        with pytest.raises(TooLate):
            await releasing
        assert device.changes == [] and driver._releases.left(0) < 0


async def test_a_command_that_is_refused_is_told_in_its_words(broker):
    async with up(broker, "shelly") as (device, driver):
        device.refusing = True
        with pytest.raises(DeviceError, match="refused: Argument"):
            await driver.release(Release(0, 50))


@ALL
async def test_a_device_that_goes_is_offline_and_comes_back(broker, kind):
    async with up(broker, kind) as (device, driver):
        await device.stop()
        await eventually(lambda: not driver.online)
        assert "offline" in driver.problem
        with pytest.raises(DeviceError, match="offline"):
            await driver.release(Release(0, 50))
        await device.start()
        await eventually(lambda: driver.online)
        await driver.release(Release(0, 60_000))
        assert device.outputs[0]


async def test_a_device_that_was_never_heard_of_is_told(broker):
    async with driving(broker, "tasmota", timeout_ms=100) as driver:
        await eventually(lambda: "not been heard of" in driver.problem)


async def test_an_entity_that_is_not_announced_is_told(broker):
    async with driving(broker, "homeassistant", timeout_ms=100) as driver:
        await eventually(lambda: "no discovery message" in driver.problem)


async def test_a_broker_that_goes_is_lost_and_found_again(broker):
    async with up(broker, "tasmota") as (device, driver):
        await broker.stop()
        await eventually(lambda: not driver.online)
        assert "broker" in driver.problem
        await broker.start()
        await device.stop()
        await device.start()
        await eventually(lambda: driver.online, within=10)


@pytest.mark.parametrize("kind", ["tasmota", "shelly", "zigbee2mqtt"])
async def test_an_input_is_told_at_first_and_when_it_changes(broker, kind):
    told = []
    async with up(broker, kind, told=told) as (device, driver):
        await eventually(lambda: driver.contacts)
        await device.press(True)
        await eventually(lambda: driver.contacts == {0: True})
        contacts = [one for one in told if isinstance(one, Contact)]
        assert [one.active for one in contacts] == [False, True]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("tasmota", {"firmware": "14.3"}),
        ("shelly", {"firmware": "1.4.4", "model": "SPSW-202", "serial": "A8032AB1"}),
        ("zigbee2mqtt", {"battery": 87}),
    ],
)
async def test_what_the_device_says_of_itself_stands_in_its_facts(broker, kind, facts):
    async with up(broker, kind) as (_device, driver):
        await eventually(lambda: driver.facts == facts)


async def test_devices_at_one_broker_share_the_connection(broker):
    async with SimulatedTasmota(broker.port, "light") as light:
        async with up(broker, "shelly") as (device, driver):
            async with driving(broker, "tasmota", topic="light") as other:
                await eventually(lambda: other.online)
                assert other._broker is driver._broker
                await asyncio.gather(
                    driver.release(Release(0, 60_000)),
                    other.release(Release(0, 60_000)),
                )
                assert device.outputs[0] and light.outputs[0]
            assert driver.online
            await driver.retract(0)


async def test_topics_may_be_given(broker):
    given = {"command_topic": "cmnd/gate/POWER1", "state_topic": "stat/gate/POWER1"}
    async with SimulatedTasmota(broker.port, "gate") as device:
        async with driving(broker, "homeassistant", topic="", **given) as driver:
            await eventually(lambda: driver.online)
            await driver.release(Release(0, 100))
            assert device.outputs[0]
            await eventually(lambda: not device.outputs[0])


async def test_an_old_state_confirms_nothing(broker):
    async with aiomqtt.Client("127.0.0.1", broker.port) as somebody:
        await somebody.publish("stat/gate/POWER1", "OFF", qos=1, retain=True)
        await somebody.publish("tele/gate/LWT", "Online", qos=1, retain=True)
        async with driving(broker, "tasmota", timeout_ms=100) as driver:
            await eventually(lambda: driver.online)
            assert "not confirmed that it is off" in driver.problem
        await somebody.publish("stat/gate/POWER1", "", qos=1, retain=True)


async def test_garbage_is_passed_over(broker):
    async with up(broker, "shelly") as (device, driver):
        for topic in ("status/switch:0", "events/rpc", "status/input:x"):
            for payload in ("\x00", "[" * 5000, "[1]", '{"params": 3}', "{}"):
                await device.publish(f"shellies/gate/{topic}", payload)
        await driver.release(Release(0, 60_000))
        assert device.outputs[0] and driver.contacts == {0: False}


async def test_a_broker_that_is_not_there_is_named(broker):
    await broker.stop()
    async with driving(broker, "tasmota") as driver:
        await eventually(lambda: "cannot reach the broker" in driver.problem)


@pytest.mark.parametrize(
    ("address", "settings", "words"),
    [
        ("http://broker/gate", {}, "no address"),
        ("mqtt://broker/#", {}, "no address"),
        ("mqtt://broker", {}, "no topic"),
        ("mqtt://broker", {"convention": "homeassistant"}, "no topic"),
        ("mqtt://broker/x", {"convention": "x"}, "convention"),
    ],
)
def test_settings_that_cannot_work_are_told(address, settings, words):
    with pytest.raises(DeviceError, match=words):
        MqttDevice(Device("6", "mqtt_device", address, settings), print)


@pytest.mark.parametrize(
    ("milliseconds", "pulse"), [(100, 1), (11_100, 111), (11_101, 112), (60_000, 160)]
)
def test_tasmota_counts_pulses_in_its_own_way(milliseconds, pulse):
    _topic, order = Tasmota("gate").switch(1, True, milliseconds)
    assert order == f"PulseTime2 {pulse}; POWER2 ON"


def test_a_shelly_ends_a_pulse_by_toggle_after():
    from access_gateway.drivers._mqtt_conventions import Shelly

    _topic, call = Shelly("x").switch(0, True, 1500)
    assert json.loads(call)["params"] == {"id": 0, "on": True, "toggle_after": 1.5}
