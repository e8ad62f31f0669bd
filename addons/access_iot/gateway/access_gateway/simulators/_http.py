"""A web server of a few lines for simulated devices, in the event loop."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NamedTuple

HOST = "127.0.0.1"
LIMIT = 1_000_000
_NO_REQUEST = (asyncio.IncompleteReadError, asyncio.LimitOverrunError)
REALM, NONCE = "simulated", "1f8ab2"
ASK_BASIC = f'Basic realm="{REALM}"'
ASK_DIGEST = f'Digest realm="{REALM}", qop="auth", nonce="{NONCE}"'


class Request(NamedTuple):
    """``headers`` have their names in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


# What goes on by itself until who asked has gone.
Stream = Callable[[asyncio.StreamWriter], Awaitable[None]]


class HttpServer:
    """Answers on the loopback what ``answer`` gives for each request.

    Stopping it cuts all connections, as pulling the plug does.
    """

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Reply | Stream]],
        port: int = 0,
        limit: int = LIMIT,
    ):
        self._answer = answer
        self._limit = limit
        self.port = port
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Begin to answer, at the same port as before."""
        self._server = await asyncio.start_server(
            self._serve, HOST, self.port, limit=self._limit
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            while True:
                reply = await self._answer(await _read(reader, self._limit))
                if not isinstance(reply, Reply):
                    await reply(writer)
                    return
                writer.write(_bytes(reply))
                await writer.drain()
        except (OSError, ValueError, *_NO_REQUEST):
            # Who asked has gone, or asks nothing that is HTTP.
            pass
        except asyncio.CancelledError:
            # Our own: the task ends with the connection.
            pass
        finally:
            self._serving.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader, limit: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    size = min(int(headers.get("content-length", 0)), limit)
    return Request(method, path, headers, await reader.readexactly(size))


def _bytes(reply: Reply) -> bytes:
    words = HTTPStatus(reply.status).phrase
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {reply.status} {words}", *lines, "", ""])
    return head.encode("latin-1") + reply.body


def basic(user: str, password: str) -> str:
    """Give the header by which a user asks in the clear."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Basic {pair}"


def is_digest(request: Request, user: str, password: str) -> bool:
    """Tell whether a request is that of the user, by a digest of the password."""
    given = request.headers.get("authorization", "")
    parts = [part.partition("=") for part in given.removeprefix("Digest ").split(",")]
    fields = {name.strip(): value.strip(' "') for name, _, value in parts}
    who = _md5(f"{user}:{REALM}:{password}")
    middle = ":".join(fields.get(name, "") for name in ("nonce", "nc", "cnonce"))
    what = _md5(f"{request.method}:{request.path}")
    expected = _md5(f"{who}:{middle}:auth:{what}")
    return fields.get("response") == expected


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
