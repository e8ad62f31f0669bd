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
