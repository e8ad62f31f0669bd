"""A serial line without a wire: two pseudo-terminals joined back to back."""

import asyncio
import os
import tty
from collections.abc import Callable
from pathlib import Path


class _End:
    """One end as a terminal that others open by ``name``."""

    def __init__(self, received: Callable[[bytes], None]):
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._is_closed = False
        # Our own hold on the terminal keeps it alive while nobody else has it open.
        self._master, self._terminal = os.openpty()
        tty.setraw(self._terminal)
        self.name = os.ttyname(self._terminal)
        os.set_blocking(self._master, False)
        self._loop.add_reader(self._master, self._read)

    def send(self, data: bytes) -> None:
        """Let whoever has the terminal open read this."""
        if not self._is_closed:
            self._unsent += data
            self._write()

    def close(self) -> None:
        self._is_closed = True
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)
        os.close(self._terminal)

    def _read(self) -> None:
        self._received(os.read(self._master, 4096))

    def _write(self) -> None:
        try:
            sent = os.write(self._master, self._unsent)
        except BlockingIOError:
            sent = 0
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)


class _Pace:
    """Lets bytes through one after the other, as slowly as a baud rate has them."""

    def __init__(self, baudrate: int, send: Callable[[bytes], None]):
        self._baudrate, self._send = baudrate, send
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0

    def __call__(self, data: bytes) -> None:
        begin = max(self._loop.time(), self._free_at)
        # With its start and stop bit a byte is ten bits.
        self._free_at = begin + 10 * len(data) / self._baudrate
        self._loop.call_at(self._free_at, self._send, data)


class Line:
    """A line whose near end the gateway opens by a name that stays, ``path``.

    A simulator sends and receives at the far end: by ``send``, or by opening the
    terminal ``far``. It is as fast as the machine, or has the speed of ``baudrate``.
    Closed at the end of ``with``.
    """

    def __init__(self, path: Path, baudrate: int | None = None):
        self.path = path
        self._near: _End | None = None
        self._to_near, self._to_far = self._send_near, self._send_far
        if baudrate is not None:
            self._to_near = _Pace(baudrate, self._send_near)
            self._to_far = _Pace(baudrate, self._send_far)
        self._far = _End(self._to_near)
        self.plug()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_error: object) -> None:
        self.unplug()
        self._far.close()

    @property
    def far(self) -> str:
        return self._far.name

    @property
    def is_plugged(self) -> bool:
        return self._near is not None

    def plug(self) -> None:
        """Put the adapter into the gateway's box: a new terminal, by the old name."""
        if self._near is None:
            self._near = _End(self._to_far)
            if self.path.is_symlink():
                # Left over by a program that was killed.
                self.path.unlink()
            self.path.symlink_to(self._near.name)

    def unplug(self) -> None:
        """Pull it out: whoever has it open gets an error, and its name is gone."""
        if self._near is not None:
            self.path.unlink()
            self._near.close()
            self._near = None

    def send(self, data: bytes) -> None:
        """Send to the gateway; lost while the line is unplugged."""
        self._to_near(data)

    def _send_near(self, data: bytes) -> None:
        if self._near is not None:
            self._near.send(data)

    def _send_far(self, data: bytes) -> None:
        self._far.send(data)
