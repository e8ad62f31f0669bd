import json
from datetime import timezone
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.access_base.access_policy.digest import policy_digests

from ..models.ir_http import GatewayError
from .common import GatewayCommon
from .gateway_side import GatewaySide


class TestCompare(GatewayCommon):
    """What a gateway holds, held against what it should."""

    def setUp(self):
        super().setUp()
        self._pair()
        self.card, self.right = self._card(), self._right()
        self._forget_changes()
        self.gateway._report(0, {}, [])
        self.side = GatewaySide(self.gateway)
        self.side.poll()

    def _compare(self, **changes):
        """Compare as the gateway does; give what is told of it."""
        self.gateway.action_compare()
        command = self.gateway._waiting_commands()
        at = command.issued_at.replace(tzinfo=timezone.utc)
        rules = self.side.rules
        there = policy_digests(rules.policy, at) | rules.digests | changes
        there = json.loads(json.dumps(there))
        version = self.side.rules.version
        self.gateway._compare(command.identifier, version, there)
        command.result = "done"
        return self.gateway.comparison_words

    def test_who_took_all_rules_holds_what_it_should(self):
        self.assertIn("just as they should be", self._compare())
        self.assertFalse(self.gateway.difference_count)

    def test_who_took_changes_one_by_one_holds_the_same(self):
        self.side.poll()
        self.card.action_block()
        self.assertEqual(self.side.poll(), "difference")
        self.reader.address = "other"
        self.assertEqual(self.side.poll(), "difference")
        self._right(name="Sauna")
        self.assertEqual(self.side.poll(), "difference")
        self._forget_changes()
        self.assertIn("just as they should be", self._compare())

    def test_a_person_who_is_not_there_is_named(self):
        self.side.rules.policy.persons.clear()
        self.side.rules.policy.credentials.clear()
        words = self._compare()
        self.assertEqual(self.gateway.difference_count, 1)
        self.assertIn(f"Person {self.card.partner_id.name} is not there", words)

    def test_who_asked_is_warned_of_differences(self):
        self.gateway.action_compare()
        command = self.gateway._waiting_commands()
        self.gateway.difference_count = 2
        sent = patch.object(self.registry["res.users"], "_bus_send", autospec=True)
        with sent as send:
            command._end(True, None)
        [_user, _kind, told] = send.call_args.args
        self.assertEqual(told["type"], "warning")
        self.assertEqual(told["title"], f"Compare: {self.gateway.name}")
        self.assertIn("Differences found: 2", told["message"])

    def test_a_credential_that_is_another_is_told_with_its_person(self):
        self.side.rules.policy.credentials.clear()
        words = self._compare()
        self.assertIn(f"Person {self.card.partner_id.name} is another one", words)

    def test_what_should_not_be_there_is_told(self):
        words = self._compare(rights={"999": "0123456789abcdef"})
        self.assertIn("Right 999 is there, but should not be", words)
        self.assertIn(f"Right {self.right.name} is not there", words)

    def test_a_device_that_is_another_is_named(self):
        devices = dict(self.side.rules.digests["devices"])
        devices[str(self.reader.id)] = "0123456789abcdef"
        words = self._compare(devices=devices)
        self.assertIn(f"Device {self.reader.name} is another one there", words)

    def test_keys_that_are_others_are_told(self):
        digests = self.side.rules.digests
        [venue] = digests["pin_keys"]
        words = self._compare(pin_keys={venue: "0"}, qr_key={"": "0"})
        self.assertIn(f"Key for PINs of {self.turnstile.venue_id.name} is", words)
        self.assertIn("Key for QR codes is another one there", words)

    def test_while_there_are_newer_rules_nothing_is_compared(self):
        self.card.action_block()
        with self.assertRaises(GatewayError) as refusal:
            self._compare()
        self.assertEqual(refusal.exception.code, "rules_outdated")
        self.assertFalse(self.gateway.compared_at)

    def test_nobody_compares_unasked(self):
        with self.assertRaises(GatewayError) as refusal:
            self.gateway._compare("unknown", self.side.rules.version, {})
        self.assertEqual(refusal.exception.http_status, 404)

    def test_repair_brings_the_whole_and_compares_again(self):
        self.side.rules.policy.persons.clear()
        self._compare()
        self.gateway.action_repair()
        [command] = self.gateway._waiting_commands()
        self.assertEqual(command.kind, "compare")
        command.result = "done"
        self.assertEqual(self.side.poll(), "whole")
        self.assertIn("just as they should be", self._compare())

    def test_who_is_offline_is_not_asked(self):
        self.gateway.last_seen = fields.Datetime.subtract(
            fields.Datetime.now(), hours=1
        )
        with self.assertRaisesRegex(UserError, "offline"):
            self.gateway.action_compare()

    def test_names_are_told_to_who_may_see_them(self):
        self.side.rules.policy.persons.clear()
        self._compare()
        self.assertNotIn(
            "comparison_words",
            self.gateway.with_user(self._user("operator")).fields_get(),
        )
