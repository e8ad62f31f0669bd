from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestPoolCard(DeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff.cover_ids = [
            Command.create({"name": "Entries", "type": "entries", "minutes": 60}),
            Command.create({"name": "Hours", "type": "minutes"}),
            Command.create({"name": "Class", "minutes": 60}),
        ]
        cls.entries, cls.hours, cls.lesson = cls.tariff.cover_ids - cls.cover

    # -- entries ------------------------------------------------------

    def test_a_sale_makes_a_card_for_the_customer(self):
        card = self._buy(self._season(units=10))
        self.assertEqual((card.partner_id, card.left), (self.anna, 10))

    def test_another_sale_tops_it_up(self):
        season = self._season(units=10)
        card = self._buy(season)
        self._buy(season, access_card_id=card.id)
        self.assertEqual(card.left, 20)

    def test_a_refund_takes_off_what_was_bought(self):
        card = self._buy(self._season(units=10))
        sold = card.move_ids.order_line_id
        self._sync(
            self.desk,
            [
                {
                    "product_id": sold.product_id.id,
                    "qty": -1,
                    "price_unit": sold.price_unit,
                    "refunded_orderline_id": sold.id,
                }
            ],
        )
        self.assertEqual(card.left, 0)

    def test_a_band_against_it_takes_an_entry_when_it_leaves(self):
        card = self._buy(self._season(units=10))
        with self._minutes_ago(30):
            stay = self._out_against(card, self.bands[0])
            self._pass(stay)
        self.desk.action_access_exit(stay.ids)
        self.assertEqual(card.left, 9)

    def test_to_leave_twice_takes_no_more(self):
        card = self._buy(self._season(units=10))
        stay = self._out_against(card, self.bands[0])
        self._pass(stay)
        for _time in range(2):
            self.desk.action_access_exit(stay.ids)
        self.assertEqual(card.left, 9)

    def test_overtime_is_paid_beside_the_card(self):
        card = self._buy(self._season(units=10))
        with self._minutes_ago(85):
            stay = self._out_against(card, self.bands[0])
            self._pass(stay)
        self.assertEqual(self._pay(stay).amount_total, 9)
        self.assertEqual(card.left, 9)

    def test_entries_that_are_inside_are_spoken_for(self):
        card = self._buy(self._season(units=1, bands_most=2))
        self._out_against(card, self.bands[0])
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            self._out_against(card, self.bands[1])

    def test_no_more_bands_than_the_card_allows(self):
        card = self._buy(self._season(units=10, bands_most=2))
        self._out_against(card, *self.bands[:2])
        with self.assertRaisesRegex(UserError, "At most 2"):
            self._out_against(card, self.bands[2])

    def test_a_card_in_debt_is_settled_first(self):
        card = self._buy(self._season(units=1))
        card.sudo().move_ids = [Command.create({"quantity": -3})]
        with self.assertRaisesRegex(UserError, "in debt"):
            self._out_against(card, self.bands[0])

    def test_a_blocked_card_gives_no_band(self):
        card = self._buy(self._season(units=1))
        card.is_blocked = True
        with self.assertRaisesRegex(UserError, "blocked"):
            self._out_against(card, self.bands[0])

    # -- hours ------------------------------------------------------

    def test_hours_are_taken_by_the_minute(self):
        card = self._buy(self._season(self.hours, units=600))
        with self._minutes_ago(100):
            stay = self._out_against(card, self.bands[0])
            self._pass(stay)
        self.assertEqual(self._bill_of(stay), [])
        self.desk.action_access_exit(stay.ids)
        self.assertEqual(card.left, 500)

    def test_what_the_hours_do_not_cover_is_paid(self):
        card = self._buy(self._season(self.hours, units=60))
        with self._minutes_ago(100):
            stay = self._out_against(card, self.bands[0])
            self._pass(stay)
        self.assertGreater(self._pay(stay).amount_total, 0)
        self.assertEqual(card.left, 0)

    # -- days ------------------------------------------------------------------------

    def test_a_card_for_days_is_good_from_the_day_of_sale(self):
        card = self._buy(self._season(self.cover, draws="days", units=30))
        self.assertEqual(card.valid_to, date(2026, 12, 22))
        self.assertEqual((card.left, card.unit), (30, "days"))

    def test_a_top_up_lengthens_it(self):
        season = self._season(self.cover, draws="days", units=30)
        card = self._buy(season)
        self._buy(season, access_card_id=card.id)
        self.assertEqual(card.left, 60)

    def test_after_its_end_it_begins_anew(self):
        season = self._season(self.cover, draws="days", units=30)
        card = self._buy(season)
        card.valid_to = date(2026, 1, 1)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            self._out_against(card, self.bands[0])
        self._buy(season, access_card_id=card.id)
        self.assertEqual(card.left, 30)

    def test_within_its_days_bands_take_nothing(self):
        card = self._buy(self._season(self.cover, draws="days", units=30))
        stay = self._out_against(card, self.bands[0])
        self._pass(stay)
        self.desk.action_access_exit(stay.ids)
        self.assertEqual(card.left, 30)

    # -- groups ------------------------------------------------------

    def test_a_till_that_heard_no_answer_hands_out_once(self):
        card = self._buy(self._season(units=10, bands_most=2))
        stays = self._out_against(card, self.bands[0])
        self.assertEqual(self._out_against(card, self.bands[0]), stays)

    def test_a_group_takes_one_session_for_all_bands(self):
        card = self._buy(self._group())
        stays = self._out_against(card, *self.bands[:3])
        self.assertEqual(card.left, 4)
        self.assertEqual(stays.mapped("is_leader"), [True, False, False])

    def test_who_comes_late_takes_no_other_session(self):
        card = self._buy(self._group())
        first = self._out_against(card, self.bands[0])
        late = self._out_against(card, self.bands[1])
        self.assertEqual(card.left, 4)
        self.assertEqual(late.party_id, first)
        self.assertFalse(late.is_leader)

    def test_another_leader_follows_one_who_has_left(self):
        card = self._buy(self._group())
        leader, _member = self._out_against(card, *self.bands[:2])
        self.desk.action_access_exit(leader.ids)
        self.assertTrue(self._out_against(card, self.bands[2]).is_leader)

    def test_a_group_is_not_larger_than_its_card(self):
        card = self._buy(self._group(bands_most=3))
        with self.assertRaisesRegex(UserError, "At most 3"):
            self._out_against(card, *self.bands[:4])

    # -- at the reader ------------------------------------------------------

    def test_a_card_is_read_at_the_desk(self):
        card = self._buy(self._season(units=10))
        card.credential_id = self._card(value="04C0FFEE")
        found = self.desk.action_access_read("04C0FFEE")
        self.assertEqual(found["card"]["balance"][0]["left"], 10)

    # -- helpers ------------------------------------------------------

    def _season(self, cover=None, **values):
        return self._admission(
            "Season card",
            (self.adult, 1),
            type="card",
            cover_id=(cover or self.entries).id,
            **values,
        )

    def _group(self, bands_most=8):
        group = self._admission(
            "Group card",
            (self.adult, 1),
            (self.child, 1),
            type="card",
            cover_id=self.lesson.id,
            draws="session",
            units=5,
            bands_most=bands_most,
            leader_point_ids=[Command.set(self.turnstile.ids)],
        )
        group.line_ids[0].is_leader = True
        return group

    def _buy(self, admission, **values):
        product = admission.product_ids.product_variant_ids
        line = {"product_id": product.id, "qty": 1, "price_unit": 100, **values}
        order = self._sync(self.desk, [line], partner_id=self.anna.id)
        return order.lines.access_card_id

    def _out_against(self, card, *bands):
        ids = [band.id for band in bands]
        found = self.desk.action_access_hand_out(card.id, ids)["stays"]
        return self.env["access.stay"].browse([one["id"] for one in found])
