"""How UHPPOTE controllers speak: packets of 64 bytes, asked one at a time."""

import asyncio
import math
from contextlib import suppress
from datetime import date, datetime
from ipaddress import IPv4Address
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uhppoted import decode, encode

from ..turns import Turns
from . import DeviceError, Hazard, Uncertain, require_in_time

PORT = 60_000
LENGTH = 64
TRIES = 2

# Where the library calls the answer otherwise than the request.
_ANSWERS = {"delete_cards": "delete_all_cards"}

NORMALLY_OPEN, CONTROLLED = 1, 3
SWIPE, DOOR, ALARM, OVERWRITTEN = 1, 2, 3, 0xFF
ASKS_US, BUTTON, OPENED, CLOSED = 5, 20, 23, 24
DELETED = 0xFFFFFFFF
DOORS = range(4)
# Nobody stands at a door and waits for these.
_CAN_WAIT = {
    "delete_card",
    "get_card_by_index",
    "get_time_profile",
    "put_card",
    "set_time_profile",
}

REASONS = {
    1: "on its list",
    5: "the gateway did not answer",
    6: "not on its list for this door",
    7: "wrong PIN",
    8: "anti-passback",
    9: "more cards needed",
    10: "first card needed",
    11: "door locked by mode",
    12: "interlock",
    13: "outside its hours",
    15: "time profile invalid",
    18: "refused",
}
HAZARDS = {
    34: (Hazard.DURESS, "threat"),
    37: (Hazard.TROUBLE, "door open too long"),
    38: (Hazard.INTRUSION, "door forced"),
    39: (Hazard.FIRE, "fire"),
    40: (Hazard.TROUBLE, "forced closed"),
    41: (Hazard.TAMPER, "tampered with"),
    42: (Hazard.INTRUSION, "24-hour zone"),
    43: (Hazard.PANIC, "emergency call"),
}


class Event(NamedTuple):
    """One of its events; ``at`` is by its clock on the wall."""

    index: int
    kind: int
    granted: bool
    door: int
    card: int
    at: datetime | None
    reason: int


class Card(NamedTuple):
    """A card on its list; for a door it has a time profile, 0: never, 1: always."""

    number: int
    start: date | None
    end: date | None
    doors: tuple[int, ...]
    pin: int = 0


def last_event(status: Any) -> Event:
    """Give the last event, which comes with the status."""
    return Event(
        status.event_index,
        status.event_type,
        status.event_access_granted,
        status.event_door,
        status.event_card,
        status.event_timestamp,
        status.event_reason,
    )


def event_at(index: int, found: Any) -> Event:
    """Give the event that was asked for by index."""
    return Event(
        index,
        found.event_type,
        found.access_granted,
        found.door,
        found.card,
        found.timestamp,
        found.reason,
    )


def card_at(found: Any) -> Card:
    """Give a card of its list."""
    doors = (found.door_1, found.door_2, found.door_3, found.door_4)
    return Card(found.card_number, found.start_date, found.end_date, doors, found.pin)


def card_value(form: str, number: int) -> str | None:
    """Give what other readers read of the card that the controller numbers so.

    >>> card_value("wiegand26", 112292), card_value("wiegand34", 81234)
    ('013004', '00013D52')
    """
    if form == "wiegand34":
        return f"{number:08X}"
    facility, low = divmod(number, 100_000)
    return f"{facility:02X}{low:04X}" if facility < 256 and low < 65_536 else None


def card_number(form: str, value: str) -> int | None:
    """Give the controller's number of a card, if it can have one.

    >>> card_number("wiegand26", "013004"), card_number("wiegand26", "04A1B2C3D4E580")
    (112292, None)
    """
    length = 8 if form == "wiegand34" else 6
    try:
        number = int(value, 16) if len(value) == length else 0
    except ValueError:
        return None
    if form != "wiegand34":
        number = (number >> 16) * 100_000 + (number & 0xFFFF)
    # These stand for no card, and for a deleted one.
    return number if 0 < number < DELETED else None


def listening(address: str) -> tuple[str, int] | None:
    """Give the one address to listen at; raise ``DeviceError`` if it is not one."""
    if not address:
        return None
    host, _, port = address.rpartition(":")
    try:
        if not IPv4Address(host).is_unspecified and 0 <= int(port) < 65_536:
            return host, int(port)
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address of ours: IP:PORT")


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone; raise ``DeviceError`` if there is none of this name."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise DeviceError(f"there is no time zone {name!r}") from None


class Wire:
    """Requests to one controller, each tried twice unless it is said otherwise.

    ``serial`` 0 stands for whichever controller answers.
    """

    def __init__(self, address: str, timeout: float, serial: int):
        self._address = address
        self._timeout = timeout
        self._serial = serial
        self._send, self._place = _parse(address)
        # It has little memory: one at a time.
        self._turns = Turns()

    async def ask(
        self,
        function: str,
        *values: Any,
        tries: int = TRIES,
        before: float = math.inf,
    ) -> Any:
        """Ask; raise ``DeviceError`` for no answer, or no sensible one."""
        request = getattr(encode, f"{function}_request")(self._serial, *values)
        async with self._turns.turn(is_urgent=function not in _CAN_WAIT):
            require_in_time(before)
            answer = await self._exchange(bytes(request), tries)
        try:
            answered = _ANSWERS.get(function, function)
            found = getattr(decode, f"{answered}_response")(answer)
        except ValueError as error:
            raise DeviceError(f"answers nonsense: {error}") from error
        if self._serial not in (0, found.controller):
            words = f"is controller {found.controller}, not {self._serial}"
            raise DeviceError(f"{self._address} {words}")
        self._serial = found.controller
        return found

    async def _exchange(self, request: bytes, tries: int) -> bytes:
        for _ in range(tries):
            with suppress(asyncio.TimeoutError, asyncio.IncompleteReadError):
                # Each try has a socket of its own, so that no late answer to one is
                # taken for that to another.
                sent = self._send(*self._place, request)
                return await asyncio.wait_for(sent, self._timeout)
        if tries == 1:
            words = "whether it was done is not known"
            raise Uncertain(f"no answer from {self._address}: {words}")
        raise DeviceError(f"no answer from {self._address}")


class Doorbell(asyncio.DatagramProtocol):
    """Hears that there is news; what it is, is asked of the controller itself."""

    def __init__(self, rung: asyncio.Event):
        self._rung = rung

    def datagram_received(self, data: bytes, _source: Any) -> None:
        self._rung.set()


class _Exchange(asyncio.DatagramProtocol):
    """One request, and the answer to it."""

    def __init__(self, request: bytes):
        self._request = request
        self.answer = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.sendto(self._request)

    def datagram_received(self, data: bytes, _source: Any) -> None:
        if len(data) == LENGTH and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


async def _send_udp(host: str, port: int, request: bytes) -> bytes:
    transport, exchange = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Exchange(request), remote_addr=(host, port)
    )
    try:
        return await exchange.answer
    finally:
        transport.close()


async def _send_tcp(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        return await reader.readexactly(LENGTH)
    finally:
        writer.close()


def _parse(address: str) -> tuple[Any, tuple[str, int]]:
    parts = urlsplit(address)
    with suppress(ValueError):
        if parts.scheme in ("udp", "tcp") and parts.hostname:
            send = _send_udp if parts.scheme == "udp" else _send_tcp
            return send, (parts.hostname, parts.port or PORT)
    raise DeviceError(f"{address!r} is no address: udp://HOST or tcp://HOST")
