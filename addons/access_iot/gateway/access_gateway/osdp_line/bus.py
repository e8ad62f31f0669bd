"""One serial port with its readers: a thread in which alone libosdp runs."""

import asyncio
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
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

from ..drivers import DeviceError
from .member import PAUSE_S, Found, Member, Order, Phase, Refused
from .port import INBOX, Port

MAX_READERS = 32

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
        # The same as the thread has it, and those that the panel knows, in its order.
        self._joined: list[Member] = []
        self._known: list[Member] = []
        self._panel: ControlPanel | None = None
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
        self, member: Member, command: dict[str, Any], is_urgent: bool = False
    ) -> None:
        """Have a reader do something; raise ``DeviceError`` if it did not."""
        order = Order(command)
        if not self._do(lambda: self._queue(member, order, is_urgent)):
            raise DeviceError(f"unplugged: {self._address}")
        try:
            await asyncio.wait_for(order.done, _COMMAND_WITHIN_S)
        except asyncio.TimeoutError:
            raise DeviceError(f"no answer from unit {member.unit}") from None

    def _join(self, member: Member) -> None:
        if any(member.unit == other.unit for other in self._members):
            raise DeviceError(f"unit {member.unit} is there twice at {self._address}")
        if len(self._members) == MAX_READERS:
            raise DeviceError(f"more than {MAX_READERS} readers at {self._address}")
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
        self._drop_panel()
        self._do_jobs()
        for member in self._joined:
            member.phase = Phase.RESTING
            member.fail(words)
            member.tell(words)
        self._serial.close()
        os.close(self._awake)
        os.close(self._wake)

    def _go_on(self) -> bool:
        self._do_jobs()
        if not self._joined:
            return False
        if self._panel is None:
            self._build()
        # The first time it sees what is to be sent, the second time it sends it.
        self._panel.ctx.refresh()
        self._panel.ctx.refresh()
        if self._port.error is not None:
            raise self._port.error
        self._attend()
        self._wait()
        return True

    def _do_jobs(self) -> None:
        while self._jobs:
            self._jobs.popleft()()

    def _wait(self) -> None:
        """Wait for bytes, for something to do, or until a reader is to be polled."""
        if self._port.has_moved:
            self._port.has_moved, self._lively = False, 3
        wait = 0.0
        if self._lively:
            self._lively -= 1
        else:
            wait = min(_WAIT_S, max(0.001, self._next_poll() - time.monotonic()))
        ready, _, _ = select.select([self._serial, self._awake], [], [], wait)
        if self._awake in ready:
            os.read(self._awake, INBOX)
        if self._serial in ready:
            self._port.receive()

    def _next_poll(self) -> float:
        up = [member.unit for member in self._known if member.phase is Phase.UP]
        seen = [self._port.seen.get(unit, 0.0) for unit in up]
        return min(seen, default=float("inf")) + _POLL_S

    def _take_in(self, member: Member) -> None:
        self._joined.append(member)
        member.pause, member.until = PAUSE_S[0], 0.0
        if member not in self._known:
            # The panel has to be made anew: once for all that join now.
            self._drop_panel()

    def _let_go(self, member: Member) -> None:
        self._joined.remove(member)
        if member in self._known and self._panel is not None:
            self._rest(self._known.index(member), "shut down")

    def _drop_panel(self) -> None:
        """Give up the panel; what it was to do is done by the next one."""
        for member in self._known:
            if member.current is not None:
                member.orders.appendleft(member.current)
                member.current = None
        self._panel = None

    def _build(self) -> None:
        self._known = list(self._joined)
        infos = []
        for member in self._known:
            self._port.answers_within[member.unit] = member.answers_within
            self._begin(member)
            flags = [LibFlag.EnableNotification]
            if member.key is not None and not member.install:
                flags.append(LibFlag.EnforceSecure)
            infos.append(PDInfo(member.unit, self._port, scbk=member.key, flags=flags))
        self._panel = ControlPanel(infos, LogLevel.Emergency)
        # Its own handlers keep every event for ever.
        self._panel.ctx.set_event_callback(self._heard)
        self._panel.ctx.set_command_completion_callback(self._completed)

    def _begin(self, member: Member) -> None:
        member.phase, member.has_failed = Phase.COMING, False

    def _attend(self) -> None:
        """Look how each reader is, and do what follows."""
        panel, now = self._panel.ctx, time.monotonic()
        online, secure = panel.status(), panel.sc_status()
        for index, member in enumerate(self._known):
            bit = 1 << index
            is_lost = member.phase is Phase.UP and not online & bit
            if member.phase is Phase.RESTING:
                if member in self._joined and now >= member.until:
                    self._try_again(index)
            elif member.phase is Phase.COMING and online & bit:
                self._came(index, bool(secure & bit))
            elif is_lost or member.has_failed:
                self._rest(index, self._why(member, index))
            if member.phase is Phase.UP:
                self._send_next(index)

    def _try_again(self, index: int) -> None:
        panel = self._panel.ctx
        # Disabling may take its time while an answer is waited for.
        if panel.is_pd_enabled(index):
            panel.disable_pd(index)
        elif panel.enable_pd(index):
            panel.set_flag(index, LibFlag.EnableNotification)
            self._begin(self._known[index])

    def _came(self, index: int, is_secure: bool) -> None:
        panel, member = self._panel.ctx, self._known[index]
        if member.key is not None and not is_secure:
            words = f"unit {member.unit} takes no key: put it into install mode"
            self._rest(index, words)
            return
        panel.clear_flag(index, LibFlag.EnableNotification)
        was_given_key, member.install = member.install, False
        if was_given_key:
            # Never again with the default key, which everybody knows.
            panel.set_flag(index, LibFlag.EnforceSecure)
        member.phase, member.pause = Phase.UP, PAUSE_S[0]
        items = {
            name: panel.check_capability(index, capability)[1]
            for name, capability in _CAPABILITIES.items()
        }
        found = Found(panel.get_pd_id(index), items, is_secure, was_given_key)
        member.tell(found)

    def _rest(self, index: int, words: str) -> None:
        member = self._known[index]
        member.fail(words)
        self._panel.ctx.flush_commands(index)
        self._panel.ctx.disable_pd(index)
        member.phase = Phase.RESTING
        member.until = time.monotonic() + member.pause
        member.pause = min(2 * member.pause, PAUSE_S[1])
        if member in self._joined:
            member.tell(words)

    def _why(self, member: Member, index: int) -> str:
        """Give words for why a reader is lost, or does not come."""
        unit = f"unit {member.unit} at {self._address}"
        if member.unit in self._port.silent:
            return f"no answer from {unit}"
        if member.phase is Phase.UP:
            return f"{unit} broke off"
        panel = self._panel.ctx
        if not any(panel.check_capability(index, one)[0] for one in _ALL_CAPABILITIES):
            return f"what {unit} answers is no OSDP"
        if not panel.check_capability(index, Capability.CommunicationSecurity)[0]:
            return f"{unit} has no secure channel"
        return f"{unit} has another key"

    def _queue(self, member: Member, order: Order, is_urgent: bool) -> None:
        if member.phase is Phase.RESTING:
            order.end(DeviceError(f"no answer from unit {member.unit}"))
        elif is_urgent:
            member.orders.appendleft(order)
        else:
            member.orders.append(order)

    def _send_next(self, index: int) -> None:
        member = self._known[index]
        while member.current is None and member.orders:
            order = member.orders.popleft()
            if order.done.done():
                continue
            if self._panel.ctx.submit_command(index, order.command):
                member.current = order
                self._lively = 3
            else:
                order.end(Refused("libosdp does not send this"))

    def _completed(self, index: int, _command: dict[str, Any], status: int) -> None:
        member = self._known[index]
        order, member.current = member.current, None
        if order is None:
            return
        if status == CompletionStatus.Ok:
            order.end()
        elif member.unit in self._port.silent:
            order.end(DeviceError(f"no answer from unit {member.unit}"))
        else:
            order.end(Refused(f"unit {member.unit} refused"))

    def _heard(self, index: int, event: dict[str, Any]) -> int:
        told = dict(event)
        event.clear()
        member = self._known[index]
        if told["event"] != Event.Notification:
            if member.phase is Phase.UP:
                member.tell(told)
        elif told["type"] == EventNotification.PeripheralDeviceStatus:
            if not told["arg0"] and member.phase is Phase.COMING:
                member.has_failed = True
        return 0
