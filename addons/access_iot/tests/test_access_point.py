from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import freeze_time

from .common import GatewayCommon


class TestAccessPoint(GatewayCommon):
    def setUp(self):
        super().setUp()
        self._pair()
        self.gateway._report(0, {}, [])
        self.operator = self._user("operator")

    def _release(self, user=None):
        self.turnstile.with_user(user or self.operator).action_release()
        return self.env["access.command"].search([])

    def test_operator_opens_by_hand(self):
        command = self._release()
        self.assertEqual(command.user_id, self.operator)
        self.assertEqual(self.gateway._waiting_commands(), command)

    def test_keypad_goes_down_with_its_point(self):
        keypad = self._device("Keypad", "serial_reader", settings={"kind": "pin"})
        self.turnstile.keypad_id = keypad
        self.assertEqual(self.turnstile._wiring()["keypad"], keypad.id)

    def test_keypad_is_at_the_gateway_of_the_reader(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        keypad = self._device(
            "Keypad", "serial_reader", annex, settings={"kind": "pin"}
        )
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.turnstile.keypad_id = keypad

    def test_what_holds_without_new_rules_goes_down(self):
        entry = self.turnstile._policy_entry()
        self.assertEqual((entry["on_expiry"], entry["keep_hours"]), ("refuse", 0))
        self.turnstile.write({"on_expiry": "keep", "keep_hours": 48})
        entry = self.turnstile._policy_entry()
        self.assertEqual((entry["on_expiry"], entry["keep_hours"]), ("keep", 48))

    def test_only_an_emergency_exit_stands_open_without_rules(self):
        zone = self.env["access.zone"].create(
            {"name": "Hall", "venue_id": self.turnstile.venue_id.id}
        )
        way_out = {"zone_from_id": zone.id, "zone_to_id": False}
        way_in = {"zone_from_id": False, "zone_to_id": zone.id}
        self.turnstile.write({**way_out, "opens_on_fire": True})
        self.turnstile.on_expiry = "open"
        for change in (way_in, {"opens_on_fire": False}):
            with self.assertRaisesRegex(ValidationError, "emergency exit"):
                self.turnstile.write(change)
        self.turnstile.on_expiry = "refuse"
        self.turnstile.write(way_in)
        with self.assertRaisesRegex(ValidationError, "emergency exit"):
            self.turnstile.on_expiry = "open"

    def test_reception_does_not(self):
        with self.assertRaisesRegex(AccessError, "Only operators"):
            self._release(self._user("reception"))

    def test_late_command_is_not_given(self):
        command = self._release()
        with freeze_time(Datetime.now() + timedelta(seconds=11)):
            self.assertFalse(self.gateway._waiting_commands())
            command.invalidate_recordset(["state"])
            self.assertEqual(command.state, "expired")

    def test_commands_of_long_ago_are_forgotten(self):
        command = self._release()
        command._gc_old()
        self.assertTrue(command.exists())
        with freeze_time(Datetime.now() + timedelta(days=91)):
            command._gc_old()
        self.assertFalse(command.exists())

    def test_carried_out_command_is_not_given_again(self):
        command = self._release()
        result = {"command": command.identifier, "ok": False, "message": "no relay"}
        self.gateway._report(0, {}, [result])
        self.assertFalse(self.gateway._waiting_commands())
        self.assertEqual((command.state, command.message), ("failed", "no relay"))

    def test_other_gateway_does_not_answer_for_it(self):
        command = self._release()
        other = self.env["access.gateway"].create({"name": "Annex"})
        other._report(0, {}, [{"command": command.identifier, "ok": True}])
        self.assertEqual(command.state, "waiting")

    def test_lockdown_is_not_opened(self):
        self._order(self.turnstile, kind="staff", mode="lockdown")
        with self.assertRaisesRegex(UserError, "lockdown"):
            self._release()

    def test_offline_gateway_cannot_open(self):
        with (
            freeze_time(Datetime.now() + timedelta(minutes=1)),
            self.assertRaisesRegex(UserError, "offline"),
        ):
            self.gateway.invalidate_recordset(["state"])
            self._release()
