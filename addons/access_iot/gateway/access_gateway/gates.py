"""The gates and doors of a gateway: what their inputs tell, written down and acted on.

What happens at one of them is decided in ``gate.py``.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from access_policy import PassageEvent, Reason
from access_policy.event import utc_text

from .devices import Devices
from .drivers import DeviceError
from .gate import Equipment, Gate, Happening
from .journal import JournalError
from .messages import Alarm, Contact, Release
from .recorder import Recorder
from .rules import Rules
from .tasks import Background
from .wiring import Input, Sense

log = logging.getLogger(__name__)

EVERY_S = 0.1

# Written in the log for what belongs to no point.
NO_POINT = 0


class Gates:
    """``is_free`` tells whether anybody may pass a point now; ``clock`` is monotonic.

    ``on_turn`` is called when it may be another one who may pass: a fire alarm begins
    or ends, or a reading unlocked a point until the next one, or ended that.
    """

    def __init__(
        self,
        recorder: Recorder,
        devices: Devices,
        now: Callable[[], datetime],
        is_free: Callable[[int], bool],
        on_turn: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._recorder = recorder
        self._devices = devices
        self._now = now
        self._is_free = is_free
        self._on_turn = on_turn
        self._clock = clock
        self._rules = Rules()
        self._gates: dict[int, Gate] = {}
        # Latched: an input whose device is away has told nothing else.
        self._burning: set[Input] = set()
        self._actions = Background()

    @property
    def is_burning(self) -> bool:
        return bool(self._burning)

    def apply(self, rules: Rules) -> None:
        """Go on by these rules; a gate that is equipped as before stays as it is."""
        self._rules = rules
        equipped = {
            point: _equipment(rules, point, wire.release_ms, wire.held_ms)
            for point, wire in rules.wiring.items()
        }
        self._gates = {
            point: self._kept(point, equipment) for point, equipment in equipped.items()
        }
        self._carry_fires(rules)
        self._note_ajar()

    def _carry_fires(self, rules: Rules) -> None:
        """A fire goes on at its input, however that is set up now."""
        known = {
            (one.device, one.number): one
            for one in rules.inputs
            if one.sense is Sense.FIRE
        }
        burning, self._burning = self._burning, set()
        for one in burning:
            here = known.get((one.device, one.number))
            if here is not None:
                self._burning.add(here)
            else:
                self._note_fire_of(one, Reason.FIRE_OVER)

    def recall(self) -> None:
        """Take in anew what inputs say that are now one way or the other.

        Devices tell of changes alone: of an input that is set up while its door stands
        open, or while it burns, nothing would be known.
        """
        for one in self._rules.inputs:
            if one.sense in (Sense.FIRE, Sense.CONTACT):
                active = self._devices.contact(one.device, one.number)
                if active is not None:
                    self._sense(one, active is not one.inverted)

    def withheld(self, event: PassageEvent) -> PassageEvent:
        """Give the event of a grant as it is written: where passages are counted,
        what follows from one is written when it happens."""
        gate = self._gates.get(event.point)
        if not event.granted or gate is None or not gate.equipment.has_sensor:
            return event
        return event._replace(zone=None, day=None, ticket=None)

    def awaited(self) -> dict[int, set[int]]:
        """Give by ticket the points where who it let through has not passed yet."""
        found: dict[int, set[int]] = {}
        for point, gate in self._gates.items():
            for event in gate.awaited:
                if event.ticket is not None:
                    found.setdefault(event.ticket, set()).add(point)
        return found

    def released(self, event: PassageEvent) -> None:
        """Note that a point is being released for an event, as it was decided."""
        gate = self._gates.get(event.point)
        if gate is not None:
            gate.release(self._clock(), event)
        if event.reason == Reason.UNLOCKED_UNTIL_READ.value:
            self._on_turn()

    def locked(self, point: int) -> None:
        """Note that a reading ended what another one unlocked: its bolt falls now."""
        self._on_turn()
        self._retract_bolt(point)

    def failed(self, events: Sequence[PassageEvent], words: str) -> None:
        """Note that the release for an event, and those with it, failed."""
        for event in events:
            gate = self._gates.get(event.point)
            if gate is not None:
                gate.withdraw(event)
        self._write(events[0].point, Happening(Reason.NOT_OPENED, events[0]), words)
        self._on_turn()

    def sense(self, contact: Contact) -> None:
        """Take in what an input tells."""
        for one in self._rules.inputs_of.get((contact.device, contact.input), ()):
            self._sense(one, contact.active is not one.inverted)

    def note_alarm(self, alarm: Alarm) -> None:
        """Write down what an alarm panel or a device's own guard tells.

        Raises ``JournalError`` when it could not be.
        """
        reason = Reason.ALARM if alarm.active else Reason.ALARM_OVER
        words = ", ".join(filter(None, (alarm.hazard.value, alarm.area, alarm.words)))
        log.info("device %s: %s, %s", alarm.device, reason.value, words)
        version = self._rules.version
        event = _event(Happening(reason), NO_POINT, self._now(), version, words)
        self._recorder.record_told(event, alarm)

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        while True:
            self.tick()
            await asyncio.sleep(EVERY_S)

    def tick(self) -> None:
        now = self._clock()
        for point, gate in self._gates.items():
            if gate.equipment.has_sensor or gate.equipment.has_contact:
                self._note(point, gate.tick(now, self._is_free(point)))

    def _sense(self, one: Input, is_so: bool) -> None:
        if one.sense is Sense.FIRE:
            self._note_fire(one, is_so)
            return
        gate = self._gates.get(one.point) if one.point is not None else None
        if gate is None:
            return
        now, is_free = self._clock(), self._is_free(one.point)
        if one.sense is Sense.CONTACT:
            found = gate.opened(now, is_free) if is_so else gate.shut(now)
            self._note_ajar()
            self._note(one.point, found)
            if not is_so:
                self._relock(one.point, gate)
        elif is_so:
            self._pulse(one, gate, now, is_free)

    def _pulse(self, one: Input, gate: Gate, now: float, is_free: bool) -> None:
        if one.sense is Sense.EXIT_BUTTON:
            self._let_out(one.point, gate)
        elif one.sense is Sense.REVERSE_PASSAGE:
            self._note(one.point, gate.reverse_passage(is_free))
        else:
            self._note(one.point, gate.passage(now, is_free))
            self._relock(one.point, gate)

    def _let_out(self, point: int, gate: Gate) -> None:
        """Nobody is kept inside: it opens even if it can't be written down."""
        event = PassageEvent(
            utc_text(self._now()), point, True, Reason.EXIT_BUTTON.value
        )
        gate.release(self._clock())
        self._actions.start(self._release(point, event))
        try:
            self._recorder.record(event._replace(policy=self._rules.version))
        except JournalError as error:
            log.error("point %s: opened from inside, not recorded: %s", point, error)

    def _note_fire(self, one: Input, is_burning: bool) -> None:
        if is_burning is (one in self._burning):
            return
        (self._burning.add if is_burning else self._burning.discard)(one)
        # First what saves lives.
        self._on_turn()
        self._note_fire_of(one, Reason.FIRE if is_burning else Reason.FIRE_OVER)

    def _note_fire_of(self, one: Input, reason: Reason) -> None:
        words = f"input {one.number} of device {one.device}"
        self._write(one.point or NO_POINT, Happening(reason), words)

    def _note(self, point: int, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            self._write(point, happening)

    def _write(
        self, point: int, happening: Happening, words: str | None = None
    ) -> None:
        try:
            self._record(point, happening, words)
        except JournalError as error:
            log.error("point %s: not recorded: %s", point, error)

    def _record(self, point: int, happening: Happening, words: str | None) -> None:
        log.info("point %s: %s", point, happening.reason.value)
        self._recorder.record(
            _event(happening, point, self._now(), self._rules.version, words)
        )

    def _note_ajar(self) -> None:
        ajar = {point for point, gate in self._gates.items() if gate.is_open}
        self._recorder.facts.state.ajar = ajar

    def _relock(self, point: int, gate: Gate) -> None:
        """Let the bolt fall behind who went through, when nobody else is awaited."""
        if gate.is_done:
            self._retract_bolt(point)

    def _retract_bolt(self, point: int) -> None:
        wire = self._rules.wiring.get(point)
        if wire is not None and wire.lock is not None:
            self._actions.start(self._retract(wire.lock, wire.output))

    async def _retract(self, lock: str, output: int) -> None:
        with suppress(DeviceError):
            await self._devices.get(lock).retract(output)

    async def _release(self, point: int, event: PassageEvent) -> None:
        wire = self._rules.wiring[point]
        if wire.lock is None:
            return
        try:
            lock = self._devices.get(wire.lock)
            await lock.release(Release(wire.output, wire.release_ms))
        except DeviceError as error:
            self.failed([event], str(error))

    def _kept(self, point: int, equipment: Equipment) -> Gate:
        gate = self._gates.get(point)
        if gate is None or gate.equipment != equipment:
            # What a contact told is told again only when it changes.
            return Gate(equipment, is_open=gate is not None and gate.is_open)
        return gate


def _equipment(rules: Rules, point: int, release_ms: int, held_ms: int) -> Equipment:
    senses = {one.sense for one in rules.inputs if one.point == point}
    return Equipment(
        seconds=release_ms / 1000,
        has_sensor=Sense.PASSAGE in senses,
        has_contact=Sense.CONTACT in senses,
        held_after=held_ms / 1000,
    )


def _event(
    happening: Happening, point: int, at: datetime, version: int, words: str | None
) -> PassageEvent:
    reason, grant = happening
    event = PassageEvent(
        utc_text(at), point, False, reason.value, policy=version, note=words
    )
    if grant is None:
        return event
    # Rules that came meanwhile may know others by these numbers.
    event = event._replace(
        person=grant.person,
        credential=grant.credential,
        right=grant.right,
        policy=grant.policy,
    )
    if reason is not Reason.PASSED:
        return event
    return event._replace(
        band=grant.band,
        day=grant.day,
        ticket=grant.ticket,
        zone=grant.zone,
        companion=grant.companion,
    )
