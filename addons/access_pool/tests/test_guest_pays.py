from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import mute_logger, tagged

from .online_common import OnlineCommon


@tagged("post_install", "-at_install")
class TestGuestPays(OnlineCommon):
    def setUp(self):
        super().setUp()
        self._pass(self.stay, at=self._now() - timedelta(minutes=80))
        self._put_on(self.stay)

    # -- builders ------------------------------------------------------

    def _press(self, stay=None, **values):
        """Press "Pay now" on the guest's page."""
        return self._post(f"{(stay or self.stay)._page_path()}/pay", **values)

    def _order(self):
        return self.stay._online_orders()[:1]

    def _transaction(self, order=None, **changed):
        return super()._transaction(order or self._order(), **changed)

    # -- paid ------------------------------------------------------

    def test_guest_pays_on_the_phone_and_may_leave(self):
        response = self._press()
        order = self._order()
        self.assertEqual(response.status_code, 303)
        self.assertIn(f"/pos/pay/{order.id}?", response.headers["Location"])
        self.assertEqual(order.amount_total, 18)
        self._fake_online_payment(order.id, order.access_token, self.provider.id)
        self.env.invalidate_all()
        self.assertEqual(order.state, "paid")
        self.assertTrue(self.stay.settled_at)
        self.assertEqual(self.stay.state, "out")
        self.assertIn("Paid: hand your band in at the desk until 13:15", self._page())
        self.assertEqual(self.stay.tab_ids.state, "cancel")
        tickets = self.desk.action_access_exit(self.stay.ids)["tickets"]
        self.assertTrue(tickets[0]["code"])

    def test_back_at_the_own_page_after_payment(self):
        self._press()
        transaction = self._transaction()
        self._paid(transaction)
        self._assert_back_at_the_page(transaction)

    def _assert_back_at_the_page(self, transaction):
        order, path = transaction.pos_order_id, self.stay._page_path()
        response = self._get(
            f"/pos/pay/confirmation/{order.id}?tx_id={transaction.id}"
            f"&access_token={order.access_token}&exit_route={path}"
        )
        self.assertTrue(response.headers["Location"].endswith(path))

    def test_money_of_guests_closes_with_the_day(self):
        self._press()
        self._paid(self._transaction())
        session = self.phones.current_session_id
        session.action_pos_session_closing_control()
        self.assertEqual(session.state, "closed")
        self.assertEqual(session.move_id.state, "posted")

    def test_receipt_has_the_addresses_of_the_guests_pages(self):
        order = self.stay.order_line_id.order_id
        pages = [{"band": "A-001", "url": self.stay._page_url()}]
        self.assertEqual(order.access_stay_pages, pages)
        self.venue.self_service_config_id = False
        self.env.invalidate_all()
        self.assertFalse(order.access_stay_pages)

    # -- once ------------------------------------------------------

    def test_two_tabs_pay_one_order(self):
        first, second = (self._press().headers["Location"] for _tab in range(2))
        self.assertEqual(first, second)
        self.assertEqual(len(self.stay._online_orders()), 1)

    def test_nothing_is_paid_twice(self):
        self._press()
        amount = self._order().amount_total
        self._paid(self._transaction())
        self._refused(self._transaction, amount=amount)
        self.assertIn("There is nothing to pay now", self._press().text)

    def test_second_page_that_is_paid_all_the_same_is_given_back(self):
        self._press()
        first, second = self._transaction(), self._transaction()
        self._paid(first)
        self._refunds(second)
        order = self._order()
        self._paid(second)
        self._told_again(second)
        self.assertEqual(order.amount_paid, 18)
        self.assertEqual(second.child_transaction_ids.mapped("amount"), [-18])
        self.assertFalse(self.stay._owed_lines())

    def test_provider_that_gives_nothing_back_leaves_it_to_staff(self):
        self._press()
        first, second = self._transaction(), self._transaction()
        self._paid(first)
        self._paid(second)
        self._told_again(second)
        self.assertEqual(self._order().amount_paid, 18)
        self.assertEqual(len(second.payment_id.activity_ids), 1)
        self.assertIn("give this back", second.payment_id.activity_ids.summary)
        self.assertNotIn("on its way", self._page())

    def test_refund_that_the_provider_refuses_is_left_to_staff(self):
        self._press()
        first, second = self._transaction(), self._transaction()
        self._paid(first)
        self._refunds(second)
        refuse = patch.object(
            type(second), "_send_refund_request", side_effect=ValidationError("No")
        )
        with refuse, mute_logger("odoo.addons.payment.models.payment_transaction"):
            self._paid(second)
            self._told_again(second)
        self.assertEqual(second.child_transaction_ids.mapped("state"), ["error"])
        self.assertEqual(len(second.payment_id.activity_ids), 1)

    def test_money_for_a_tab_that_was_paid_meanwhile_is_given_back(self):
        """As much is owed again by then, but for another beer."""
        self._press()
        transaction = self._transaction()
        self._pay(self.stay, "desk", what="tab", take_over=True)
        self._put_on(self.stay)
        self._paid(transaction)
        self.assertTrue(transaction.payment_id.activity_ids)
        self.assertEqual(self.stay._owed_amount(), 18)

    def test_what_the_desk_was_paid_meanwhile_is_given_back(self):
        self._press()
        order, transaction = self._order(), self._transaction()
        self._pay(self.stay, "desk", take_over=True)
        self._paid(transaction)
        self.assertEqual(order.state, "cancel")
        self.assertTrue(transaction.payment_id.activity_ids)
        self._assert_back_at_the_page(transaction)

    def test_day_closes_with_a_bill_that_was_paid_twice(self):
        self._press()
        for transaction in (self._transaction(), self._transaction()):
            self._paid(transaction)
        session = self.phones.current_session_id
        session.action_pos_session_closing_control()
        self.assertEqual((session.state, session.move_id.state), ("closed", "posted"))

    def test_second_payment_is_not_begun_while_the_first_is_on_its_way(self):
        self._press()
        self._transaction()._set_pending()
        self._refused(self._transaction)
        self.assertIn("Your payment is on its way", self._press().text)
        self.assertIn("Your payment is on its way", self._page())

    def test_old_bill_is_not_paid_after_a_new_one(self):
        self._press()
        old = self._order()
        with self._in_minutes(5):
            self._press()
        self.assertEqual((old.state, self._order().amount_total), ("cancel", 21))
        self._refused(self._transaction, old)

    def test_money_that_comes_after_all_is_noted(self):
        """The guest was at the provider's page when the desk took the bill over."""
        self._press()
        order, transaction = self._order(), self._transaction()
        self._bill_of(self.stay, "desk", take_over=True)
        self.assertEqual(order.state, "cancel")
        self._paid(transaction)
        self.assertEqual(order.state, "paid")
        self.assertFalse(self.stay._owed_lines())

    def test_money_that_comes_after_the_day_is_closed_is_of_the_next(self):
        self._press()
        order, transaction = self._order(), self._transaction()
        closed = self.phones.current_session_id
        closed.action_pos_session_closing_control()
        self._paid(transaction)
        self.assertEqual(order.state, "paid")
        self.assertNotEqual(order.session_id, closed)
        self.assertTrue(self.stay.settled_at)

    # -- at the bar at the same time ----------------------------------------------

    def test_bar_sells_to_who_pressed_and_walked_away(self):
        self._press()
        order = self._order()
        self._put_on(self.stay)
        self.assertEqual(order.state, "cancel")
        self._refused(self._transaction, order)
        self.assertEqual(self.stay._owed_amount(), 30)

    def test_money_for_the_bill_before_the_bars_sale_is_noted(self):
        self._press()
        transaction = self._transaction()
        self._put_on(self.stay)
        self._paid(transaction)
        self.assertEqual(self.stay._owed_lines(), [("Beer", 12)])
        self.assertFalse(self.stay.settled_at)

    def test_bar_waits_while_a_till_makes_the_bill(self):
        self._bill_of(self.stay)
        with self.assertRaisesRegex(UserError, "being paid at Cash desk"):
            self._put_on(self.stay)

    # -- at the desk at the same time ---------------------------------------------

    def test_not_while_the_desk_makes_the_bill(self):
        self._bill_of(self.stay)
        text = self._press().text
        self.assertIn("Your bill is being made at Cash desk just now", text)
        self.assertFalse(self._order())

    def test_desk_hears_that_the_guest_is_paying(self):
        self._press()
        answer = self.desk.action_access_bill(self.stay.ids, "desk")
        self.assertEqual((answer["claimed_by"], answer["lines"]), ("Phones", []))

    def test_what_the_desk_took_over_is_not_paid_by_the_guest(self):
        self._press()
        order = self._order()
        self._bill_of(self.stay, "desk", take_over=True)
        self._refused(self._transaction, order)

    def test_no_till_has_the_order_of_a_guest(self):
        self._press()
        domain = self.env["pos.order"]._load_pos_data_domain({}, self.phones)
        self.assertFalse(self.env["pos.order"].search(domain))

    def test_order_that_is_not_paid_keeps_no_till_open(self):
        self._press()
        session = self.phones.current_session_id
        session.action_pos_session_closing_control()
        self.assertEqual((session.state, self._order().state), ("closed", "cancel"))
        self.assertFalse(self.stay._claimed_elsewhere(False))

    # -- may not ------------------------------------------------------

    def test_pays_what_is_asked_and_no_less(self):
        self._press()
        self._refused(self._transaction, amount=0.01)
        self._refused(self._transaction, amount=-18.0)

    def test_pays_nothing_with_the_token_of_somebody_else(self):
        with self._minutes_ago(90):
            other = self._sell(self.adult_ticket, self.bands[1])
        self._pass(other, at=self._now() - timedelta(minutes=80))
        self._press(other)
        self._press()
        self._refused(
            self._transaction, access_token=other._online_orders().access_token
        )
        self._refused(self._transaction, access_token=self.stay.sudo().token)

    def test_where_no_till_takes_it_the_desk_does(self):
        self.phones.current_session_id.action_pos_session_closing_control()
        self.assertIn("Please pay at the desk", self._page())
        self.assertNotIn("/pay", self._page())
        self.assertIn("Please pay at the desk", self._press().text)
        self.assertFalse(self._order())

    def test_venue_without_a_till_for_guests(self):
        self.venue.self_service_config_id = False
        self.assertFalse(self.stay._page_values()["may_pay"])

    def test_who_lets_the_bill_lie_owes_the_rest(self):
        self._press()
        with self._in_minutes(30):
            self._paid(self._transaction())
            self.assertFalse(self.stay.settled_at)
            self.assertEqual(self.stay._owed_amount(), 18)
