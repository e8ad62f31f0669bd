"""A UHPPOTE door controller: packets of 64 bytes over UDP and TCP."""

import asyncio
import struct
import time
from collections.abc import Callable
from datetime import date, datetime, timezone
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from uhppoted import codec

LENGTH = 64
ALONE_AFTER_S = 30.0
_OPEN, _CLOSED, _CONTROLLED = 1, 2, 3
_SWIPE, _DOOR, _ALARM, _OVERWRITTEN = 1, 2, 3, 0xFF
_DELETED = 0xFFFFFFFF


class Opening(NamedTuple):
    """A door that was opened for ``seconds``; ``at`` is ``time.monotonic()``."""

    door: int
    seconds: int
    by_gateway: bool
    at: float


class SimulatedController:
    """A controller on the loopback, with four doors that are numbered from 1.

    It asks the gateway while that says every 30 seconds that it is there, else it
    decides by its ``cards`` and time ``profiles``, by number as on the wire, and as
    real ones were seen to: at any hour where a profile is not there, and in the first
    minute of the day by an empty segment. ``clock`` gives the seconds for that.
    ``openings`` holds what was opened since, ``capacity`` is that of its list. Set
    ``silent`` to have nothing answered, ``garbled`` to have nonsense answered, ``deaf``
    to have no events sent, ``locked`` to have its list not emptied.
    Runs within ``async with``; ``stop`` and ``start`` switch its network.
    """

    def __init__(
        self,
        serial: int = 405419896,
        clock: Callable[[], float] = time.monotonic,
        opened: Callable[[Opening], None] = lambda _opening: None,
    ):
        self.serial = serial
        self.cards: dict[int, bytes] = {}
        self.profiles: dict[int, bytes] = {}
        self.capacity = 20_000
        self.modes = {door: (_CONTROLLED, 5) for door in range(1, 5)}
        self.events: dict[int, bytes] = {}
        self.told = 0
        self.openings: list[Opening] = []
        self.open = dict.fromkeys(range(1, 5), False)
        self.pressed = dict.fromkeys(range(1, 5), False)
        self.silent = self.garbled = self.deaf = self.locked = False
        self.requests: list[int] = []
        self._clock = clock
        self._opened = opened
        self._behind = 0.0
        self._asks_since: float | None = None
        self._order: list[int] = []
        self._listener: tuple[str, int] | None = None
        self._port = 0
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    async def __aenter__(self) -> "SimulatedController":
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @property
    def address(self) -> str:
        """What a gateway has as the device's address."""
        return f"udp://127.0.0.1:{self._port}"

    @property
    def asks_gateway(self) -> bool:
        since = self._asks_since
        return since is not None and self._clock() - since < ALONE_AFTER_S

    @property
    def wall_clock(self) -> datetime:
        seconds = time.time() - self._behind
        return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)

    async def start(self) -> None:
        """Begin to answer, at the same port as before."""
        self._tcp = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._tcp.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Socket(self.answer), local_addr=("127.0.0.1", self._port)
        )

    async def stop(self) -> None:
        if self._udp is not None:
            self._udp.close()
            self._tcp.close()
            await self._tcp.wait_closed()
            self._udp = self._tcp = None
            await asyncio.sleep(0)

    def swipe(self, door: int, card: int) -> float:
        """Hold a card to a reader; give when, by ``time.monotonic()``."""
        at = time.monotonic()
        granted, reason = (False, 5) if self.asks_gateway else self._decide(door, card)
        if granted:
            self._open(door, by_gateway=False)
        self._note(_SWIPE, door, reason, granted, card)
        return at

    def set_open(self, door: int, is_open: bool) -> None:
        """Move a door; its contact tells."""
        self.open[door] = is_open
        self._note(_DOOR, door, 23 if is_open else 24)

    def press(self, door: int) -> None:
        """Press and let go of the button at a door, which opens it."""
        self._open(door, by_gateway=False)
        self._note(_DOOR, door, 20, True)

    def alarm(self, door: int, reason: int) -> None:
        self._note(_ALARM, door, reason)

    def forget_events_before(self, index: int) -> None:
        """Overwrite old events, as a full memory does."""
        self.events = {key: one for key, one in self.events.items() if key >= index}

    def set_clock(self, at: datetime) -> None:
        """Have its own clock show another time on the wall."""
        self._behind = time.time() - at.replace(tzinfo=timezone.utc).timestamp()

    def restart(self) -> None:
        """Cut its power for a moment: it keeps its lists, not who it asks."""
        self._asks_since = None

    def answer(self, request: bytes) -> bytes | None:
        """Give the answer to a request, if it answers."""
        if self.silent or len(request) != LENGTH or request[0] != codec.SOM:
            return None
        function, serial = request[1], struct.unpack_from("<I", request, 4)[0]
        if serial not in (0, self.serial) or function not in _FUNCTIONS:
            return None
        self.requests.append(function)
        said = _FUNCTIONS[function](self, request[8:])
        answer = struct.pack("<BBHI", codec.SOM, function, 0, self.serial) + said
        if self.garbled:
            answer = b"\x99" + answer[1:]
        return answer.ljust(LENGTH, b"\0")

    def _decide(self, door: int, card: int) -> tuple[bool, int]:
        mode = self.modes[door][0]
        if mode != _CONTROLLED:
            return mode == _OPEN, 1 if mode == _OPEN else 11
        kept = self.cards.get(card)
        if kept is None or kept[11 + door] == 0:
            return False, 6
        first, last = _date(kept[4:8]), _date(kept[8:12])
        if not first <= self.wall_clock.date() <= last:
            return False, 6
        is_open = kept[11 + door] == 1 or self._is_in_profile(kept[11 + door])
        return is_open, 1 if is_open else 13

    def _is_in_profile(self, number: int, seen: frozenset[int] = frozenset()) -> bool:
        profile, now = self.profiles.get(number), self.wall_clock
        if profile is None:
            return True
        first, last = _date(profile[1:5]), _date(profile[5:9])
        minute = f"{now:%H%M}"
        segments = [profile[at : at + 4].hex() for at in (16, 20, 24)]
        if (
            first <= now.date() <= last
            and profile[9 + now.weekday()]
            and any(one[:4] <= minute <= one[4:] for one in segments)
        ):
            return True
        linked, seen = profile[28], seen | {number}
        return 2 <= linked and linked not in seen and self._is_in_profile(linked, seen)

    def _open(self, door: int, by_gateway: bool) -> None:
        opening = Opening(door, self.modes[door][1], by_gateway, time.monotonic())
        self.openings.append(opening)
        self._opened(opening)

    def _note(
        self, kind: int, door: int, reason: int, granted: bool = False, card: int = 0
    ) -> None:
        index = max(self.events, default=0) + 1
        at = _bcd(f"{self.wall_clock:%Y%m%d%H%M%S}")
        said = struct.pack(
            "<IBBBBI7sB", index, kind, granted, door, 1, card, at, reason
        )
        self.events[index] = said
        if self._listener and self._udp is not None and not (self.deaf or self.silent):
            head = struct.pack("<BBHI", codec.SOM, codec.LISTEN_EVENT, 0, self.serial)
            packet = (head + self._get_status(b"")).ljust(LENGTH, b"\0")
            self._udp.sendto(packet, self._listener)

    async def _serve(self, reader: Any, writer: asyncio.StreamWriter) -> None:
        try:
            answer = self.answer(await reader.readexactly(LENGTH))
            if answer:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _get_controller(self, _said: bytes) -> bytes:
        here, mask = IPv4Address("127.0.0.1").packed, bytes([255, 0, 0, 0])
        mac, version, made = bytes.fromhex("001223344556"), _bcd("0892"), "20181105"
        return here + mask + here + mac + version + _bcd(made)

    def _get_status(self, _said: bytes) -> bytes:
        last = max(self.events, default=0)
        now = self.wall_clock
        said = self.events.get(last, b"").ljust(20, b"\0")
        said += bytes(self.open.values()) + bytes(self.pressed.values()) + b"\0"
        said += _bcd(f"{now:%H%M%S}") + struct.pack("<I", last) + b"\0\0\0\0"
        return said + b"\0\0\0" + _bcd(f"{now:%y%m%d}")

    def _set_time(self, said: bytes) -> bytes:
        self.set_clock(datetime.strptime(said[:7].hex(), "%Y%m%d%H%M%S"))
        return said[:7]

    def _open_door(self, said: bytes) -> bytes:
        known = said[0] in self.modes and self.modes[said[0]][0] != _CLOSED
        if known:
            self._open(said[0], by_gateway=True)
            self._note(_DOOR, said[0], 44, True)
        return bytes([known])

    def _get_door(self, said: bytes) -> bytes:
        return bytes([said[0], *self.modes.get(said[0], (0, 0))])

    def _set_door(self, said: bytes) -> bytes:
        if said[0] in self.modes:
            self.modes[said[0]] = (said[1], said[2])
        return self._get_door(said)

    def _set_listener(self, said: bytes) -> bytes:
        port = struct.unpack_from("<H", said, 4)[0]
        self._listener = (str(IPv4Address(said[:4])), port)
        return b"\1"

    def _set_pc_control(self, said: bytes) -> bytes:
        self._asks_since = self._clock() if said[4] else None
        return b"\1"

    def _put_card(self, said: bytes) -> bytes:
        number = struct.unpack_from("<I", said)[0]
        if number not in self.cards:
            if len(self.cards) >= self.capacity:
                return b"\0"
            self._order.append(number)
        self.cards[number] = said[:20]
        return b"\1"

    def _delete_card(self, said: bytes) -> bytes:
        number = struct.unpack_from("<I", said)[0]
        if self.cards.pop(number, None) is None:
            return b"\0"
        self._order[self._order.index(number)] = _DELETED
        return b"\1"

    def _delete_cards(self, _said: bytes) -> bytes:
        if self.locked:
            return b"\0"
        self.cards.clear()
        self._order.clear()
        return b"\1"

    def _get_cards(self, _said: bytes) -> bytes:
        return struct.pack("<I", len(self.cards))

    def _get_card_at_index(self, said: bytes) -> bytes:
        index = struct.unpack_from("<I", said)[0]
        if not 1 <= index <= len(self._order):
            return b""
        number = self._order[index - 1]
        return self.cards.get(number, struct.pack("<I", number))

    def _set_profile(self, said: bytes) -> bytes:
        self.profiles[said[0]] = said[:29]
        return b"\1"

    def _get_profile(self, said: bytes) -> bytes:
        return self.profiles.get(said[0], b"")

    def _get_event(self, said: bytes) -> bytes:
        index, first = struct.unpack_from("<I", said)[0], min(self.events, default=0)
        if index < first:
            # The first one's index goes with what is no more.
            return self.events[first] if index == 0 else struct.pack("<IB", index, 0xFF)
        return self.events.get(index, struct.pack("<IB", index, 0))

    def _get_event_index(self, _said: bytes) -> bytes:
        return struct.pack("<I", self.told)

    def _set_event_index(self, said: bytes) -> bytes:
        self.told = struct.unpack_from("<I", said)[0]
        return b"\1"

    def _record_special_events(self, _said: bytes) -> bytes:
        return b"\1"


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]):
        self._answer = answer

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: Any) -> None:
        answer = self._answer(data)
        if answer:
            self._transport.sendto(answer, source)


def _bcd(digits: str) -> bytes:
    return bytes.fromhex(digits)


def _date(said: bytes) -> date:
    return datetime.strptime(said.hex(), "%Y%m%d").date()


_FUNCTIONS: dict[int, Callable[[SimulatedController, bytes], bytes]] = {
    codec.GET_CONTROLLER: SimulatedController._get_controller,
    codec.GET_STATUS: SimulatedController._get_status,
    codec.SET_TIME: SimulatedController._set_time,
    codec.OPEN_DOOR: SimulatedController._open_door,
    codec.GET_DOOR: SimulatedController._get_door,
    codec.SET_DOOR: SimulatedController._set_door,
    codec.SET_LISTENER: SimulatedController._set_listener,
    codec.SET_PC_CONTROL: SimulatedController._set_pc_control,
    codec.PUT_CARD: SimulatedController._put_card,
    codec.DELETE_CARD: SimulatedController._delete_card,
    codec.DELETE_ALL_CARDS: SimulatedController._delete_cards,
    codec.GET_CARDS: SimulatedController._get_cards,
    codec.GET_CARD_AT_INDEX: SimulatedController._get_card_at_index,
    codec.SET_TIME_PROFILE: SimulatedController._set_profile,
    codec.GET_TIME_PROFILE: SimulatedController._get_profile,
    codec.GET_EVENT: SimulatedController._get_event,
    codec.GET_EVENT_INDEX: SimulatedController._get_event_index,
    codec.SET_EVENT_INDEX: SimulatedController._set_event_index,
    codec.RECORD_SPECIAL_EVENTS: SimulatedController._record_special_events,
}
