"""Lockers with a board of the KERONG CU kind, on a serial line or over TCP."""

import asyncio
import os
import time
import tty
from collections.abc import Callable, Iterable
from contextlib import suppress

from ._simulator import Simulator
from .line import Line

_STX, _ETX = 0x02, 0x03


class SimulatedLockers(Simulator):
    """A board and its doors, which spring open when they are unlocked.

    On a ``Line``, or without one on a TCP port of the loopback. ``shut`` tells by lock
    whether its door is; ``inside`` whether something is in there; ``opened`` lists the
    locks that were unlocked. ``changed`` is called for each door that opens or shuts,
    ``again`` for one that is open and told to open. A lock in ``jammed`` stays shut.
    ``noise`` goes out before each answer; ``silent`` answers nothing, ``quiet``
    nothing to unlocking. ``beside`` are other boards on the same line, which run with
    this one. Runs within ``async with``; ``stop`` and ``start`` switch its power.
    """

    def __init__(
        self,
        line: Line | None = None,
        board: int = 0,
        frame: str = "cu16",
        shut_bit: int = 1,
        changed: Callable[[int, bool], None] = lambda _lock, _shut: None,
        beside: Iterable["SimulatedLockers"] = (),
        again: Callable[[int, float], None] = lambda _lock, _at: None,
    ):
        super().__init__(line)
        self._board = board
        self._is_cu48 = frame == "cu48"
        self._shut_bit = shut_bit
        self._changed, self._again = changed, again
        self._boards = [self, *beside]
        self._terminal: int | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        count = 48 if self._is_cu48 else 16
        self.shut = [True] * count
        self.inside = [False] * count
        self.opened: list[int] = []
        self.jammed: set[int] = set()
        self.noise = b""
        self.silent = self.quiet = False

    async def start(self) -> None:
        if self._line is None:
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self._port
            )
            self._port = self._server.sockets[0].getsockname()[1]
            return
        self._terminal = os.open(self._line.far, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._terminal)
        received = bytearray()
        asyncio.get_running_loop().add_reader(
            self._terminal, self._read, self._terminal, received
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for writer in self._writers:
                writer.transport.abort()
        if self._terminal is not None:
            asyncio.get_running_loop().remove_reader(self._terminal)
            os.close(self._terminal)
            self._terminal = None

    def shut_door(self, lock: int) -> None:
        """Push a door until it locks."""
        self._move(lock, True)

    def _read(self, terminal: int, received: bytearray) -> None:
        received += os.read(terminal, 4096)
        os.write(terminal, self._answers(received))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        received = bytearray()
        self._writers.add(writer)
        with suppress(OSError):
            while data := await reader.read(4096):
                received += data
                writer.write(self._answers(received))
        self._writers.discard(writer)
        writer.close()

    def _answers(self, received: bytearray) -> bytes:
        """Take the frames out of what was received; give what is said to them."""
        answers, length = b"", 6 if self._is_cu48 else 5
        while len(received) >= length:
            frame = bytes(received[:length])
            is_frame = frame[0] == _STX and frame[-2] == _ETX and _adds_up(frame)
            del received[: length if is_frame else 1]
            if is_frame:
                answers += b"".join(one._answer(frame) for one in self._boards)
        return answers

    def _answer(self, frame: bytes) -> bytes:
        if self._is_cu48:
            board, lock, command = frame[1:4]
        else:
            board, lock, command = frame[1] >> 4, frame[1] & 0x0F, frame[2]
        if board != self._board or self.silent:
            return b""
        is_unlocking = command in (0x31, 0x61)
        if is_unlocking:
            self._unlock(lock)
        if is_unlocking and self.quiet or command not in (0x30, 0x31, 0x60, 0x61):
            return b""
        return self.noise + self._state()

    def _unlock(self, lock: int) -> None:
        self.opened.append(lock)
        if not self.shut[lock]:
            self._again(lock, time.monotonic())
        elif lock not in self.jammed:
            self._move(lock, False)

    def _move(self, lock: int, shut: bool) -> None:
        if self.shut[lock] is not shut:
            self.shut[lock] = shut
            self._changed(lock, shut)

    def _state(self) -> bytes:
        hooks = _bits(shut is bool(self._shut_bit) for shut in self.shut)
        if self._is_cu48:
            data = bytes([self._board, 0, 0x75]) + hooks.to_bytes(6, "little")
        else:
            inside = _bits(self.inside).to_bytes(2, "little")
            data = bytes([self._board << 4, 0x35]) + hooks.to_bytes(2, "little")
            data += inside
        framed = bytes([_STX]) + data + bytes([_ETX])
        return framed + bytes([sum(framed) & 0xFF])


def _adds_up(frame: bytes) -> bool:
    return sum(frame[:-1]) & 0xFF == frame[-1]


def _bits(bits: Iterable[bool]) -> int:
    return sum(bit << place for place, bit in enumerate(bits))
