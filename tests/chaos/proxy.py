"""A network between gateway and ERP that loses, delays, doubles and cuts."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

FAULTS = ("refuse", "lose", "cut", "delay", "twice")


class Proxy:
    """Forwards HTTP requests; ``trouble`` is how probable a fault of each is.

    It is cut as long as there are ``cuts``; while it is ``calm`` all is well. The next
    answer of a route in ``to_lose`` is lost.
    """

    def __init__(self, port: int, chance: random.Random):
        self._to = port
        self._chance = chance
        self._calm = 0
        self._serving: set[asyncio.Task[None]] = set()
        self.trouble = 0.0
        self.cuts: set[str] = set()
        self.to_lose: set[str] = set()
        self.port = 0
        self.faults: dict[str, int] = dict.fromkeys((*FAULTS, "answer lost"), 0)

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving)

    @property
    def is_cut(self) -> bool:
        return bool(self.cuts) and not self._calm

    @contextmanager
    def calm(self) -> Iterator[None]:
        self._calm += 1
        yield
        self._calm -= 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _fault(self) -> str | None:
        if self.is_cut:
            return "refuse"
        if self._calm or self._chance.random() >= self.trouble:
            return None
        fault = self._chance.choice(FAULTS)
        self.faults[fault] += 1
        return fault

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        # Whatever breaks here is what networks do; and it is ours that ends it all.
        ends = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with suppress(*ends):
            await self._pass_on(reader, writer, self._fault())
        self._serving.discard(task)
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
        if self._is_lost(request) or fault == "lose" or self.is_cut:
            return
        writer.write(answer[: len(answer) // 2] if fault == "cut" else answer)
        await writer.drain()

    def _is_lost(self, request: bytes) -> bool:
        path = request.split(b" ", 2)[1].decode()
        lost = {route for route in self.to_lose if path.endswith(route)}
        self.to_lose -= lost
        self.faults["answer lost"] += len(lost)
        return bool(lost)

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
    # What opens a websocket has none; it is refused, so that all is polled.
    length = sum(
        int(line.split(b":")[1])
        for line in lines
        if line.lower().startswith(b"content-length:")
    )
    body = await reader.readexactly(length)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body
