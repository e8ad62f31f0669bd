"""Boards with relays and inputs that speak Modbus: RTU on a serial line, or TCP.

The address is a serial port or ``tcp://HOST:PORT``. Boards at the same address share
the line and differ by their unit numbers. Tried against simulators only.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU

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

PORT = 502

# What a gateway between us and the board answers when the board does not.
_NOBODY_THERE = (ExcCodes.GATEWAY_PATH_UNAVIABLE, ExcCodes.GATEWAY_NO_RESPONSE)


class _OutputRefused(DeviceError):
    """The board is there, but did not do this with one output."""


class _ModbusBus(Bus):
    """``how`` is the speed; ``None`` over TCP."""

    _client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None

    async def open(self) -> None:
        self._client = self._new_client()
        if not await self._client.connect():
            raise DeviceError(f"cannot connect to {self.address}")

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def request(self, function: str, *values: Any, **named: Any) -> Awaitable[Any]:
        return getattr(self._client, function)(*values, **named)

    def _connected(self, is_connected: bool) -> None:
        if not is_connected:
            self.lose(DeviceError(f"unplugged: {self.address}"))

    def _new_client(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        # Waiting, trying again and reconnecting are ours, as with every other device.
        common = {
            "timeout": 60,
            "retries": 0,
            "reconnect_delay": 0,
            "trace_connect": self._connected,
        }
        if self.how is None:
            host, port = host_and_port(self.address, PORT)
            return AsyncModbusTcpClient(host, port=port, **common)
        require_port(self.address)
        return AsyncModbusSerialClient(
            self.address, framer=FramerType.RTU, baudrate=self.how, **common
        )


class ModbusRelay(Driver):
    """Coils are the outputs; a release switches one on, and off when its time is over.

    An output that is held stays on through releases. On connecting all others of ours
    are switched off, on shutting down every one. One that the board refuses is told as
    a problem, and the others work. Discrete inputs are the inputs, asked for in turn.
    """

    title = "Modbus board (relays, inputs)"
    roles = frozenset({Role.OUTPUTS, Role.INPUTS})
    address_help = (
        f"{SERIAL_ADDRESS} Or tcp://HOST:PORT. Several boards may have the same."
    )
    settings = (
        Setting("unit", "Unit Number", 1, low=1, high=247),
        BAUDRATE._replace(default=19200),
        Setting("inputs", "Number of Inputs", 0, low=0, high=256),
        Setting(
            "scan_ms",
            "Inputs Asked for Every (ms)",
            100,
            help="What is shorter may go unseen.",
            low=10,
            high=60_000,
        ),
        Setting(
            "timeout_ms",
            "Answers within (ms)",
            500,
            help="Each request is tried twice; other boards on the line wait.",
            low=10,
            high=10_000,
        ),
        Setting("check_ms", "Asked Every (ms)", 2000, low=10, high=60_000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._unit = self.setting("unit")
        self._timeout = self.setting("timeout_ms") / 1000
        self._check_every = self.setting("check_ms") / 1000
        self._scan_every = self.setting("scan_ms") / 1000
        self._inputs = self.setting("inputs")
        self._inputs_flaw: str | None = None
        self._bus: _ModbusBus | None = None
        # By output: when its release ends, and the task that will end it.
        self._until: dict[int, float] = {}
        self._endings: dict[int, asyncio.Task[None]] = {}
        # Those that are on because they are held.
        self._holding: set[int] = set()

    async def connect(self) -> None:
        self._lost: asyncio.Future[DeviceError] = (
            asyncio.get_running_loop().create_future()
        )
        address = self.device.address
        speed = None if address.startswith("tcp://") else self.setting("baudrate")
        self._bus = await _ModbusBus.join(address, speed, self, self._lose)
        for output in sorted(self.device.outputs):
            await self._try_rest(output)

    async def serve(self) -> None:
        """Ask for the inputs, and for a coil now and then.

        Any answer shows that the board is there. An output that was refused may be on
        still, or off: it is switched again.
        """
        coil = min(self.device.outputs, default=0)
        every = self._scan_every if self._inputs else self._check_every
        checked = _now()
        while True:
            if self._inputs:
                await self._scan()
            await asyncio.wait({self._lost}, timeout=every)
            if self._lost.done():
                raise self._lost.result()
            if self._inputs and _now() < checked + self._check_every:
                continue
            checked = _now()
            if not self._inputs:
                await self._ask("read_coils", coil)
            for output in sorted(self._flaws):
                await self._try_rest(output)

    async def _scan(self) -> None:
        answer = await self._ask("read_discrete_inputs", 0, count=self._inputs)
        self._inputs_flaw = None
        if answer.isError():
            self._inputs_flaw = f"inputs refused: {_exception(answer)}"
            return
        for number, active in enumerate(answer.bits[: self._inputs]):
            self.note_contact(number, active)

    async def settle(self) -> None:
        for output in sorted((self.held & self.device.outputs) ^ self._holding):
            await self._try_rest(output)

    async def disconnect(self) -> None:
        for ending in self._endings.values():
            ending.cancel()
        self._endings.clear()
        self._until.clear()
        self._holding.clear()
        if self._bus is None:
            return
        try:
            # On a line that is lost they are switched off when it is back.
            with suppress(DeviceError):
                await self._all_off()
        finally:
            self._bus.leave(self)
            self._bus = None

    async def perform(self, command: Release) -> None:
        output = command.output
        # Before, so that an earlier release does not end now; after, for its full time.
        self._extend(command)
        try:
            await self._switch(output, True, command.before)
        except DeviceError:
            if output not in self._endings:
                self._until.pop(output, None)
            raise
        if output not in self._until:
            # It was ended meanwhile.
            return
        self._extend(command)
        if output not in self._endings:
            self._endings[output] = asyncio.create_task(self._end_in_time(output))

    async def retract(self, output: int) -> None:
        if self._until.pop(output, None) is None:
            return
        if ending := self._endings.pop(output, None):
            ending.cancel()
        if output not in self._holding:
            await self._switch(output, False)

    def _extend(self, command: Release) -> None:
        until = _now() + command.milliseconds / 1000
        self._until[command.output] = max(self._until.get(command.output, 0.0), until)

    async def _end_in_time(self, output: int) -> None:
        while (left := self._until[output] - _now()) > 0:
            await asyncio.sleep(left)
        # From here on a release switches on after us, and needs an ending of its own.
        del self._endings[output]
        if output in self._holding:
            return
        try:
            await self._switch(output, False)
        except DeviceError as error:
            # Refused as well: the bolt may be stuck open, so begin from the start.
            self._lose(error)

    async def _all_off(self) -> None:
        for output in sorted(self.device.outputs):
            with suppress(_OutputRefused):
                await self._switch(output, False)

    async def _try_rest(self, output: int) -> None:
        """Switch an output to where it is without a release; not during one."""
        is_held = output in self.held
        (self._holding.add if is_held else self._holding.discard)(output)
        if is_held or self._until.get(output, 0.0) <= _now():
            with suppress(_OutputRefused):
                await self._switch(output, is_held)

    async def _switch(self, output: int, on: bool, before: float = math.inf) -> None:
        """Raise ``_OutputRefused`` for this output, or lose the line for no answer."""
        try:
            answer = await self._ask("write_coil", output, on, before=before)
        except TooLate:
            raise
        except DeviceError as error:
            self._lose(error)
            raise
        flaw = None
        if answer.isError():
            flaw = f"output {output} refused: {_exception(answer)}"
        self.note_flaw(output, flaw)
        if flaw:
            raise _OutputRefused(flaw)

    async def _ask(
        self, function: str, *values: Any, before: float = math.inf, **named: Any
    ) -> ModbusPDU:
        bus = self._bus
        if bus is None:
            raise DeviceError("shut down")
        named["device_id"] = self._unit
        try:
            answer = await bus.ask(
                self,
                self._timeout,
                lambda: bus.request(function, *values, **named),
                is_urgent=function.startswith("write"),
                before=before,
            )
        except (ModbusException, OSError) as error:
            raise DeviceError(f"no answer from {self.device.address}") from error
        if answer.isError() and answer.exception_code in _NOBODY_THERE:
            words = f"no answer from unit {self._unit} at {self.device.address}"
            raise DeviceError(f"{words}: {_exception(answer)}")
        return answer

    def _wrong(self) -> list[str | None]:
        return [*super()._wrong(), self._inputs_flaw]

    def _lose(self, error: DeviceError) -> None:
        """Let ``serve`` end with this error, and so the connection."""
        if not self._lost.done():
            self._lost.set_result(error)


def _exception(answer: ModbusPDU) -> str:
    """Give the words for an exception answer.

    >>> from pymodbus.pdu import ExceptionResponse
    >>> _exception(ExceptionResponse(5, 2))
    'illegal address (exception 2)'
    """
    code = answer.exception_code
    known = {int(entry): entry.name for entry in ExcCodes}
    name = known.get(code, "unknown").replace("_", " ").lower()
    return f"{name} (exception {code})"


def _now() -> float:
    return asyncio.get_running_loop().time()
