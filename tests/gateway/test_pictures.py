"""Pictures of events (requirement F8): taken at once, kept until the ERP has them."""

import asyncio
import base64
from contextlib import asynccontextmanager

from access_gateway import pictures
from access_gateway.drivers import DeviceError
from access_gateway.pictures import MOST

from .world import CARD, STRANGER, eventually, open_venue, policy

JPEG = b"\xff\xd8\xff\xe0 a picture"


class Camera:
    """Stands in for a camera's driver among the devices."""

    def __init__(self):
        self.taken = 0
        self.fails = None

    async def snapshot(self):
        self.taken += 1
        if self.fails is not None:
            raise self.fails
        return JPEG


@asynccontextmanager
async def watched(directory, **wire):
    known = {**policy()["wiring"]["1"], "camera": "camera", **wire}
    async with open_venue(directory, wiring={"1": known}) as place:
        camera, get = Camera(), place.gateway.devices.get
        place.gateway.devices.get = lambda key: camera if key == "camera" else get(key)
        yield place, camera


def sent(place):
    return [body for call, body in place.erp.requests if call == "picture"]


async def test_a_refusal_is_seen_with_its_event(tmp_path):
    async with watched(tmp_path) as (place, _camera):
        await place.hold(STRANGER)
        await eventually(lambda: sent(place))
        (body,) = sent(place)
        assert body["sequence"] == 1
        assert base64.b64decode(body["picture"]) == JPEG


async def test_who_is_let_in_is_not_looked_at(tmp_path):
    async with watched(tmp_path) as (place, camera):
        await place.hold(CARD)
        await place.erp.until(lambda: place.erp.events)
        assert camera.taken == 0


async def test_who_is_let_in_is_looked_at_where_staff_want_it(tmp_path):
    async with watched(tmp_path, pictures="all") as (place, _camera):
        await place.hold(CARD)
        await eventually(lambda: sent(place))


async def test_what_was_sent_is_not_kept(tmp_path):
    async with watched(tmp_path) as (place, _camera):
        await place.hold(STRANGER)
        await eventually(lambda: sent(place))
        await eventually(lambda: not list((place.state_dir / "pictures").iterdir()))


async def test_while_the_erp_is_away_pictures_are_kept(tmp_path):
    async with watched(tmp_path) as (place, _camera):
        await place.erp.stop()
        await place.hold(STRANGER)
        kept = place.state_dir / "pictures" / "1.jpg"
        await eventually(kept.exists)
        assert kept.read_bytes() == JPEG


async def test_the_oldest_are_given_up_first(tmp_path):
    async with watched(tmp_path) as (place, _camera):
        await place.erp.stop()
        album = place.gateway.album
        for sequence in range(1, MOST + 3):
            album._keep(sequence, JPEG)
        names = [path.stem for path in album._kept()]
        assert (names[0], len(names)) == ("3", MOST)


async def test_no_more_bytes_are_kept_than_that(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 2 * len(JPEG))
    async with watched(tmp_path) as (place, _camera):
        await place.erp.stop()
        album = place.gateway.album
        for sequence in (1, 2, 3):
            album._keep(sequence, JPEG)
        assert [path.stem for path in album._kept()] == ["2", "3"]


async def test_no_picture_is_taken_that_the_journal_may_need_the_room_of(tmp_path):
    async with watched(tmp_path) as (place, camera):
        (place.state_dir / "ballast").unlink()
        await place.hold(STRANGER)
        await place.erp.until(lambda: place.erp.events)
        assert camera.taken == 0


async def test_what_a_crash_left_half_written_is_removed(tmp_path):
    folder = tmp_path / "state" / "pictures"
    folder.mkdir(parents=True)
    (folder / "7.jpg.new").touch()
    async with watched(tmp_path):
        assert not (folder / "7.jpg.new").exists()


async def test_a_door_waits_for_no_camera(tmp_path):
    async with watched(tmp_path, pictures="all") as (place, camera):
        never = asyncio.Event()
        camera.snapshot = never.wait
        await place.hold(CARD)
        await place.board.wait_for(0, True)


async def test_a_camera_that_fails_is_told_of_and_costs_nothing(tmp_path, caplog):
    async with watched(tmp_path) as (place, camera):
        camera.fails = DeviceError("offline")
        await place.hold(STRANGER)
        await eventually(lambda: "no picture of event 1: offline" in caplog.text)


async def test_a_picture_that_the_erp_will_never_take_is_given_up(tmp_path):
    async with watched(tmp_path) as (place, _camera):
        place.erp.refusals["picture"] = (422, {"error": "picture_malformed"})
        await place.hold(STRANGER)
        await eventually(lambda: sent(place))
        await eventually(lambda: not list((place.state_dir / "pictures").iterdir()))
