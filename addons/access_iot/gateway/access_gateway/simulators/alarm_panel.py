"""An alarm panel that reports by SIA DC-09."""

import asyncio
from datetime import datetime, timezone

from ..drivers._dc09 import Frame, read, unwrap, write


class SimulatedPanel:
    """Reports to a receiver of ours at a port of the loopback.

    Each message gives the answer's kind, such as ``ACK``, or nothing if there is none
    in time. ``sequence`` is that of the last message.
    """

    def __init__(
        self,
        port: int,
        account: str = "1234",
        key: bytes | None = None,
        transport: str = "tcp",
    ):
        self.sequence = 0
        self._port = port
        self._account = account
        self._key = key
        self._transport = transport

    async def contact_id(self, event: str, **changes: object) -> str | None:
        """Report an event, such as ``1130 01 015``."""
        return await self.report("ADM-CID", f"#{self._account}|{event}", **changes)

    async def sia(self, event: str, **changes: object) -> str | None:
        """Report an event, such as ``Nri1/BA001``."""
        return await self.report("SIA-DCS", f"#{self._account}|{event}", **changes)

    async def beat(self) -> str | None:
        """Send what supervises the line."""
        return await self.report("NULL", "")

    async def report(
        self, kind: str, data: str, again: bool = False, at: datetime | None = None
    ) -> str | None:
        if not again:
            self.sequence = self.sequence % 9999 + 1
        now = at or datetime.now(timezone.utc)
        prefix = f"L0#{self._account}"
        sequence = f"{self.sequence:04d}"
        is_secret = self._key is not None
        frame = Frame(kind, sequence, prefix, self._account, data, now, is_secret)
        said = await self.send(write(frame, self._key))
        if not said:
            return None
        body = unwrap(said)
        if body.startswith('"NAK"'):
            return "NAK"
        answer = read(body, self._key)
        return answer.kind if answer.sequence == sequence else None

    async def send(self, data: bytes, within: float = 0.5) -> bytes:
        """Send bytes as they are; give what comes back in time."""
        try:
            if self._transport == "udp":
                return await asyncio.wait_for(self._datagram(data), within)
            return await asyncio.wait_for(self._stream(data), within)
        except (asyncio.TimeoutError, asyncio.IncompleteReadError):
            return b""

    async def _stream(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(data)
            return await reader.readuntil(b"\r")
        finally:
            writer.close()

    async def _datagram(self, data: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(answered), remote_addr=("127.0.0.1", self._port)
        )
        try:
            transport.sendto(data)
            return await answered
        finally:
            transport.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, answered: "asyncio.Future[bytes]"):
        self._answered = answered

    def datagram_received(self, data: bytes, _source: object) -> None:
        if not self._answered.done():
            self._answered.set_result(data)
