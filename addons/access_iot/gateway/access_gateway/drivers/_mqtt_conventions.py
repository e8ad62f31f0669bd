"""How switches speak over MQTT: which topics they have, and what is said in them."""

import itertools
import json
import math
import re
import secrets
from typing import Any, NamedTuple

from . import DeviceError

Command = tuple[str, str]


class Said(NamedTuple):
    """What a message tells: each of it, or nothing."""

    online: bool | None = None
    outputs: dict[int, bool] = {}  # noqa: RUF012
    inputs: dict[int, bool] = {}  # noqa: RUF012
    facts: dict[str, bool | int | str] = {}  # noqa: RUF012
    refused: tuple[int, str] | None = None


class Convention:
    """``pulses``: the device itself ends a release that begins with ``on``."""

    pulses = False
    has_states = True

    def __init__(self, topic: str, fields: tuple[str, ...] = ()):
        if not topic:
            raise DeviceError("the address has no topic")
        self.topic = topic
        self.fields = fields

    def topics(self) -> list[str]:
        raise NotImplementedError

    def read(self, topic: str, payload: str) -> Said:
        raise NotImplementedError

    def switch(self, output: int, on: bool, milliseconds: int = 0) -> Command:
        """Give what switches; with a time it goes off again after that."""
        raise NotImplementedError

    def asking(self) -> list[Command]:
        """Give what makes the device tell how it is, if anything does."""
        return []


class Tasmota(Convention):
    pulses = True

    def topics(self) -> list[str]:
        return [f"tele/{self.topic}/LWT", f"stat/{self.topic}/+"]

    def read(self, topic: str, payload: str) -> Said:
        if topic.endswith("/LWT"):
            return Said(online=payload == "Online")
        last = topic.rpartition("/")[2]
        said = {last: payload} if last.startswith("POWER") else _json(payload)
        said = said.get("StatusSNS", said)
        outputs = _numbered("POWER", said)
        firmware = said.get("StatusFWR") or {}
        facts = {"firmware": str(firmware["Version"])} if "Version" in firmware else {}
        return Said(None, outputs, _numbered("Switch", said), facts)

    def switch(self, output: int, on: bool, milliseconds: int = 0) -> Command:
        name = output + 1
        if not on:
            return f"cmnd/{self.topic}/POWER{name}", "OFF"
        # In tenths of a second up to 11.1 s, above in seconds and 100.
        pulse = math.ceil(milliseconds / 100)
        if pulse > 111:
            pulse = min(100 + math.ceil(milliseconds / 1000), 64_900)
        order = f"PulseTime{name} {pulse}; POWER{name} ON"
        return f"cmnd/{self.topic}/Backlog", order

    def asking(self) -> list[Command]:
        return [(f"cmnd/{self.topic}/STATUS", "10"), (f"cmnd/{self.topic}/STATUS", "2")]


class Shelly(Convention):
    """Those of the second generation and later."""

    pulses = True

    def __init__(self, topic: str, fields: tuple[str, ...] = ()):
        super().__init__(topic, fields)
        self._source = f"access-{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)
        # The latest command to each output is the one whose answer counts.
        self._asked: dict[int, tuple[int, bool]] = {}

    def topics(self) -> list[str]:
        events = [f"{self.topic}/status/+", f"{self.topic}/events/rpc"]
        return [f"{self.topic}/online", f"{self._source}/rpc", *events]

    def read(self, topic: str, payload: str) -> Said:
        if topic == f"{self.topic}/online":
            return Said(online=payload == "true")
        said = _json(payload)
        if topic == f"{self._source}/rpc":
            return self._answer(said)
        if topic.endswith("/events/rpc"):
            return self._components(said.get("params"))
        return self._components({topic.rpartition("/")[2]: said})

    def _answer(self, said: dict[str, Any]) -> Said:
        for output, (number, on) in list(self._asked.items()):
            if said.get("id") == number:
                del self._asked[output]
                if "error" in said:
                    words = _dict(said["error"]).get("message", "refused")
                    return Said(refused=(output, str(words)))
                return Said(outputs={output: on})
        return self._components(said.get("result"))

    def _components(self, said: Any) -> Said:
        said = _dict(said)
        facts = {"firmware": "ver", "model": "model", "serial": "mac"}
        known = {name: said[key] for name, key in facts.items() if key in said}
        return Said(
            outputs=_components("switch", "output", said),
            inputs=_components("input", "state", said),
            facts={name: str(value) for name, value in known.items()},
        )

    def switch(self, output: int, on: bool, milliseconds: int = 0) -> Command:
        number = next(self._numbers)
        self._asked[output] = (number, on)
        params: dict[str, Any] = {"id": output, "on": on}
        if milliseconds:
            params["toggle_after"] = milliseconds / 1000
        return self._call(number, "Switch.Set", params)

    def asking(self) -> list[Command]:
        calls = ("Shelly.GetStatus", "Shelly.GetDeviceInfo")
        return [self._call(next(self._numbers), call, {}) for call in calls]

    def _call(self, number: int, method: str, params: dict[str, Any]) -> Command:
        call = {"id": number, "src": self._source, "method": method, "params": params}
        return f"{self.topic}/rpc", json.dumps(call)


class Zigbee2mqtt(Convention):
    """Output 0 is ``state``, or ``state_l1`` where there are several.

    Not every device ends a release by itself, so that we do as well.
    """

    def topics(self) -> list[str]:
        return [self.topic, f"{self.topic}/availability"]

    def read(self, topic: str, payload: str) -> Said:
        if topic.endswith("/availability"):
            state = _json(payload).get("state", payload)
            return Said(online=state == "online")
        said = _json(payload)
        outputs = {int(name[7:]) - 1: said[name] for name in said if _ENDPOINT(name)}
        if "state" in said:
            outputs[0] = said["state"]
        inputs = {
            number: said[name]
            for number, name in enumerate(self.fields)
            if isinstance(said.get(name), bool)
        }
        facts = {
            name: said[name]
            for name in ("battery", "tamper")
            if isinstance(said.get(name), bool | int)
        }
        states = {number: value == "ON" for number, value in outputs.items()}
        return Said(None, states, inputs, facts)

    def switch(self, output: int, on: bool, milliseconds: int = 0) -> Command:
        name = f"state_l{output + 1}" if output else "state"
        order: dict[str, Any] = {name: "ON" if on else "OFF"}
        if milliseconds:
            order["on_time"] = milliseconds / 1000
        return f"{self.topic}/set", json.dumps(order)


class HomeAssistant(Convention):
    """One entity: output 0, or input 0 without a command topic."""

    def __init__(self, config: dict[str, Any]):
        self._config = _expanded(config)
        state = self._config.get("state_topic")
        self._command = self._config.get("command_topic")
        if not (state or self._command):
            raise DeviceError("the discovery message names no topic")
        super().__init__(state or self._command)
        self.has_states = bool(state)
        several = self._config.get("availability")
        alive = several[0] if isinstance(several, list) and several else self._config
        self._alive_topic = alive.get("topic") or alive.get("availability_topic")
        self._alive = str(alive.get("payload_available", "online"))
        found = _TEMPLATE(str(self._config.get("value_template", "")))
        self._field = found.group(1) if found else None
        on, off = ("UNLOCK", "LOCK") if "payload_unlock" in self._config else _ON_OFF
        keys = ("unlock", "lock") if on == "UNLOCK" else ("on", "off")
        self._on = str(self._config.get(f"payload_{keys[0]}", on))
        self._off = str(self._config.get(f"payload_{keys[1]}", off))
        is_lock = on == "UNLOCK"
        said = "state_unlocked" if is_lock else "state_on"
        self._is_on = str(self._config.get(said, "UNLOCKED" if is_lock else self._on))

    def topics(self) -> list[str]:
        known = [self._config.get("state_topic"), self._alive_topic]
        return [topic for topic in known if topic]

    @property
    def tells_if_online(self) -> bool:
        return bool(self._alive_topic)

    def read(self, topic: str, payload: str) -> Said:
        if topic == self._alive_topic:
            return Said(online=payload == self._alive)
        if self._field is not None:
            payload = str(_json(payload).get(self._field))
        state = {0: payload == self._is_on}
        return Said(outputs=state) if self._command else Said(inputs=state)

    def switch(self, output: int, on: bool, milliseconds: int = 0) -> Command:
        if output or not self._command:
            raise DeviceError(f"output {output}: it has no such output")
        return self._command, self._on if on else self._off


CONVENTIONS: dict[str, type[Convention]] = {
    "tasmota": Tasmota,
    "shelly": Shelly,
    "zigbee2mqtt": Zigbee2mqtt,
}

_ON_OFF = ("ON", "OFF")
_ENDPOINT = re.compile(r"state_l[1-9]\d?").fullmatch
_TEMPLATE = re.compile(
    r"\s*\{\{\s*value_json(?:\.|\[['\"])(\w+)(?:['\"]\])?\s*\}\}\s*"
).fullmatch
_SHORT = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "cmd_t": "command_topic",
    "pl_avail": "payload_available",
    "pl_lock": "payload_lock",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "pl_unlk": "payload_unlock",
    "stat_on": "state_on",
    "stat_t": "state_topic",
    "stat_unlocked": "state_unlocked",
    "t": "topic",
    "val_tpl": "value_template",
}


def discovered(payload: bytes) -> HomeAssistant:
    """Read the discovery message of an entity; raise ``DeviceError``."""
    return HomeAssistant(_json(payload.decode("utf-8", "replace")))


def _expanded(config: dict[str, Any]) -> dict[str, Any]:
    """Give a discovery message with names in full, and topics too.

    >>> _expanded({"~": "cmnd/plug", "cmd_t": "~/POWER"})["command_topic"]
    'cmnd/plug/POWER'
    """
    base = str(config.get("~", ""))
    found: dict[str, Any] = {}
    for name, value in config.items():
        name = _SHORT.get(name, name)
        if isinstance(value, str) and name.endswith("topic") and base:
            value = re.sub(r"^~|~$", lambda _found: base, value)
        if name == "availability" and isinstance(value, list):
            value = [_expanded({"~": base, **_dict(one)}) for one in value]
        found[name] = value
    return found


def _numbered(name: str, said: dict[str, Any]) -> dict[int, bool]:
    """Give what Tasmota numbers from 1, or not at all if there is but one.

    >>> _numbered("POWER", {"POWER2": "ON", "POWER": "OFF", "Switch1": "ON"})
    {1: True, 0: False}
    """
    found = {}
    for key, value in said.items():
        number = key.removeprefix(name)
        if key.startswith(name) and (not number or number.isdecimal()):
            if isinstance(value, dict):
                value = value.get("Action")
            if value in _ON_OFF:
                found[int(number or 1) - 1] = value == "ON"
    return found


def _components(kind: str, field: str, said: dict[str, Any]) -> dict[int, bool]:
    found = {}
    for key, value in said.items():
        name, _, number = key.partition(":")
        state = _dict(value).get(field)
        if name == kind and number.isdecimal() and isinstance(state, bool):
            found[int(number)] = state
    return found


def _json(payload: str) -> dict[str, Any]:
    try:
        return _dict(json.loads(payload))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
