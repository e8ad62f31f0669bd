"""How drivers are found, and what all of them have in common."""

import asyncio
import logging
import socket
import sys
from pathlib import Path

import pytest

from access_gateway import drivers, installed
from access_gateway.devices import Devices
from access_gateway.drivers import DeviceError, Driver, Release
from access_gateway.errors import in_plain_words
from access_gateway.installed import driver_class
from access_gateway.rules import Device
from access_gateway.tasks import end

from .world import eventually

OUTSIDE = """
from access_gateway.drivers import Driver

class Doorbell(Driver):
    async def connect(self):
        self.give("card", "04A1B2C3")
    async def serve(self):
        import asyncio
        await asyncio.Event().wait()
"""


class Shaky(Driver):
    """Fails in whatever way its address says."""

    retry = (0.0, 0.0)
    tries = 0

    async def connect(self):
        self.tries += 1
        if self.device.address == "fault":
            raise ZeroDivisionError
        if self.device.address == "away":
            raise DeviceError("away")
        if self.device.address == "io":
            raise OSError(5, "input/output error")

    async def disconnect(self):
        if self.device.address == "sticky":
            raise OSError("will not let go")

    async def serve(self):
        if self.device.address == "steady":
            await asyncio.Event().wait()


def run(address, holds):
    async def scenario():
        driver = Shaky(Device("1", "shaky", address), print)
        task = asyncio.create_task(driver.run())
        await eventually(lambda: holds(driver))
        await end([task])
        return driver

    return asyncio.run(scenario())


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A driver of another package: one file and an entry point."""
    (tmp_path / "doorbell.py").write_text(OUTSIDE)
    info = tmp_path / "doorbell-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: doorbell\n")
    (info / "entry_points.txt").write_text(
        "[access_gateway.drivers]\ndoorbell = doorbell:Doorbell\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("doorbell", None)


@pytest.mark.parametrize("name", ["serial_reader", "modbus_relay", "locker_board"])
def test_our_drivers_are_found(name):
    assert issubclass(driver_class(name), Driver)


async def test_a_driver_of_another_package_is_found(outside, tmp_path):
    reads = []
    devices = Devices(tmp_path, reads.append)
    await devices.apply({"1": Device("1", "doorbell", "x")})
    await eventually(lambda: reads)
    await devices.close()


@pytest.mark.parametrize("name", ["telepathy", "", "no.such", "__init__"])
def test_a_driver_that_there_is_not_is_named(name):
    with pytest.raises(DeviceError, match=repr(name)):
        driver_class(name)


@pytest.fixture
def needy(tmp_path, monkeypatch):
    """A driver of ours whose package is not installed."""
    (tmp_path / "needy.py").write_text("import no_such_package.part\n")
    monkeypatch.setattr(drivers, "__path__", [*drivers.__path__, str(tmp_path)])


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (
            ['no_such_package>=1; extra == "few"'],
            r"pip install 'access-gateway\[few\]'",
        ),
        (["httpx==0.28.*"], "needs no_such_package, which is not installed"),
    ],
)
def test_a_driver_whose_package_is_not_installed_says_what_to_install(
    needy, monkeypatch, needs, words
):
    monkeypatch.setattr(installed, "requires", lambda _name: needs)
    with pytest.raises(DeviceError, match=words):
        driver_class("needy")


@pytest.mark.parametrize("address", ["away", "io", "fault", "closes", "sticky"])
def test_after_each_trouble_a_driver_tries_again(address):
    driver = run(address, lambda driver: driver.tries > 2)
    assert not driver.online


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("away", "away"),
        ("io", "input/output error"),
        ("fault", "fault in the driver"),
        ("closes", "closed the line"),
    ],
)
def test_each_trouble_has_words(address, words):
    run(address, lambda driver: words in (driver.problem or ""))


def test_trouble_that_lasts_is_logged_once(caplog):
    caplog.set_level(logging.INFO)
    run("away", lambda driver: driver.tries > 5)
    assert caplog.text.count("away") == 1


def test_a_steady_device_is_online():
    assert run("steady", lambda driver: driver.online).problem is None


async def test_a_device_without_outputs_says_so():
    driver = Shaky(Device("1", "shaky", "steady"), print)
    task = asyncio.create_task(driver.run())
    await eventually(lambda: driver.online)
    with pytest.raises(DeviceError, match="no outputs"):
        await driver.release(Release(0, 1))
    await end([task])


@pytest.mark.parametrize(
    ("address", "located"),
    [
        ("entrance", "/serial/entrance"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
    ],
)
async def test_an_address_without_a_place_is_in_the_serial_directory(address, located):
    devices = Devices(Path("/serial"), print)
    await devices.apply({"1": Device("1", "serial_reader", address)})
    driver = devices.get("1")
    await devices.close()
    assert driver.device.address == located


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again(monkeypatch):
    monkeypatch.setattr("access_gateway.tasks.PATIENCE_S", 0.01)

    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.5', 1)"), "refused"),
        (socket.gaierror(-2, "Name or service not known"), "name is not known"),
        (DeviceError("no port: [Errno 13] Permission denied"), "no port: Permission"),
    ],
)
def test_what_the_system_refuses_is_told_without_its_numbers(error, words):
    said = in_plain_words(error)
    assert words in said and "rrno" not in said and "10.0" not in said


async def test_a_test_tells_in_words_how_many_cards_are_kept():
    driver = Shaky(Device("1", "shaky", ""), print)
    driver.online, driver.facts = True, {"cards": 0, "cards_known": 3, "cards_at": "x"}
    assert await driver.test() == "answers, cards kept 0 of 3"
