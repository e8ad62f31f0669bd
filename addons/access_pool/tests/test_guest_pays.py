from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import JsonRpcException, mute_logger, tagged

from odoo.addons.account.models.account_payment_method import AccountPaymentMethod
from odoo.addons.pos_online_payment.tests.online_payment_common import (
    OnlinePaymentCommon,
)

from .guest_common import GuestCommon


@tagged("post_install", "-at_install")
class TestGuestPays(GuestCommon, OnlinePaymentCommon):
    """A guest pays on their own phone, over HTTP, by the dummy provider of Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        known = AccountPaymentMethod._get_payment_method_information

        def information(self):
            return known(self) | {"none": {"mode": "multi", "type": ("bank",)}}

        with patch.object(
            AccountPaymentMethod, "_get_payment_method_information", information
        ):
            cls.env["account.payment.method"].sudo().create(
                {"name": "Dummy", "code": "none", "payment_type": "inbound"}
            )
        cls.provider.write(
            {
                "company_id": cls.env.company.id,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        online = cls.env["pos.payment.method"].create(
            {
                "name": "Online",
                "is_online_payment": True,
                "online_payment_provider_ids": [Command.set(cls.provider.ids)],
            }
        )
        cls.phones = cls.env["pos.config"].create(
            {"name": "Phones", "payment_method_ids": [Command.set(online.ids)]}
        )
        cls.phones.open_ui()
        cls.phones.current_session_id.set_opening_control(0, None)
        cls.venue.self_service_config_id = cls.phones

    def setUp(self):
        self.enable_post_process_patcher = False
        super().setUp()
        self._pass(self.stay, at=self._now() - timedelta(minutes=80))
        self._put_on(self.stay)

    # -- builders ------------------------------------------------------

    def _press(self, stay=None):
        """Press "Pay now" on the guest's page."""
        return self._post(f"{(stay or self.stay)._page_path()}/pay")

    def _order(self):
        return self.stay._online_orders()[:1]

    def _transaction(self, order=None, **changed):
        """Begin to pay on Odoo's page; the provider has not answered yet."""
        order = order or self._order()
        values = {
            "amount": order.amount_total,
            "access_token": order.access_token,
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/",
            **changed,
        }
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            url = self._build_url(f"/pos/pay/transaction/{order.id}")
            reference = self.make_jsonrpc_request(url, values)["reference"]
        return self._get_tx(reference)

    def _paid(self, transaction):
        """Let the provider tell that the money is there."""
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            transaction._set_done()
            transaction._post_process()
        self.env.invalidate_all()

    def _refused(self, act, *args, **values):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            act(*args, **values)
        return str(caught.exception)

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
        order = self._order()
        transaction = self._transaction()
        self._paid(transaction)
        path = self.stay._page_path()
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
