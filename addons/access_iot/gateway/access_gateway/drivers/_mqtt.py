"""One connection to each MQTT broker, shared by the devices behind it."""

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import aiomqtt

from . import DeviceError

log = logging.getLogger(__name__)

# What comes faster than we read is dropped beyond so many.
QUEUED = 1000
MAX_PAYLOAD = 65_536


class Message(NamedTuple):
    """``is_old``: the broker kept it, and it may no longer be so."""

    topic: str
    payload: bytes
    is_old: bool


class Login(NamedTuple):
    """Where a broker is, and as whom to speak to it."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    ca: str


class Broker:
    """A connection; ``lost`` is done with the reason when it is no more."""

    _shared: dict[Login, "Broker"] = {}

    def __init__(self, login: Login, within: float):
        loop = asyncio.get_running_loop()
        self._login = login
        self._within = within
        self._users: dict[object, list[tuple[str, Callable[[Message], None]]]] = {}
        self._connected: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[DeviceError] = loop.create_future()
        self._client = aiomqtt.Client(
            login.host,
            login.port,
            username=login.user or None,
            password=login.password or None,
            identifier=f"access-{secrets.token_hex(6)}",
            tls_context=_tls(login.ca) if login.is_tls else None,
            timeout=within,
            keepalive=15,
            max_queued_incoming_messages=QUEUED,
            # Else a release waits 40 ms for what came before it to be acknowledged.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=logging.getLogger(f"{__name__}.client"),
        )
        self._task = asyncio.create_task(self._run())

    @classmethod
    async def join(cls, login: Login, user: object, within: float) -> "Broker":
        """Give the connection to a broker; ``leave`` it when done."""
        broker = cls._shared.get(login)
        if broker is None or broker.lost.done():
            broker = cls._shared[login] = cls(login, within)
        broker._users[user] = []
        try:
            await broker._until_connected(within)
        except BaseException:
            broker.leave(user)
            raise
        return broker

    def leave(self, user: object) -> None:
        self._users.pop(user, None)
        if not self._users:
            self._task.cancel()
            if self._shared.get(self._login) is self:
                del self._shared[self._login]

    async def subscribe(
        self, user: object, topics: list[str], told: Callable[[Message], None]
    ) -> None:
        for topic in topics:
            self._users[user].append((topic, told))
            try:
                await self._client.subscribe(topic, qos=1)
            except (aiomqtt.MqttError, ValueError) as error:
                raise DeviceError(f"cannot listen to {topic}: {error}") from error

    async def publish(self, topic: str, payload: str) -> None:
        """Send a command, which no broker keeps for later."""
        if self.lost.done():
            raise self.lost.result()
        try:
            await self._client.publish(topic, payload, qos=1, retain=False)
        except (aiomqtt.MqttError, ValueError) as error:
            raise DeviceError(f"the broker did not take a command: {error}") from error

    async def _until_connected(self, within: float) -> None:
        known = {self._connected, self.lost}
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait(known, timeout=2 * within, return_when=first)
        if self.lost.done():
            raise self.lost.result()
        if not self._connected.done():
            raise DeviceError(f"no answer from the broker at {self._login.host}")

    async def _run(self) -> None:
        words = "shut down"
        try:
            async with self._client:
                self._connected.set_result(None)
                async for message in self._client.messages:
                    self._tell(message)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            is_known = self._connected.done()
            words = "lost the broker" if is_known else "cannot reach the broker"
            words = f"{words} at {self._login.host}: {error}"
        finally:
            self.lost.set_result(DeviceError(words))

    def _tell(self, message: aiomqtt.Message) -> None:
        payload = message.payload
        if not isinstance(payload, bytes | bytearray) or len(payload) > MAX_PAYLOAD:
            return
        said = Message(message.topic.value, bytes(payload), bool(message.retain))
        for listening in list(self._users.values()):
            for topic, told in listening:
                if message.topic.matches(topic):
                    try:
                        told(said)
                    except Exception:
                        log.exception("fault with what %s says", said.topic)
                    break


def place(address: str) -> tuple[str, int, bool, str]:
    """Split an address; raise ``DeviceError``.

    >>> place("mqtts://broker/shellies/gate")
    ('broker', 8883, True, 'shellies/gate')
    """
    try:
        parts = urlsplit(address)
        topic = parts.path.strip("/")
        is_tls = parts.scheme == "mqtts"
        is_plain = not set("+#") & set(address)
        if parts.scheme in ("mqtt", "mqtts") and parts.hostname and is_plain:
            return (
                parts.hostname,
                parts.port or (8883 if is_tls else 1883),
                is_tls,
                topic,
            )
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address: mqtt://HOST:PORT/TOPIC")


def _tls(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise DeviceError(f"cannot read the certificates in {ca}") from error
