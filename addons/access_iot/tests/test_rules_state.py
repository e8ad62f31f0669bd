from datetime import timedelta

from odoo import fields

from .common import GatewayCommon
from .gateway_side import GatewaySide


class TestRulesState(GatewayCommon):
    """What staff see of the rules at a gateway, and at each of its points."""

    def setUp(self):
        super().setUp()
        self._pair()
        self._forget_changes()

    def _told(self, version, since="2026-11-22T07:30:00.000Z", refused=None):
        policy = {"version": version, "refused": refused}
        if since:
            policy["since"] = fields.Datetime.to_datetime(since[:10])
        self.gateway._report(version, {"policy": policy}, [])

    def _bring(self):
        side = GatewaySide(self.gateway)
        side.poll()
        return side.rules.version

    def _state(self):
        self.turnstile.invalidate_recordset()
        self.gateway.invalidate_recordset()
        self.assertEqual(self.turnstile.rules_state, self.gateway.rules_state)
        return self.turnstile.rules_state

    def test_before_the_first_rules_there_are_none(self):
        self.assertEqual(self._state(), "none")

    def test_rules_are_on_their_way_until_the_gateway_has_said_so(self):
        version = self._bring()
        self._told(0)
        self.assertEqual(self._state(), "none")
        self._told(version)
        self.assertEqual(self._state(), "in_force")
        self.assertEqual(self.turnstile.rules_version, version)
        self.assertTrue(self.turnstile.rules_read_back_at)
        self.assertEqual(self.turnstile.rules_words, "In force")
        self.assertEqual(self.turnstile.rules_since, self.gateway.policy_there_since)

    def test_a_change_that_was_not_fetched_yet_is_on_its_way(self):
        self._told(self._bring())
        self._right()
        self.assertEqual(self._state(), "on_its_way")
        self.assertEqual(self.turnstile.rules_words, "On its way")
        self.assertTrue(self.turnstile.rules_since)

    def test_a_version_that_was_sent_but_not_told_of_is_on_its_way(self):
        side = GatewaySide(self.gateway)
        side.poll()
        self._told(side.rules.version)
        self._right()
        side.poll()
        self.assertEqual(self._state(), "on_its_way")
        self._told(side.rules.version)
        self._forget_changes()
        self.assertEqual(self._state(), "in_force")

    def test_what_the_gateway_refused_is_told_in_its_words(self):
        version = self._bring()
        self._told(version)
        self._told(version, refused="bad signature")
        self.assertEqual(self._state(), "refused")
        self.assertIn("bad signature", self.turnstile.rules_words)
        self._told(version)
        self.assertEqual(self._state(), "in_force")

    def test_the_same_version_told_again_is_read_back_once(self):
        version = self._bring()
        self._told(version)
        before = fields.Datetime.now() - timedelta(hours=1)
        self.gateway.policy_read_back_at = before
        self._told(version)
        self.assertEqual(self.gateway.policy_read_back_at, before)

    def test_a_clock_that_is_ahead_is_in_force_since_now(self):
        self._told(self._bring(), since="2100-01-01")
        self.assertLessEqual(self.gateway.policy_there_since, fields.Datetime.now())

    def test_who_was_cut_off_is_told_of_as_such(self):
        self._told(self._bring())
        self.gateway.action_cut_off()
        self.assertEqual(self._state(), "cut_off")
        self.assertEqual(self.gateway.rules_since, self.gateway.cut_off_at)

    def test_another_box_begins_anew(self):
        self._told(self._bring())
        self._pair()
        self.assertEqual(self._state(), "none")
