from odoo.fields import Command
from odoo.tests import mute_logger, new_test_user, tagged

from .online_common import OnlineCommon


@tagged("post_install", "-at_install")
class TestCardTopUp(OnlineCommon):
    """A member tops a season card up in the portal, and pays by a provider."""

    def setUp(self):
        super().setUp()
        cover = self.env["access.tariff.cover"].create(
            {"name": "10 hours", "type": "minutes", "tariff_id": self.tariff.id}
        )
        self.season = self._admission(
            "Ten hours",
            (self.adult, 1),
            amount=240,
            type="card",
            cover_id=cover.id,
            units=600,
        )
        self.product = self.season.product_ids.product_variant_ids
        self.card = self._card_of("zofia")
        self.authenticate("zofia", "zofia-password")

    # -- builders ------------------------------------------------------

    def _card_of(self, login, groups="base.group_portal", left=480):
        user = new_test_user(
            self.env,
            login,
            groups=groups,
            password=f"{login}-password",
            company_id=self.env.company.id,
            company_ids=self.env.company.ids,
        )
        card = self.env["access.pool.card"].create(
            {"partner_id": user.partner_id.id, "admission_id": self.season.id}
        )
        card.sudo().move_ids = [Command.create({"quantity": left})]
        return card

    def _text(self):
        response = self._get("/my/access/cards")
        self.assertEqual(response.status_code, 200)
        return response.text

    def _press(self, card=None, product=None):
        """Choose what to top up with."""
        path = f"/my/access/cards/{(card or self.card).id}/pay"
        return self._post(path, product_id=(product or self.product).id)

    def _order(self):
        return self.card._online_orders()[:1]

    def _transaction(self, order=None, **changed):
        return super()._transaction(order or self._order(), **changed)

    def _left(self):
        self.env.invalidate_all()
        return self.card.left

    # -- topped up ------------------------------------------------------

    def test_member_chooses_and_pays(self):
        self.assertIn("Top up and pay", self._text())
        response = self._press()
        order = self._order()
        self.assertEqual(response.status_code, 303)
        self.assertIn(f"/pos/pay/{order.id}?", response.headers["Location"])
        self.assertEqual((order.amount_total, order.state), (240, "draft"))
        self.assertEqual(order.partner_id, self.card.partner_id)
        self.assertEqual(self._left(), 480)
        self._paid(self._transaction())
        self.assertEqual((order.state, self._left()), ("paid", 1080))
        self.assertEqual(order.config_id, self.phones)
        self.assertIn("Added to your card: 10 h 0 min", self._text())

    def test_back_at_the_cards_after_payment(self):
        self._press()
        order, transaction = self._order(), self._transaction()
        self._paid(transaction)
        response = self._get(
            f"/pos/pay/confirmation/{order.id}?tx_id={transaction.id}"
            f"&access_token={order.access_token}&exit_route=/my/access/cards"
        )
        self.assertTrue(response.headers["Location"].endswith("/my/access/cards"))
        self.assertEqual(self._left(), 1080)

    def test_provider_that_tells_twice_credits_once(self):
        self._press()
        transaction = self._transaction()
        self._paid(transaction)
        self._told_again(transaction)
        self.assertEqual(self._left(), 1080)
        self.assertEqual(len(self.card.move_ids.order_line_id), 1)

    def test_second_page_credits_nothing_and_is_given_back(self):
        self._press()
        first, second = self._transaction(), self._transaction()
        self._paid(first)
        self._paid(second)
        self.assertEqual(self._left(), 1080)
        self.assertTrue(second.payment_id.activity_ids)

    def test_failed_or_cancelled_payment_credits_nothing(self):
        self._press()
        with mute_logger("odoo.addons.payment.models.payment_transaction"):
            self._transaction()._set_canceled()
            self._transaction()._set_error("No money")
        self.assertEqual((self._left(), self._order().state), (480, "draft"))
        self.assertIn("Top up and pay", self._text())

    def test_card_in_debt_is_settled(self):
        self.card._move(-500)
        self.assertIn("More was taken than bought", self._text())
        self._press()
        self._paid(self._transaction())
        self.assertEqual(self._left(), 580)
        self.assertFalse(self.card.is_in_debt)

    def test_money_closes_with_the_day(self):
        self._press()
        self._paid(self._transaction())
        session = self.phones.current_session_id
        session.action_pos_session_closing_control()
        self.assertEqual((session.state, session.move_id.state), ("closed", "posted"))

    def test_money_that_comes_after_the_day_is_closed_is_credited(self):
        self._press()
        transaction = self._transaction()
        self.phones.current_session_id.action_pos_session_closing_control()
        self._paid(transaction)
        self.assertEqual(self._left(), 1080)

    # -- what is offered ------------------------------------------------------

    def test_price_is_that_of_the_till_taxes_included(self):
        tax = self.env["account.tax"].create(
            {"name": "8", "amount": 8, "price_include_override": "tax_excluded"}
        )
        self.product.taxes_id = tax
        self.assertIn("259.20", self._text())
        self._press()
        self.assertEqual(self._order().amount_total, 259.2)

    def test_member_with_a_price_list_of_their_own(self):
        lists = self.env["product.pricelist"].create([{"name": "All"}, {"name": "VIP"}])
        item = {"compute_price": "percentage", "percent_price": 50}
        lists[1].item_ids = [Command.create({**item, "applied_on": "3_global"})]
        self.phones.write(
            {
                "use_pricelist": True,
                "available_pricelist_ids": [Command.set(lists.ids)],
                "pricelist_id": lists[0].id,
            }
        )
        self.card.partner_id.property_product_pricelist = lists[1]
        self._press()
        self.assertEqual(self._order().amount_total, 120)

    def test_two_tabs_pay_one_order(self):
        self.assertEqual(*(self._press().headers["Location"] for _tab in range(2)))

    def test_who_chooses_anew_pays_that(self):
        more = self._goods("Another", 300, type="service")
        more.access_admission_id = self.season
        self._press()
        old = self._order()
        self._press(product=more)
        self.assertEqual((old.state, self._order().amount_total), ("cancel", 300))

    def test_payment_on_its_way_is_told_and_not_made_twice(self):
        self._press()
        self._transaction()._set_pending()
        self.assertIn("Your payment is on its way", self._text())
        self.assertIn("Your payment is on its way", self._press().text)

    def test_without_a_till_the_desk_does_it(self):
        self.phones.current_session_id.action_pos_session_closing_control()
        self.assertIn("You top it up at the desk", self._text())
        self.assertIn("top your card up at the desk", self._press().text)
        self.assertFalse(self._order())

    def test_card_that_more_would_not_help_says_why(self):
        self.card.is_blocked = True
        self.assertIn("This card is blocked", self._text())
        self.assertIn("This card is blocked", self._press().text)
        self.card.write({"is_blocked": False, "valid_to": "2026-11-01"})
        self.assertIn("This card has ended", self._text())
        self.assertFalse(self._order())

    # -- only the holder ------------------------------------------------------

    @mute_logger("odoo.http")
    def test_nobody_tops_up_the_card_of_somebody_else(self):
        groups = {
            "portal": "base.group_portal",
            "staff": "access_base.group_manager",
            "cashier": "point_of_sale.group_pos_manager",
        }
        for login, group in groups.items():
            if group != "base.group_portal":
                group = f"base.group_user,{group}"
            self._card_of(login, group)
            self.authenticate(login, f"{login}-password")
            with self.subTest(login):
                self.assertEqual(self._press().status_code, 404)
        self.assertFalse(self._order())

    def test_who_is_not_logged_in_is_asked_to(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self._press().headers["Location"])

    @mute_logger("odoo.http")
    def test_hostile_ids(self):
        base = "/my/access/cards"
        for card in (0, self.card.id + 1000, 2**31, "x", "-1"):
            response = self._post(f"{base}/{card}/pay", product_id=self.product.id)
            self.assertEqual(response.status_code, 404, card)
        other = self._admission("Other", (self.adult, 1), amount=1).product_ids
        hostile = [other.product_variant_ids.id, self.beer.id, 0, "", "x", "1 OR 1=1"]
        for product in hostile:
            response = self._post(f"{base}/{self.card.id}/pay", product_id=product)
            self.assertIn("not sold any more", response.text, product)
        self.assertFalse(self._order())

    @mute_logger("odoo.http")
    def test_nothing_is_paid_from_another_site(self):
        path = f"/my/access/cards/{self.card.id}/pay"
        self.assertEqual(self.url_open(path, data={"x": 1}).status_code, 400)
        self.assertEqual(self._get(path).status_code, 405)

    def test_pays_what_is_asked_and_no_less(self):
        self._press()
        self._refused(self._transaction, amount=0.01)

    def test_product_that_costs_nothing_is_not_offered(self):
        self.product.list_price = 0
        self.assertNotIn("Top up and pay", self._text())
        self.assertIn("not sold any more", self._press().text)
