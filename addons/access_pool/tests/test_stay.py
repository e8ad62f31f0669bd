from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestStay(DeskCommon):
    def test_a_sold_band_is_given_to_a_guest(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self.assertEqual(stay.state, "out")
        self.assertEqual(stay.credential_ids.value, self.bands[0].value)
        self.assertTrue(stay.guest_id.access_is_guest)

    def test_the_clock_starts_with_the_passage(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self.assertFalse(stay.entered_at)
        with self._in_minutes(5):
            self._pass(stay)
            at = self._now()
        self.assertEqual(stay.entered_at, at)
        self.assertEqual(stay.zone_id, self.pool)

    def test_within_the_ticket_nothing_is_owed(self):
        stay = self._inside(60)
        self.assertEqual(self._bill_of(stay), [])

    def test_overtime_is_billed_by_the_minute(self):
        stay = self._inside(85)
        (line,) = self._bill_of(stay)
        self.assertEqual((line["qty"], line["price_unit"]), (15, 0.6))

    def test_what_is_paid_is_not_owed_again(self):
        stay = self._inside(85)
        self._pay(stay)
        self.assertEqual(self._bill_of(stay, "again"), [])

    def test_payment_takes_the_band_back_and_gives_a_ticket(self):
        stay = self._inside(85)
        order = self._pay(stay)
        self.assertEqual(stay.state, "settled")
        self.assertEqual(self.bands[0].state, "store")
        (slip,) = order.access_exit_tickets
        self.assertEqual(slip["code"], stay._exit_ticket()[1].value)

    def test_nothing_owed_goes_straight_to_the_ticket(self):
        stay = self._inside(30)
        (slip,) = self.desk.action_access_exit(stay.ids)["tickets"]
        self.assertEqual(slip["stay"], "A-001")
        self.assertEqual(stay.state, "settled")

    def test_who_owes_gets_no_ticket(self):
        stay = self._inside(85)
        with self.assertRaisesRegex(UserError, "not paid"):
            self.desk.action_access_exit(stay.ids)

    def test_a_changed_line_leaves_the_rest_owed(self):
        stay = self._inside(85)
        self._pay_lines(self._bill_of(stay), discount=50)
        self.assertEqual(stay.state, "out")
        self.assertEqual(sum(self._amounts(self._bill_of(stay, "rest"))), 4.5)

    def test_a_family_leaves_with_one_bill(self):
        with self._minutes_ago(80):
            stays = self._sell(self.adult_ticket, *self.bands[:2], qty=2)
            for stay in stays:
                self._pass(stay)
        order = self._pay(stays)
        self.assertEqual(len(order.access_exit_tickets), 2)
        self.assertEqual(order.amount_total, 12)

    def test_a_band_of_another_colour_is_not_given(self):
        self.adult.band_color, self.child.band_color = "#0000ff", "#ffff00"
        self.bands[0].kind_id = self.child
        line = self.adult_ticket.line_ids
        with self.assertRaisesRegex(UserError, "gets another one"):
            self.desk.action_access_reserve(self.bands[0].id, line.id, "order")

    def test_a_reserved_band_is_not_given_at_another_till(self):
        line = self.adult_ticket.line_ids
        self.desk.action_access_reserve(self.bands[0].id, line.id, "one")
        with self.assertRaisesRegex(UserError, "another till"):
            self.bar.action_access_reserve(self.bands[0].id, line.id, "two")

    def test_who_buys_at_night_may_still_come_in(self):
        self.tariff.day_starts = 4
        with freeze_time("2026-11-23 22:50:00"):  # ten to midnight in Warsaw
            stay = self._sell(self.adult_ticket, self.bands[0])
        self.assertEqual(stay.ticket_ids.valid_to, datetime(2026, 11, 24, 3))

    def test_a_missing_band_is_given_later(self):
        stay = self._sell(self.adult_ticket, self.bands[0], qty=2)
        order = stay.order_line_id.order_id
        self.assertEqual(order.access_missing_bands, 1)
        place = self.adult_ticket.line_ids.id
        given = [{"id": self.bands[1].id, "line": place}]
        self.assertEqual(self.desk.action_access_give(order.id, given)["missing"], 0)
        self.assertEqual(len(order.lines.access_stay_ids.party_id), 1)

    def test_a_band_that_is_out_is_not_given_again(self):
        self._sell(self.adult_ticket, self.bands[0])
        self.assertFalse(self._sell(self.adult_ticket, self.bands[0]))

    def test_a_draft_that_is_sent_again_as_nobody_answered_is_the_same(self):
        beer = {"product_id": self.beer.id, "qty": 1, "price_unit": 12}
        beer["uuid"] = "line-of-again"
        first = self._sync(self.bar, [beer], state="draft", uuid="again")
        again = self._sync(self.bar, [beer], state="draft", uuid="again")
        self.assertEqual((first, len(again.lines)), (again, 1))

    def test_an_order_that_is_sent_again_gives_bands_once(self):
        first = self._sell(self.adult_ticket, self.bands[0], uuid="again")
        again = self._sell(self.adult_ticket, self.bands[0], uuid="again")
        self.assertEqual(first, again)
        self.assertEqual(len(self.env["access.stay"].search([])), 1)

    def test_bands_of_an_order_that_was_a_draft_before_are_given_once(self):
        for state in ("draft", "paid", "paid"):
            line = {
                "product_id": self.adult_ticket.product_ids.product_variant_ids.id,
                "qty": 1,
                "price_unit": 29,
                "uuid": "line-of-draft",
                "access_bands": [
                    {"id": self.bands[0].id, "line": self.adult_ticket.line_ids.id}
                ],
            }
            order = self._sync(self.desk, [line][state != "draft" :], state, uuid="d")
        self.assertEqual(len(order.lines.access_stay_ids), 1)

    # -- refunded ------------------------------------------------------

    def test_a_refund_cancels_who_has_not_come_in(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._refund(stay.order_line_id)
        self.assertEqual(stay.state, "cancelled")
        self.assertEqual(self.bands[0].state, "store")

    def test_a_refund_cancels_the_band_that_was_read(self):
        stays = self._sell(self.adult_ticket, *self.bands[:2], qty=2)
        self._refund(stays.order_line_id, self.bands[1])
        self.assertEqual(stays.mapped("state"), ["out", "cancelled"])

    def test_a_refund_of_a_band_never_given_cancels_nobody(self):
        stay = self._sell(self.adult_ticket, self.bands[0], qty=2)
        self._refund(stay.order_line_id)
        self.assertEqual(stay.state, "out")
        self.assertEqual(stay.order_line_id.order_id.access_missing_bands, 0)

    def test_what_was_refunded_is_not_given(self):
        stay = self._sell(self.adult_ticket, self.bands[0], qty=2)
        self._refund(stay.order_line_id)
        order = stay.order_line_id.order_id
        given = [{"id": self.bands[1].id, "line": self.adult_ticket.line_ids.id}]
        self.desk.action_access_give(order.id, given)
        self.assertEqual(self.bands[1].state, "store")

    def _refund(self, sold, *bands):
        line = {
            "product_id": sold.product_id.id,
            "qty": -1,
            "price_unit": sold.price_unit,
            "refunded_orderline_id": sold.id,
            "access_bands": [{"id": band.id} for band in bands],
        }
        return self._sync(self.desk, [line])

    # -- lost ------------------------------------------------------

    def test_a_lost_band_is_blocked_and_costs_the_limit(self):
        stay = self._inside(30)
        self.desk.action_access_lost(stay.id)
        self.assertEqual(stay.credential_ids.state, "lost")
        (line,) = self._bill_of(stay)
        self.assertEqual((line["group"], line["price_unit"]), ("lost", 50))

    def test_after_a_loss_another_band_carries_on(self):
        stay = self._inside(30)
        self.desk.action_access_lost(stay.id, self.bands[1].id)
        found = self.desk.action_access_read(self.bands[1].value)
        self.assertEqual(found["stay"]["id"], stay.id)
        self.assertEqual(self.bands[0].state, "lost")

    # -- on the band ------------------------------------------------------

    def test_a_till_that_heard_no_answer_gives_another_band_once(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        for _time in range(2):
            self.desk.action_access_lost(stay.id, self.bands[1].id)
        self.assertEqual(stay.wristband_id, self.bands[1])
        self.assertEqual(self.bands[1].state, "out")

    def test_a_drink_on_the_band_is_paid_at_the_exit(self):
        stay = self._inside(30)
        tab = self._put_on(stay, 2)
        self.assertEqual(self._amounts(self._bill_of(stay)), [24])
        self._pay(stay)
        self.assertEqual(tab.state, "cancel")
        self.assertEqual(stay.state, "settled")

    def test_nothing_but_payment_takes_a_drink_off_the_band(self):
        stay = self._inside(30)
        tab = self._put_on(stay)
        for forget in (tab.action_pos_order_cancel, tab.unlink, tab.lines.unlink):
            with self.subTest(forget.__name__), self.assertRaises(UserError):
                forget()
        self.assertEqual(stay._limit_left(), 38)

    def test_over_the_limit_is_refused(self):
        stay = self._inside(30)
        self._put_on(stay, 4)
        with self.assertRaisesRegex(UserError, "limit"):
            self._put_on(stay)

    def test_part_payment_makes_the_limit_whole(self):
        stay = self._inside(85)
        self._put_on(stay, 4)
        self._pay(stay, what="tab")
        self.assertEqual(stay.state, "out")
        self.assertEqual(stay._limit_left(), 50)
        self.assertEqual(self._amounts(self._bill_of(stay, "exit")), [9])

    def test_a_till_that_was_cut_off_puts_it_on_once(self):
        stay = self._inside(30)
        tab = self._put_on(stay)
        lines = [{"product_id": self.beer.id, "qty": 3, "price_unit": 12}]
        self._sync(self.bar, lines, state="draft", uuid=tab.uuid)
        self.bar.action_access_put_on_band(tab.id, self.bands[0].value)
        self.assertEqual(self._amounts(self._bill_of(stay)), [12])
        self.assertFalse(tab.session_id)

    def test_what_the_bar_was_paid_for_is_off_the_band(self):
        stay = self._inside(30)
        tab = self._put_on(stay)
        self._sync(self.bar, [], uuid=tab.uuid, **self._paid(12))
        self.assertEqual(tab.state, "paid")
        self.assertEqual(self._bill_of(stay), [])

    def test_while_it_is_paid_nothing_is_put_on(self):
        stay = self._inside(85)
        self._bill_of(stay)
        with self.assertRaisesRegex(UserError, "is being paid at Cash desk"):
            self._put_on(stay)

    def test_another_till_is_told_who_has_the_bill(self):
        stay = self._inside(85)
        self._bill_of(stay)
        found = self.bar.action_access_bill(stay.ids, "other")
        self.assertEqual((found["claimed_by"], found["lines"]), ("Cash desk", []))

    def test_both_tills_that_took_the_money_are_in_the_books(self):
        stay = self._inside(85)
        self._put_on(stay)
        first = self._bill_of(stay)
        second = self._bill_of(stay, "other", self.bar, take_over=True)
        self._pay_lines(first)
        self._pay_lines(second, "other", self.bar)
        paid = stay.charge_ids.filtered(lambda charge: charge.state == "paid")
        self.assertEqual(sum(paid.mapped("amount")), 42)
        self.assertEqual(self._bill_of(stay, "again"), [])

    def test_the_days_of_tills_end_with_open_tabs(self):
        stay = self._inside(30)
        self._put_on(stay)
        session = self.bar.current_session_id
        session.action_pos_session_closing_control()
        self.assertEqual(session.state, "closed")
        self.assertEqual(self._amounts(self._bill_of(stay)), [12])

    def test_a_cashier_changes_no_tab_by_a_call(self):
        groups = "point_of_sale.group_pos_user"
        cashier = new_test_user(self.env, "tab_cashier", groups=groups)
        tab = self._put_on(self._inside(30)).with_user(cashier)
        beer = {"product_id": self.beer.id, "qty": 1, "price_unit": 12}
        other = self._sync(self.bar, [beer], state="draft").with_user(cashier)
        for record, vals in (
            (tab, {"access_stay_id": False}),
            (tab, {"amount_total": 0}),
            (tab.lines, {"price_unit": 0}),
            (other, {"access_stay_id": tab.sudo().access_stay_id.id}),
        ):
            with self.assertRaises(UserError):
                record.write(vals)

    # -- corrected ------------------------------------------------------

    def test_a_manager_corrects_the_bill(self):
        stay = self._inside(85)
        self.desk.action_access_correct(stay.id, 4, "Gate was stuck")
        self.assertEqual(sorted(self._amounts(self._bill_of(stay))), [-4, 9])
        self._pay(stay)
        self.assertEqual(stay.state, "settled")

    def test_a_drink_that_was_never_served_is_corrected(self):
        stay = self._inside(30)
        self._put_on(stay)
        self.desk.action_access_correct(stay.id, 12, "Never served")
        self.assertEqual(self._pay(stay).amount_total, 0)
        self.assertEqual(stay.state, "settled")

    def test_a_correction_is_no_gift(self):
        stay = self._inside(85)
        with self.assertRaisesRegex(UserError, "at most"):
            self.desk.action_access_correct(stay.id, 20, "Friend")

    def test_a_correction_of_goods_takes_none_from_the_stock(self):
        stay = self._inside(30)
        self.beer.type = "consu"
        self._put_on(stay)
        self.desk.action_access_correct(stay.id, 12, "Never served")
        products = self._pay(stay).lines.product_id
        self.assertEqual((products - self.beer).mapped("type"), ["service"])

    def test_a_till_that_heard_no_answer_corrects_once(self):
        stay = self._inside(85)
        for _time in range(2):
            self.desk.action_access_correct(stay.id, 9, "Gate was stuck")
        self.assertEqual(sorted(self._amounts(self._bill_of(stay))), [-9, 9])

    # -- time ------------------------------------------------------

    def test_after_payment_the_grace_counts(self):
        stay = self._inside(85)
        self._pay(stay)
        with self._in_minutes(14):
            self.assertTrue(stay._owed()[stay.id].is_nothing)
        with self._in_minutes(30):
            self.assertFalse(stay._owed()[stay.id].is_nothing)

    def test_an_exit_ticket_that_ran_out_leads_back_to_the_bill(self):
        stay = self._inside(85)
        (slip,) = self._pay(stay).access_exit_tickets
        with self._in_minutes(30):
            found = self.desk.action_access_read(slip["code"])
            self.assertEqual(found["stay"]["id"], stay.id)
            order = self._pay(stay, "second")
            (again,) = order.access_exit_tickets
        self.assertNotEqual(again["code"], slip["code"])
        self.assertEqual(order.amount_total, 18)

    def test_a_good_ticket_is_printed_again_not_given_twice(self):
        stay = self._inside(30)
        (first,) = self.desk.action_access_exit(stay.ids)["tickets"]
        (again,) = self.desk.action_access_exit(stay.ids)["tickets"]
        self.assertEqual(first["code"], again["code"])

    # -- helpers ------------------------------------------------------

    def _inside(self, minutes, band=None):
        """A guest who bought a ticket and came in so many minutes ago."""
        with self._minutes_ago(minutes):
            stay = self._sell(self.adult_ticket, band or self.bands[0])
            self._pass(stay)
        return stay

    def _paid(self, amount):
        payment = {
            "amount": amount,
            "payment_method_id": self.bar.payment_method_ids[:1].id,
        }
        return {
            "amount_total": amount,
            "amount_paid": amount,
            "payment_ids": [Command.create(payment)],
        }

    def _amounts(self, lines):
        return [round(line["qty"] * line["price_unit"], 2) for line in lines]
