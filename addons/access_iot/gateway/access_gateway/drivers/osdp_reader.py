"""Readers that speak OSDP (IEC 60839-11-5) on RS-485: cards, keypads, doors, plates.

Tried against libosdp's own simulated readers on pseudo-terminals, never on hardware.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from osdp import CommandLEDColor, Event, StatusReportType

from access_policy.wiegand import BY_LENGTH

from ..osdp_line import Bus, Found, Member, News, Refusals, Refused, commands
from ..osdp_line.reads import card, plate
from ..rules import Device
from ..tasks import end
from . import (
    BAUDRATE,
    SERIAL_ADDRESS,
    Alarm,
    DeviceError,
    Driver,
    Hazard,
    Indication,
    Release,
    Role,
    Setting,
    Told,
    require_port,
)
from ._releases import Releases

log = logging.getLogger(__name__)

# Key of readers that were given none yet; everybody knows it.
_DEFAULT_KEY = bytes(range(0x30, 0x40))

# What OUT does; a timed one ends in the reader itself, also when we are gone.
_OFF, _ON, _OFF_AFTER_TIMED, _TIMED_ON = 1, 2, 3, 5
# libosdp counts no further; what is longer is said again meanwhile.
_LONGEST_S, _AGAIN_S = 25.5, 20.0

_ENTER, _CLEAR = b"\r#", b"\x7f*"
MAX_DIGITS = 18

_OFF_WITHIN_S = 1.0


class OsdpReader(Driver):
    """A release is timed by the reader itself; several readers share a port.

    On connecting outputs that are not held are switched off, on shutting down all.
    """

    title = "OSDP reader"
    roles = frozenset({Role.READER, Role.KEYPAD, Role.OUTPUTS, Role.INPUTS})
    address_help = f"{SERIAL_ADDRESS} Several readers may be at one port."
    settings = (
        Setting("unit", "Unit Number", 0, low=0, high=126),
        BAUDRATE,
        Setting(
            "kind",
            "Reads",
            "card",
            (("card", "Cards and wristbands"), ("plate", "Number plates")),
        ),
        Setting(
            "key",
            "Key",
            "",
            help="Of the secure channel: 32 digits 0-9 and A-F.",
            secret=True,
        ),
        Setting(
            "install",
            "Give it its Key",
            False,
            help="For a reader in install mode: it is given the key, once.",
        ),
        Setting(
            "allow_clear",
            "May Talk in Clear",
            False,
            help="Without a key whoever is at the wire can be any card.",
        ),
        Setting(
            "timeout_ms",
            "Answers within (ms)",
            150,
            help="How long it is waited for when it does not answer.",
            low=20,
            high=190,
        ),
        Setting(
            "typing_ms",
            "PIN Ends after (ms)",
            5000,
            help="A PIN is ended by # or when nothing was typed for so long.",
            low=100,
            high=60_000,
        ),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._unit = self.setting("unit")
        self._member = Member(
            self._unit,
            self._key(),
            self.setting("install"),
            self.setting("timeout_ms") / 1000,
            self._take,
        )
        self._bus: Bus | None = None
        # How the reader is: ``Found``, or words for why it is not there.
        self._news: asyncio.Queue[Found | str] = asyncio.Queue()
        self._items: dict[str, int] = {}
        # By kind and number of a thing.
        self._refusals = Refusals()
        # By reader of the unit: what was typed, and what ends it.
        self._typed: dict[int, str] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._releases = Releases(device.outputs)

    async def connect(self) -> None:
        """Wait until the reader comes, telling meanwhile why it does not."""
        require_port(self.device.address)
        self._news = asyncio.Queue()
        self._bus = Bus.join(
            self.device.address, self.setting("baudrate"), self._member
        )
        while isinstance(news := await self._news.get(), str):
            if not self._bus.is_open:
                raise DeviceError(news)
            self._go_offline(news)
        self._learn(news)
        for output in self._usable():
            await self._try_rest(output)
        await self._ask_status()

    async def serve(self) -> None:
        # It may have been let go of and found again, as another one joined the line.
        while isinstance(news := await self._news.get(), Found):
            self._learn(news)
        raise DeviceError(news)

    async def settle(self) -> None:
        for output in self._releases.to_rest(self.held):
            await self._try_rest(output)

    async def disconnect(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._typed.clear()
        self._releases.clear()
        bus, self._bus = self._bus, None
        if bus is None:
            return
        off = [
            asyncio.create_task(
                bus.command(self._member, commands.output(output, _OFF), is_urgent=True)
            )
            for output in self._usable()
        ]
        try:
            if off:
                # One that is lost is switched off when it is back.
                await asyncio.wait(off, timeout=_OFF_WITHIN_S)
        finally:
            await end(off)
            await bus.leave(self._member)

    async def perform(self, command: Release) -> None:
        output = command.output
        with self._releases.beginning(command):
            await self._open(output, command.before)
        if self._releases.left(output) > _LONGEST_S:
            self._releases.accompany(output, self._prolong)

    async def show(self, indication: Indication) -> None:
        reader, granted = indication.reader, indication.granted
        color = CommandLEDColor.Green if granted else CommandLEDColor.Red
        # A reader that is lost shows nothing; that it is lost is told anyway.
        with suppress(DeviceError):
            await self._try("leds", commands.led(reader, color, on=20, off=0))
            await self._try("buzzers", commands.beeps(reader, 1 if granted else 3))
            if text := commands.plain(indication.text or ""):
                await self._try("displays", commands.text(reader, text))

    async def identify(self) -> None:
        if not (self._items.get("leds") or self._items.get("buzzers")):
            raise DeviceError("has neither lamp nor buzzer")
        await self._try("leds", commands.led(0, CommandLEDColor.Amber, on=2, off=2))
        await self._try("buzzers", commands.beeps(0, 5))

    def _key(self) -> bytes | None:
        """Give the key, if there is one; raise ``DeviceError``."""
        digits = self.setting("key").strip()
        if not digits:
            if self.setting("allow_clear") and not self.setting("install"):
                return None
            raise DeviceError("setting key: there is none")
        try:
            key = bytes.fromhex(digits)
        except ValueError:
            key = b""
        if len(key) != 16:
            raise DeviceError("setting key: it is not 32 digits 0-9 and A-F")
        if key == _DEFAULT_KEY:
            raise DeviceError("setting key: it is the default that everybody knows")
        return key

    def _learn(self, found: Found) -> None:
        told = found.id
        firmware = told["firmware_version"].to_bytes(4, "big")[1:]
        self._items = found.items
        self.facts.update(
            model=f"{told['vendor_code']:06X}-{told['model']}.{told['version']}",
            serial=f"{told['serial_number']:08X}",
            firmware=".".join(map(str, firmware)),
            secure=found.is_secure,
        )
        if found.was_given_key:
            self.facts["provisioned"] = True
            log.info("device %s: it has its key now", self.device.id)
        for output in self.device.outputs:
            if output >= found.items["outputs"]:
                self.note_flaw(output, self._missing(output))

    async def _ask_status(self) -> None:
        await self._try(None, commands.status(StatusReportType.Local))
        await self._try("inputs", commands.status(StatusReportType.Input))

    async def _open(self, output: int, before: float = math.inf) -> None:
        count = math.ceil(10 * min(self._releases.left(output), _LONGEST_S))
        await self._switch(output, _TIMED_ON, max(1, count), before)

    async def _prolong(self, output: int) -> None:
        try:
            while self._releases.left(output) > _LONGEST_S:
                await asyncio.sleep(_AGAIN_S)
                # A lost reader ends it by itself.
                await self._open(output)
        except DeviceError as error:
            log.error("device %s: shut too early: %s", self.device.id, error)

    async def _try_rest(self, output: int) -> None:
        """Switch an output to where it is without a release, and end none."""
        is_held = output in self.held
        self._releases.hold(output, is_held)
        off = _OFF_AFTER_TIMED if self._releases.left(output) > 0 else _OFF
        try:
            await self._switch(output, _ON if is_held else off)
        except Refused:
            self._refusals.add(("outputs", output))

    async def _switch(
        self, output: int, code: int, count: int = 0, before: float = math.inf
    ) -> None:
        if output >= self._items.get("outputs", 0):
            raise Refused(self._missing(output))
        try:
            command = commands.output(output, code, count)
            await self._ask(command, is_urgent=True, before=before)
        except Refused as error:
            self.note_flaw(output, f"output {output}: {error}")
            raise
        self._refusals.forgive(("outputs", output))
        self.note_flaw(output, None)

    def _usable(self) -> list[int]:
        """Give our outputs that the reader has, and does not refuse again and again."""
        there = self.device.outputs & frozenset(range(self._items.get("outputs", 0)))
        return [
            output
            for output in sorted(there)
            if not self._refusals.are_enough(("outputs", output))
        ]

    def _missing(self, output: int) -> str:
        return f"output {output}: unit {self._unit} has no such"

    async def _try(self, item: str | None, command: dict[str, Any]) -> None:
        """Do what the reader can do without, if it has one of these."""
        what = (item, 0)
        if item is not None and not self._items.get(item):
            return
        if self._refusals.are_enough(what):
            return
        try:
            await self._ask(command)
            self._refusals.forgive(what)
        except Refused as error:
            self._refusals.add(what)
            log.info("device %s: %s", self.device.id, error)

    async def _ask(
        self, command: dict[str, Any], is_urgent: bool = False, before: float = math.inf
    ) -> None:
        if self._bus is None:
            raise DeviceError("shut down")
        await self._bus.command(self._member, command, is_urgent, before)

    def _take(self, news: News) -> None:
        """Take what the line tells."""
        if not isinstance(news, dict):
            self._news.put_nowait(news)
        elif self._bus is not None:
            event = news["event"]
            if event == Event.CardRead:
                self._read_card(news)
            elif event == Event.KeyPress:
                self._type(news["reader_no"], news["data"])
            elif event == Event.Status:
                self._note_status(news["type"], news["report"])

    def _read_card(self, event: dict[str, Any]) -> None:
        data, length = event["data"], event.get("length", 0)
        kind = self.setting("kind")
        if kind == "plate":
            value = plate(event["format"], data)
        else:
            value = card(data, length)
            if value is None and length not in BY_LENGTH:
                self.facts["unknown_card_bits"] = length
        self.give(kind, value, event["reader_no"])

    def _type(self, reader: int, keys: bytes) -> None:
        if reader in self._timers:
            self._timers.pop(reader).cancel()
        for key in keys:
            if key in _CLEAR:
                self._typed.pop(reader, None)
            elif key in _ENTER:
                self._end_pin(reader)
            elif chr(key).isdecimal():
                # One more than there may be tells that it was too long.
                typed = self._typed.get(reader, "") + chr(key)
                self._typed[reader] = typed[: MAX_DIGITS + 1]
        if reader in self._typed:
            self._timers[reader] = asyncio.get_running_loop().call_later(
                self.setting("typing_ms") / 1000, self._end_pin, reader
            )

    def _end_pin(self, reader: int) -> None:
        digits = self._typed.pop(reader, None)
        if digits is not None:
            self.give("pin", digits if len(digits) <= MAX_DIGITS else None, reader)

    def _note_status(self, kind: int, report: bytes) -> None:
        if kind == StatusReportType.Input:
            for number, state in enumerate(report):
                self.note_contact(number, bool(state))
        elif kind == StatusReportType.Local:
            self._note_hazard("tamper", Hazard.TAMPER, bool(report[0]))
            self._note_hazard("power_failure", Hazard.TROUBLE, bool(report[1]))

    def _note_hazard(self, fact: str, hazard: Hazard, active: bool) -> None:
        if self.facts.get(fact, False) is not active:
            self.tell(Alarm(self.device.id, hazard, active, words=fact))
        self.facts[fact] = active
