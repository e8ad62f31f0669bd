"""UHPPOTE network controllers: up to four doors, and a list of cards of their own.

While we speak to it the controller asks us; when we fall silent for 30 seconds it
decides by its list (``set_pc_control``). Its protocol knows no secrets: it belongs on a
network of its own. Tried against our simulator only, never on a real controller.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address
from typing import Any

from ..rules import Device
from . import (
    Alarm,
    DeviceError,
    Kept,
    Key,
    Release,
    Role,
    Setting,
    Told,
    Verdict,
)
from ._own_cards import OWN_CARDS, OwnCards
from ._uhppote import (
    ALARM,
    ASKS_US,
    BUTTON,
    CLOSED,
    CONTROLLED,
    DOOR,
    DOORS,
    HAZARDS,
    NORMALLY_OPEN,
    OPENED,
    OVERWRITTEN,
    REASONS,
    SWIPE,
    Doorbell,
    Event,
    Wire,
    card_value,
    event_at,
    last_event,
    listening,
    zone_of,
)
from ._uhppote_cards import CardList

log = logging.getLogger(__name__)

# The controller takes over after 30 seconds without this.
PC_CONTROL_EVERY_S = 10.0
# A card that was held to the reader longer ago has been taken away again.
FRESH_S = 5.0
CLOCK_MAY_DIFFER = timedelta(seconds=2)
# So often its register is set while many events are fetched.
REGISTER_EVERY = 50


class _OutputRefused(DeviceError):
    """The controller is there, but did not do this with one door."""


class UhppoteController(OwnCards):
    """Door 1 of the controller is reader 0, output 0, input 0 (active: open) and
    input 4 (its button).

    A datagram of the controller only wakes us: what happened is asked of it by index,
    so that nothing is lost, told twice or believed from strangers. The controller keeps
    the index of what was told. What it decided while we were away is told before we
    decide again. A door is released for whole seconds, and a door that is held stays so
    when we are killed, until we are back.
    """

    title = "UHPPOTE door controller"
    roles = frozenset({Role.READER, Role.OUTPUTS, Role.INPUTS, Role.CONTROLLER})
    address_help = "udp://HOST or tcp://HOST, with :PORT if it is not 60000."
    settings = (
        Setting(
            "listen",
            "Events To",
            "",
            help="This machine's address and a port that no other controller has, "
            "such as 192.168.1.10:60001. Without it the controller is only asked.",
        ),
        Setting(
            "serial",
            "Serial Number",
            0,
            help="0 takes whichever controller answers at the address.",
            low=0,
            high=0xFFFFFFFF,
        ),
        Setting(
            "card_format",
            "Cards",
            "wiegand26",
            (
                ("wiegand26", "Wiegand 26: facility, then five digits"),
                ("wiegand34", "Wiegand 34: one number"),
            ),
        ),
        OWN_CARDS,
        Setting(
            "time_zone",
            "Time Zone",
            "UTC",
            help="Its clock is set to this.",
            format="time_zone",
        ),
        Setting("timeout_ms", "Answers within (ms)", 500, low=50, high=10_000),
        Setting("check_ms", "Asked Every (ms)", 1000, low=10, high=3000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._listen = listening(self.setting("listen"))
        self._zone = zone_of(self.setting("time_zone"))
        self._wire: Wire | None = None
        self._serial = 0
        # The last event that was told, and of which controller.
        self._told = self._told_of = 0
        self._rung = asyncio.Event()
        self._doorbell: asyncio.DatagramTransport | None = None
        self._modes: dict[int, tuple[int, int]] = {}
        self._list = self._unread_list()
        self._is_ours = False

    async def connect(self) -> None:
        timeout = self.setting("timeout_ms") / 1000
        self._wire = Wire(self.device.address, timeout, self.setting("serial"))
        found = await self._ask("get_controller")
        self._serial = found.controller
        self.facts.update(serial=str(found.controller), firmware=found.version)
        await self._ask("record_special_events", True)
        await self._ask("set_time", self._wall_clock())
        await self._hang_doorbell()
        for output in sorted(self.device.outputs):
            await self._rest(output)
        await self._recall()
        self._list = self._unread_list()
        await self.forget_own_cards()
        # It decides by itself until all is told, however long that takes.
        await self._catch_up(await self._ask("get_status"), are_fresh=False)
        self._pc_control_at = self._asked_at = -math.inf

    async def serve(self) -> None:
        every = self.setting("check_ms") / 1000
        while True:
            self._rung.clear()
            await self._take_stock()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._rung.wait(), every)

    async def disconnect(self) -> None:
        """Hand over at once, rather than after 30 seconds, with no door held open."""
        if self._doorbell is not None:
            self._doorbell.close()
            self._doorbell = None
        modes, self._modes = self._modes, {}
        was_ours, self._is_ours = self._is_ours, False
        if not modes and not was_ours:
            return
        # Lost: the doors are brought to rest when it is back.
        with suppress(DeviceError, OSError):
            for output, (mode, seconds) in modes.items():
                if mode != CONTROLLED:
                    await self._set_mode(output, CONTROLLED, seconds)
            await self._ask("set_pc_control", False)
        self._modes.clear()

    async def perform(self, command: Release) -> None:
        output = command.output
        mode, seconds = await self._mode(output)
        needed = min(max(math.ceil(command.milliseconds / 1000), 1), 255)
        if mode == CONTROLLED and seconds != needed:
            await self._set_mode(output, mode, needed)
        # Once: if just the answer is lost, a turnstile would open twice.
        how = {"tries": 1, "before": command.before}
        if not (await self._ask("open_door", output + 1, **how)).opened:
            raise _OutputRefused(f"output {output}: the controller refused to open")

    async def settle(self) -> None:
        for output in sorted(self.device.outputs):
            await self._rest(output)

    async def keep(self, keys: Collection[Key]) -> Kept:
        return await self._list.keep(keys)

    def _unread_list(self) -> CardList:
        return CardList(self._ask, self.setting("card_format"), self._zone)

    async def _take_stock(self) -> None:
        """Tell what is new, and say that we are here."""
        now = time.monotonic()
        if now - self._pc_control_at >= PC_CONTROL_EVERY_S:
            self._is_ours = True
            if not (await self._ask("set_pc_control", True)).ok:
                raise DeviceError("does not let us decide")
            self._pc_control_at = now
        status = await self._ask("get_status")
        # What was not there when we asked last is no older than that.
        await self._catch_up(status, are_fresh=now - self._asked_at <= FRESH_S)
        self._asked_at = now
        for door in DOORS:
            self.note_contact(door, getattr(status, f"door_{door + 1}_open"))
            self.note_contact(4 + door, getattr(status, f"door_{door + 1}_button"))
        await self._set_clock(status)

    async def _recall(self) -> None:
        """Know again what was told: by the controller's register, or better by us."""
        register = (await self._ask("get_event_index")).event_index
        if self._told_of != self._serial:
            self._told = 0
        self._told = max(self._told, register)
        self._told_of = self._serial

    async def _catch_up(self, status: Any, are_fresh: bool) -> None:
        """Tell each event since the last one, in order."""
        latest = status.event_index
        if latest == self._told:
            return
        if latest < self._told:
            log.warning("device %s: has forgotten its events", self.device.id)
            self._told = 0
        while self._told < latest:
            event = await self._event(self._told + 1, status)
            if event.kind == OVERWRITTEN:
                await self._skip_lost(latest)
                continue
            if not self._tell_event(event, are_fresh):
                # The controller is asked for it again.
                return
            self._told = event.index
            if self._told % REGISTER_EVERY == 0:
                await self._ask("set_event_index", self._told)
        await self._ask("set_event_index", self._told)

    async def _event(self, index: int, status: Any) -> Event:
        if index == status.event_index:
            # No question more while somebody waits at the door.
            return last_event(status)
        return event_at(index, await self._ask("get_event", index))

    async def _skip_lost(self, latest: int) -> None:
        first = (await self._ask("get_event", 0)).index
        after = min(max(first - 1, self._told + 1), latest)
        lost = f"events {self._told + 1} to {after} were overwritten untold"
        log.error("device %s: %s", self.device.id, lost)
        self._told = after

    def _tell_event(self, event: Event, is_fresh: bool) -> bool:
        """Tell an event; say whether it is kept, if it is to be."""
        door = event.door - 1
        if event.kind in (SWIPE, DOOR) and door not in DOORS:
            log.warning("device %s: tells of door %d", self.device.id, event.door)
        elif event.kind == SWIPE:
            value = card_value(self.setting("card_format"), event.card)
            if is_fresh and event.reason == ASKS_US:
                self.give("card", value, reader=door)
            else:
                return self.tell(self._verdict(event, value))
        elif event.kind == DOOR and is_fresh:
            # What began and ended between two questions counts as well.
            if event.reason in (OPENED, CLOSED):
                self.note_contact(door, event.reason == OPENED)
            elif event.reason == BUTTON:
                self.note_contact(4 + door, True)
        elif event.kind == ALARM and event.reason in HAZARDS:
            hazard, words = HAZARDS[event.reason]
            area, at = str(event.door), self._utc(event.at)
            told = Alarm(self.device.id, hazard, True, area, words, at, event.index)
            return self.tell(told)
        return True

    def _verdict(self, event: Event, value: str | None) -> Verdict:
        return Verdict(
            self.device.id,
            event.door - 1,
            event.granted,
            "card",
            value,
            self._utc(event.at),
            event.index,
            REASONS.get(event.reason, f"reason {event.reason}"),
        )

    async def _rest(self, output: int) -> None:
        """Bring a door to where it is without a release."""
        wanted = NORMALLY_OPEN if output in self.held else CONTROLLED
        flaw = None
        try:
            mode, seconds = await self._mode(output)
            if mode != wanted:
                await self._set_mode(output, wanted, seconds)
        except _OutputRefused as error:
            flaw = str(error)
        self.note_flaw(output, flaw)

    async def _mode(self, output: int) -> tuple[int, int]:
        if output not in DOORS:
            raise _OutputRefused(f"output {output}: it has outputs 0 to 3")
        if output not in self._modes:
            found = await self._ask("get_door_control", output + 1)
            self._modes[output] = (found.mode, found.delay)
        return self._modes[output]

    async def _set_mode(self, output: int, mode: int, seconds: int) -> None:
        found = await self._ask("set_door_control", output + 1, mode, seconds)
        if (found.mode, found.delay) != (mode, seconds):
            raise _OutputRefused(f"output {output}: its mode was not taken")
        self._modes[output] = (mode, seconds)

    def _wall_clock(self) -> datetime:
        return datetime.now(self._zone).replace(tzinfo=None)

    async def _set_clock(self, status: Any) -> None:
        """Set its clock where it is wrong: its list goes by days."""
        shown, now = (status.system_date, status.system_time), self._wall_clock()
        if None in shown or abs(datetime.combine(*shown) - now) > CLOCK_MAY_DIFFER:
            await self._ask("set_time", now)

    def _utc(self, at: datetime | None) -> datetime | None:
        return at and at.replace(tzinfo=self._zone).astimezone(timezone.utc)

    async def _hang_doorbell(self) -> None:
        """Have it tell us when it has news, if we have an address for that."""
        if self._listen is None:
            return
        try:
            loop = asyncio.get_running_loop()
            self._doorbell, _ = await loop.create_datagram_endpoint(
                lambda: Doorbell(self._rung), local_addr=self._listen
            )
        except OSError as error:
            words = f"cannot listen at {self.setting('listen')}: {error.strerror}"
            raise DeviceError(words) from error
        host, port = self._doorbell.get_extra_info("sockname")
        await self._ask("set_listener", IPv4Address(host), port)

    async def _ask(self, function: str, *values: Any, **how: Any) -> Any:
        if self._wire is None:
            raise DeviceError("shut down")
        return await self._wire.ask(function, *values, **how)
