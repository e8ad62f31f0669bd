"""Switches and sensors that speak MQTT as those of several makers do."""

import asyncio
import json
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import aiomqtt

from ..tasks import end


class Switched(NamedTuple):
    """``at`` is ``time.monotonic()``."""

    output: int
    on: bool
    at: float


class SimulatedSwitch:
    """A device of two outputs and an input at a broker, by its ``topic``.

    ``outputs`` are as they are now, ``changes`` what happened since. ``silent``: it
    does what it is told, but tells nothing. ``deaf``: it does nothing. ``refusing``:
    it answers with an error, where its kind has that.
    Runs within ``async with``; ``stop`` and ``start`` switch its power.
    """

    commands: tuple[str, ...] = ()

    def __init__(
        self,
        port: int,
        topic: str,
        changed: Callable[[Switched], None] = lambda _change: None,
    ):
        self.topic = topic
        self.outputs = [False, False]
        self.input = False
        self.changes: list[Switched] = []
        self.kept: list[str] = []
        self.silent = self.deaf = self.refusing = False
        self._port = port
        self._changed = changed
        self._client: aiomqtt.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._endings: dict[int, asyncio.TimerHandle] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "SimulatedSwitch":
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._client = aiomqtt.Client(
            "127.0.0.1",
            self._port,
            identifier=f"simulated-{secrets.token_hex(6)}",
            timeout=5,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        await self._client.__aenter__()
        for topic in self.commands:
            await self._client.subscribe(topic.format(self.topic), qos=1)
        self._task = asyncio.create_task(self._listen())
        await self.arrive()

    async def stop(self) -> None:
        """Cut its power; the broker tells what it was to tell then."""
        if self._client is None:
            return
        await end([self._task])
        for ending in self._endings.values():
            ending.cancel()
        try:
            await self.depart()
            await self._client.__aexit__(None, None, None)
        except aiomqtt.MqttError:
            pass
        self._client = None
        self.outputs = [False, False]

    async def arrive(self) -> None:
        raise NotImplementedError

    async def depart(self) -> None:
        raise NotImplementedError

    async def obey(self, topic: str, payload: str) -> None:
        raise NotImplementedError

    async def tell(self, output: int) -> None:
        """Tell the state of an output."""
        raise NotImplementedError

    async def publish(self, topic: str, payload: Any, retain: bool = False) -> None:
        if not isinstance(payload, str):
            payload = json.dumps(payload)
        if self._client is not None:
            await self._client.publish(topic, payload, qos=1, retain=retain)

    async def set(self, output: int, on: bool, seconds: float = 0) -> None:
        if ending := self._endings.pop(output, None):
            ending.cancel()
        if self.outputs[output] is not on:
            self.outputs[output] = on
            change = Switched(output, on, time.monotonic())
            self.changes.append(change)
            self._changed(change)
        if on and seconds:
            loop = asyncio.get_running_loop()
            self._endings[output] = loop.call_later(seconds, self._end, output)
        if not self.silent:
            await self.tell(output)

    def _end(self, output: int) -> None:
        task = asyncio.ensure_future(self.set(output, False))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _listen(self) -> None:
        try:
            async for message in self._client.messages:
                # The broker of the tests sends what was not subscribed to as well.
                ours = [topic.format(self.topic) for topic in self.commands]
                if not any(message.topic.matches(topic) for topic in ours):
                    continue
                if message.retain:
                    self.kept.append(message.topic.value)
                if not self.deaf:
                    await self.obey(message.topic.value, message.payload.decode())
        except aiomqtt.MqttError:
            # The broker is gone.
            pass


class SimulatedTasmota(SimulatedSwitch):
    commands = ("cmnd/{}/+",)

    def __init__(self, *given: Any):
        super().__init__(*given)
        self._pulses = [0, 0]

    async def arrive(self) -> None:
        await self.publish(f"tele/{self.topic}/LWT", "Online", retain=True)

    async def depart(self) -> None:
        await self.publish(f"tele/{self.topic}/LWT", "Offline", retain=True)

    async def obey(self, topic: str, payload: str) -> None:
        name = topic.rpartition("/")[2].upper()
        if name == "BACKLOG":
            for order in payload.split(";"):
                one, _, value = order.strip().partition(" ")
                await self._do(one.upper(), value)
        else:
            await self._do(name, payload)

    async def tell(self, output: int) -> None:
        state = "ON" if self.outputs[output] else "OFF"
        name = f"POWER{output + 1}"
        await self.publish(f"stat/{self.topic}/RESULT", {name: state})
        await self.publish(f"stat/{self.topic}/{name}", state)

    async def press(self, active: bool) -> None:
        self.input = active
        said = {"Switch1": {"Action": "ON" if active else "OFF"}}
        await self.publish(f"stat/{self.topic}/RESULT", said)

    async def _do(self, name: str, value: str) -> None:
        if name.startswith("PULSETIME"):
            self._pulses[int(name[9:]) - 1] = int(value)
        elif name.startswith("POWER"):
            output = int(name[5:] or 1) - 1
            pulse = self._pulses[output]
            await self.set(
                output, value == "ON", pulse / 10 if pulse < 112 else pulse - 100
            )
        elif name == "STATUS" and not self.silent:
            switch = {"Switch1": "ON" if self.input else "OFF"}
            said = {
                "10": {"StatusSNS": switch},
                "2": {"StatusFWR": {"Version": "14.3"}},
            }
            await self.publish(f"stat/{self.topic}/STATUS{value}", said[value])


class SimulatedShelly(SimulatedSwitch):
    commands = ("{}/rpc",)

    async def arrive(self) -> None:
        await self.publish(f"{self.topic}/online", "true", retain=True)

    async def depart(self) -> None:
        await self.publish(f"{self.topic}/online", "false", retain=True)

    async def obey(self, _topic: str, payload: str) -> None:
        call = json.loads(payload)
        params = call["params"]
        answer: dict[str, Any] = {"id": call["id"], "src": self.topic}
        if call["method"] == "Switch.Set":
            if self.refusing or params["id"] > 1:
                answer["error"] = {"code": -105, "message": "Argument 'id' not found!"}
            else:
                answer["result"] = {"was_on": self.outputs[params["id"]]}
                await self.set(
                    params["id"], params["on"], params.get("toggle_after", 0)
                )
        elif call["method"] == "Shelly.GetStatus":
            switches = [{"output": on} for on in self.outputs]
            answer["result"] = {
                **{f"switch:{n}": one for n, one in enumerate(switches)},
                "input:0": {"id": 0, "state": self.input},
            }
        else:
            answer["result"] = {"ver": "1.4.4", "model": "SPSW-202", "mac": "A8032AB1"}
        if not self.silent:
            await self.publish(f"{call['src']}/rpc", answer)

    async def tell(self, output: int) -> None:
        """Tell changes only, as the real ones do."""
        if not self.changes or self.changes[-1].at < time.monotonic() - 0.005:
            return
        said = {"id": output, "output": self.outputs[output]}
        await self.publish(f"{self.topic}/status/switch:{output}", said)

    async def press(self, active: bool) -> None:
        self.input = active
        said = {"method": "NotifyStatus", "params": {"input:0": {"state": active}}}
        await self.publish(f"{self.topic}/events/rpc", said)


class SimulatedZigbee(SimulatedSwitch):
    """Behind Zigbee2MQTT; set ``pulses`` if it ends a release by itself."""

    commands = ("{}/set",)
    pulses = False

    async def arrive(self) -> None:
        alive = {"state": "online"}
        await self.publish(f"{self.topic}/availability", alive, retain=True)
        await self.press(self.input)

    async def depart(self) -> None:
        gone = {"state": "offline"}
        await self.publish(f"{self.topic}/availability", gone, retain=True)

    async def obey(self, _topic: str, payload: str) -> None:
        order = json.loads(payload)
        output = 1 if "state_l2" in order else 0
        state = order["state_l2" if output else "state"]
        seconds = order.get("on_time", 0) if self.pulses else 0
        await self.set(output, state == "ON", seconds)

    async def tell(self, output: int) -> None:
        name = "state_l2" if output else "state"
        state = "ON" if self.outputs[output] else "OFF"
        await self.publish(self.topic, {name: state, "battery": 87}, retain=True)

    async def press(self, active: bool) -> None:
        self.input = active
        await self.publish(self.topic, {"contact": active, "battery": 87}, retain=True)


class SimulatedEntity(SimulatedSwitch):
    """One that Home Assistant would discover; its topic is that of the discovery."""

    commands = ("things/gate/set",)
    config: dict[str, Any] = {
        "~": "things/gate",
        "cmd_t": "~/set",
        "stat_t": "~/state",
        "avty": [{"topic": "~/alive", "payload_available": "up"}],
        "pl_on": "1",
        "pl_off": "0",
        "val_tpl": "{{ value_json.relay }}",
    }

    async def arrive(self) -> None:
        await self.publish(self.topic, self.config, retain=True)
        await self.publish("things/gate/alive", "up", retain=True)

    async def depart(self) -> None:
        await self.publish("things/gate/alive", "down", retain=True)

    async def obey(self, _topic: str, payload: str) -> None:
        await self.set(0, payload == "1")

    async def tell(self, output: int) -> None:
        said = {"relay": "1" if self.outputs[0] else "0"}
        await self.publish("things/gate/state", said, retain=True)
