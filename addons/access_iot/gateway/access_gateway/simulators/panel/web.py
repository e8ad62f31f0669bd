"""The panel's page and its orders, on 127.0.0.1 only; the picture goes out live."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._http import HOST, HttpServer, Reply, Request, Stream
from .fixtures import NotPossible
from .plan import PlanError
from .venue import Venue

STATIC = Path(__file__).parent / "static"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    **{
        f"/{name}.css": (f"{name}.css", "text/css; charset=utf-8")
        for name in ("panel", "scenes", "devices")
    },
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8")
        for name in ("panel", "people", "scenes", "tools")
    },
    "/favicon.ico": ("icon.svg", "image/svg+xml"),
}
_JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_SAFE = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# How many pictures a second at most.
FRAME_S = 0.04
QUIET_S = 15
LIMIT = 65_536
# Orders, and of which type what they need is.
_ORDERS: dict[str, dict[str, type]] = {
    "hold": {"reader": str, "value": str, "who": str},
    "type": {"reader": str, "keys": str, "who": str},
    "walk": {"point": int},
    "force": {"point": int},
    "back": {"point": int},
    "door": {"point": int},
    "button": {"point": int},
    "fire": {"device": str, "number": int},
    "shut": {"locker": int},
    "plug": {"device": str},
}


class Panel:
    """Serves one venue. ``on_visitors`` is called when visitors are let in or not."""

    def __init__(self, venue: Venue, port: int = 0, on_visitors: Any = None):
        self.venue = venue
        self._server = HttpServer(self._answer, port, LIMIT)
        self._on_visitors = on_visitors
        self._news = asyncio.Event()
        venue.changed = self._changed

    @property
    def url(self) -> str:
        return self._server.address

    async def __aenter__(self) -> "Panel":
        await self._server.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.stop()

    def _changed(self) -> None:
        # Each picture is told of once, to all who wait for it.
        self._news.set()
        self._news = asyncio.Event()

    async def _live(self, writer: asyncio.StreamWriter) -> None:
        """Send a picture now, and whenever it looks different."""
        head = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        lines = [f"{name}: {value}" for name, value in {**head, **_SAFE}.items()]
        writer.write("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode())
        while True:
            news = self._news
            text = json.dumps(self.venue.picture())
            writer.write(f"data: {text}\n\n".encode())
            await writer.drain()
            await asyncio.sleep(FRAME_S)
            # Now and then also when nothing happens: so we know who has gone.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(news.wait(), QUIET_S)

    async def _answer(self, request: Request) -> Reply | Stream:
        if not self._is_ours(request):
            return _refusal(403, "Another website asks.")
        if request.path == "/live":
            return self._live
        if request.method == "GET" and request.path in _FILES:
            name, kind = _FILES[request.path]
            body = (STATIC / name).read_bytes()
            return Reply(200, {"Content-Type": kind, **_SAFE}, body)
        name = request.path.removeprefix("/do/")
        if request.method == "POST" and name in (*_ORDERS, "visitors"):
            return self._order(name, request)
        return _refusal(404, "There is no such page.")

    def _is_ours(self, request: Request) -> bool:
        """Refuse other websites, also those whose name leads here (DNS rebinding)."""
        hosts = {f"{name}:{self._server.port}" for name in (HOST, "localhost")}
        origin = request.headers.get("origin")
        from_us = origin is None or urlsplit(origin).netloc in hosts
        return request.headers.get("host") in hosts and from_us

    def _order(self, name: str, request: Request) -> Reply:
        if request.headers.get("content-type") != "application/json":
            return _refusal(415, "Orders are JSON.")
        try:
            told = json.loads(request.body)
            if name == "visitors" and self._on_visitors is not None:
                self.venue.visitors = bool(told["on"])
                self._on_visitors(self.venue.visitors)
                self._changed()
            else:
                getattr(self.venue, name)(**_checked(_ORDERS[name], told))
        except NotPossible as error:
            # Whoever pushes a door that is shut made no mistake.
            return _refusal(200, str(error))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            return _refusal(422, f"This is no order: {error!r}")
        return Reply(200, {**_JSON, **_SAFE}, b"{}")


def _checked(needed: dict[str, type], told: Any) -> dict[str, Any]:
    fields = {name: told[name] for name in needed}
    for name, kind in needed.items():
        if type(fields[name]) is not kind:
            raise PlanError(f"{name} is not {kind.__name__}")
    return fields


def _refusal(status: int, words: str) -> Reply:
    body = json.dumps({"message": words}).encode()
    return Reply(status, {**_JSON, **_SAFE}, body)
