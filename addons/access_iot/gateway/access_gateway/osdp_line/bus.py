"""One serial port with its readers: a thread in which alone libosdp runs."""

import asyncio
import math
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import serial
from osdp import (
    Capability,
    CompletionStatus,
    ControlPanel,
    Event,
    EventNotification,
    LibFlag,
    LogLevel,
    PDInfo,
)

from ..drivers import DeviceError, TooLate, require_in_time
from .member import PAUSE_S, Found, Member, Order, Phase, Refused
from .port import INBOX, Port, Wire

# What a reader may have kept for us while we were away.
_HELD = (Event.CardRead, Event.KeyPress)

# How long the thread waits for bytes at most; readers are polled each 50 ms.
_WAIT_S = 0.01
_POLL_S = 0.051
_COMMAND_WITHIN_S = 3.0

_CAPABILITIES = {
    "inputs": Capability.ContactStatusMonitoring,
    "outputs": Capability.OutputControl,
    "leds": Capability.LEDControl,
    "buzzers": Capability.AudibleControl,
    "displays": Capability.TextOutput,
}
_ALL_CAPABILITIES = range(1, 17)


class Bus:
    """The readers of one serial port. Made and used in the event loop."""

    _open: dict[str, "Bus"] = {}

    @classmethod
    def join(cls, address: str, baudrate: int, member: Member) -> "Bus":
        """Let a reader take part; raise ``DeviceError``."""
        bus = cls._open.get(address)
        if bus is None or bus._is_over:
            bus = cls._open[address] = cls(address, baudrate)
            bus._join(member)
            bus._thread.start()
            return bus
        if baudrate != bus._baudrate:
            words = f"{address} is used at {bus._baudrate} baud already"
            raise DeviceError(words)
        bus._join(member)
        return bus

    def __init__(self, address: str, baudrate: int):
        self._address, self._baudrate = address, baudrate
        try:
            self._serial = serial.Serial(
                address, baudrate, timeout=0, write_timeout=0, exclusive=True
            )
        except (OSError, ValueError, termios.error) as error:
            raise DeviceError(str(error)) from error
        self._port = Port(self._serial)
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._jobs: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._is_over = False
        # Those that take part, as the event loop has it.
        self._members: list[Member] = []
        # The same as the thread has it, and who was asked last.
        self._joined: list[Member] = []
        self._last: Member | None = None
        # How often to look again before waiting, as libosdp takes several steps.
        self._lively = 0
        self._thread = threading.Thread(
            target=self._run, name=f"osdp {address}", daemon=True
        )

    @property
    def is_open(self) -> bool:
        return not self._is_over

    async def leave(self, member: Member) -> None:
        """Take part no more; the port is free when the last one has left."""
        if member in self._members:
            self._members.remove(member)
        is_last = not self._members
        if is_last and self._open.get(self._address) is self:
            del self._open[self._address]
        self._do(lambda: self._let_go(member))
        if is_last:
            await asyncio.to_thread(self._thread.join, 1.0)

    async def command(
        self,
        member: Member,
        command: dict[str, Any],
        is_urgent: bool = False,
        before: float = math.inf,
    ) -> None:
        """Have a reader do something; raise ``DeviceError`` if it did not.

        What did not begin ``before`` (``time.monotonic()``) is not begun any more.
        """
        order = Order(command, before)
        if not self._do(lambda: self._queue(member, order, is_urgent)):
            raise DeviceError(f"unplugged: {self._address}")
        try:
            await asyncio.wait_for(order.done, _COMMAND_WITHIN_S)
        except asyncio.TimeoutError:
            raise DeviceError(f"no answer from unit {member.unit}") from None

    def _join(self, member: Member) -> None:
        if any(member.unit == other.unit for other in self._members):
            raise DeviceError(f"unit {member.unit} is there twice at {self._address}")
        member.bind()
        if not self._do(lambda: self._take_in(member)):
            raise DeviceError(f"unplugged: {self._address}")
        self._members.append(member)

    def _do(self, job: Callable[[], None]) -> bool:
        """Have the thread do something; tell whether it will, or has ended."""
        with self._lock:
            if self._is_over:
                return False
            self._jobs.append(job)
            with suppress(BlockingIOError):
                os.write(self._wake, b"!")
        return True

    # What follows runs in the thread alone.

    def _run(self) -> None:
        words = f"unplugged: {self._address}"
        try:
            while self._go_on():
                pass
        except (OSError, termios.error):
            pass
        except Exception as error:
            words = f"fault in the driver: {error!r}"
        with self._lock:
            self._is_over = True
        self._do_jobs()
        for member in list(self._joined):
            self._let_go(member)
        for member in list(self._members):
            member.tell(words)
        self._serial.close()
        os.close(self._awake)
        os.close(self._wake)

    def _go_on(self) -> bool:
        self._do_jobs()
        if not self._joined:
            return False
        self._port.look()
        if self._port.asked is None:
            self._take_turns()
        if self._port.error is not None:
            raise self._port.error
        self._wait()
        return True

    def _take_turns(self) -> None:
        """Let who was asked take its answer, and then the next one ask."""
        if self._last is not None:
            self._last.panel.refresh()
            self._last = None
        # First who is to do something, then who was asked the longest time ago.
        for member in sorted(self._joined, key=Member.turn):
            self._attend(member)
            # The first time it sees what is to be sent, the second time it sends it.
            member.panel.refresh()
            member.panel.refresh()
            if self._port.asked is not None:
                self._last, self._lively = member, 3
                return

    def _do_jobs(self) -> None:
        while self._jobs:
            self._jobs.popleft()()

    def _wait(self) -> None:
        """Wait for bytes, for something to do, or until a reader is to be polled."""
        wait = 0.0
        if self._port.asked is not None:
            wait = _WAIT_S
        elif self._lively:
            self._lively -= 1
        else:
            up = [one.wire.asked_at for one in self._joined if one.phase is Phase.UP]
            next_poll = min(up, default=float("inf")) + _POLL_S
            wait = min(_WAIT_S, max(0.001, next_poll - time.monotonic()))
        ready, _, _ = select.select([self._serial, self._awake], [], [], wait)
        if self._awake in ready:
            os.read(self._awake, INBOX)
        if self._serial in ready:
            self._port.receive()

    def _take_in(self, member: Member) -> None:
        member.wire = Wire(self._port, member.unit, member.answers_within)
        flags = [LibFlag.EnableNotification]
        if member.key is not None and not member.install:
            flags.append(LibFlag.EnforceSecure)
        info = PDInfo(member.unit, member.wire, scbk=member.key, flags=flags)
        member.panel = ControlPanel([info], LogLevel.Emergency).ctx
        # In place of its own handlers, which keep every event for ever.
        member.panel.set_event_callback(partial(self._heard, member))
        member.panel.set_command_completion_callback(partial(self._completed, member))
        member.begin()
        self._joined.append(member)

    def _let_go(self, member: Member) -> None:
        if member not in self._joined:
            return
        self._joined.remove(member)
        if self._last is member:
            self._last = None
        if self._port.asked is member.wire:
            self._port.asked = None
        member.fail("shut down")
        member.phase = Phase.RESTING
        member.panel.flush_commands(0)
        member.wire.cut()
        # Each knows the other by its handlers.
        member.panel = None

    def _attend(self, member: Member) -> None:
        """Look how a reader is, and do what follows."""
        panel = member.panel
        is_online = bool(panel.status())
        if member.phase is Phase.RESTING:
            if time.monotonic() >= member.until:
                self._try_again(member)
        elif member.phase is Phase.COMING and is_online:
            self._admit(member, bool(panel.sc_status()))
        elif member.has_failed or (member.phase is Phase.UP and not is_online):
            self._rest(member, self._why(member))
        if member.phase is Phase.UP:
            self._send_next(member)

    def _try_again(self, member: Member) -> None:
        # Disabling may take its time while an answer is waited for.
        if member.panel.is_pd_enabled(0):
            member.panel.disable_pd(0)
        elif member.panel.enable_pd(0):
            member.panel.set_flag(0, LibFlag.EnableNotification)
            member.begin()

    def _admit(self, member: Member, is_secure: bool) -> None:
        if member.key is not None and not is_secure:
            words = f"unit {member.unit} takes no key: put it into install mode"
            self._rest(member, words)
        elif member.is_settled(time.monotonic()):
            self._came(member, is_secure)

    def _came(self, member: Member, is_secure: bool) -> None:
        panel = member.panel
        panel.clear_flag(0, LibFlag.EnableNotification)
        was_given_key, member.install = member.install, False
        if was_given_key:
            # Never again with the default key, which everybody knows.
            panel.set_flag(0, LibFlag.EnforceSecure)
        member.phase, member.pause = Phase.UP, PAUSE_S[0]
        items = {
            name: panel.check_capability(0, capability)[1]
            for name, capability in _CAPABILITIES.items()
        }
        member.tell(Found(panel.get_pd_id(0), items, is_secure, was_given_key))

    def _rest(self, member: Member, words: str) -> None:
        """Have libosdp forget a reader, to begin with it again soon."""
        member.fail(words)
        member.panel.flush_commands(0)
        member.panel.disable_pd(0)
        member.phase = Phase.RESTING
        member.until = time.monotonic() + member.pause
        member.pause = min(2 * member.pause, PAUSE_S[1])
        member.tell(words)

    def _why(self, member: Member) -> str:
        """Give words for why a reader is lost, or does not come."""
        unit, panel = f"unit {member.unit} at {self._address}", member.panel
        if member.wire.is_silent:
            return f"no answer from {unit}"
        if member.phase is Phase.UP:
            return f"{unit} broke off"
        if not any(panel.check_capability(0, one)[0] for one in _ALL_CAPABILITIES):
            return f"what {unit} answers is no OSDP"
        if not panel.check_capability(0, Capability.CommunicationSecurity)[0]:
            return f"{unit} has no secure channel"
        return f"{unit} has another key"

    def _queue(self, member: Member, order: Order, is_urgent: bool) -> None:
        if member.phase is Phase.RESTING:
            order.end(DeviceError(f"no answer from unit {member.unit}"))
        elif is_urgent:
            member.orders.appendleft(order)
        else:
            member.orders.append(order)

    def _send_next(self, member: Member) -> None:
        while member.current is None and member.orders:
            order = member.orders.popleft()
            if order.done.done():
                # Nobody waits for it any more.
                continue
            try:
                require_in_time(order.before)
            except TooLate as error:
                order.end(error)
                continue
            if member.panel.submit_command(0, order.command):
                member.current = order
            else:
                order.end(Refused("libosdp does not send this"))

    # libosdp does not survive a handler that fails: these do nothing that can.

    def _completed(
        self, member: Member, _index: int, _command: dict[str, Any], status: int
    ) -> None:
        order, member.current = member.current, None
        if order is None:
            return
        if status == CompletionStatus.Ok:
            order.end()
        elif member.wire.is_silent:
            order.end(DeviceError(f"no answer from unit {member.unit}"))
        else:
            order.end(Refused(f"unit {member.unit} refused"))

    def _heard(self, member: Member, _index: int, event: dict[str, Any]) -> int:
        told = dict(event)
        event.clear()
        if told.get("event") != Event.Notification:
            if member.phase is Phase.UP:
                member.tell(told)
            elif told.get("event") in _HELD:
                member.settle(time.monotonic())
        elif told.get("type") == EventNotification.PeripheralDeviceStatus:
            if not told.get("arg0") and member.phase is Phase.COMING:
                member.has_failed = True
        return 0
