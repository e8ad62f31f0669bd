"""Boards with relays and inputs that speak Modbus: RTU on a serial line, or TCP."""

import asyncio
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import WriteSingleCoilRequest
from pymodbus.pdu.exceptionresponse import ExceptionResponse
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from ._simulator import Simulator
from .line import Line

_READ_INPUTS = 2
_WRITE_COILS = (5, 15)
# A coil from here on is on for tenths of a second, as Waveshare's boards have it.
_FLASH = 0x0200

# Where a frame has the unit number: of RTU the first byte, of TCP after the header.
_UNIT_RTU, _UNIT_TCP = 0, 6


class CoilChange(NamedTuple):
    """``at`` is ``time.monotonic()``."""

    coil: int
    on: bool
    at: float


class _CoilOrFlash(WriteSingleCoilRequest):
    """A board of its own has a class of its own, with the timers that run there."""

    ends: dict[tuple[int, int], asyncio.Task[None]]
    _tenths = 0

    def decode(self, data: bytes) -> None:
        super().decode(data)
        if self.address >= _FLASH:
            self._tenths = struct.unpack(">HH", data[:4])[1]

    def encode(self) -> bytes:
        """The answer to "flash on" is its echo."""
        return struct.pack(">HH", self.address, self._tenths)

    async def datastore_update(self, context: Any, device_id: int) -> ModbusPDU:
        output = self.address - _FLASH if self._tenths else self.address
        if before := self.ends.pop((device_id, output), None):
            before.cancel()
        if not self._tenths:
            return await super().datastore_update(context, device_id)
        code = self.function_code
        if wrong := await context.async_setValues(device_id, code, output, [True]):
            return ExceptionResponse(code, wrong)

        async def end() -> None:
            await asyncio.sleep(self._tenths / 10)
            await context.async_setValues(device_id, code, output, [False])

        self.ends[device_id, output] = asyncio.create_task(end())
        return self


class SimulatedRelays(Simulator):
    """A board on a ``Line``, or without one on a TCP port of the loopback.

    ``on`` lists the coils that are on to begin with. ``changes`` holds what happened
    since; ``changed`` is called for each, ``again`` when a coil that is on is switched
    on. ``inputs`` are set at will. Set ``failing``
    to have every request answered by that exception, ``silent`` to have none answered.
    A release by "flash on" is ended by the board itself. ``beside`` are other boards
    on the same line, which run with this one.
    Runs within ``async with``; ``stop`` and ``start`` switch its power.
    """

    def __init__(
        self,
        line: Line | None = None,
        unit: int = 1,
        coils: int = 16,
        on: Iterable[int] = (),
        changed: Callable[[CoilChange], None] = lambda _change: None,
        inputs: int = 16,
        beside: Iterable["SimulatedRelays"] = (),
        again: Callable[[int, float], None] = lambda _coil, _at: None,
    ):
        super().__init__(line)
        self._boards = {board._unit: board for board in beside}
        self._boards[unit] = self
        self._unit = unit
        self._changed, self._again = changed, again
        self._server: ModbusSerialServer | ModbusTcpServer | None = None
        self._waiting: list[tuple[int, bool, asyncio.Future[None]]] = []
        self.coils = [coil in set(on) for coil in range(coils)]
        self.inputs = [False] * inputs
        self.changes: list[CoilChange] = []
        self.failing: ExcCodes | None = None
        self.silent = False

    async def start(self) -> None:
        self._server = self._new_server()
        await self._server.serve_forever(background=True)
        if self._line is None:
            self._port = self._server.transport.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()
            self._server = None

    async def wait_for(self, coil: int, on: bool, within: float = 5.0) -> None:
        """Wait until a coil is on or off; raise ``asyncio.TimeoutError``."""
        if self.coils[coil] is not on:
            reached = asyncio.get_running_loop().create_future()
            self._waiting.append((coil, on, reached))
            await asyncio.wait_for(reached, within)

    def _new_server(self) -> ModbusSerialServer | ModbusTcpServer:
        boards = [board._device() for board in self._boards.values()]
        timed = [type("Flashing", (_CoilOrFlash,), {"ends": {}})]
        if self._line is None:
            return ModbusTcpServer(
                boards,
                address=("127.0.0.1", self._port),
                trace_packet=self._send,
                custom_pdu=timed,
            )
        return ModbusSerialServer(
            boards,
            framer=FramerType.RTU,
            port=self._line.far,
            trace_packet=self._send,
            custom_pdu=timed,
        )

    def _device(self) -> SimDevice:
        coils = SimData(0, values=list(self.coils), datatype=DataType.BITS)
        inputs = SimData(0, values=list(self.inputs), datatype=DataType.BITS)
        registers = SimData(0, values=0, datatype=DataType.REGISTERS)
        return SimDevice(
            id=self._unit,
            simdata=([coils], [inputs], [registers], [registers]),
            action=self._act,
        )

    def _send(self, sending: bool, data: bytes) -> bytes:
        unit = data[_UNIT_RTU if self._line else _UNIT_TCP] if sending else None
        return b"" if unit in self._boards and self._boards[unit].silent else data

    async def _act(
        self,
        function: int,
        _start: int,
        address: int,
        _count: int,
        registers: list[int],
        values: list[bool] | None,
    ) -> ExcCodes | None:
        if function == _READ_INPUTS:
            registers[:] = _words(self.inputs)
        if self.failing is None and values and function in _WRITE_COILS:
            for coil, on in enumerate(values, address):
                self._set(coil, bool(on))
        return self.failing

    def _set(self, coil: int, on: bool) -> None:
        if self.coils[coil] is on:
            if on:
                self._again(coil, time.monotonic())
            return
        self.coils[coil] = on
        change = CoilChange(coil, on, time.monotonic())
        self.changes.append(change)
        self._changed(change)
        for waiting in list(self._waiting):
            if waiting[:2] == (coil, on):
                self._waiting.remove(waiting)
                if not waiting[2].done():
                    waiting[2].set_result(None)


def _words(bits: list[bool]) -> list[int]:
    """Pack bits into words of 16, the first one lowest.

    >>> _words([True, False, True] + 13 * [False] + [True])
    [5, 1]
    """
    return [
        sum(bit << place for place, bit in enumerate(bits[start : start + 16]))
        for start in range(0, len(bits), 16)
    ]
