from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import freeze_time

from ..access_policy import Decision, Reason
from ..access_policy.event import utc_text
from ..models.access_use import as_utc
from .log_common import LogCommon

DAYS = [(day, 0, 24) for day in range(7)]


class TestAccessStaffRecord(LogCommon):
    def setUp(self):
        super().setUp()
        self.reception = self._user("reception")

    def _dialog(self, open_it, **values):
        partner = self.anna.with_user(self.reception)
        action = getattr(partner, open_it)()
        dialog = partner.env[action["res_model"]].browse(action["res_id"])
        dialog.write(values)
        return dialog

    def _entry(self, decision=None, **values):
        """Record an entry at the turnstile; by the rules it uses up one, or as said."""
        decision = decision or Decision(
            True,
            Reason.RIGHT,
            right=self.rights[0].id,
            band=self.bands[0].id,
            day="2026-11-21",
            zone=self.gym.id,
        )
        dialog = self._dialog("action_record_entry", **values)
        dialog.point_id = self.turnstile
        dialog.note = dialog.note or "Forgot the card"
        with patch.object(type(dialog), "_decision", lambda self, at, **how: decision):
            dialog.action_record()
        return dialog

    def _last(self):
        return self.env["access.event"].search([], order="id desc", limit=1)

    def test_presence_is_corrected_by_an_event(self):
        self._send(self._event())
        self._dialog("action_correct_presence", note="Fire door").action_record()
        event = self._last()
        self.assertEqual(
            (event.reason, event.result, event.note),
            ("presence_corrected", "noted", "Fire door"),
        )
        self.assertEqual(event.user_id, self.reception)
        self.assertEqual(event.journal_id, self.env.company.access_staff_journal_id)
        self.assertFalse(self.env["access.presence"].search([]).zone_id)

    def test_presence_is_corrected_after_a_passage_by_a_clock_that_is_ahead(self):
        ahead = Datetime.now() + timedelta(minutes=10)
        self._send(self._event(time=utc_text(as_utc(ahead)), zone=self.gym.id))
        self.assertLess(self.env["access.presence"].search([]).since, ahead)
        self._dialog("action_correct_presence", note="Clock").action_record()
        event = self._last()
        self.assertEqual(event.date, ahead + timedelta(milliseconds=1))
        self.assertFalse(self.env["access.presence"].search([]).zone_id)

    def test_presence_is_corrected_into_a_zone(self):
        dialog = self._dialog("action_correct_presence", zone_id=self.gym.id)
        with self.assertRaisesRegex(UserError, "why"), self.env.cr.savepoint():
            dialog.action_record()
        dialog.note = "Came by the fire door"
        dialog.action_record()
        self.assertEqual(self.env["access.presence"].search([]).zone_id, self.gym)

    def test_blank_words_are_no_reason(self):
        entry = self._dialog("action_record_entry", point_id=self.turnstile.id)
        for dialog in (entry, self._dialog("action_correct_presence")):
            dialog.note = "   "
            with self.assertRaisesRegex(UserError, "Say why"), self.env.cr.savepoint():
                dialog.action_record()
        self.assertFalse(self.env["access.event"].search_count([]))

    def test_entry_that_uses_up_one(self):
        self._entry(note="Forgot the card")
        event = self._last()
        self.assertEqual((event.reason, event.granted), ("recorded_by_staff", True))
        self.assertEqual(event.user_id, self.reception)
        self.assertEqual(self.env["access.use"].search([]).right_id, self.rights[0])
        self.assertEqual(self.env["access.presence"].search([]).zone_id, self.gym)

    def test_entry_that_uses_up_nothing(self):
        self._entry(uses_entry=False)
        self.assertFalse(self.env["access.use"].search([]))
        self.assertEqual(self.env["access.presence"].search([]).zone_id, self.gym)

    def test_entry_against_the_rules_is_recorded_and_uses_up_nothing(self):
        self._entry(Decision(False, Reason.NO_RIGHT))
        self.assertEqual(self._last().reason, "recorded_by_staff")
        self.assertFalse(self.env["access.use"].search([]))

    def test_pressed_twice_is_recorded_once(self):
        dialog = self._entry()
        dialog.action_record()
        events = self.env["access.event"].search(
            [("person_id", "in", self.persons.ids)]
        )
        self.assertEqual(len(events), 1)

    def test_dialog_says_what_the_rules_say(self):
        dialog = self._dialog("action_record_entry")
        decision = Decision(False, Reason.LIMIT_REACHED)
        with patch.object(type(dialog), "_decision", lambda self, at, **how: decision):
            dialog.point_id = self.turnstile
            self.assertEqual(
                dialog.advice,
                "Would be refused; uses up nothing: Limit of the month is reached",
            )

    def test_dialog_says_what_is_used_up_where_it_would_be_refused(self):
        self.rights.active = False
        right = self._right(bands=[(self._band("All", *DAYS), 1)])
        self._use(right, right.band_line_ids.band_id, "2026-11-20")
        dialog = self._dialog("action_record_entry", point_id=self.turnstile.id)
        words = "Would be refused; uses up an entry all the same: Limit of the month"
        with freeze_time("2026-11-21 07:30"):
            self.assertIn(words, dialog.advice)

    def test_auditor_records_nothing(self):
        partner = self.anna.with_user(self._user("auditor"))
        for name in ("action_record_entry", "action_correct_presence"):
            with self.assertRaises(AccessError):
                getattr(partner, name)()

    def test_staff_events_are_a_whole_chain(self):
        self._dialog("action_correct_presence", note="Żółć").action_record()
        self._entry()
        self.assertEqual(self.env["access.verify"]._breaks(self.env.companies), [])
