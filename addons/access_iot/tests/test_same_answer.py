import json
import os
import random
import time
from datetime import datetime, timedelta, timezone

from access_policy import Attempt as GatewayAttempt
from access_policy import PassageEvent as GatewayEvent
from access_policy import State, seal_token
from access_policy import decide as decide_there
from access_policy.event import event_of
from access_policy.state import state_from_document

from odoo.tests import freeze_time

from odoo.addons.access_base.access_policy import Attempt, PassageEvent, decide

from .common import GatewayCommon
from .gateway_side import GatewaySide
from .random_world import RandomWorld

STEPS = int(os.environ.get("ACCESS_STEPS", "1000"))
ATTEMPTS = 3
# How far the clock goes on between two changes, in seconds; most often not far.
PAUSES = (2, 10, 10, 60, 300, 3600, 7200)


class Gateway:
    """One that is kept up to date by differences, and notes what happens."""

    def __init__(self, case):
        self._case = case
        self._key = bytes.fromhex(case.gateway.seal_key)
        self.side = GatewaySide(case.gateway)
        self.state = State()
        self.recent = []
        self._names = None

    def catch_up(self, now):
        came = self.side.poll()
        self._case._forget_changes()
        names = self._case.gateway.company_id.access_names_version
        if names != self._names:
            self.state, self._names = self.told(now), names
        self.state.end_stays(self.side.policy, now)
        return came

    def told(self, now):
        """Give the state that a gateway has which just asked for all."""
        document = self._case.gateway._facts(None)["state"]
        state = state_from_document(json.loads(json.dumps(document)))
        since = (now - timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M")
        self.recent = [event for event in self.recent if event.time >= since]
        for event in self.recent:
            state.note(event)
        state.end_stays(self.side.policy, now)
        return state

    def note(self, record):
        self.recent.append(event_of(record))
        self.state.note(self.recent[-1])

    def seal(self, token):
        return token and seal_token(self._key, token)


class TestSameAnswer(GatewayCommon):
    """ERP, a gateway with the whole, and one that was told differences: all alike."""

    def setUp(self):
        super().setUp()
        self._pair()
        self.journal = self.turnstile._ensure_journal()

    def test_in_autumn(self):
        """Both clock changes of the year end at different weekends here and there."""
        self._try("2026-10-22 04:00:00")

    def test_in_spring(self):
        self._try("2027-03-26 04:00:00")

    def _try(self, start):
        seed = int(os.environ.get("ACCESS_SEED", time.time_ns() % 1_000_000))
        chance = random.Random(seed)
        with freeze_time(start) as clock:
            world, gateway = RandomWorld(self, chance), Gateway(self)
            gateway.catch_up(_now())
            changes, came = [], []
            for step in range(STEPS):
                self._go_on(clock, chance)
                changes.append(world.change())
                came.append(gateway.catch_up(_now()))
                with self.subTest(seed=seed, step=step, changes=changes[-3:]):
                    if not self._all_alike(world, gateway, chance):
                        self.fail(f"seed {seed}, step {step}, {changes[-3:]}")
        self.assertGreater(came.count("difference"), STEPS // 2)

    def _go_on(self, clock, chance):
        """Go on in time; now and then to the minute at which hours begin or end."""
        now = datetime.now() + timedelta(seconds=chance.choice(PAUSES))
        if chance.random() < 0.1:
            seconds = chance.choice([-1, 0, 1])
            half_hours = now.replace(minute=now.minute // 30 * 30, second=0)
            now = half_hours + timedelta(minutes=30, seconds=seconds)
        clock.move_to(now)

    def _all_alike(self, world, gateway, chance):
        whole = gateway.side.whole()
        # Each state comes of other queries, so both are asked with each rules.
        told = gateway.told(_now()) if chance.random() < 0.3 else gateway.state
        credentials = world.credentials()
        pins = credentials.filtered(lambda one: one.kind == "pin")
        for _attempt in range(ATTEMPTS):
            point = chance.choice(world.points)
            tokens = credentials.mapped("token")
            token = chance.choice([*tokens, *tokens, "rfid:FFFFFFFF"])
            pin = chance.choice([None, None, *pins.mapped("token")])
            at = _now() + timedelta(milliseconds=chance.randrange(900))
            erp = self._erp(point, token, at, pin)
            there = [
                self._there(policy, state, gateway, point, token, at, pin)
                for policy, state in (
                    (whole.policy, told),
                    (gateway.side.policy, gateway.state),
                )
            ]
            if there != [erp, erp]:
                self.assertEqual(there[0], erp, "the whole")
                self.assertEqual(there[1], erp, "differences")
                return False
            self._record(gateway, point, token, at, pin)
            if told is not gateway.state:
                told.note(gateway.recent[-1])
        return True

    def _erp(self, point, token, at, pin):
        policy, state = self.env["access.policy"]._for_attempt(point, token, pin)
        self.decision = decide(policy, state, Attempt(point.id, token, at, pin=pin))
        return _told(self.decision)

    def _there(self, policy, state, gateway, point, token, at, pin):
        seals = gateway.seal(token), gateway.seal(pin)
        attempt = GatewayAttempt(point.id, seals[0], at, pin=seals[1])
        return _told(decide_there(policy, state, attempt))

    def _record(self, gateway, point, token, at, pin):
        attempt = Attempt(point.id, token, at, pin=pin)
        event = PassageEvent.of(attempt, self.decision, None)
        self.journal._append(event)
        gateway.note(GatewayEvent(*event).record(1))


def _now():
    return datetime.now(timezone.utc)


def _told(decision):
    return (
        decision.reason.value,
        decision.granted,
        decision.person,
        decision.credential,
        decision.right,
        decision.band,
        decision.day,
        decision.ticket,
        decision.zone,
        [warning.value for warning in decision.warnings],
        decision.companion,
    )
