"""The ERP's end of the websocket that wakes a gateway."""

import asyncio
from contextlib import suppress

from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

PATH = "/websocket/access_gateway"


class FakePush:
    """Takes connections of whoever has the token; ``opened`` counts them."""

    def __init__(self) -> None:
        self.opened = 0
        self.refuse_with: int | None = None
        self.redirect_to: str | None = None
        # A network that takes everything and gives nothing back.
        self.is_dead = False
        self.heads: list[str] = []
        self._open: set[tuple[ServerProtocol, asyncio.StreamWriter]] = set()

    def wake(self) -> None:
        """Say to all who listen that there is news."""
        for protocol, writer in self._open:
            protocol.send_text(b'{"type":"wake"}')
            self._flush(protocol, writer)

    def drop(self) -> None:
        """Break all connections off."""
        for _protocol, writer in self._open:
            writer.transport.abort()

    async def serve(
        self,
        head: str,
        token: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.heads.append(head)
        protocol = ServerProtocol()
        protocol.receive_data(head.encode())
        [request] = protocol.events_received()
        status = self._refusal(request, token)
        if status:
            response = protocol.reject(status, "")
            if self.redirect_to:
                response.headers["Location"] = self.redirect_to
        else:
            response = protocol.accept(request)
        protocol.send_response(response)
        if status:
            self._flush(protocol, writer)
            return
        await self._talk(protocol, reader, writer)

    async def _talk(
        self,
        protocol: ServerProtocol,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.opened += 1
        one = protocol, writer
        self._open.add(one)
        protocol.send_text(b'{"type":"wake"}')
        try:
            self._flush(protocol, writer)
            while data := await reader.read(4096):
                protocol.receive_data(data)
                self._flush(protocol, writer)
                events = protocol.events_received()
                if any(event.opcode is Opcode.CLOSE for event in events):
                    return
        finally:
            self._open.discard(one)

    def _flush(self, protocol: ServerProtocol, writer: asyncio.StreamWriter) -> None:
        data = b"".join(protocol.data_to_send())
        if data and not self.is_dead:
            with suppress(ConnectionError):
                writer.write(data)

    def _refusal(self, request: Request, token: str) -> int | None:
        if self.refuse_with:
            return self.refuse_with
        if request.path != PATH:
            return 404
        is_known = request.headers.get("Authorization") == f"Bearer {token}"
        return None if is_known else 401
