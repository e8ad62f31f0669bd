"""The ERP's call that there is news: a websocket on which it says nothing else.

What the news is comes by the next poll. While no connection stands, polls come each
second instead; so this may fail in any way, and only costs that much.
"""

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from .errors import in_plain_words
from .waiting import Waiting

log = logging.getLogger(__name__)
# Its log would show the token among the headers.
_silent = logging.getLogger(f"{__name__}.frames")
_silent.disabled = True

PATH = "/websocket/access_gateway"

# The ERP is asked so often whether it is still there, and has so long to answer.
HEARTBEAT_S = 10.0
PATIENCE_S = 5.0
CLOSING_S = 1.0

# An ERP that has no such route, or a proxy that does not lead there, may get one.
LONGEST_WAIT_S = 60.0

# What is said is a word; more of it is not read.
MOST_BYTES = 1024

# After so much news without a word it is not by chance: one word may be on its way.
MOST_MISSED = 2

# Before Python 3.11 that of asyncio is one of its own.
_GONE = (OSError, TimeoutError, asyncio.TimeoutError, WebSocketException)


class Wake:
    """Calls ``on_news`` when the ERP says so, and when the connection comes or goes.

    ``token`` gives the one that is good now. ``problem`` says in words why there is no
    connection, or none that can be relied on.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        on_news: Callable[[], None],
        first_wait: float = 1.0,
        heartbeat: float = HEARTBEAT_S,
    ):
        self._origin = url
        self._url = f"ws{url.removeprefix('http')}{PATH}"
        self._token = token
        self._on_news = on_news
        self._waiting = Waiting(first_wait, LONGEST_WAIT_S)
        self._heartbeat = heartbeat
        self._missed = 0
        self.is_up = False
        self.problem: str | None = "not connected yet"

    def missed(self) -> None:
        """Take note of news that was there before the ERP said so."""
        self._missed += 1
        if self.is_up and self._missed >= MOST_MISSED:
            self._note("the server says nothing, though it is connected")

    async def run(self) -> None:
        """Listen until cancelled; connect again whenever the connection is gone."""
        while True:
            try:
                async with self._connection() as connection:
                    await self._listen(connection)
                problem = "the server closed the connection"
            except _GONE as error:
                problem = _words(error)
            except Exception as error:
                log.exception("fault in listening to the server")
                problem = f"fault: {error!r}"
            self._note(problem)
            await asyncio.sleep(self._waiting.next())

    async def _listen(self, connection: ClientConnection) -> None:
        # The first word comes by itself: from then on the ERP knows whom to tell.
        await asyncio.wait_for(connection.recv(), PATIENCE_S)
        self._waiting.reset()
        self._hear()
        async for _word in connection:
            self._hear()

    def _hear(self) -> None:
        self._missed = 0
        self._note(None)
        self._on_news()

    def _note(self, problem: str | None) -> None:
        was_up, self.is_up = self.is_up, problem is None
        if problem is not None and problem != self.problem:
            log.info("no push from the server: %s", problem)
        if self.is_up and not was_up:
            log.info("the server pushes")
        self.problem = problem
        if was_up and not self.is_up:
            # Something may have been said that was not heard.
            self._on_news()

    def _connection(self) -> "_Connecting":
        is_secure = urlsplit(self._url).scheme == "wss"
        return _Connecting(
            self._url,
            additional_headers={"Authorization": f"Bearer {self._token()}"},
            origin=self._origin,
            user_agent_header=None,
            compression=None,
            open_timeout=PATIENCE_S,
            close_timeout=CLOSING_S,
            ping_interval=self._heartbeat,
            ping_timeout=min(PATIENCE_S, self._heartbeat),
            max_size=MOST_BYTES,
            logger=_silent,
            # The same authorities are trusted as by the calls (see ``link``).
            **({"ssl": httpx.create_ssl_context()} if is_secure else {}),
        )


class _Connecting(connect):
    """Follows no redirection: the token is for the ERP alone."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _words(error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        return f"the server answered {error.response.status_code}"
    return in_plain_words(error)
