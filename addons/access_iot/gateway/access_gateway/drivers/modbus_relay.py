"""Boards with relays and inputs that speak Modbus: RTU on a serial line, or TCP.

The address is a serial port or ``tcp://HOST:PORT``. Boards at the same address share
the line and differ by their unit numbers. Tried against simulators only.

A board whose outputs have no timer keeps a release on when this machine loses its power
or is torn off meanwhile: the door is open until the gateway is back. ``timer`` is for
boards that have one.
"""

import asyncio
import math
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import WriteSingleCoilRequest

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
from ._releases import Releases

PORT = 502

# Waveshare's "flash on": a coil from here on is on for tenths of a second.
_FLASH, _MOST_TENTHS = 0x0200, 0x7FFF
# So long after the board's own timer we make sure.
_GRACE_S = 0.2

# What a gateway between us and the board answers when the board does not.
_NOBODY_THERE = (ExcCodes.GATEWAY_PATH_UNAVIABLE, ExcCodes.GATEWAY_NO_RESPONSE)


class _OutputRefused(DeviceError):
    """The board is there, but did not do this with one output."""


class _FlashRequest(WriteSingleCoilRequest):
    """Switch a coil on for a time that the board itself measures."""

    def __init__(self, output: int, tenths: int, dev_id: int):
        super().__init__(address=_FLASH + output, dev_id=dev_id)
        self._tenths = tenths

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self._tenths)


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

    def flash(self, output: int, tenths: int, unit: int) -> Awaitable[Any]:
        return self._client.execute(False, _FlashRequest(output, tenths, unit))

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
        f"{SERIAL_ADDRESS} Or tcp://HOST:PORT. Several boards may have the same. "
        "A board without timers of its own leaves a door open if this gateway loses "
        "its power during a release."
    )
    settings = (
        Setting("unit", "Unit Number", 1, low=1, high=247),
        BAUDRATE._replace(default=19200),
        Setting(
            "timer",
            "Ends a Release by Itself",
            "none",
            (("none", "No"), ("flash", "Waveshare: flash on")),
            help="Then the door shuts in time though the gateway loses its power. "
            "Otherwise it stays open until the gateway is back: lay the board's power "
            "so that it is lost with the gateway's, or use another board.",
        ),
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
        self._has_timer = self.setting("timer") == "flash"
        self._inputs_flaw: str | None = None
        self._bus: _ModbusBus | None = None
        self._releases = Releases(device.outputs)

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
        for output in self._releases.to_rest(self.held):
            await self._try_rest(output)

    async def disconnect(self) -> None:
        self._releases.clear()
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
        with self._releases.beginning(command):
            await self._switch(output, True, command.before, self._tenths(output))
        self._releases.accompany(output, self._end_in_time)

    async def retract(self, output: int) -> None:
        if self._releases.end(output) and output not in self._releases.holding:
            await self._switch(output, False)

    def _tenths(self, output: int) -> int:
        """Give for how long the board is to switch on, 0 for until told otherwise."""
        if not self._has_timer or output in self._releases.holding:
            return 0
        left = math.ceil(10 * self._releases.left(output))
        return min(max(left, 1), _MOST_TENTHS)

    async def _end_in_time(self, output: int) -> None:
        await self._releases.over(output, _GRACE_S if self._has_timer else 0.0)
        is_held = output in self._releases.holding
        if is_held and not self._has_timer:
            return
        try:
            # What began to be held meanwhile was switched off by the board's timer.
            await self._switch(output, is_held)
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
        self._releases.hold(output, is_held)
        if is_held or self._releases.left(output) <= 0:
            with suppress(_OutputRefused):
                await self._switch(output, is_held)

    async def _switch(
        self, output: int, on: bool, before: float = math.inf, tenths: int = 0
    ) -> None:
        """Raise ``_OutputRefused`` for this output, or lose the line for no answer."""
        try:
            answer = await self._write(output, on, before, tenths)
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

    async def _write(
        self, output: int, on: bool, before: float, tenths: int
    ) -> ModbusPDU:
        def request(bus: _ModbusBus) -> Awaitable[Any]:
            if tenths:
                return bus.flash(output, tenths, self._unit)
            return bus.request("write_coil", output, on, device_id=self._unit)

        return await self._requested(request, is_urgent=True, before=before)

    async def _ask(self, function: str, *values: Any, **named: Any) -> ModbusPDU:
        named["device_id"] = self._unit
        return await self._requested(
            lambda bus: bus.request(function, *values, **named)
        )

    async def _requested(
        self, request: Callable[[_ModbusBus], Awaitable[Any]], **how: Any
    ) -> ModbusPDU:
        bus = self._bus
        if bus is None:
            raise DeviceError("shut down")
        try:
            answer = await bus.ask(self, self._timeout, lambda: request(bus), **how)
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
