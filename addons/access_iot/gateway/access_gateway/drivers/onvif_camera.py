"""ONVIF cameras: the picture of this moment. Tried against our simulator only."""

import asyncio
from collections.abc import Callable

import httpx

from ..rules import Device
from . import DeviceError, Driver, Role, Setting, Told
from ._onvif import ACCOUNT, ADDRESS_HELP, Onvif, read_limited

_JPEG = b"\xff\xd8\xff"


class OnvifCamera(Driver):
    """Asks the camera where its snapshot is, and fetches that when a picture is wanted.

    The password goes by digest; in the clear only to a camera that knows nothing else.
    """

    title = "ONVIF camera"
    roles = frozenset({Role.CAMERA})
    address_help = ADDRESS_HELP
    settings = (
        *ACCOUNT,
        Setting("profile", "Profile", "", help="Its token; the first one if empty."),
        Setting("max_kb", "Largest Picture (kB)", 2000, low=1, high=20_000),
        Setting("check_ms", "Asked Every (ms)", 10_000, low=10, high=60_000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._onvif: Onvif | None = None
        self._picture = ""

    async def connect(self) -> None:
        self._onvif = Onvif(self.device.address, self.setting)
        await self._onvif.open()
        self.facts.update(await self._onvif.facts())
        profile = self.setting("profile")
        if not profile:
            profiles = await self._onvif.ask("media", "GetProfiles")
            if not profiles:
                raise DeviceError("the camera has no profile")
            profile = profiles[0]["token"]
        said = await self._onvif.ask("media", "GetSnapshotUri", ProfileToken=profile)
        self._picture = self._onvif.at_device(said["Uri"])

    async def serve(self) -> None:
        while True:
            await asyncio.sleep(self.setting("check_ms") / 1000)
            await self._onvif.ask("device", "GetSystemDateAndTime")

    async def disconnect(self) -> None:
        if self._onvif is not None:
            await self._onvif.close()
            self._onvif = None

    async def snapshot(self) -> bytes:
        if self._onvif is None or not self.online:
            raise DeviceError(f"offline: {self.problem}")
        within = self.setting("timeout_ms") / 1000
        try:
            picture = await asyncio.wait_for(self._fetch(self._onvif), within)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError) as error:
            raise DeviceError("the camera gave no picture in time") from error
        if not picture.startswith(_JPEG):
            raise DeviceError("what the camera gave is no JPEG")
        return picture

    async def _fetch(self, onvif: Onvif) -> bytes:
        status, picture = await self._get(onvif, onvif.digest)
        if status == httpx.codes.UNAUTHORIZED and onvif.basic is not None:
            status, picture = await self._get(onvif, onvif.basic)
        if status == httpx.codes.UNAUTHORIZED:
            raise DeviceError("user or password refused for the picture")
        if status != httpx.codes.OK:
            raise DeviceError(f"the camera answers HTTP {status} for its picture")
        return picture

    async def _get(self, onvif: Onvif, auth: httpx.Auth | None) -> tuple[int, bytes]:
        async with onvif.http.stream("GET", self._picture, auth=auth) as answer:
            limit = 1000 * self.setting("max_kb")
            return answer.status_code, await read_limited(answer, limit)
