"""Locker boards of the KERONG CU kind: RS-485, or the same over TCP.

The address is a serial port or ``tcp://HOST:PORT``. Boards at the same address share
the line and differ by their board numbers. The frames are as public drivers have them,
which do not agree on all; tried against a simulator only.
"""

import asyncio
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import serial

from ..bus import Bus, host_and_port
from ..rules import Device
from . import (
    BAUDRATE,
    SERIAL_ADDRESS,
    DeviceError,
    Driver,
    Release,
    Role,
    Setting,
    Told,
    TooLate,
    require_port,
)

STX, ETX = 0x02, 0x03

# More than this without an answer in it is rubbish.
MAX_BUFFER = 256


class State(NamedTuple):
    """The bits of an answer: hooks, and where something is inside; lock 0 is lowest."""

    hooks: int
    inside: int = 0


class Cu16:
    """``STX ADDRESS COMMAND ETX SUM``; the address is board and lock, 4 bits each.

    >>> Cu16.unlock(0, 5).hex(" ")
    '02 05 31 03 3b'
    >>> Cu16.state(0, bytes.fromhex("0200 35 dfff 0000 03 18"))
    State(hooks=65503, inside=0)
    """

    locks, boards, has_inside = 16, 16, True
    _answer, _length = 0x35, 9

    @staticmethod
    def ask(board: int) -> bytes:
        return _frame(board << 4, 0x30)

    @staticmethod
    def unlock(board: int, lock: int) -> bytes:
        return _frame(board << 4 | lock, 0x31)

    @classmethod
    def state(cls, board: int, received: bytes) -> State | None:
        """Find the first whole answer of a board in what was received."""
        for data in _frames(received, cls._length):
            if data[0] >> 4 == board and data[1] == cls._answer:
                hooks, inside = data[2:4], data[4:6]
                return State(_number(hooks), _number(inside))
        return None


class Cu48:
    """``STX BOARD LOCK COMMAND ETX SUM``.

    >>> Cu48.unlock(1, 40).hex(" ")
    '02 01 28 61 03 8f'
    """

    locks, boards, has_inside = 48, 256, False
    _answer, _length = 0x75, 12

    @staticmethod
    def ask(board: int) -> bytes:
        return _frame(board, 0, 0x60)

    @staticmethod
    def unlock(board: int, lock: int) -> bytes:
        return _frame(board, lock, 0x61)

    @classmethod
    def state(cls, board: int, received: bytes) -> State | None:
        """Find the first whole answer of a board in what was received."""
        for data in _frames(received, cls._length):
            if data[0] == board and data[2] == cls._answer:
                return State(_number(data[3:9]))
        return None


_FRAMES = {"cu16": Cu16, "cu48": Cu48}


Find = Callable[[bytes], State | None]


class _ByteBus(Bus, asyncio.Protocol):
    """A line of bytes; ``how`` is the speed, ``None`` over TCP."""

    def __init__(self, address: str, how: int | None):
        super().__init__(address, how)
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._port: serial.Serial | None = None
        self._transport: asyncio.BaseTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        if self.how is None:
            host, port = host_and_port(self.address)
            opened = await loop.create_connection(lambda: self, host, port)
        else:
            require_port(self.address)
            try:
                self._port = serial.Serial(
                    self.address, self.how, timeout=0, write_timeout=0, exclusive=True
                )
            except (ValueError, termios.error) as error:
                raise DeviceError(str(error)) from error
            opened = await loop.connect_read_pipe(lambda: self, self._port)
        self._transport = opened[0]

    def close(self) -> None:
        for closing in (self._transport, self._port):
            if closing is not None:
                closing.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        del self._received[:-MAX_BUFFER]
        self._arrived.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.lose(DeviceError(f"unplugged: {self.address}"))

    async def exchange(self, frame: bytes, find: Find) -> State:
        """Send a frame, and wait until the answer to it is found."""
        self._received.clear()
        try:
            (self._port or self._transport).write(frame)
        except (OSError, termios.error) as error:
            unplugged = DeviceError(f"unplugged: {self.address}")
            self.lose(unplugged)
            raise unplugged from error
        while (found := find(bytes(self._received))) is None:
            self._arrived.clear()
            await self._arrived.wait()
        return found


class LockerBoard(Driver):
    """Locks are the outputs; the board itself ends the pulse that releases one.

    The hook of each lock is the input of its number, active while it is shut; after
    them come, where the board has them, the sensors that see something inside.
    """

    title = "Locker board (KERONG CU)"
    roles = frozenset({Role.LOCKERS, Role.OUTPUTS, Role.INPUTS})
    address_help = (
        f"{SERIAL_ADDRESS} Or tcp://HOST:PORT. Several boards may have the same."
    )
    settings = (
        Setting(
            "frame",
            "Protocol",
            "cu16",
            (("cu16", "CU16 (up to 16 locks)"), ("cu48", "CU48 (up to 48 locks)")),
        ),
        Setting("board", "Board Number", 0, low=0, high=255),
        Setting("locks", "Number of Locks", 16, low=1, high=48),
        Setting(
            "shut_bit",
            "A Shut Lock Says",
            "1",
            (("1", "1"), ("0", "0")),
            help="Boards differ: try one and look.",
        ),
        Setting(
            "inside",
            "Sees What is Inside",
            False,
            help="The sensors are the inputs after those of the locks.",
        ),
        BAUDRATE._replace(default=19200),
        Setting("scan_ms", "Asked Every (ms)", 200, low=10, high=60_000),
        Setting(
            "timeout_ms",
            "Answers within (ms)",
            200,
            help="Each request is tried twice; other boards on the line wait.",
            low=10,
            high=10_000,
        ),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._frames = _FRAMES[self.setting("frame")]
        self._board, self._locks = self.setting("board"), self.setting("locks")
        if self._board >= self._frames.boards:
            raise DeviceError(f"setting board: there is no board {self._board}")
        if self._locks > self._frames.locks:
            raise DeviceError(f"setting locks: at most {self._frames.locks}")
        if self.setting("inside") and not self._frames.has_inside:
            raise DeviceError("setting inside: these boards do not tell")
        self._timeout = self.setting("timeout_ms") / 1000
        self._bus: _ByteBus | None = None

    async def connect(self) -> None:
        self._lost: asyncio.Future[DeviceError] = (
            asyncio.get_running_loop().create_future()
        )
        address = self.device.address
        speed = None if address.startswith("tcp://") else self.setting("baudrate")
        self._bus = await _ByteBus.join(address, speed, self, self._lose)
        await self._ask()
        for output in self.device.outputs:
            missing = output >= self._locks
            self.note_flaw(output, f"there is no lock {output}" if missing else None)

    async def serve(self) -> None:
        while True:
            self._note(await self._ask())
            await asyncio.wait({self._lost}, timeout=self.setting("scan_ms") / 1000)
            if self._lost.done():
                raise self._lost.result()

    async def disconnect(self) -> None:
        """Let go of the line; the locks are at rest by themselves."""
        if self._bus is not None:
            self._bus.leave(self)
            self._bus = None

    async def perform(self, command: Release) -> None:
        if not 0 <= command.output < self._locks:
            raise DeviceError(f"there is no lock {command.output}")
        try:
            state = await self._unlock(command.output, command.before)
            self._note(state or await self._ask())
        except TooLate:
            raise
        except DeviceError as error:
            self._lose(error)
            raise

    async def settle(self) -> None:
        for output in self.device.outputs:
            is_held = output in self.held
            flaw = f"lock {output} cannot be held open" if is_held else None
            if output < self._locks:
                self.note_flaw(output, flaw)

    async def _ask(self) -> State:
        state = await self._exchange(self._frames.ask(self._board), self._timeout)
        assert state is not None
        return state

    async def _unlock(self, lock: int, before: float) -> State | None:
        """Unlock; give the state, if the board answers with it: not all of them do."""
        frame = self._frames.unlock(self._board, lock)
        bus = self._its_bus()

        async def sent() -> State | None:
            with suppress(asyncio.TimeoutError):
                return await asyncio.wait_for(
                    bus.exchange(frame, self._found), self._timeout
                )
            return None

        return await bus.ask(
            self, 2 * self._timeout, sent, is_urgent=True, before=before
        )

    async def _exchange(self, frame: bytes, within: float) -> State | None:
        bus = self._its_bus()
        return await bus.ask(self, within, lambda: bus.exchange(frame, self._found))

    def _found(self, received: bytes) -> State | None:
        return self._frames.state(self._board, received)

    def _its_bus(self) -> _ByteBus:
        if self._bus is None:
            raise DeviceError("shut down")
        return self._bus

    def _note(self, state: State) -> None:
        if not self.online:
            return
        shut_bit = int(self.setting("shut_bit"))
        for lock in range(self._locks):
            self.note_contact(lock, state.hooks >> lock & 1 == shut_bit)
            if self.setting("inside"):
                is_inside = bool(state.inside >> lock & 1)
                self.note_contact(self._locks + lock, is_inside)

    def _lose(self, error: DeviceError) -> None:
        if not self._lost.done():
            self._lost.set_result(error)


def _frame(*data: int) -> bytes:
    framed = bytes([STX, *data, ETX])
    return framed + bytes([sum(framed) & 0xFF])


def _frames(received: bytes, length: int) -> Iterator[bytes]:
    """Give what is in each whole frame of a length, wherever it begins.

    >>> [data.hex() for data in _frames(b"?" + _frame(2, 0x30) + _frame(1)[:-1], 5)]
    ['0230']
    """
    for start in range(len(received) - length + 1):
        frame = received[start : start + length]
        is_framed = frame[0] == STX and frame[-2] == ETX
        if is_framed and sum(frame[:-1]) & 0xFF == frame[-1]:
            yield frame[1:-2]


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
