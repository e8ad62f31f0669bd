"""OSDP readers with keypad, door contacts, lamp, buzzer, display and outputs."""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from osdp import (
    Capability,
    CardFormat,
    Channel,
    Command,
    Event,
    LibFlag,
    LogLevel,
    PDCapabilities,
    PdId,
    PDInfo,
    PeripheralDevice,
    StatusReportType,
)

from .line import Line

log = logging.getLogger(__name__)

_KEYS = bytes.maketrans(b"#*", b"\r\x7f")

# How often libosdp may look whether a broken frame has been there for too long.
_TICK_S = 0.05

# libosdp drops one reference too many to what a handler answers: kept here.
_answered: list[Any] = []


class OutputChange(NamedTuple):
    """``at`` is ``time.monotonic()``."""

    output: int
    on: bool
    at: float


class _Wire:
    """The far end of a line: all readers on it hear all that the gateway says."""

    _of: WeakKeyDictionary[Line, "_Wire"] = WeakKeyDictionary()

    @classmethod
    def join(cls, line: Line, reader: "SimulatedOsdp") -> "_Wire":
        wire = cls._of.get(line)
        if wire is None:
            wire = cls._of[line] = cls(line)
        wire._readers.append(reader)
        return wire

    def __init__(self, line: Line):
        self.line = line
        self._readers: list[SimulatedOsdp] = []
        self._loop = asyncio.get_running_loop()
        self._terminal = os.open(line.far, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._loop.add_reader(self._terminal, self._receive)

    def leave(self, reader: "SimulatedOsdp") -> None:
        self._readers.remove(reader)
        if not self._readers:
            del self._of[self.line]
            self._loop.remove_reader(self._terminal)
            os.close(self._terminal)

    def send(self, data: bytes) -> int:
        return os.write(self._terminal, data)

    def _receive(self) -> None:
        data = os.read(self._terminal, 4096)
        for reader in self._readers:
            reader.hear(data)


class _Channel(Channel):
    """What a reader hears and says."""

    def __init__(self, send: Callable[[bytes], int]):
        super().__init__()
        self.inbox = bytearray()
        self._send = send

    def read(self, max_bytes: int) -> bytes:
        data = bytes(self.inbox[:max_bytes])
        del self.inbox[:max_bytes]
        return data

    def write(self, buf: bytes) -> int:
        try:
            return self._send(buf)
        except OSError:
            return 0

    def flush(self) -> None:
        self.inbox.clear()


class SimulatedOsdp:
    """A reader on a ``Line``; several with different units may share one.

    Without a ``key`` it is in install mode, and talks in clear to who does not give it
    one. ``lamps``, ``beeps`` and ``texts`` hold what it was told to show, as libosdp
    has it; ``shown`` is called for each. ``outputs`` is what is on, ``changes`` what
    changed; ``changed`` is called for each, ``again`` when one that is on is switched
    on for a time. Runs within ``with``; ``switch`` is for its power.
    """

    def __init__(
        self,
        line: Line,
        unit: int = 0,
        key: bytes | None = None,
        outputs: int = 2,
        inputs: int = 2,
        has_display: bool = True,
        changed: Callable[[OutputChange], None] = lambda _change: None,
        shown: Callable[[str, dict[str, Any]], None] = lambda _kind, _command: None,
        again: Callable[[int, float], None] = lambda _output, _at: None,
    ):
        self.unit, self.key = unit, key
        self.outputs = [False] * outputs
        self.contacts = [False] * inputs
        self.is_tampered = self.is_low_on_power = False
        self.changes: list[OutputChange] = []
        self.lamps: list[dict[str, Any]] = []
        self.beeps: list[dict[str, Any]] = []
        self.texts: list[str] = []
        # Commands to answer with NAK, and whether to hear nothing at all.
        self.refusing: set[int] = set()
        self.deaf = False
        self.line = line
        self._has_display = has_display
        self._changed, self._again = changed, again
        self._shown = shown
        self._permanent = [False] * outputs
        self._timed: dict[int, asyncio.TimerHandle] = {}
        self._device: PeripheralDevice | None = None
        self._waiting: list[tuple[int, bool, asyncio.Future[None]]] = []
        self._ticking: asyncio.TimerHandle | None = None

    def __enter__(self) -> "SimulatedOsdp":
        self._loop = asyncio.get_running_loop()
        self._wire = _Wire.join(self.line, self)
        self._channel = _Channel(self._wire.send)
        self.switch(True)
        self._tick()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ticking.cancel()
        self.switch(False)
        self._wire.leave(self)

    def switch(self, on: bool) -> None:
        """Switch its power on or off; without it every output is off."""
        if on:
            self._device = self._new_device()
            return
        self._device = None
        for output in range(len(self.outputs)):
            self._permanent[output] = False
            self._end_timed(output)

    @property
    def is_secure(self) -> bool:
        """Whether it talks by a secure channel now."""
        return self._device is not None and self._device.ctx.is_sc_active()

    def hold(self, bits: str) -> float:
        """Hold a card that is sent as these bits (Wiegand); give when."""
        data = int(bits.ljust(-len(bits) // 8 * -8, "0"), 2)
        return self._read(CardFormat.Wiegand, len(bits), data, bits)

    def hold_chip(self, number: str) -> float:
        """Hold a card whose chip number, in hexadecimal, is sent as it is."""
        return self._read(
            CardFormat.Unspecified, 4 * len(number), int(number, 16), number
        )

    def see_plate(self, plate: str) -> float:
        """Send a number plate, as cameras do that are no readers."""
        data = plate.encode("ascii")
        number = int.from_bytes(data, "big")
        return self._read(CardFormat.Unspecified, 8 * len(data), number, plate)

    def type(self, keys: str) -> float:
        """Type digits, ``*`` or ``#``."""
        data = keys.encode("ascii").translate(_KEYS)
        return self._tell(event=Event.KeyPress, reader_no=0, data=data)

    def set_contact(self, number: int, active: bool) -> float:
        self.contacts[number] = active
        return self._report(StatusReportType.Input, self.contacts)

    def set_tampered(self, tampered: bool) -> float:
        self.is_tampered = tampered
        return self._report(StatusReportType.Local, self._local())

    async def wait_for(self, output: int, on: bool, within: float = 5.0) -> None:
        """Wait until an output is on or off; raise ``asyncio.TimeoutError``."""
        if self.outputs[output] is not on:
            reached = self._loop.create_future()
            self._waiting.append((output, on, reached))
            await asyncio.wait_for(reached, within)

    def hear(self, data: bytes) -> None:
        """Take what came over the wire."""
        if self._device is not None and not self.deaf:
            self._channel.inbox += data
            # At most a frame each time.
            for _ in range(3):
                self._device.ctx.refresh()

    def _tick(self) -> None:
        self.hear(b"")
        self._ticking = self._loop.call_later(_TICK_S, self._tick)

    def _new_device(self) -> PeripheralDevice:
        flags = [] if self.key is None else [LibFlag.EnforceSecure]
        identity = PdId(1, 2, 0x00C0FF, 0x0BADCAFE, 0x010203)
        info = PDInfo(self.unit, self._channel, self.key, flags=flags, id=identity)
        capabilities = [
            (Capability.CardDataFormat, 1, 1),
            (Capability.LEDControl, 1, 1),
            (Capability.AudibleControl, 1, 1),
            (Capability.TextOutput, 1, int(self._has_display)),
            (Capability.OutputControl, 1, len(self.outputs)),
            (Capability.ContactStatusMonitoring, 1, len(self.contacts)),
        ]
        device = PeripheralDevice(
            info, PDCapabilities(capabilities), LogLevel.Emergency
        )
        device.ctx.set_command_callback(self._handle)
        return device

    def _read(self, form: int, length: int, number: int, _card: str) -> float:
        data = number.to_bytes((length + 7) // 8, "big")
        return self._tell(
            event=Event.CardRead,
            reader_no=0,
            direction=0,
            length=length,
            format=form,
            data=data,
        )

    def _report(self, kind: int, states: list[bool]) -> float:
        return self._tell(event=Event.Status, type=kind, report=bytes(states))

    def _local(self) -> list[bool]:
        return [self.is_tampered, self.is_low_on_power]

    def _tell(self, **event: Any) -> float:
        at = time.monotonic()
        if self._device is not None:
            self._device.ctx.submit_event(event)
        return at

    def _handle(self, command: dict[str, Any]) -> tuple[int, Any]:
        # libosdp does not survive a handler that fails.
        code, answer = -1, None
        with suppress(Exception):
            code, answer = self._obey(command)
        _answered.append(answer)
        return code, answer

    def _obey(self, command: dict[str, Any]) -> tuple[int, Any]:
        kind = command["command"]
        if kind in self.refusing:
            return -1, None
        if kind == Command.Output:
            self._switch_output(
                command["output_no"], command["control_code"], command["timer_count"]
            )
        elif kind == Command.LED:
            self.lamps.append(command)
            self._shown("lamp", command)
        elif kind == Command.Buzzer:
            self.beeps.append(command)
            self._shown("beep", command)
        elif kind == Command.Text:
            self.texts.append(command["data"])
            self._shown("text", command)
        elif kind == Command.Keyset:
            self.key = command["data"]
        elif kind == Command.Status:
            is_input = command["type"] == StatusReportType.Input
            return 0, _report_answer(self.contacts if is_input else self._local())
        return 0, None

    def _switch_output(self, output: int, code: int, count: int) -> None:
        """Do as the standard's codes say: for ever (1 to 4) or for a time (5, 6)."""
        if code in (1, 2, 3, 4):
            self._permanent[output] = code in (2, 4)
            if code in (1, 2) or output not in self._timed:
                self._end_timed(output)
        elif code in (5, 6):
            self._end_timed(output, then=code == 5)
            self._timed[output] = self._loop.call_later(
                count / 10, self._end_timed, output
            )

    def _end_timed(self, output: int, then: bool | None = None) -> None:
        timer = self._timed.pop(output, None)
        if timer is not None:
            timer.cancel()
        on = self._permanent[output] if then is None else then
        if self.outputs[output] is on:
            if then:
                self._again(output, time.monotonic())
            return
        self.outputs[output] = on
        change = OutputChange(output, on, time.monotonic())
        self.changes.append(change)
        self._changed(change)
        for waiting in list(self._waiting):
            if waiting[:2] == (output, on):
                self._waiting.remove(waiting)
                if not waiting[2].done():
                    waiting[2].set_result(None)


def _report_answer(states: list[bool]) -> dict[str, Any]:
    """Give a report as an answer that libosdp's Python part can carry.

    It carries none, but takes any command for an answer: a key's bytes lie where the
    number of the states and the states belong.
    """
    data = bytes(2) + len(states).to_bytes(4, "little") + bytes(states)
    return {"command": Command.Keyset, "type": 0, "data": data}
