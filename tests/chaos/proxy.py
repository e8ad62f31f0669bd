"""A network between gateway and ERP that loses, delays, doubles and cuts."""

import asyncio
import random
from contextlib import suppress

FAULTS = ("refuse", "lose", "cut", "delay", "twice")


class Proxy:
    """Forwards HTTP requests; ``trouble`` is how probable a fault of each is."""

    def __init__(self, port: int, chance: random.Random):
        self._to = port
        self._chance = chance
        self.trouble = 0.0
        self.is_cut = False
        self.port = 0
        self.faults: dict[str, int] = dict.fromkeys(FAULTS, 0)

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _fault(self) -> str | None:
        if self.is_cut:
            return "refuse"
        if self._chance.random() >= self.trouble:
            return None
        fault = self._chance.choice(FAULTS)
        self.faults[fault] += 1
        return fault

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # Whatever breaks here is what networks do.
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._pass_on(reader, writer, self._fault())
        writer.transport.abort() if self.is_cut else writer.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fault: str | None,
    ) -> None:
        request = await _request(reader)
        if fault == "refuse":
            return
        if fault == "delay":
            await asyncio.sleep(self._chance.uniform(0.1, 2.0))
        asked = [self._ask(request) for _ in range(1 + (fault == "twice"))]
        answer, *_others = await asyncio.gather(*asked)
        if fault == "lose" or self.is_cut:
            return
        writer.write(answer[: len(answer) // 2] if fault == "cut" else answer)
        await writer.drain()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Give one request whole, after which the server is to hang up."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [
        line
        for line in head.split(b"\r\n")
        if line and not line.lower().startswith(b"connection:")
    ]
    length = next(
        int(line.split(b":")[1])
        for line in lines
        if line.lower().startswith(b"content-length:")
    )
    body = await reader.readexactly(length)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body
