from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import AccessCommon


@tagged("post_install", "-at_install")
class TestAccessWhy(AccessCommon, HttpCase):
    """The dialog that answers while somebody asks."""

    def _form(self, action, user=None):
        why = self.env["access.why"].with_context(**action["context"])
        return Form(why.with_user(user) if user else why)

    def _refused(self, **values):
        self.anna._ensure_access_person()
        return self._passage(
            granted=False, person=self.anna.access_person_ids.id, **values
        )

    def test_answers_on_every_change(self):
        form = self._form(self.anna.action_access_why())
        self.assertFalse(form.is_answered)
        form.point_id = self.turnstile
        self.assertEqual(form.verdict, "May not pass: No right for this point")
        self.assertIn("stops", form.steps)
        self._right(valid_to="2026-11-21 10:00:00")
        form.at = "2026-11-21 07:30:00"
        self.assertEqual(form.verdict, "May pass: Has the right")
        self.assertIn("no objection", form.steps)

    def test_point_is_tried(self):
        form = self._form(self.turnstile.action_why())
        self.assertEqual(form.point_id, self.turnstile)
        self._right()
        form.partner_id = self.anna
        self.assertTrue(form.granted)

    def test_event_that_today_would_be_decided_otherwise(self):
        event = self._refused()
        form = self._form(event.action_why())
        self.assertEqual(form.then_words, "Refused: No right for this point")
        self.assertFalse(form.differs)
        self._right()
        form = self._form(event.action_why())
        self.assertTrue(form.differs)

    def test_what_staff_opened_is_not_compared(self):
        self.anna._ensure_access_person()
        person = self.anna.access_person_ids.id
        event = self._passage(reason="released_by_staff", person=person)
        self.assertFalse(self._form(event.action_why()).differs)

    def test_another_question_leaves_the_event(self):
        form = self._form(self._refused().action_why())
        form.at = "2026-11-21 08:30:00"
        self.assertFalse(form.then_words)

    def test_names_are_not_taken_for_markup(self):
        self.anna.name = "<b>Anna</b>"
        form = self._form(self.anna.action_access_why())
        form.point_id = self.turnstile
        self.assertIn("&lt;b&gt;Anna", form.steps)

    def test_whoever_sees_the_log_may_ask(self):
        user = new_test_user(self.env, "guard", groups="access_base.group_user")
        form = self._form(self.anna.with_user(user).action_access_why(), user)
        form.point_id = self.turnstile.with_user(user)
        self.assertTrue(form.is_answered)

    def test_point_of_another_company_is_not_told(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = self._user("manager", company_id=company.id, company_ids=company.ids)
        why = self.env["access.why"].with_user(user)
        asked = {"partner_id": self.anna.id, "point_id": self.turnstile.id}
        with self.assertRaises(AccessError):
            why.create(asked).mapped("verdict")

    def test_employees_may_not_ask(self):
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["access.why"].with_user(employee).create({})

    def test_guard_asks_why_about_a_passage(self):
        self._user("reception", password="reception")
        self._refused()
        self.start_tour("/odoo/access-passages", "access_why", login="reception")
