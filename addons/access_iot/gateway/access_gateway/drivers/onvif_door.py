"""ONVIF door controllers (profiles A, C and D), by SOAP.

Tried against our simulator only, which is made from the official WSDL; the names in the
events of unknown cards (``Request/Identifier``) are from the specification's text, not
from a device.
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..rules import Device
from . import (
    Alarm,
    DeviceError,
    Hazard,
    Indication,
    Kept,
    Key,
    Release,
    Role,
    Setting,
    Told,
    Verdict,
    require_in_time,
)
from ._onvif import ACCOUNT, ADDRESS_HELP, NotThere, Onvif
from ._onvif_events import Event, Subscription, read_value
from ._onvif_keys import Keyring, Opening
from ._own_cards import OWN_CARDS, OwnCards
from ._past import Past

# A card that was held to the reader longer ago has been taken away again.
FRESH = timedelta(seconds=5)
PENDING_S = 10.0
# Of credentials that the device knows, how many we remember.
REMEMBERED = 1000

_CAN = ("AccessTimingOverride", "LockOpen")
_ALARMS = {
    "DoorForcedOpen": (Hazard.INTRUSION, "door forced"),
    "DoorOpenTooLong": (Hazard.TROUBLE, "door open too long"),
}


class _Pending(NamedTuple):
    """Somebody who waits at an access point; ``at`` is ``time.monotonic()``."""

    point: str
    credential: str | None
    at: float


class OnvifDoor(OwnCards):
    """Doors are outputs and inputs (active: open), access points are readers.

    Where access points ask us, a release answers whoever waits at the door; what the
    device decides by itself is told. Events are not numbered: those of a time without
    us are told if the device stores them, and known again by their time. A door that is
    held stays so when we are killed, until we are back.
    """

    title = "ONVIF door controller"
    roles = frozenset({Role.READER, Role.OUTPUTS, Role.INPUTS, Role.CONTROLLER})
    address_help = ADDRESS_HELP
    settings = (
        *ACCOUNT,
        Setting(
            "doors",
            "Doors",
            "",
            help="Their tokens by number from 0, with spaces between them; empty: all, "
            "in the order of their tokens.",
        ),
        Setting("points", "Access Points", "", help="The same; they are the readers."),
        Setting(
            "format",
            "Card Format",
            "WIEGAND26",
            help="What the device calls the format of the cards that it keeps.",
        ),
        OWN_CARDS,
        Setting("pull_ms", "Waits for Events (ms)", 5000, low=10, high=30_000),
    )

    def __init__(self, device: Device, emit: Callable[[Told], None]):
        super().__init__(device, emit)
        self._onvif: Onvif | None = None
        self._keyring: Keyring | None = None
        self._events: Subscription | None = None
        self._past = Past(device)
        # Until when its events are known, over lost connections.
        self._seen: tuple[datetime | None, frozenset[Event]] = (None, frozenset())
        self._doors: list[str] = []
        self._points: list[str] = []
        # By access point: the number of its door.
        self._door_of: dict[str, int] = {}
        # By door: the names of what it can do.
        self._can: dict[str, set[str]] = {}
        self._holding: set[int] = set()
        # By access point.
        self._pending: dict[str, _Pending] = {}
        self._alarms: dict[str, tuple[Hazard, str]] = {}
        # By credential of the device: what is on the card.
        self._credentials: dict[str, tuple[str, str | None]] = {}

    async def connect(self) -> None:
        pull = self.setting("pull_ms") / 1000
        self._onvif = Onvif(self.device.address, self.setting, pull)
        await self._onvif.open()
        self.facts.update(await self._onvif.facts())
        await self._learn()
        openings = [Opening(one, self._door_of[one]) for one in self._points]
        self._keyring = Keyring(self._onvif, self.setting("format"), openings)
        if self._onvif.has("credentials"):
            await self.forget_own_cards()
        for output in sorted(self.device.outputs):
            await self._rest(output, is_new=True)
        since, known = self._seen
        if since is None and self.device.stand_alone:
            since = self._past.since(self._onvif.now)
        self._events = Subscription(self._onvif, pull, since, known)
        await self._events.open()

    async def serve(self) -> None:
        for number, token in enumerate(self._doors):
            state = await self._onvif.ask("doors", "GetDoorState", Token=token)
            self._note_door(number, state["DoorPhysicalState"])
        while True:
            for event in await self._events.pull():
                await self._take(event)
                self._events.remember(event)
                self._seen = self._events.seen
            for output in sorted(self._flaws):
                await self._rest(output)

    async def disconnect(self) -> None:
        onvif, self._onvif, self._keyring = self._onvif, None, None
        events, self._events = self._events, None
        self._pending.clear()
        self._credentials.clear()
        if onvif is None:
            return
        try:
            for output in sorted(self._holding):
                await self._hold(onvif, output, False)
            if events is not None:
                await events.close()
        except DeviceError:
            # Lost: the doors are brought to rest when it is back.
            pass
        finally:
            self._holding.clear()
            await onvif.close()

    async def perform(self, command: Release) -> None:
        onvif, output = self._there(), command.output
        waiting = self._waiting_at(output)
        if waiting is not None:
            # What the device has given up is opened as if nobody had asked.
            with suppress(NotThere):
                await self._answer(onvif, waiting, "Granted")
                return
        token = self._door(output)
        values = {"AccessTime": timedelta(milliseconds=command.milliseconds)}
        if "AccessTimingOverride" not in self._can[token]:
            values = {}
        require_in_time(command.before)
        await onvif.ask("doors", "AccessDoor", Token=token, **values)

    async def retract(self, output: int) -> None:
        """Lock a door before the time of its release is over."""
        if output not in self.held:
            await self._there().ask("doors", "LockDoor", Token=self._door(output))

    async def settle(self) -> None:
        for output in sorted(self.device.outputs):
            await self._rest(output)

    async def show(self, indication: Indication) -> None:
        """Answer who waits, if refused: who is let in is answered by the release."""
        if indication.granted or indication.reader >= len(self._points):
            return
        onvif, point = self._there(), self._points[indication.reader]
        waiting = self._pending.pop(point, None)
        if waiting is not None:
            with suppress(NotThere):
                await self._answer(onvif, waiting, "Denied", indication.text)

    def tell(self, told: Told) -> bool:
        return self._past.has(told) or super().tell(told)

    async def keep(self, keys: Collection[Key]) -> Kept:
        if self._keyring is None:
            raise DeviceError("shut down")
        self._credentials.clear()
        return await self._keyring.keep(keys)

    async def _learn(self) -> None:
        """Learn which doors and access points there are."""
        found = await self._onvif.pages("doors", "GetDoorInfoList", "DoorInfo")
        self._can = {
            one["token"]: {name for name in _CAN if one["Capabilities"][name]}
            for one in found
        }
        self._doors = _chosen(self.setting("doors"), self._can, "door")
        self._points, self._door_of = [], {}
        if self._onvif.has("access"):
            found = await self._onvif.pages(
                "access", "GetAccessPointInfoList", "AccessPointInfo"
            )
            leads = {one["token"]: one["Entity"] for one in found}
            self._points = _chosen(self.setting("points"), leads, "access point")
            number = {token: index for index, token in enumerate(self._doors)}
            self._door_of = {one: number.get(leads[one], -1) for one in self._points}

    async def _rest(self, output: int, is_new: bool = False) -> None:
        """Bring a door to where it is without a release, if it is not there."""
        is_held = output in self.held
        try:
            if is_new:
                token = self._door(output)
                state = await self._onvif.ask("doors", "GetDoorState", Token=token)
                is_open = state["DoorMode"] in ("LockedOpen", "Unlocked")
            else:
                is_open = output in self._holding
            if is_open != is_held:
                await self._hold(self._there(), output, is_held)
            (self._holding.add if is_held else self._holding.discard)(output)
        except NotThere as error:
            self.note_flaw(output, f"output {output}: {error}")
        else:
            self.note_flaw(output, None)

    async def _hold(self, onvif: Onvif, output: int, on: bool) -> None:
        token = self._door(output)
        if "LockOpen" in self._can[token]:
            operation = "LockOpenDoor" if on else "LockOpenReleaseDoor"
        else:
            operation = "UnlockDoor" if on else "LockDoor"
        await onvif.ask("doors", operation, Token=token)

    async def _answer(
        self, onvif: Onvif, one: _Pending, decision: str, reason: str | None = None
    ) -> None:
        await onvif.ask(
            "access",
            "ExternalAuthorization",
            AccessPointToken=one.point,
            CredentialToken=one.credential,
            Reason=reason,
            Decision=decision,
        )

    def _waiting_at(self, output: int) -> _Pending | None:
        """Give who has waited longest at a door, as if decided on in this order."""
        since = time.monotonic() - PENDING_S
        waiting = [
            one
            for one in self._pending.values()
            if self._door_of[one.point] == output and one.at > since
        ]
        if not waiting:
            return None
        return self._pending.pop(min(waiting, key=lambda one: one.at).point)

    async def _take(self, event: Event) -> None:
        match event.topic:
            case ["AccessControl", "Request", "Timeout", *_]:
                self._pending.pop(event.get("AccessPointToken"), None)
            case ["AccessControl", "Request", *_]:
                await self._request(event)
            case ["AccessControl", "AccessGranted" | "Denied" as what, *_]:
                await self._decided(event, what == "AccessGranted")
            case ["AccessControl", "Duress", *_]:
                point, words = event.get("AccessPointToken"), event.get("Reason")
                self._alarm(Hazard.DURESS, True, point, words, event.at)
            case ["AccessPoint", "State", "Tampering"]:
                is_active = event.get("Active") in ("true", "1")
                self._tamper(is_active, event.get("AccessPointToken"), event)
            case ["Door", "State", what]:
                self._door_state(event, what)

    async def _request(self, event: Event) -> None:
        """Give what was read, and remember who waits; what is old waits no more."""
        point = event.get("AccessPointToken")
        if point not in self._door_of or not event.is_fresh(self._there().now, FRESH):
            return
        kind, value = await self._reading(event)
        token = event.get("CredentialToken") or None
        self._pending[point] = _Pending(point, token, time.monotonic())
        self.give(kind, value, self._points.index(point))

    async def _decided(self, event: Event, granted: bool) -> None:
        """Tell what the device decided; what we decided is known."""
        point = event.get("AccessPointToken")
        by_us = "External" in event.topic or event.get("External") in ("true", "1")
        if by_us or point not in self._door_of:
            return
        kind, value = await self._reading(event)
        number, reason = self._points.index(point), event.get("Reason")
        # A card that it does not know has no reason but that.
        reason = reason or ("/".join(event.topic[2:]) if not granted else None)
        who = self.device.id, number, granted, kind, value
        self.tell(Verdict(*who, event.at, None, reason))

    def _door_state(self, event: Event, what: str) -> None:
        token, state = event.get("DoorToken"), event.get("State")
        if token not in self._doors:
            return
        number = self._doors.index(token)
        if what == "DoorPhysicalState":
            # We have asked how it stands; what is told late was before that.
            if event.is_fresh(self._there().now, FRESH):
                self._note_door(number, state)
        elif what == "DoorAlarm":
            self._note_alarm(token, state, event)
        elif what == "DoorTamper":
            self._tamper(state == "TamperDetected", token, event)
        elif what == "DoorFault":
            flaw = f"door {token}: {event.get('Reason') or 'fault'}"
            self._alarm(Hazard.TROUBLE, state == "FaultDetected", token, flaw, event.at)

    def _note_door(self, number: int, state: str | None) -> None:
        if state in ("Open", "Closed"):
            self.note_contact(number, state == "Open")

    def _note_alarm(self, token: str, state: str | None, event: Event) -> None:
        before = self._alarms.pop(token, None)
        if state in _ALARMS:
            self._alarms[token] = _ALARMS[state]
        now = self._alarms.get(token)
        if before == now:
            return
        for alarm, active in ((before, False), (now, True)):
            if alarm is not None:
                self._alarm(alarm[0], active, token, alarm[1], event.at)

    def _tamper(self, active: bool, area: str | None, event: Event) -> None:
        if active or self.facts.get("tamper"):
            self._alarm(Hazard.TAMPER, active, area, event.get("Reason"), event.at)
        self.facts["tamper"] = active

    def _alarm(
        self,
        hazard: Hazard,
        active: bool,
        area: str | None,
        words: str | None,
        at: datetime | None = None,
    ) -> None:
        self.tell(Alarm(self.device.id, hazard, active, area, words, at))

    async def _reading(self, event: Event) -> tuple[str, str | None]:
        """Give what was read: told in the event, or on the credential that it names."""
        told = event.get("IdentifierValue") or event.get("Card")
        if told:
            return read_value(event.get("IdentifierType"), told)
        token = event.get("CredentialToken")
        if not token:
            return "card", None
        if token not in self._credentials:
            if len(self._credentials) >= REMEMBERED:
                self._credentials.clear()
            self._credentials[token] = await self._ask_value(token)
        return self._credentials[token]

    async def _ask_value(self, token: str) -> tuple[str, str | None]:
        try:
            found = await self._there().ask(
                "credentials", "GetCredentialIdentifiers", CredentialToken=token
            )
        except NotThere:
            return "card", None
        shown = [(one["Type"]["Name"], one["Value"]) for one in found or []]
        # A PIN beside a card says less about who it is.
        shown.sort(key=lambda one: one[0].endswith("PIN"))
        return read_value(*shown[0]) if shown else ("card", None)

    def _door(self, output: int) -> str:
        if 0 <= output < len(self._doors):
            return self._doors[output]
        raise NotThere(f"output {output}: it has {len(self._doors)} doors")

    def _there(self) -> Onvif:
        if self._onvif is None:
            raise DeviceError("shut down")
        return self._onvif


def _chosen(setting: str, there: Any, what: str) -> list[str]:
    chosen = setting.split() or sorted(there)
    for token in chosen:
        if token not in there:
            raise DeviceError(f"has no {what} {token!r}, but {' '.join(sorted(there))}")
    return chosen
