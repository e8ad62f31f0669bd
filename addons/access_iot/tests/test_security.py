from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, mute_logger, tagged

from odoo.addons.access_base.tests.security_common import SecurityCommon

from .common import GatewayCommon

MATRIX = """
                        user  reception  operator  manager  auditor  system
access.command          r     r          r         r        r        -
access.device           r     r          r         crwd     r        -
access.device.offer     r     r          r         r        r        -
access.device.replacement - - - crw - -
access.driver           r     r          r         r        r        -
access.input            r     r          r         crwd     r        -
access.locker           r     r          r         crwd     r        -
access.locker.bank      r     r          r         crwd     r        -
access.locker.order     -     -          crw       crw      -        -
access.locker.terminal  r     r          r         crwd     r        -
access.gateway          r     r          r         crwd     r        -
access.picture          -     -          r         rd       r        -
access.gateway.release  r     r          r         crwd     r        -
access.ticket.print     -     crw        crw       crw      -        -
access.pairing.attempt  -     -          -         -        -        r
access.pairing.code     -     -          -         crw      -        -
"""
CALLS = {
    "access.device action_identify": "manager",
    "access.device action_print_test": "manager",
    "access.device action_replace": "manager",
    "access.device action_restart": "manager",
    "access.device action_test": "manager",
    "access.device.offer action_add": "manager",
    "access.device.replacement action_replace": "manager",
    "access.gateway action_compare": "manager",
    "access.gateway action_cut_off": "manager",
    "access.gateway action_discover": "manager",
    "access.gateway action_new_pairing_code": "manager",
    "access.gateway action_renew_keys": "manager",
    "access.gateway action_repair": "manager",
    "access.gateway.release action_offer": "manager",
    "access.locker action_free": "operator",
    "access.locker action_hand_over": "operator",
    "access.locker action_in_order": "operator",
    "access.locker action_open": "operator",
    "access.locker action_out_of_order": "operator",
    "access.locker.bank action_open_plan": "user",
    "access.locker.order action_order": "operator",
    "access.point action_release": "operator",
    "access.ticket action_print": "reception",
    "access.ticket.print action_print": "reception",
}
KEYS = [
    "comparison",
    "next_seal_key",
    "next_signing_key",
    "next_token",
    "next_token_hash",
    "pairing_hash",
    "policy_snapshot",
    "seal_key",
    "signing_key",
    "token_hash",
]


class TestSecurity(GatewayCommon, SecurityCommon):
    def test_roles(self):
        self._assert_matrix(MATRIX, "access_iot")

    def test_menus_of_operators(self):
        names = ("device_menu", "lockers_menu", "command_menu_own")
        menus = [self.env.ref(f"access_iot.access_{name}").id for name in names]
        for role, sees in (("operator", True), ("reception", False)):
            seen = self.env["ir.ui.menu"].with_user(self.users[role])
            seen = seen._visible_menu_ids()
            self.assertEqual([menu in seen for menu in menus], [sees] * 3, role)

    def test_commands_of_others_are_seen_by_who_answers_for_them(self):
        orders = self.env["access.command"].create(
            [
                {
                    "gateway_id": self.gateway.id,
                    "kind": "discover",
                    "user_id": self.users[role].id,
                }
                for role in ("reception", "operator", "manager")
            ]
        )
        seen = {
            role: orders.with_user(self.users[role]).search([]).user_id
            for role in ("user", "reception", "operator", "manager", "auditor")
        }
        everybody = orders.user_id
        self.assertEqual(
            seen,
            {
                "user": self.env["res.users"],
                "reception": self.users["reception"],
                "operator": self.users["operator"],
                "manager": everybody,
                "auditor": everybody,
            },
        )

    def test_commands_of_another_company_are_seen_by_nobody(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        gateway = self.env["access.gateway"]
        gateway = gateway.create({"name": "There", "company_id": other.id})
        for role in ("operator", "manager", "auditor"):
            user = self.users[role]
            order = self.env["access.command"].create(
                {"gateway_id": gateway.id, "kind": "discover", "user_id": user.id}
            )
            self.assertFalse(order.with_user(user).search([]), role)

    def test_keys_are_seen_by_nobody(self):
        self._pair()
        for role, user in self.users.items():
            gateway = self.gateway.with_user(user)
            self.assertFalse(set(KEYS) & set(gateway.fields_get()), role)
            for name in KEYS:
                for look in (
                    lambda gateway=gateway, name=name: gateway.read([name]),
                    lambda gateway=gateway, name=name: gateway.export_data([name]),
                    lambda gateway=gateway, name=name: gateway.search(
                        [(name, "!=", False)]
                    ),
                ):
                    with self.assertRaises(UserError):
                        look()

    def test_manager_chooses_no_journal(self):
        """Events of a gateway would be another company's."""
        other = self.env["access.journal"].create({"name": "Other"})
        manager = self.users["manager"]
        with self.assertRaisesRegex(AccessError, "by hand"):
            self.gateway.with_user(manager).journal_id = other
        gateway = self.env["access.gateway"].with_user(manager)
        gateway = gateway.with_context(default_journal_id=other.id)
        with self.assertRaisesRegex(AccessError, "by hand"):
            gateway.create({"name": "Mine"})
        gateway = gateway.with_context(default_journal_id=False)
        self.assertTrue(gateway.create({"name": "New"}).journal_id)


@tagged("post_install", "-at_install")
class TestJson2(GatewayCommon, SecurityCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_every_button_as_every_role(self):
        self._pair()
        replacement = self.env["access.device.replacement"]
        order = self.env["access.locker.order"]
        locker = self._lockers()[:1]
        ticket = self._ticket(self._ticket_type())
        printing = self.env["access.ticket.print"]
        records = {
            "access.device": self.reader,
            "access.device.offer": self.env["access.device.offer"].create(
                {
                    "gateway_id": self.gateway.id,
                    "driver_id": self.reader.driver_id.id,
                    "address": "ttyUSB7",
                }
            ),
            "access.device.replacement": lambda user: replacement.sudo().create(
                {"device_id": self.reader.id, "address": "new"}
            ),
            # Cut off by one call, it is paired again for the next.
            "access.gateway": lambda _user: self._pair() and self.gateway,
            "access.gateway.release": self._release(),
            "access.locker": locker,
            "access.locker.bank": locker.bank_id,
            "access.locker.order": lambda user: order.sudo().create(
                {"locker_id": locker.id, "note": "Band lost"}
            ),
            "access.point": self.turnstile,
            "access.ticket": ticket,
            "access.ticket.print": lambda user: printing.sudo().create(
                {"ticket_id": ticket.id, "printer_id": self.reader.id}
            ),
        }
        self._assert_calls(CALLS, "access_iot", records)

    @mute_logger("odoo.http")
    def test_refusal_tells_no_key(self):
        """What the database refuses it would tell as a whole row, with the keys."""
        paired = self._pair()
        key = self._keys()["manager"]
        for name in ("name", "company_id", "identifier"):
            answer = self._call(
                key, "access.gateway", "write", ids=self.gateway.ids, vals={name: False}
            )
            self.assertEqual(answer.status_code, 422)
            self.assertNotIn(paired["seal_key"], answer.text)
            self.assertNotIn(self.gateway.signing_key, answer.text)

    @mute_logger("odoo.http")
    def test_gateways_token_opens_nothing_else(self):
        token = self._pair()["token"]
        for model, method in (
            ("access.point", "action_set_mode"),
            ("access.event", "search_read"),
            ("res.users", "context_get"),
        ):
            answer = self._call(token, model, method)
            self.assertEqual(answer.status_code, 401, answer.text[:500])
