"""The driver of plate cameras against simulated ones that post to it."""

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from access_gateway.drivers import DeviceError, _listener
from access_gateway.drivers.plate_camera import PlateCamera
from access_gateway.rules import Device
from access_gateway.simulators.plate_camera import NAMESPACES, SimulatedPlateCamera

from .driving import driven
from .world import eventually

PLATE = "HK55EVB"


@pytest.fixture
def place():
    """An address at which nobody listens yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@asynccontextmanager
async def running(address, emit=None, **settings):
    reads = []
    settings = {"secret": "s3cret", **settings}
    device = Device("4", "plate_camera", address, settings)
    async with driven(PlateCamera(device, emit or reads.append)) as driver:
        await eventually(lambda: driver.problem != "not connected yet")
        yield driver, reads


@asynccontextmanager
async def up(place, auth=None, namespace=NAMESPACES[0], path="/in", **settings):
    """Run the driver and a camera that posts to it."""
    secret = "" if settings.get("user") else "/s3cret"
    url = f"{place}{path}{secret}"
    async with running(f"{place}{path}", **settings) as (driver, reads):
        await eventually(lambda: driver.online or settings.get("silence_s"))
        async with SimulatedPlateCamera(url, auth, namespace) as camera:
            yield camera, driver, reads


@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize("namespace", NAMESPACES)
async def test_a_plate_is_read(place, namespace, pictures):
    async with up(place, namespace=namespace) as (camera, driver, reads):
        assert await camera.see(PLATE, pictures=pictures) == 200
        (read,) = reads
        assert (read.device, read.kind, read.value) == ("4", "plate", PLATE)
        assert driver.facts["serial"] == "a4:d5:c2:00:00:01"


async def test_the_direction_is_the_reader(place):
    async with up(place) as (camera, _driver, reads):
        await camera.see(PLATE)
        await camera.see(PLATE, direction="reverse")
        assert [read.reader for read in reads] == [0, 1]


async def test_a_plate_that_the_camera_is_not_sure_of_is_unreadable(place):
    async with up(place, confidence=80) as (camera, _driver, reads):
        await camera.see(PLATE, confidence=79)
        await camera.see("unknown", confidence=99)
        await camera.see(PLATE, confidence=80)
        assert [read.value for read in reads] == [None, None, PLATE]


async def test_a_plate_that_is_posted_twice_is_told_once(place):
    async with up(place) as (camera, _driver, reads):
        assert await camera.see(PLATE, uuid="1") == 200
        assert await camera.see(PLATE, uuid="1") == 200
        assert len(reads) == 1


async def test_a_plate_that_could_not_be_kept_is_not_confirmed(place):
    kept = []

    def keep(read):
        kept.append(read)
        if len(kept) == 1:
            raise OSError("disk full")

    async with up(place, emit=keep) as (camera, _driver, _reads):
        assert await camera.see(PLATE, uuid="1") == 500
        assert await camera.see(PLATE, uuid="1") == 200
        assert len(kept) == 2


async def test_a_plate_of_long_ago_opens_nothing_and_is_a_problem(place):
    async with up(place) as (camera, driver, reads):
        long_ago = datetime.now(timezone.utc) - timedelta(minutes=10)
        assert await camera.see(PLATE, at=long_ago) == 200
        assert reads == [] and "late" in driver.problem
        await camera.see(PLATE)
        assert len(reads) == 1 and driver.problem is None


@pytest.mark.parametrize("auth", [("cam", "s3cret"), httpx.DigestAuth("cam", "s3cret")])
async def test_a_camera_may_log_in(place, auth):
    async with up(place, auth, user="cam") as (camera, _driver, reads):
        assert await camera.see(PLATE) == 200
        assert len(reads) == 1


@pytest.mark.parametrize("auth", [None, ("cam", "x"), httpx.DigestAuth("cam", "x")])
async def test_a_wrong_password_is_refused(place, auth):
    async with up(place, auth, user="cam") as (camera, _driver, reads):
        assert await camera.see(PLATE) == 401
        assert reads == []


async def test_a_wrong_secret_finds_nothing(place):
    async with running(f"{place}/in") as (driver, reads):
        await eventually(lambda: driver.online)
        for path in ("/in", "/in/S3cret", "/out/s3cret", "/"):
            async with SimulatedPlateCamera(place + path) as camera:
                assert await camera.see(PLATE) == 404
        assert reads == []


async def test_another_address_is_refused(place):
    async with up(place, sources="10.0.0.0/8, 192.168.1.64") as (camera, _, reads):
        assert await camera.see(PLATE) == 403
        assert reads == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/xml"),
        (b"\x00\xff garbage", "text/plain"),
        (b"<a>", "application/xml"),
        (b"<a/>", "application/xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "application/xml"),
        (b"<a/>", "multipart/form-data"),
        (b"--x\r\n\r\n\xff\xd8\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
async def test_garbage_is_refused(place, body, content_type):
    async with up(place) as (camera, _driver, reads):
        assert await camera.post(body, content_type) == 400
        assert await camera.see(PLATE) == 200
        assert len(reads) == 1


async def test_what_is_too_large_is_refused(place):
    async with up(place, max_kb=10) as (camera, _driver, reads):
        assert await camera.post(b"<" + 50_000 * b"a", "application/xml") == 413
        assert reads == []


@pytest.mark.parametrize("said", [b"", b"POST /in/s3cret HTTP/1.1\r\nHost: a\r\n"])
async def test_a_slow_client_is_cut_off(place, monkeypatch, said):
    monkeypatch.setattr(_listener, "WITHIN_S", 0.05)
    async with up(place) as (_camera, _driver, _reads):
        host, port = place.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(said)
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionResetError:
            pass
        writer.close()


async def test_what_is_no_http_is_answered_and_ended(place):
    async with up(place) as (_camera, _driver, _reads):
        host, port = place.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400")
        writer.close()


async def test_cameras_share_a_port_each_with_its_path(place):
    async with up(place) as (camera, _driver, reads):
        async with up(place, path="/out") as (other, _other_driver, others):
            await other.see(PLATE)
            assert (len(reads), len(others)) == (0, 1)
        assert await camera.see(PLATE) == 200
        assert len(reads) == 1


async def test_two_devices_at_one_path_are_told(place):
    async with up(place):
        async with running(f"{place}/in") as (driver, _reads):
            await eventually(lambda: "another device" in (driver.problem or ""))


async def test_a_port_that_is_taken_is_named(place):
    host, port = place.removeprefix("http://").split(":")
    taken = await asyncio.start_server(print, host, int(port))
    async with (
        running(f"{place}/in") as (one, _),
        running(f"{place}/out") as (other, _),
    ):
        for driver in (one, other):
            await eventually(lambda it=driver: "cannot listen" in (it.problem or ""))
        taken.close()
        await taken.wait_closed()
        await eventually(lambda: one.online and other.online)


async def test_a_silent_camera_is_offline_until_it_posts(place):
    async with up(place, silence_s=1) as (camera, driver, reads):
        assert not driver.online and "yet" in driver.problem
        assert await camera.beat() == 200
        await eventually(lambda: driver.online)
        driver._silence = 0.02
        await camera.beat()
        await eventually(lambda: not driver.online)
        assert "posted nothing" in driver.problem
        assert await camera.see(PLATE) == 200
        await eventually(lambda: reads)


async def test_nobody_listens_after_the_driver_has_ended(place):
    async with up(place) as (camera, _driver, _reads):
        pass
    async with SimulatedPlateCamera(f"{place}/in/s3cret") as camera:
        with pytest.raises(httpx.ConnectError):
            await camera.see(PLATE)


@pytest.mark.parametrize(
    ("address", "settings", "words"),
    [
        ("http://0.0.0.0:8090/in", {}, "address of ours"),
        ("http://camera:8090/in", {}, "address of ours"),
        ("http://127.0.0.1:8090", {}, "address of ours"),
        ("http://127.0.0.1:8090/in", {"secret": ""}, "a secret"),
        ("http://127.0.0.1:8090/in", {"sources": "x"}, "sources"),
    ],
)
def test_settings_that_cannot_work_are_told(address, settings, words):
    device = Device("4", "plate_camera", address, {"secret": "s", **settings})
    with pytest.raises(DeviceError, match=words):
        PlateCamera(device, print)
