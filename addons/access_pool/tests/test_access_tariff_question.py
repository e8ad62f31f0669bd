from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import PoolCommon

START = datetime(2026, 11, 23, 9, 0)


class TestQuestion(PoolCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = cls._user("reception")

    def _ask(self, tariff, minutes, *passages, **values):
        question = self.env["access.tariff.question"].with_user(self.reception)
        form = Form(question.with_context(default_tariff_id=tariff.id))
        form.passage_ids.remove(0)
        for zone, minute in passages or ((self.pool, 0),):
            with form.passage_ids.new() as passage:
                passage.zone_id = zone
                passage.at = START + timedelta(minutes=minute)
        form.at = START + timedelta(minutes=minutes)
        for name, value in values.items():
            form[name] = value
        return form

    def _lines(self, form):
        names = "name", "quantity", "price_unit", "amount"
        lines = form.line_ids._records
        return [tuple(line[name] for name in names) for line in lines]

    def test_bill_line_by_line(self):
        zones = (self.pool, 0), (self.sauna, 80), (self.pool, 90)
        form = self._ask(self._by_the_minute(), 100, *zones)
        self.assertEqual(
            self._lines(form),
            [
                ("Pool", 1, 29.0, 29.0),
                ("Pool: 20 min", 20, 0.6, 12.0),
                ("Pool: 10 min", 10, 0.9, 9.0),
            ],
        )
        self.assertEqual(form.total, 50.0)
        self.assertFalse(form.problem)

    def test_next_charge(self):
        form = self._ask(self._by_the_minute(), 60)
        self.assertEqual(form.next_at, START + timedelta(minutes=70, seconds=1))
        self.assertEqual(form.next_amount, 0.6)

    def test_who_asks(self):
        form = self._ask(self._by_the_minute(), 60, kind_id=self.child)
        self.assertEqual(form.total, 19.0)

    def test_lost_band(self):
        tariff = self._by_the_minute()
        form = self._ask(tariff, 60, is_lost=True, credit_limit=150)
        self.assertEqual(self._lines(form), [("Lost band", 1, 150.0, 150.0)])

    def test_package_pays(self):
        card = Command.create({"name": "10 hours", "type": "minutes", "unit": 30})
        tariff = self._by_the_minute(cover_ids=[card])
        form = self._ask(tariff, 70, cover_id=tariff.cover_ids)
        form.cover_left = 600
        self.assertEqual(form.total, 0)
        self.assertEqual(form.taken_words, "90 minutes of 10 hours")

    def test_discount_has_its_name(self):
        less = self._adjustment("Students", effect="percent", percent=10)
        form = self._ask(self._by_the_minute(adjustment_ids=[less]), 60)
        self.assertEqual(self._lines(form)[1], ("Discount: Students", 1, -2.9, -2.9))

    def test_rounding_is_a_line(self):
        tariff = self._by_the_minute(
            rounding=0.5, rounding_product_id=self.products["Discount"].id
        )
        form = self._ask(tariff, 71)
        self.assertEqual(self._lines(form)[-1], ("Rounding", 1, -0.1, -0.1))
        self.assertEqual(form.total, 29.5)

    def test_begins_where_the_first_clock_runs(self):
        question = self.env["access.tariff.question"]
        tariff = self._by_half_hours()
        form = Form(question.with_context(default_tariff_id=tariff.id))
        self.assertEqual(form.passage_ids._records[0]["zone_id"], self.wet.id)
        self.assertEqual(form.total, 150.0)

    def test_no_answer_without_sense(self):
        tariff = self._by_the_minute()
        form = self._ask(tariff, -5)
        self.assertEqual(form.problem, "Nobody leaves before they enter.")
        form = self._ask(tariff, 60 * 24 * 40)
        self.assertIn("31 days", form.problem)
        self.assertFalse(self._lines(form))

    def test_zone_that_was_moved_is_told(self):
        tariff = self._by_the_minute()
        self.sauna.parent_id = False
        form = self._ask(tariff, 60)
        self.assertIn("zone in which this clock stands", form.problem)

    def test_list_of_another_company_tells_nothing(self):
        tariff = self._by_the_minute()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="access_base.group_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        question = self.env["access.tariff.question"].with_user(stranger)
        question = question.create({"tariff_id": tariff.id, "at": START})
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            question.read(["total"])
