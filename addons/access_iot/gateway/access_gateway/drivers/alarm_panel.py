"""Alarm panels that report by SIA DC-09, over TCP and UDP.

Tried against our simulator and another library's frames, never with a real panel.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timezone
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..rules import Device
from ..tasks import end
from . import Alarm, DeviceError, Role, Setting, Told
from ._dc09 import (
    LIMIT,
    Event,
    Frame,
    FrameError,
    answer,
    contact_id,
    not_now,
    read,
    sia,
    unwrap,
)
from ._supervised import Supervised

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 16
# A panel may keep its connection; one that says nothing for so long is cut off.
IDLE_S = 600.0


class AlarmPanel(Supervised):
    """Listens for one panel. What it reports is told before it is confirmed, and once:
    a message with the number and content of the one before is that one again. After a
    restart, only if it has its time as well.

    With a key only ciphered messages count.
    """

    who_reports = "the panel has reported"
    title = "Alarm panel (SIA DC-09)"
    roles = frozenset({Role.ALARM_PANEL})
    address_help = (
        "Where this machine is reported to, over TCP and UDP: dc09://IP:PORT, with one "
        "of its own addresses."
    )
    settings = (
        Setting("account", "Account Number", "", help="As the panel sends it."),
        Setting(
            "key",
            "Key",
            "",
            help="AES, as 32, 48 or 64 hexadecimal digits; empty if not ciphered.",
            secret=True,
        ),
        Setting(
            "tolerance_s",
            "Clock May Differ (s)",
            40,
            help="Other messages are refused, and the panel is told the time. 0 for a "
            "panel whose clock cannot be trusted.",
            low=0,
            high=3600,
        ),
        Setting(
            "silence_s",
            "Silent after (s)",
            0,
            help="Offline when nothing came for so long: somewhat more than the "
            "panel's supervision interval. 0 if it has none.",
            low=0,
            high=604_800,
        ),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._place = _place(device.address)
        self._account = self.setting("account").strip().upper()
        if not self._account:
            raise DeviceError("setting account: there must be one")
        self._key = _key(self.setting("key"))
        self._last: tuple[str, ...] | None = None
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        try:
            self._server = await asyncio.start_server(
                self._serve, *self._place, limit=LIMIT
            )
            loop = asyncio.get_running_loop()
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self._answer), local_addr=self._place
            )
        except OSError as error:
            words = error.strerror or error
            raise DeviceError(
                f"cannot listen at {self.device.address}: {words}"
            ) from error
        await self.first_report()

    async def disconnect(self) -> None:
        await super().disconnect()
        if self._datagrams is not None:
            self._datagrams.close()
            self._datagrams = None
        if self._server is not None:
            self._server.close()
            self._server = None
        await end(self._serving)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        self._serving.add(task)
        try:
            while len(self._serving) <= MAX_CONNECTIONS:
                timer = loop.call_later(IDLE_S, writer.transport.abort)
                try:
                    data = await reader.readuntil(b"\r")
                finally:
                    timer.cancel()
                writer.write(self._answer(data) or b"")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Gone, cut off, or it sends no frames.
            pass
        except asyncio.CancelledError:
            # Our own: the task ends with the connection.
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    def _answer(self, data: bytes) -> bytes | None:
        """Take a frame; give what to answer, nothing to one that is damaged."""
        # Older noise on the line, up to where the frame begins.
        data = data[max(data.rfind(b"\n"), 0) :]
        try:
            body = unwrap(data)
        except FrameError as error:
            log.warning("device %s: received %s", self.device.id, error)
            return None
        try:
            frame = read(body, self._key)
            self._admit(frame)
        except FrameError as error:
            log.warning("device %s: refused %s", self.device.id, error)
            return self._refusal(body)
        if self._is_out_of_time(frame):
            return not_now()
        self.heard()
        return self._take(frame)

    def _take(self, frame: Frame) -> bytes | None:
        known = (frame.sequence, frame.kind, frame.data)
        is_repeated = known == self._last and frame.kind != "NULL"
        try:
            events = [] if is_repeated else _events(frame)
        except FrameError as error:
            log.warning("device %s: sent %s", self.device.id, error)
            return answer("DUH", frame, self._key)
        # By its number and time it is known also after a restart.
        number = int(frame.sequence) if frame.at else None
        alarms = [Alarm(self.device.id, *event, frame.at, number) for event in events]
        if not all(self.tell(alarm) for alarm in alarms):
            # Not confirmed, it comes again.
            return None
        self._last = known
        return answer("ACK", frame, self._key)

    def _admit(self, frame: Frame) -> None:
        if frame.account != self._account:
            raise FrameError("a message of another account")
        if self._key is not None and not frame.is_secret:
            raise FrameError("a message that is not ciphered")
        if frame.is_secret and frame.at is None:
            raise FrameError("a ciphered message without a time")

    def _refusal(self, body: str) -> bytes | None:
        """Tell a panel that its message is of no use to us."""
        try:
            head = body.partition("[")[0].replace("*", "")
            return answer("DUH", read(f"{head}[]", None), None)
        except FrameError:
            return None

    def _is_out_of_time(self, frame: Frame) -> bool:
        tolerance = self.setting("tolerance_s")
        if frame.at is None or not tolerance:
            return False
        apart = abs((datetime.now(timezone.utc) - frame.at).total_seconds())
        flaw = (
            f"the panel's clock differs by {apart:.0f} s" if apart > tolerance else None
        )
        self.note_flaw(0, flaw)
        return flaw is not None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], bytes | None]):
        self._take = take

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        said = self._take(data[:LIMIT])
        if said:
            self._transport.sendto(said, source)


def _events(frame: Frame) -> list[Event]:
    if frame.kind in ("NULL", "XNM"):
        return []
    if frame.kind == "ADM-CID":
        event = contact_id(frame.data)
        return [event] if event else []
    if frame.kind == "SIA-DCS":
        return sia(frame.data)
    raise FrameError(f"a message of kind {frame.kind}")


def _place(address: str) -> tuple[str, int]:
    """Split an address of ours; raise ``DeviceError``."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_one = not ip_address(host).is_unspecified
        if parts.scheme == "dc09" and is_one and parts.port:
            return host, parts.port
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address of ours: dc09://IP:PORT")


def _key(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b"?"
    if len(key) not in (0, 16, 24, 32):
        raise DeviceError("setting key: it is not 32, 48 or 64 hexadecimal digits")
    return key or None
