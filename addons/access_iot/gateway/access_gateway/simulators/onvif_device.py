"""An ONVIF door controller and camera: SOAP as the official WSDL has it.

Requests are read and answers written by what zeep finds in the WSDL, so that what does
not fit the standard fails in a test.
"""

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple

from lxml import etree

from ..drivers._onvif import SERVICES, document
from ._http import (
    ASK_BASIC,
    ASK_DIGEST,
    HttpServer,
    Reply,
    Request,
    basic,
    is_digest,
)
from ._onvif_keys import KeptKeys
from ._soap import (
    Fault,
    Subscription,
    date_time,
    notification,
    operations,
    parse,
    pulled,
    refusal,
    require_token,
)

LIFE = timedelta(seconds=60)
# A small picture: 1 by 1 pixel.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkI"
    "CQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAI"
    "AQEAAD8A0s8g/9k="
)


class Access(NamedTuple):
    """A door that was opened; ``seconds`` is ``None`` for its own time."""

    door: str
    seconds: float | None
    by_gateway: bool
    at: float


class SimulatedOnvif(KeptKeys):
    """A device on the loopback with doors, access points, credentials and a camera.

    ``points`` gives by access point its door. It asks who subscribed to its events,
    else it decides by its credentials. ``opened`` is called for each door that it
    opens; ``accesses`` holds them. Its clock is ahead by ``clock_ahead``, in ``zone``.
    Set ``silent`` to have nothing answered, ``garbled`` to have nonsense answered,
    ``stores_events`` to have it keep events for later, ``wants_digest`` to have it
    know users by HTTP alone, ``picture`` and ``picture_auth`` (``digest``, ``basic``
    or ``None``) for its camera.
    Runs within ``async with``; ``stop`` and ``start`` switch its network.
    """

    def __init__(
        self,
        points: dict[str, str] | None = None,
        user: str = "admin",
        password: str = "secret",
        clock_ahead: timedelta = timedelta(),
        zone: tzinfo = timezone.utc,
        opened: Callable[[Access], None] = lambda _access: None,
    ):
        super().__init__()
        self.points = points or {"ap1": "door1", "ap2": "door2"}
        doors = sorted(set(self.points.values()))
        self.modes = dict.fromkeys(doors, "Locked")
        self.physical = dict.fromkeys(doors, "Closed")
        self.can = {
            "Access": True,
            "AccessTimingOverride": True,
            "Lock": True,
            "Unlock": True,
            "LockOpen": True,
        }
        self.accesses: list[Access] = []
        self.denied: list[tuple[str, str | None]] = []
        self.requests: list[str] = []
        self.silent = self.garbled = self.stores_events = self.wants_digest = False
        self.picture, self.picture_auth = JPEG, "digest"
        self._user, self._password = user, password
        self._ahead, self._zone = clock_ahead, zone
        self._opened = opened
        self._asked: set[str] = set()
        self._subscriptions: dict[str, Subscription] = {}
        self._stored: list[tuple[datetime, str]] = []
        self._count = 0
        self._http = HttpServer(self._serve)

    async def __aenter__(self) -> "SimulatedOnvif":
        # Not in the loop, where the first one takes a second.
        for name in SERVICES:
            await asyncio.to_thread(document, name)
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @property
    def address(self) -> str:
        """What a gateway has as the device's address."""
        return self._http.address

    @property
    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self._ahead

    @property
    def asks_gateway(self) -> bool:
        return any(one.until > self.now for one in self._subscriptions.values())

    async def start(self) -> None:
        await self._http.start()

    async def stop(self) -> None:
        self._subscriptions.clear()
        await self._http.stop()

    def present(self, point: str, card: str) -> float:
        """Hold a card to the reader of an access point; give when."""
        at = time.monotonic()
        token = self.token_of(card)
        source, data = {"AccessPointToken": point}, {"CredentialToken": token or ""}
        if self.asks_gateway:
            self._asked.add(point)
            if token is None:
                data = {"IdentifierType": "pt:Card", "IdentifierValue": card}
                self.tell("AccessControl/Request/Identifier", source, data)
            else:
                self.tell("AccessControl/Request/Credential", source, data)
        elif token is None:
            topic = "AccessControl/Denied/CredentialNotFound/Card"
            self.tell(topic, source, {"Card": card})
        elif self.may(token, point, self.now.astimezone(self._zone)):
            self._access(self.points[point], None, by_gateway=False)
            self.tell("AccessControl/AccessGranted/Credential", source, data)
        else:
            data["Reason"] = "NotPermittedAtThisTime"
            self.tell("AccessControl/Denied/Credential", source, data)
        return at

    def set_clock(self, at: datetime) -> None:
        """Have its own clock show another time; aware."""
        self._ahead = at - datetime.now(timezone.utc)

    def end_subscriptions(self) -> None:
        """As if nobody had renewed them for their time."""
        for one in self._subscriptions.values():
            one.until = self.now

    def give_up(self, point: str) -> None:
        """Wait no longer for the answer to who is at an access point."""
        self._asked.discard(point)
        topic = "AccessControl/Request/Timeout"
        self.tell(topic, {"AccessPointToken": point}, {})

    def move(self, door: str, is_open: bool) -> None:
        self.physical[door] = "Open" if is_open else "Closed"
        self.tell_door(door, "DoorPhysicalState", self.physical[door])

    def tell_door(self, door: str, what: str, state: str) -> None:
        self.tell(f"Door/State/{what}", {"DoorToken": door}, {"State": state})

    def tell(self, topic: str, source: dict[str, str], data: dict[str, str]) -> None:
        """Tell an event to all who subscribed, and store it if it stores any."""
        at = self.now
        said = notification(topic, at, source, data)
        if self.stores_events:
            self._stored.append((at, said))
        for subscription in self._subscriptions.values():
            subscription.waiting.append(said)
            subscription.arrived.set()

    def _access(self, door: str, seconds: float | None, by_gateway: bool) -> None:
        access = Access(door, seconds, by_gateway, time.monotonic())
        self.accesses.append(access)
        self._opened(access)

    async def _serve(self, request: Request) -> Reply:
        while self.silent:
            await asyncio.sleep(0.01)
        if request.method == "GET":
            return self._snapshot(request)
        if self.wants_digest and not is_digest(request, self._user, self._password):
            return Reply(401, {"WWW-Authenticate": ASK_DIGEST}, b"")
        try:
            said = await self._answer(request)
            status = 200
        except Fault as fault:
            said, status = refusal(fault), 400
        if self.garbled:
            said = b"<<<" + said[:40]
        return Reply(status, {"Content-Type": "application/soap+xml"}, said)

    async def _answer(self, request: Request) -> bytes:
        envelope, body = parse(request.body)
        name = etree.QName(body)
        service, operation = operations().get(name.text, (None, None))
        is_told = name.localname == "GetServiceCapabilities"
        if operation is None or not (is_told or hasattr(self, name.localname)):
            raise Fault("ter:ActionNotSupported", name.localname)
        self.requests.append(name.localname)
        if name.localname != "GetSystemDateAndTime" and not self.wants_digest:
            require_token(envelope, self._user, self._password, self.now)
        if name.localname == "PullMessages":
            return await self._pull(request.path, body)
        values = operation.input.body.parse(body, document(service).types)
        if name.localname in ("Seek", "Renew", "Unsubscribe"):
            found = getattr(self, name.localname)(request.path, values)
        elif name.localname == "GetServiceCapabilities":
            found = {"Capabilities": self.capabilities_of(service)}
        else:
            found = getattr(self, name.localname)(values)
        answer = operation.output.serialize(**(found or {})).content
        return etree.tostring(answer, xml_declaration=True, encoding="UTF-8")

    def _snapshot(self, request: Request) -> Reply:
        given = request.headers.get("authorization", "")
        user, password = self._user, self._password
        if self.picture_auth == "basic":
            known, asked = given == basic(user, password), ASK_BASIC
        else:
            known = is_digest(request, user, password)
            known, asked = known or self.picture_auth is None, ASK_DIGEST
        if not known:
            return Reply(401, {"WWW-Authenticate": asked}, b"")
        return Reply(200, {"Content-Type": "image/jpeg"}, self.picture)

    # What follows are the operations, by their names in the WSDL.

    def GetSystemDateAndTime(self, _said: Any) -> Any:
        kind = {"DateTimeType": "NTP", "DaylightSavings": False}
        now = {
            "UTCDateTime": date_time(self.now),
            "LocalDateTime": date_time(self.now.astimezone(self._zone)),
        }
        return {"SystemDateAndTime": {**kind, **now}}

    def GetServices(self, _said: Any) -> Any:
        # Behind a router a device tells an address that nobody outside can reach.
        port = self.address.rsplit(":", 1)[1]
        place = f"http://192.0.2.7:{port}/onvif"
        version = {"Major": 21, "Minor": 6}
        return {
            "Service": [
                {
                    "Namespace": service.namespace,
                    "XAddr": f"{place}/{name}",
                    "Version": version,
                }
                for name, service in SERVICES.items()
            ]
        }

    def GetDeviceInformation(self, _said: Any) -> Any:
        return {
            "Manufacturer": "Simulated",
            "Model": "Door",
            "FirmwareVersion": "1.2",
            "SerialNumber": "S-7",
            "HardwareId": "0",
        }

    def GetDoorInfoList(self, _said: Any) -> Any:
        infos = [
            {"token": door, "Name": door, "Capabilities": self.can}
            for door in self.modes
        ]
        return {"DoorInfo": infos}

    def GetDoorState(self, said: Any) -> Any:
        door = self._door(said)
        return {
            "DoorState": {
                "DoorPhysicalState": self.physical[door],
                "DoorMode": self.modes[door],
            }
        }

    def AccessDoor(self, said: Any) -> None:
        given = said["AccessTime"]
        seconds = given.total_seconds() if given is not None else None
        self._access(self._door(said), seconds, by_gateway=True)

    def LockDoor(self, said: Any) -> None:
        self.modes[self._door(said)] = "Locked"

    def UnlockDoor(self, said: Any) -> None:
        self.modes[self._door(said)] = "Unlocked"

    def LockOpenDoor(self, said: Any) -> None:
        self.modes[self._door(said)] = "LockedOpen"

    LockOpenReleaseDoor = LockDoor

    def GetAccessPointInfoList(self, _said: Any) -> Any:
        can = {"DisableAccessPoint": False, "ExternalAuthorization": True}
        return {
            "AccessPointInfo": [
                {"token": point, "Name": point, "Entity": door, "Capabilities": can}
                for point, door in self.points.items()
            ]
        }

    def ExternalAuthorization(self, said: Any) -> None:
        point = said["AccessPointToken"]
        if point not in self._asked:
            raise Fault("ter:InvalidArgVal", "nobody waits there")
        self._asked.discard(point)
        granted, source = said["Decision"] == "Granted", {"AccessPointToken": point}
        if granted:
            self._access(self.points[point], None, by_gateway=True)
        else:
            self.denied.append((point, said["Reason"]))
        what = "AccessGranted" if granted else "Denied"
        self.tell(f"AccessControl/{what}/Credential", source, {"External": "true"})

    def GetProfiles(self, _said: Any) -> Any:
        return {"Profiles": [{"token": "main", "Name": "main", "fixed": True}]}

    def GetSnapshotUri(self, said: Any) -> Any:
        if said["ProfileToken"] != "main":
            raise Fault("ter:InvalidArgVal", "no such profile")
        uri = f"{self.address}/snapshot.jpg"
        flags = {"InvalidAfterConnect": False, "InvalidAfterReboot": True}
        return {"MediaUri": {"Uri": uri, **flags, "Timeout": timedelta(seconds=60)}}

    def CreatePullPointSubscription(self, _said: Any) -> Any:
        self._count += 1
        path = f"/onvif/subscription/{self._count}"
        address = {"Address": {"_value_1": f"{self.address}{path}"}}
        end = self.now + LIFE
        self._subscriptions[path] = Subscription(end)
        return {
            "SubscriptionReference": address,
            "CurrentTime": self.now,
            "TerminationTime": end,
        }

    def Seek(self, path: str, said: Any) -> None:
        if not self.stores_events:
            raise Fault("ter:ActionNotSupported", "stores no events")
        since, subscription = said["UtcTime"], self._subscription(path)
        subscription.waiting = [one for at, one in self._stored if at >= since]
        subscription.arrived.set()

    def Renew(self, path: str, _said: Any) -> Any:
        end = self._subscription(path).until = self.now + LIFE
        return {"TerminationTime": end, "CurrentTime": self.now}

    def Unsubscribe(self, path: str, _said: Any) -> None:
        self._subscription(path)
        del self._subscriptions[path]

    PullMessages = None

    async def _pull(self, path: str, body: Any) -> bytes:
        """Answer when there are events, or the time is over.

        Their content is of any kind, which zeep can read but hardly write.
        """
        subscription = self._subscription(path)
        wait = float(body.findtext("{*}Timeout").strip("PTS"))
        limit = int(body.findtext("{*}MessageLimit"))
        if not subscription.waiting:
            subscription.arrived.clear()
            arrived = asyncio.ensure_future(subscription.arrived.wait())
            await asyncio.wait({arrived}, timeout=wait)
            arrived.cancel()
        told = subscription.waiting[:limit]
        del subscription.waiting[:limit]
        return pulled(self.now, told)

    def _subscription(self, path: str) -> Subscription:
        if path not in self._subscriptions:
            raise Fault("ter:InvalidArgVal", "no such subscription")
        return self._subscriptions[path]

    def _door(self, said: Any) -> str:
        if said["Token"] not in self.modes:
            raise Fault("ter:InvalidArgVal", "no such door")
        return said["Token"]
