import json
import os
import random
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from odoo.tests import freeze_time

from odoo.addons.access_base.access_policy import Attempt, PassageEvent, decide

from access_policy import Attempt as GatewayAttempt
from access_policy import State, seal_token
from access_policy import decide as decide_there
from access_policy.event import event_of
from access_policy.state import state_from_document

from .common import GatewayCommon
from .gateway_side import GatewaySide
from .random_world import RandomWorld

# Always the same world, so that no change is held up by what it did not break. To look
# for more: ACCESS_SEED=7 ACCESS_STEPS=5000 ./dev test addons/access_iot
SEED = 418_355
STEPS = int(os.environ.get("ACCESS_STEPS", "1000"))
ATTEMPTS = 3
# How far the clock goes on between two changes, in seconds; most often not far.
PAUSES = (2, 10, 10, 60, 300, 3600, 7200)


class Gateway:
    """One that is kept up to date by differences, and notes what happens."""

    def __init__(self, case):
        self._case = case
        self.key = bytes.fromhex(case.gateway.seal_key)
        self.side = GatewaySide(case.gateway)
        self.state = State()
        self.recent = []
        self._names = None

    def catch_up(self, now):
        came = self.side.poll()
        self._case._forget_changes()
        names = self._case.gateway.company_id.access_facts_version
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
        seed = int(os.environ.get("ACCESS_SEED", SEED))
        chance = random.Random(seed)
        with freeze_time(start) as clock:
            world, gateway = RandomWorld(self, chance), Gateway(self)
            gateway.catch_up(_now())
            changes, came = [], []
            for step in range(STEPS):
                self._go_on(clock, chance)
                self._keep_in_memory(world)
                changes.append(world.change())
                came.append(gateway.catch_up(_now()))
                with self._told_on_failure(seed, step, changes):
                    self._all_alike(world, gateway, chance)
        self.assertGreater(came.count("difference"), STEPS // 2)

    def _keep_in_memory(self, world):
        """Let the ERP have compiled all that the change is about to outdate."""
        rules = self.env["access.policy"]
        for token in set(world.credentials().mapped("token")):
            rules._rules_for(world.points[0], (token,), None)

    @contextmanager
    def _told_on_failure(self, seed, step, changes):
        try:
            yield
        except Exception as error:
            raise AssertionError(
                f"ACCESS_SEED={seed}, step {step} after {changes[-3:]}"
            ) from error

    def _go_on(self, clock, chance):
        """Go on in time; now and then to the minute at which hours begin or end."""
        now = datetime.now() + timedelta(seconds=chance.choice(PAUSES))
        if chance.random() < 0.1:
            seconds = chance.choice([-1, 0, 1])
            half_hours = now.replace(minute=now.minute // 30 * 30, second=0)
            now = half_hours + timedelta(minutes=30, seconds=seconds)
        clock.move_to(now)

    def _all_alike(self, world, gateway, chance):
        """Ask all about one credential at one point, now and at some times to come."""
        asked = self._asked(world, chance)
        policy, state = self.env["access.policy"]._for_attempt(*asked)
        seals = [token and seal_token(gateway.key, token) for token in asked[1:]]
        whole, told = gateway.side.policy, gateway.state
        if chance.random() < 0.5:
            # As one knows it that just asked for everything.
            whole, told = gateway.side.whole().policy, gateway.told(_now())
        for at in [_now(), *(_soon(chance) for _attempt in range(ATTEMPTS))]:
            erp = decide(policy, state, _attempt(Attempt, asked, asked[1:], at))
            tried = _attempt(GatewayAttempt, asked, seals, at)
            self.assertEqual(_told(decide_there(whole, told, tried)), _told(erp))
            there = decide_there(gateway.side.policy, gateway.state, tried)
            self.assertEqual(_told(there), _told(erp))
        self._record(
            gateway, _attempt(Attempt, asked, asked[1:], _now()), policy, state
        )

    def _asked(self, world, chance):
        credentials = world.credentials()
        tokens = credentials.mapped("token")
        pins = [token for token in tokens if token.startswith("pin:")]
        token = chance.choice([*tokens, *tokens, "rfid:FFFFFFFF"])
        return chance.choice(world.points), token, chance.choice([None, None, *pins])

    def _record(self, gateway, attempt, policy, state):
        decision = decide(policy, state, attempt)
        event = PassageEvent.of(attempt, decision, None)
        for one in filter(None, (event, event.of_first(decision))):
            self.journal._append(one)
            gateway.note(one.record(1))


def _attempt(kind, asked, tokens, at):
    token, pin = tokens
    return kind(asked[0].id, token, at, pin=pin)


def _soon(chance):
    """Give a time of the next days, often at the edge of an hour or half one."""
    at = _now() + timedelta(seconds=chance.choice([1, 29, 31, 900, 3600, 40_000]))
    if chance.random() < 0.5:
        edge = at.replace(minute=chance.choice([0, 30]), second=0)
        at = edge + timedelta(hours=chance.randint(1, 40))
        at += timedelta(milliseconds=chance.choice([-1, 0, 1]))
    return at


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
