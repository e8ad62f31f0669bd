from datetime import timedelta

from odoo.tests import tagged

from .online_common import OnlineCommon


@tagged("post_install", "-at_install")
class TestGroupPays(OnlineCommon):
    """One of a group pays for all bands that were bought together."""

    def setUp(self):
        super().setUp()
        self.family = self._admission("Family", (self.adult, 1), (self.child, 2))
        with self._minutes_ago(90):
            self.group = self._sell(self.family, *self.bands[1:4])
        self.first, *self.others = self.group.sorted("id")
        for stay in self.group:
            self._pass(stay, at=self._now() - timedelta(minutes=80))
        self._put_on(self.others[0])

    def _press(self, stay, **values):
        return self._post(f"{stay._page_path()}/pay", **values)

    def _press_group(self):
        self._press(self.first, who="group")
        return self.first._online_orders()[:1]

    def test_choice_between_this_band_and_all(self):
        text = self._page(self.first)
        self.assertIn("Pay $\xa06.00 for this band only", text)
        self.assertIn("Pay $\xa030.00 for all 3 bands of your group", text)

    def test_one_payment_settles_all(self):
        order = self._press_group()
        self.assertEqual(order.amount_total, 30)
        self._paid(self._transaction(order))
        self.assertTrue(all(stay.settled_at for stay in self.group))
        tickets = self.desk.action_access_exit(self.group.ids)["tickets"]
        self.assertEqual(len({ticket["code"] for ticket in tickets}), 3)

    def test_this_band_only(self):
        self._press(self.first)
        order = self.first._online_orders()
        self.assertEqual(order._access_charges().stay_id, self.first)
        self._paid(self._transaction(order))
        self.assertFalse(self.others[0].settled_at)
        self.assertIn("Pay $\xa024.00 for all", self._page(self.first))

    def test_exit_ticket_of_each_band_is_on_the_page(self):
        self._paid(self._transaction(self._press_group()))
        self.desk.action_access_exit(self.group.ids)
        text = self._page(self.first)
        for stay in self.group:
            self.assertIn(f"Exit ticket {stay.band_number}", text)
        own = self._page(self.others[0])
        self.assertIn(f"Exit ticket {self.others[0].band_number}", own)
        self.assertNotIn(f"Exit ticket {self.first.band_number}", own)

    def test_exit_ticket_that_ran_out_is_gone(self):
        self._paid(self._transaction(self._press_group()))
        self.desk.action_access_exit(self.group.ids)
        with self._in_minutes(20):
            self.assertNotIn("Exit ticket", self._page(self.first))

    # -- who sees and pays what ---------------------------------------------------

    def test_others_see_and_pay_their_own_band_alone(self):
        """Their address is shown to whoever holds the band, such as a child."""
        stay = self.others[1]
        self.assertEqual(stay._group(), stay)
        text = self._page(stay)
        self.assertNotIn(self.others[0].band_number, text)
        self.assertIn("open the page of band A-002", text)
        self._press(stay, who="group")
        self.assertEqual(stay._online_orders()._access_charges().stay_id, stay)

    def test_who_was_sold_another_order_is_no_group(self):
        self.assertNotIn(self.stay, self.first._group())
        self.assertNotIn("of your group", self._page())

    def test_bands_against_a_card_are_no_group(self):
        card = self.env["access.pool.card"].create(
            {"partner_id": self.anna.id, "admission_id": self._season().id}
        )
        card._move(100)
        first, second = (card.sudo()._hand_out(self.bands[n].sudo()) for n in (4, 5))
        self.assertEqual(second.party_id, first)
        self.assertEqual(first._group(), first)

    def _season(self):
        cover = self.env["access.tariff.cover"].create(
            {"name": "Entries", "type": "entries", "tariff_id": self.tariff.id}
        )
        values = {"type": "card", "cover_id": cover.id, "bands_most": 2}
        return self._admission("Season", (self.adult, 1), **values)

    def test_terminal_tells_of_one_band(self):
        text = self._read(self.bands[1].value).text
        self.assertNotIn("group", text)
        self.assertNotIn(self.others[0].band_number, text)

    # -- at the same time -----------------------------------------------------------

    def test_pressed_twice_it_is_one_order(self):
        first, second = (self._press(self.first, who="group") for _tab in range(2))
        self.assertEqual(first.headers["Location"], second.headers["Location"])

    def test_one_of_them_pays_alone_after_all(self):
        order = self._press_group()
        self._press(self.others[0])
        self.assertEqual(order.state, "cancel")
        self.assertFalse(self.first._claimed_elsewhere(False))
        self._refused(self._transaction, order)

    def test_all_hear_that_the_payment_is_on_its_way(self):
        self._transaction(self._press_group())._set_pending()
        self.assertIn("Your payment is on its way", self._page(self.others[0]))
        self.assertIn("Your payment is on its way", self._press(self.others[0]).text)
