"""Cameras that read number plates and post them, as those of Hikvision do.

Tried against our simulator only, never with a real camera.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timezone
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from ..plain_xml import parsed
from ..rules import Device
from . import DeviceError, Role, Setting, Told
from ._listener import Answer, Listener, Login, Post, place, same
from ._supervised import Supervised

log = logging.getLogger(__name__)

# So many events are known again when they are posted twice.
REMEMBERED = 1000

_UNREAD = ("", "UNKNOWN", "NOPLATE")


class Sighting(NamedTuple):
    """What an event says of a plate; ``plate`` is ``None`` for one not read."""

    key: str
    plate: str | None
    confidence: int | None
    is_reverse: bool
    at: datetime | None


class PlateCamera(Supervised):
    """Approaching cars are reader 0, leaving ones reader 1.

    A plate is told before the camera hears that we have it, and once however often it
    is posted. Whatever the camera posts shows that it is there; of itself it is asked
    nothing. The camera is known by a secret or its address, never by what it says.
    """

    who_reports = "the camera has posted"
    title = "Number plate camera (Hikvision events)"
    roles = frozenset({Role.READER})
    address_help = (
        "Where this machine is posted to: http://IP:PORT/PATH, with one of its own "
        "addresses. Cameras may share a port, each with its path."
    )
    settings = (
        Setting(
            "user",
            "User",
            "",
            help="With it the camera logs in; without, the secret ends the path that "
            "it posts to: /PATH/SECRET.",
        ),
        Setting("secret", "Password or Secret", "", secret=True),
        Setting(
            "sources",
            "Camera's Addresses",
            "",
            help="Others are refused: addresses or networks, such as 192.168.1.64, "
            "10.0.0.0/24. Any if empty, but then there must be a secret.",
        ),
        Setting(
            "confidence",
            "Least Confidence (%)",
            70,
            help="Plates that the camera is less sure of count as unreadable.",
            low=0,
            high=100,
        ),
        Setting(
            "silence_s",
            "Silent after (s)",
            0,
            help="Offline when nothing was posted for so long; 0 for cameras that "
            "post no heartbeats.",
            low=0,
            high=86_400,
        ),
        Setting(
            "late_s",
            "Too Late after (s)",
            60,
            help="Plates seen longer ago, by the camera's clock, open nothing; 0 if "
            "its clock cannot be trusted.",
            low=0,
            high=3600,
        ),
        Setting("max_kb", "Largest Event (kB)", 8000, low=10, high=50_000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        place(device.address)
        self._sources = _networks(self.setting("sources"))
        user, secret = self.setting("user"), self.setting("secret")
        if not secret and (user or not self._sources):
            raise DeviceError("a secret, or the camera's addresses, must be set")
        self._login = Login(user, secret) if user else None
        self._path = place(device.address)[2]
        if secret and not user:
            self._path += f"/{secret}"
        self._known: OrderedDict[str, None] = OrderedDict()
        self.max_size = 1000 * self.setting("max_kb")

    def __repr__(self) -> str:
        return f"device {self.device.id}"

    async def connect(self) -> None:
        await Listener.serve(self.device.address, self)
        await self.first_report()

    async def disconnect(self) -> None:
        await super().disconnect()
        Listener.leave(self.device.address, self)

    def admit(self, post: Post) -> Answer | None:
        source = ip_address(post.source)
        if self._sources and not any(source in one for one in self._sources):
            log.warning("device %s: %s may not post", self.device.id, source)
            return Answer(403)
        if not same(post.path.partition("?")[0], self._path):
            return Answer(404)
        if self._login is not None and (refused := self._login.refuse(post)):
            return refused
        return None if post.method in ("POST", "PUT") else Answer(405)

    def take(self, post: Post, body: bytes) -> Answer:
        try:
            said = event_of(post.headers.get("content-type", ""), body)
        except ValueError as error:
            log.warning("device %s: posted %s", self.device.id, error)
            return Answer(400)
        self.heard()
        if serial := said.get("macAddress"):
            self.facts["serial"] = serial[:40]
        if said.get("eventType", "").upper() == "ANPR":
            self._see(sighting_of(said))
        return Answer(200)

    def _see(self, seen: Sighting) -> None:
        if seen.key in self._known:
            return
        if not self._is_late(seen):
            is_sure = seen.confidence is None or (
                seen.confidence >= self.setting("confidence")
            )
            reader = int(seen.is_reverse)
            self.give("plate", seen.plate if is_sure else None, reader=reader)
        # Only now: what could not be told may be posted again.
        self._known[seen.key] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _is_late(self, seen: Sighting) -> bool:
        """Tell whether the car may have gone by now, or its clock is wrong."""
        limit = self.setting("late_s")
        if not limit or seen.at is None:
            return False
        late = abs((datetime.now(timezone.utc) - seen.at).total_seconds())
        flaw = f"a plate came {late:.0f} s late, or the camera's clock is wrong"
        self.note_flaw(0, flaw if late > limit else None)
        return late > limit


def event_of(content_type: str, body: bytes) -> dict[str, str]:
    """Give the fields of a posted event by their names, the first of each.

    Raises ``ValueError`` with what it is instead of one.
    """
    found: dict[str, str] = {}
    for one in parsed(_xml_part(content_type, body)).iter():
        # Its namespace is another one from maker to maker.
        name = one.tag.rpartition("}")[2]
        found.setdefault(name, (one.text or "").strip())
    if not found.get("eventType"):
        raise ValueError("XML that is no event")
    return found


def sighting_of(said: dict[str, str]) -> Sighting:
    """Read the fields of an event of a plate."""
    plate = said.get("licensePlate", "")
    moment = said.get("dateTime", "")
    at = None
    try:
        at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except ValueError:
        pass
    number = said.get("confidenceLevel", "")
    return Sighting(
        said.get("UUID") or f"{moment} {plate}",
        None if plate.upper() in _UNREAD else plate,
        int(number) if number.isdecimal() and len(number) < 4 else None,
        said.get("direction", "").lower() == "reverse",
        # Without an offset it may be any time zone's.
        at if at is not None and at.tzinfo is not None else None,
    )


def _xml_part(content_type: str, body: bytes) -> bytes:
    """Give the part of a post that is XML; pictures are beside it."""
    kind, _, options = content_type.partition(";")
    if not kind.strip().lower().startswith("multipart/"):
        return body.strip()
    named = (option.partition("=") for option in options.split(";"))
    given = {name.strip().lower(): value.strip(' "') for name, _, value in named}
    if not given.get("boundary"):
        raise ValueError("multipart without a boundary")
    for part in body.split(b"--" + given["boundary"].encode("latin-1")):
        content = part.partition(b"\r\n\r\n")[2].strip()
        if content.startswith((b"<", b"\xef\xbb\xbf<")):
            return content
    raise ValueError("multipart without XML")


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(one.strip()) for one in text.split(",") if one.strip()]
    except ValueError as error:
        raise DeviceError(f"setting sources: {error}") from None
