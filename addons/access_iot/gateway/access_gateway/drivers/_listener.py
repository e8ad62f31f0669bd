"""A web server for devices that post what happened; several share one port."""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import h11

from . import DeviceError

log = logging.getLogger(__name__)

# A client that takes longer for a request, or between two, is cut off.
WITHIN_S = 10.0
MAX_CONNECTIONS = 32
MAX_HEAD = 16_384
NONCE_S = 300.0
_READ = 65_536


class Post(NamedTuple):
    """A request of a device; the names of ``headers`` are in small letters."""

    source: str
    method: str
    path: str
    headers: Mapping[str, str]


class Answer(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...] = ()


class Receiver(Protocol):
    """What takes the posts at one path."""

    max_size: int

    def admit(self, post: Post) -> Answer | None:
        """Give why the body is not wanted, if so."""

    def take(self, post: Post, body: bytes) -> Answer:
        """Take what was posted; it is kept before this returns."""


class Listener:
    """Serves the paths of one address."""

    _running: dict[tuple[str, int], "Listener"] = {}

    def __init__(self) -> None:
        self._receivers: dict[str, Receiver] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._ready: asyncio.Future[None]

    @classmethod
    async def serve(cls, address: str, receiver: Receiver) -> None:
        """Have what is posted to an address of ours received."""
        host, port, path = place(address)
        listener = cls._running.get((host, port))
        if listener is None:
            listener = cls._running[host, port] = cls()
            listener._ready = asyncio.ensure_future(listener._start(host, port))
        if path in listener._receivers:
            raise DeviceError(f"another device is posted to at {address}")
        listener._receivers[path] = receiver
        try:
            # Shared by all who wait for it, and one of them may be cancelled.
            await asyncio.shield(listener._ready)
        except OSError as error:
            cls.leave(address, receiver)
            words = f"cannot listen at {address}: {error.strerror or error}"
            raise DeviceError(words) from error

    @classmethod
    def leave(cls, address: str, receiver: Receiver) -> None:
        """End that; the last one to go closes the port."""
        host, port, path = place(address)
        listener = cls._running.get((host, port))
        if listener is None or listener._receivers.get(path) is not receiver:
            return
        del listener._receivers[path]
        if not listener._receivers:
            del cls._running[host, port]
            listener._stop()

    async def _start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, host, port)
        if not self._receivers:
            self._stop()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        self._serving.add(task)
        client = _Client(reader, writer)
        try:
            while len(self._serving) <= MAX_CONNECTIONS:
                timer = loop.call_later(WITHIN_S, writer.transport.abort)
                try:
                    if not await self._handle(client):
                        break
                finally:
                    timer.cancel()
        except (OSError, h11.ProtocolError, asyncio.CancelledError):
            # Gone, cut off, or shut down: the task ends with its connection.
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    async def _handle(self, client: "_Client") -> bool:
        """Answer one request; tell whether another may follow."""
        try:
            post = await client.request()
            if post is None:
                return False
            receiver = self._receiver(post.path)
            refused = receiver.admit(post) if receiver else Answer(404)
            # Who is refused is heard out as well, or would not hear why.
            body = await client.body(0 if refused else receiver.max_size)
        except h11.RemoteProtocolError as error:
            return await client.answer(Answer(error.error_status_hint))
        if refused:
            return await client.answer(refused)
        if body is None:
            return await client.answer(Answer(413))
        return await client.answer(_taken(receiver, post, body))

    def _receiver(self, path: str) -> Receiver | None:
        path = path.partition("?")[0]
        upper = path.rpartition("/")[0]
        return self._receivers.get(path) or self._receivers.get(upper)


class _Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)

    async def request(self) -> Post | None:
        event = await self._next()
        if not isinstance(event, h11.Request):
            return None
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in event.headers
        }
        source = self._writer.get_extra_info("peername")[0]
        path = event.target.decode("latin-1")
        return Post(source, event.method.decode(), path, headers)

    async def body(self, limit: int) -> bytes | None:
        """Read the body to its end; give it, or nothing if it is larger than that."""
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._writer.write(self._http.send(go_on))
        body, size = bytearray(), 0
        while isinstance(event := await self._next(), h11.Data):
            size += len(event.data)
            if size <= limit:
                body += event.data
        return bytes(body) if size <= limit else None

    async def answer(self, answer: Answer) -> bool:
        """Answer; tell whether the connection can be used again."""
        is_read = self._http.their_state is h11.DONE
        headers = [*answer.headers, ("Content-Length", "0")]
        if not is_read:
            headers.append(("Connection", "close"))
        said = h11.Response(status_code=answer.status, headers=headers)
        for event in (said, h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()
        if not is_read or self._http.our_state is h11.MUST_CLOSE:
            return False
        self._http.start_next_cycle()
        return True

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ))
        return event


class Login:
    """Who may post: by user and password, as a digest or in the clear."""

    def __init__(self, user: str, password: str):
        self._user, self._password = user, password
        self._key = secrets.token_bytes(16)

    def refuse(self, post: Post) -> Answer | None:
        given = post.headers.get("authorization", "")
        kind, _, said = given.partition(" ")
        is_right = {"basic": self._is_basic, "digest": self._is_digest}
        if kind.lower() in is_right and is_right[kind.lower()](post, said):
            return None
        ask = f'Digest realm="access", qop="auth", nonce="{self._nonce()}"'
        basic = ("WWW-Authenticate", 'Basic realm="access"')
        return Answer(401, (("WWW-Authenticate", ask), basic))

    def _is_basic(self, _post: Post, said: str) -> bool:
        pair = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        return same(said.strip(), pair)

    def _is_digest(self, post: Post, said: str) -> bool:
        parts = (part.partition("=") for part in said.split(","))
        fields = {name.strip(): value.strip(' "') for name, _, value in parts}
        nonce, uri = fields.get("nonce", ""), fields.get("uri", "")
        if uri != post.path or not self._is_ours(nonce):
            return False
        who = _md5(f"{self._user}:access:{self._password}")
        what = _md5(f"{post.method}:{uri}")
        middle = ":".join(fields.get(name, "") for name in ("nc", "cnonce", "qop"))
        expected = _md5(f"{who}:{nonce}:{middle}:{what}")
        if fields.get("qop") != "auth":
            expected = _md5(f"{who}:{nonce}:{what}")
        return same(fields.get("response", ""), expected)

    def _nonce(self, at: int | None = None) -> str:
        at = int(time.monotonic()) if at is None else at
        mark = hmac.new(self._key, b"%d" % at, "sha256").hexdigest()[:32]
        return f"{at:x}-{mark}"

    def _is_ours(self, nonce: str) -> bool:
        try:
            at = int(nonce.partition("-")[0], 16)
        except ValueError:
            return False
        is_fresh = 0 <= time.monotonic() - at < NONCE_S + 1
        return is_fresh and same(nonce, self._nonce(at))


def place(address: str) -> tuple[str, int, str]:
    """Split an address of ours: one address of this machine, a port, and a path.

    >>> place("http://192.168.1.10:8090/plates/entry")
    ('192.168.1.10', 8090, '/plates/entry')
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_one = not ip_address(host).is_unspecified
        if parts.scheme == "http" and is_one and parts.port and parts.path:
            return host, parts.port, parts.path.rstrip("/")
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address of ours: http://IP:PORT/PATH")


def same(given: str, expected: str) -> bool:
    """Compare so that the time it takes tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())


def _taken(receiver: Receiver, post: Post, body: bytes) -> Answer:
    try:
        return receiver.take(post, body)
    except Exception:
        log.exception("what was posted to %s could not be kept", receiver)
        return Answer(500)


def _md5(text: str) -> str:
    # The method's own; what it protects is on a network of its own.
    return hashlib.md5(text.encode()).hexdigest()
