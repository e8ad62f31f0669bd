"""Bytes to and from a device that speaks over TCP or a serial line."""

import asyncio
import os
import socket
import termios
from urllib.parse import urlsplit

import serial

from ..errors import in_plain_words
from . import DeviceError, require_port

# What nobody has asked for is thrown away from here on.
LIMIT = 65_536

FIRST = asyncio.FIRST_COMPLETED


class Stream:
    """An open line; ``lost`` is done with the reason when the line is no more."""

    def __init__(self, port: socket.socket | serial.Serial, address: str):
        self._port = port
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._news: asyncio.Future[None] = self._loop.create_future()
        self.lost: asyncio.Future[DeviceError] = self._loop.create_future()
        self._loop.add_reader(port.fileno(), self._read)

    @classmethod
    async def open(
        cls, address: str, port: int, baudrate: int, within: float
    ) -> "Stream":
        """Open ``tcp://HOST``, or a serial port; raise ``DeviceError``."""
        if address.startswith("tcp://"):
            target = host_and_port(address, port)
            try:
                connected = await asyncio.wait_for(_connect(*target), within)
            except (OSError, asyncio.TimeoutError) as error:
                late = isinstance(error, asyncio.TimeoutError)
                words = "no answer" if late else in_plain_words(error)
                raise DeviceError(f"cannot connect to {address}: {words}") from error
            return cls(connected, address)
        require_port(address)
        try:
            line = serial.Serial(address, baudrate, timeout=0, exclusive=True)
        except (OSError, ValueError, termios.error) as error:
            raise DeviceError(str(error)) from error
        return cls(line, address)

    async def send(self, data: bytes, within: float) -> None:
        """Hand all to the line; raise ``DeviceError`` when it takes too long."""
        deadline = self._loop.time() + within
        left = memoryview(data)
        while left:
            self._check()
            try:
                left = left[os.write(self._port.fileno(), left) :]
            except BlockingIOError:
                await self._writable(deadline)
            except OSError as error:
                raise self.lose(f"broken: {self._address}") from error

    async def receive(self, count: int, within: float) -> bytes:
        """Give so many bytes, or fewer if the device has fallen silent."""
        deadline = self._loop.time() + within
        while len(self._received) < count:
            self._check()
            left = deadline - self._loop.time()
            if left <= 0:
                break
            self._news = self._loop.create_future()
            # Unlike ``wait_for`` it never swallows our being cancelled.
            await asyncio.wait({self._news, self.lost}, timeout=left, return_when=FIRST)
        found = bytes(self._received[:count])
        del self._received[:count]
        return found

    def forget(self) -> None:
        """Drop what came unasked, or too late."""
        self._received.clear()

    def lose(self, words: str) -> DeviceError:
        """Give the line up for this reason, and the error that tells it."""
        if not self.lost.done():
            self._loop.remove_reader(self._port.fileno())
            self._loop.remove_writer(self._port.fileno())
            self.lost.set_result(DeviceError(words))
        return self.lost.result()

    def close(self) -> None:
        self.lose(f"closed: {self._address}")
        self._port.close()

    async def _writable(self, deadline: float) -> None:
        fd, ready = self._port.fileno(), self._loop.create_future()
        self._loop.add_writer(fd, lambda: ready.done() or ready.set_result(None))
        left = max(0.0, deadline - self._loop.time())
        try:
            await asyncio.wait({ready, self.lost}, timeout=left, return_when=FIRST)
        finally:
            if not self.lost.done():
                self._loop.remove_writer(fd)
        if not ready.done() and not self.lost.done():
            raise DeviceError(f"{self._address} takes no more data")

    def _read(self) -> None:
        try:
            data = os.read(self._port.fileno(), 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lose(f"unplugged: {self._address}")
        self._received += data
        del self._received[:-LIMIT]
        if not self._news.done():
            self._news.set_result(None)

    def _check(self) -> None:
        if self.lost.done():
            raise self.lost.result()


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, target = found[0]
    connecting = socket.socket(family, kind, protocol)
    try:
        connecting.setblocking(False)
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(connecting, target)
    except BaseException:
        connecting.close()
        raise
    return connecting


def host_and_port(address: str, port: int) -> tuple[str, int]:
    """Split an address of any scheme; raise ``DeviceError``.

    >>> host_and_port("tcp://10.0.0.7", 9100)
    ('10.0.0.7', 9100)
    """
    parts = urlsplit(address)
    try:
        if parts.hostname:
            return parts.hostname, parts.port or port
    except ValueError:
        pass
    raise DeviceError(f"{address!r} is no address: tcp://HOST:PORT")
