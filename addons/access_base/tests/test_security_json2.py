from odoo.tests import HttpCase, mute_logger, tagged

from .security_common import STAFF, SecurityCommon

# Who may press which button. "anybody" calls what changes nothing and only tells which
# screen to open, which then shows what they may read.
CALLS = {
    "access.band action_rehearse": "manager",
    "access.band action_view_rehearsal": "user",
    "access.check action_check": "audit",
    "access.check action_rebuild": "manager",
    "access.check action_step": "audit",
    "access.check action_stop": "audit",
    "access.credential action_activate": "reception",
    "access.credential action_block": "reception",
    "access.credential action_print": "user",
    "access.credential action_replace": "user",
    "access.credential action_report_lost": "reception",
    "access.credential action_return": "reception",
    "access.credential action_show_pin": "reception",
    "access.event action_export": "anybody",
    "access.event action_issue_credential": "user",
    "access.event action_why": "user",
    "access.manual.entry action_record": "reception",
    "access.order action_end": "operator",
    "access.order.dialog action_order": "operator",
    "access.point action_back_to_schedule": "operator",
    "access.point action_end_emergency": "operator",
    "access.point action_set_mode": "operator",
    "access.point action_view_events": "anybody",
    "access.point action_view_orders": "user",
    "access.point action_why": "anybody",
    "access.presence.correction action_record": "reception",
    "access.rehearsal action_apply": "operator",
    "access.rehearsal action_drop": "operator",
    "access.rehearsal action_edit": "operator",
    "access.rehearsal action_replay": "operator",
    "access.rehearsal action_step": "operator",
    "access.rehearsal action_stop": "operator",
    "access.rehearsal action_take_over_anew": "operator",
    "access.rehearsal action_view_lines": "anybody",
    "access.rehearsal.line action_view_events": "rehearse",
    "access.right action_rehearse": "operator",
    "access.right action_view_rehearsal": "user",
    "access.ticket action_cancel": "reception",
    "access.ticket action_give_back": "reception",
    "access.ticket action_reinstate": "reception",
    "access.ticket.give.back action_give_back": "reception",
    "access.ticket.type action_view_tickets": "anybody",
    "access.venue action_emergency": "operator",
    "access.venue action_end_emergency": "operator",
    "access.venue action_go_off_duty": "reception",
    "access.venue action_go_on_duty": "reception",
    "access.venue action_view_duty": "anybody",
    "access.venue action_view_holidays": "user",
    "access.venue action_view_points": "anybody",
    "access.zone action_emergency": "operator",
    "access.zone action_end_emergency": "operator",
    "res.partner action_access_identity_checked": "reception",
    "res.partner action_access_why": "anybody",
    "res.partner action_correct_presence": "reception",
    "res.partner action_record_entry": "reception",
    "res.partner action_view_access_events": "user",
    "res.partner action_view_access_tickets": "anybody",
    "sale.subscription.template action_view_access_holders": "user",
}


@tagged("post_install", "-at_install")
class TestJson2(SecurityCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.right = self._right(bands=[self._band("Early", (0, 8, 12))])
        self.ticket = self._ticket(self._ticket_type())
        self.card = self._card()
        self.pin = self._card(kind="pin", value=False, venue_id=self.venue.id)
        self.event = self._passage(
            person=self.anna.access_person_ids.id,
            right=self.right.id,
            band=self.right.band_line_ids.band_id.id,
            day="2026-11-21",
            zone=self.gym.id,
            seen="rfid:DEADBEEF",
        )

    def _dialog(self, model, **values):
        """Give what makes a dialog of a role, or of nobody where it may not."""

        def made(user):
            dialogs = self.env[model].with_user(user)
            return (dialogs if dialogs.has_access("create") else dialogs.sudo()).create(
                values
            )

        return made

    def _unchecked(self, _user):
        self.anna.access_identity = "pending"
        return self.anna

    @mute_logger("odoo.http")
    def test_every_button_as_every_role(self):
        anna, point = {"partner_id": self.anna.id}, self.turnstile
        order = {"mode": "locked", "point_ids": point.ids, "reason": "Test"}
        where = {"note": "Test", "zone_id": self.gym.id}
        rehearsal = self.env["access.rehearsal"]
        line = self.env["access.rehearsal.line"].create(
            {
                "rehearsal_id": rehearsal.create({"right_id": self.right.id}).id,
                "person_id": self.anna.access_person_ids.id,
                "change": "refused",
            }
        )
        records = {
            "access.band": self.right.band_line_ids.band_id,
            "access.rehearsal": lambda _user: rehearsal.create(
                {"right_id": self.right.id}
            ),
            "access.rehearsal.line": line,
            "access.right": self.right,
            "access.check": self._dialog("access.check"),
            "access.credential": self.pin,
            "access.event": self.event,
            "access.manual.entry": self._dialog(
                "access.manual.entry", **anna, point_id=point.id
            ),
            "access.order": self._order(point, kind="staff", mode="locked"),
            "access.order.dialog": self._dialog("access.order.dialog", **order),
            "access.point": point,
            "access.presence.correction": self._dialog(
                "access.presence.correction", **anna, **where
            ),
            "access.ticket": self.ticket,
            "access.ticket.give.back": self._dialog(
                "access.ticket.give.back", ticket_id=self.ticket.id, reason="Test"
            ),
            "access.ticket.type": self.ticket.type_id,
            "access.venue": self.venue,
            "access.zone": self.gym,
            "res.partner": self._unchecked,
            "sale.subscription.template": self._plan(),
        }
        self._assert_calls(CALLS, "access_base", records)

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_log_and_what_follows_from_it_are_written_by_no_role(self):
        """Also not by the ORM's own methods, which the API opens as well."""
        for model in ("access.event", "access.use", "access.presence"):
            record = self.env[model].search([], limit=1)
            before = record.read()
            calls = {
                "write": {"vals": {"person_id": False}},
                "web_save": {"vals": {"person_id": False}, "specification": {}},
                "create": {"vals_list": [{"company_id": 1}]},
                "name_create": {"name": "x"},
                "copy": {},
                "unlink": {},
            }
            for role, key in self._keys().items():
                for method, arguments in calls.items():
                    ids = record.ids
                    if method in ("create", "name_create"):
                        ids = []
                    answer = self._call(key, model, method, ids=ids, **arguments)
                    with self.subTest(model=model, role=role, method=method):
                        self.assertEqual(answer.status_code, 403, answer.text[:300])
                loaded = self._call(
                    key, model, "load", fields=["company_id/.id"], data=[["1"]]
                )
                self.assertNotIn('"ids": [', loaded.text.replace("null", "[]"))
            self.env.invalidate_all()
            self.assertEqual(self.env[model].search([]), record)
            self.assertEqual(record.read(), before)

    @mute_logger("odoo.http")
    def test_log_is_read_by_staff_alone(self):
        for model in (
            "access.event",
            "access.use",
            "access.presence",
            "access.credential",
        ):
            record = self.env[model].search([], limit=1)
            calls = {
                "read": {"ids": record.ids},
                "web_read": {"ids": record.ids, "specification": {"company_id": {}}},
                "search_read": {"domain": []},
                "formatted_read_group": {"domain": [], "groupby": ["company_id"]},
                "export_data": {"ids": record.ids, "fields_to_export": ["company_id"]},
            }
            for role, key in self._keys().items():
                for method, arguments in calls.items():
                    answer = self._call(key, model, method, **arguments)
                    expected = role in STAFF and (
                        method != "export_data"
                        or self.users[role].has_group("base.group_allow_export")
                    )
                    with self.subTest(model=model, role=role, method=method):
                        self.assertEqual(answer.status_code == 200, expected)

    @mute_logger("odoo.http")
    def test_no_token_or_key_is_told_to_anybody(self):
        """Not in what is read, told of fields, exported or searched for."""
        hidden = {
            "access.credential": ["token", "pin_attempt", "pin_digits"],
            "access.key": ["value"],
        }
        self.env.company._access_qr_key()
        for model, names in hidden.items():
            record = self.env[model].search([], limit=1)
            for key in self._keys().values():
                told = self._call(key, model, "read", ids=record.ids)
                if told.status_code == 200:
                    self.assertFalse(set(names) & set(told.json()[0]))
                told = self._call(key, model, "fields_get")
                self.assertFalse(set(names) & set(told.json()))
                for name in names:
                    for method, arguments in {
                        "read": {"ids": record.ids, "fields": [name]},
                        "export_data": {
                            "ids": record.ids,
                            "fields_to_export": [name],
                        },
                        "search": {"domain": [[name, "!=", False]]},
                        "formatted_read_group": {"domain": [], "groupby": [name]},
                    }.items():
                        answer = self._call(key, model, method, **arguments)
                        with self.subTest(model=model, name=name, method=method):
                            self.assertIn(answer.status_code, (403, 422))

    @mute_logger("odoo.http")
    def test_refusal_tells_no_row(self):
        """What the database refuses it would tell as a whole, in log and answer."""
        key = self._keys()["manager"]
        self.card.valid_from = "2026-11-01"
        for values in (
            {"partner_id": False},
            {"state": False},
            {"valid_to": "2026-10-01"},
            {"is_duress": True},
        ):
            answer = self._call(
                key, "access.credential", "write", ids=self.card.ids, vals=values
            )
            self.assertEqual(answer.status_code, 422, values)
            self.assertNotIn("04A1B2C3", answer.text)

    @mute_logger("odoo.http")
    def test_refusal_tells_no_number(self):
        """The card is taken: staff learn whose it is, as they may look it up."""
        key = self._keys()["reception"]
        values = {"partner_id": self.env.user.partner_id.id, "value": "04A1B2C3"}
        answer = self._call(key, "access.credential", "create", vals_list=[values])
        self.assertEqual(answer.status_code, 422)
        self.assertIn("issued already", answer.json()["message"])
        self.assertIn("Anna", answer.json()["message"])
        self.assertNotIn("04A1B2C3", answer.text)
