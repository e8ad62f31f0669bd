"""Lights, ventilation, relays and inputs that speak MQTT.

Tried against our simulators only, never with real devices.
"""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress

from ..rules import Device
from . import DeviceError, Driver, Release, Role, Setting, Told, require_in_time
from ._mqtt import Broker, Login, Message, place
from ._mqtt_conventions import (
    CONVENTIONS,
    Command,
    Convention,
    HomeAssistant,
    discovered,
)
from ._releases import Releases


class _Unconfirmed(DeviceError):
    """The broker is there, but the device does not say that it did it."""


class MqttDevice(Driver):
    """A release is ended by the device itself where its kind can do that.

    What is switched counts when the device says so, and what the broker kept of
    earlier does not count as that. Devices at one broker share the connection.
    """

    title = "MQTT switch or sensor"
    roles = frozenset({Role.OUTPUTS, Role.INPUTS})
    address_help = (
        "mqtt://HOST/TOPIC, or mqtts:// for TLS: the device's own topic, or for Home "
        "Assistant that of its discovery message (homeassistant/switch/x/config)."
    )
    settings = (
        Setting(
            "convention",
            "Speaks Like",
            "tasmota",
            (
                ("tasmota", "Tasmota"),
                ("shelly", "Shelly (second generation and later)"),
                ("zigbee2mqtt", "Zigbee2MQTT"),
                ("homeassistant", "Home Assistant"),
            ),
        ),
        Setting("user", "User", ""),
        Setting("password", "Password", "", secret=True),
        Setting("ca", "Certificates", "", help="A file; the system's own if empty."),
        Setting(
            "availability",
            "Says If It Is There",
            True,
            help="Off for devices that do not, such as most of Zigbee2MQTT.",
        ),
        Setting(
            "fields",
            "Fields of Inputs",
            "contact",
            help="Of Zigbee2MQTT: input 0, 1 … by their names, with commas between.",
        ),
        Setting("command_topic", "Command Topic", "", help="Without discovery only."),
        Setting("state_topic", "State Topic", "", help="Without discovery only."),
        Setting("timeout_ms", "Answers within (ms)", 3000, low=20, high=30_000),
        Setting(
            "check_ms",
            "Tried Again Every (ms)",
            10_000,
            help="What was not confirmed is switched again.",
            low=10,
            high=600_000,
        ),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        host, port, is_tls, self._topic = place(device.address)
        user, password = self.setting("user"), self.setting("password")
        self._login = Login(host, port, is_tls, user, password, self.setting("ca"))
        self._timeout = self.setting("timeout_ms") / 1000
        self._broker: Broker | None = None
        self._convention = self._given_convention()
        # Those that we switched on, and that have not said yet that they are off.
        self._maybe_on: set[int] = set()
        # By output: who waits to hear of which state.
        self._waiting: dict[int, tuple[bool, asyncio.Future[str | None]]] = {}
        self._releases = Releases(device.outputs)
        self._is_there: bool | None = None
        self._turns: dict[int, asyncio.Lock] = {}

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._is_there = None
        self._news: asyncio.Event = asyncio.Event()
        self._gone: asyncio.Future[DeviceError] = loop.create_future()
        self._broker = await Broker.join(self._login, self, self._timeout)
        if self._convention is None:
            self._convention = await self._discover()
        topics = self._convention.topics()
        await self._broker.subscribe(self, topics, self._hear)
        if self._says_if_online:
            await self._until_there()
        for command in self._convention.asking():
            await self._broker.publish(*command)
        for output in sorted(self.device.outputs):
            with suppress(_Unconfirmed):
                await self._rest(output)

    async def serve(self) -> None:
        lost = {self._broker.lost, self._gone}
        first, every = asyncio.FIRST_COMPLETED, self.setting("check_ms") / 1000
        while True:
            done, _ = await asyncio.wait(lost, timeout=every, return_when=first)
            if done:
                raise done.pop().result()
            for output in sorted(self._flaws):
                with suppress(_Unconfirmed):
                    await self._rest(output)

    async def disconnect(self) -> None:
        self._releases.clear()
        broker, self._broker = self._broker, None
        if broker is None:
            return
        try:
            for output in sorted(self._maybe_on):
                # Lost: switched off when it is back.
                with suppress(DeviceError):
                    await broker.publish(*self._convention.switch(output, False))
        finally:
            broker.leave(self)
            self._maybe_on.clear()
            self._convention = self._given_convention()

    async def perform(self, command: Release) -> None:
        output = command.output
        if output in self._releases.holding:
            await self._switch(output, True, before=command.before)
            return
        with self._releases.beginning(command):
            milliseconds = round(1000 * self._releases.left(output))
            await self._switch(output, True, milliseconds, command.before)
        if not self._convention.pulses:
            self._releases.accompany(output, self._end_in_time)

    async def retract(self, output: int) -> None:
        self._releases.end(output)
        if output not in self._releases.holding:
            await self._switch(output, False)

    async def settle(self) -> None:
        for output in self._releases.to_rest(self.held):
            with suppress(_Unconfirmed):
                await self._rest(output)

    async def _rest(self, output: int) -> None:
        """Bring an output to where it is without a release; not during one."""
        is_held = output in self.held
        self._releases.hold(output, is_held)
        if is_held or self._releases.left(output) <= 0:
            await self._switch(output, is_held)

    async def _end_in_time(self, output: int) -> None:
        await self._releases.over(output)
        if output in self._releases.holding:
            return
        try:
            await self._switch(output, False)
        except DeviceError as error:
            # It may be open still: begin from the start.
            self._lose(str(error))

    async def _switch(
        self, output: int, on: bool, milliseconds: int = 0, before: float = math.inf
    ) -> None:
        """Switch, and wait until the device says that it did; one after the other."""
        async with self._turns.setdefault(output, asyncio.Lock()):
            if self._broker is None:
                raise DeviceError("shut down")
            require_in_time(before)
            command = self._convention.switch(output, on, milliseconds)
            if on:
                self._maybe_on.add(output)
            if not self._convention.has_states:
                await self._broker.publish(*command)
                return
            flaw = await self._confirmed(output, on, command)
        self.note_flaw(output, flaw)
        if flaw:
            raise _Unconfirmed(flaw)

    async def _confirmed(self, output: int, on: bool, command: Command) -> str | None:
        """Send a command; give what is wrong, if it is not confirmed."""
        confirmed = asyncio.get_running_loop().create_future()
        self._waiting[output] = (on, confirmed)
        try:
            await self._broker.publish(*command)
            await asyncio.wait({confirmed}, timeout=self._timeout)
        finally:
            del self._waiting[output]
        if confirmed.done():
            return confirmed.result()
        return f"output {output}: not confirmed that it is {'on' if on else 'off'}"

    def _hear(self, message: Message) -> None:
        said = self._convention.read(
            message.topic, message.payload.decode("utf-8", "replace")
        )
        self.facts.update(said.facts)
        if said.online is not None:
            self._is_there = said.online
            self._news.set()
            if not said.online and self.online:
                self._lose("the device is offline, says the broker")
        for number, active in said.inputs.items():
            self.note_contact(number, active)
        for output, on in said.outputs.items():
            if not message.is_old:
                self._confirm(output, on)
        if said.refused is not None:
            self._refuse(*said.refused)

    def _confirm(self, output: int, on: bool) -> None:
        wanted, confirmed = self._waiting.get(output, (None, None))
        if not on and wanted is not True:
            self._maybe_on.discard(output)
        if confirmed is not None and wanted is on and not confirmed.done():
            confirmed.set_result(None)

    def _refuse(self, output: int, words: str) -> None:
        _wanted, confirmed = self._waiting.get(output, (None, None))
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(f"output {output} refused: {words}")

    @property
    def _says_if_online(self) -> bool:
        known = getattr(self._convention, "tells_if_online", True)
        return known and self.setting("availability")

    async def _until_there(self) -> None:
        """Wait until the device is online; the broker keeps what it said last."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        while not self._is_there:
            self._news.clear()
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                words = (
                    "has not been heard of" if self._is_there is None else "is offline"
                )
                raise DeviceError(f"the device {words}, says the broker")
            news = asyncio.ensure_future(self._news.wait())
            try:
                await asyncio.wait({news, self._broker.lost}, timeout=left)
            finally:
                news.cancel()

    async def _discover(self) -> HomeAssistant:
        found: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def told(message: Message) -> None:
            if message.payload and not found.done():
                found.set_result(message.payload)

        await self._broker.subscribe(self, [self._topic], told)
        await asyncio.wait({found}, timeout=self._timeout)
        if not found.done():
            raise DeviceError(f"there is no discovery message at {self._topic}")
        return discovered(found.result())

    def _given_convention(self) -> Convention | None:
        """Give how the device speaks, unless that is to be discovered."""
        kind = self.setting("convention")
        if kind != "homeassistant":
            fields = tuple(self.setting("fields").replace(" ", "").split(","))
            return CONVENTIONS[kind](self._topic, fields)
        names = ("command_topic", "state_topic")
        given = {name: self.setting(name) for name in names if self.setting(name)}
        if not given and not self._topic:
            raise DeviceError("the address has no topic")
        return HomeAssistant(given) if given else None

    def _lose(self, words: str) -> None:
        if not self._gone.done():
            self._gone.set_result(DeviceError(words))
