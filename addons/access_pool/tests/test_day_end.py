from datetime import date, datetime

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.access_base.access_policy import PassageEvent, Reason
from odoo.addons.access_base.access_policy.event import utc_text
from odoo.addons.access_base.models.access_use import as_utc

from .desk_common import DeskCommon

TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)
# Both are of the 22nd by UTC, and the second one of the 23rd in Warsaw.
LATE, PAST_MIDNIGHT = datetime(2026, 11, 22, 22), datetime(2026, 11, 22, 23, 30)


@tagged("post_install", "-at_install")
class TestDayEnd(DeskCommon):
    def test_it_is_the_day_of_the_venue(self):
        with freeze_time(PAST_MIDNIGHT):
            self.assertEqual(self._day_end().day, TODAY)

    def test_a_day_may_begin_after_midnight(self):
        self.tariff.day_starts = 4
        with freeze_time(PAST_MIDNIGHT):
            self._sell(self.adult_ticket, self.bands[0])
            self.assertEqual(self._day_end().day, YESTERDAY)
        self.assertEqual(self._sales(YESTERDAY), {"Adult, 60 minutes": (1, 29)})
        self.assertEqual(self._day_end(YESTERDAY).taken, 29)

    # -- what is open ------------------------------------------------------

    def test_a_band_is_out_until_it_is_back(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self.assertEqual(self._day_end().bands_out, 1)
        self.desk.action_access_exit(stay.ids)
        self.assertEqual(self._day_end().bands_out, 0)

    def test_yesterday_ended_with_the_band_that_is_back_now(self):
        with freeze_time(LATE):
            stay = self._sell(self.adult_ticket, self.bands[0])
        self.desk.action_access_exit(stay.ids)
        self.assertEqual(self._day_end(YESTERDAY)._bands_out(), stay)
        self.assertFalse(self._day_end()._bands_out())

    def test_an_open_tab_counts_until_it_is_paid(self):
        with freeze_time(LATE):
            stay = self._sell(self.adult_ticket, self.bands[0])
            self._put_on(stay, 2)
        self.assertEqual(self._tabs(self._day_end()), (1, 24))
        self._pay(stay)
        self.assertEqual(self._tabs(self._day_end()), (0, 0))
        self.assertEqual(self._tabs(self._day_end(YESTERDAY)), (1, 24))

    def test_a_locker_is_locked_until_it_is_freed(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._locker(stay, Reason.LOCKER_ASSIGNED)
        self.assertEqual(self._day_end()._lockers(), ["A12"])
        self._locker(stay, Reason.LOCKER_FREED)
        self.assertEqual(self._day_end().lockers_locked, 0)

    def test_a_locker_of_who_was_let_go_is_told_still(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._locker(stay, Reason.LOCKER_ASSIGNED)
        self.desk.action_access_exit(stay.ids, ignore_lockers=True)
        self.assertEqual(self._day_end().lockers_locked, 1)

    def test_a_lost_band_is_lost_on_its_day(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        with freeze_time(LATE):
            self.desk.action_access_lost(stay.id)
        self.assertEqual(self._day_end(YESTERDAY)._bands_lost(), stay)
        self.assertEqual(self._day_end().bands_lost, 0)

    # -- what was taken ------------------------------------------------------

    def test_sales_are_told_by_line_of_the_price_list(self):
        with self._minutes_ago(85):
            stays = self._sell(self.adult_ticket, *self.bands[:2], qty=2)
            for stay in stays:
                self._pass(stay)
            self._put_on(stays[0])
        self._pay(stays)
        self.assertEqual(
            self._sales(),
            {"Adult, 60 minutes": (2, 58), "Overtime": (30, 18), "Beer": (1, 12)},
        )

    def test_what_is_not_paid_is_no_sale(self):
        with self._minutes_ago(85):
            stay = self._sell(self.adult_ticket, self.bands[0])
            self._pass(stay)
        self._bill_of(stay)
        self.assertEqual(self._sales(), {"Adult, 60 minutes": (1, 29)})

    def test_a_sale_is_of_the_day_at_the_venue(self):
        with freeze_time(PAST_MIDNIGHT):
            self._sell(self.adult_ticket, self.bands[0])
        self.assertFalse(self._sales(YESTERDAY))
        self.assertTrue(self._sales(TODAY))

    def test_a_refund_is_a_sale_of_less(self):
        sold = self._sell(self.adult_ticket, self.bands[0]).order_line_id
        self._sync(
            self.desk,
            [
                {
                    "product_id": sold.product_id.id,
                    "qty": -1,
                    "price_unit": sold.price_unit,
                    # Tills write it without a sign.
                    "price_subtotal": sold.price_unit,
                    "price_subtotal_incl": sold.price_unit,
                    "refunded_orderline_id": sold.id,
                }
            ],
        )
        self.assertEqual(self._sales(), {"Adult, 60 minutes": (0, 0)})
        self.assertEqual(self._day_end().taken, 0)

    def test_takings_are_told_by_till_and_payment(self):
        self._sell(self.adult_ticket, self.bands[0])
        self._sell(self.adult_ticket, self.bands[1], config=self.bar)
        self.assertEqual(
            self._day_end()._takings(),
            [
                {"till": "Bar", "method": "Cash Bar", "amount": 29},
                {"till": "Cash desk", "method": "Cash Cash desk", "amount": 29},
            ],
        )

    def test_takings_are_of_the_day_at_the_venue(self):
        with freeze_time(PAST_MIDNIGHT):
            self._sell(self.adult_ticket, self.bands[0])
        self.assertEqual(self._day_end(YESTERDAY).taken, 0)
        self.assertEqual(self._day_end(TODAY).taken, 29)

    def test_a_till_of_another_venue_is_not_counted(self):
        other = self.env["access.venue"].create({"name": "Other", "tz": "UTC"})
        self.bar.access_venue_id = other
        self._sell(self.adult_ticket, self.bands[0], config=self.bar)
        self.assertEqual(self._day_end().taken, 0)

    def test_a_till_that_is_open_still_is_named(self):
        self.assertEqual(self._day_end()._open_tills(), self.bar | self.desk)

    # -- on the screen ------------------------------------------------------

    def test_buttons_open_what_they_count(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._put_on(stay)
        self._locker(stay, Reason.LOCKER_ASSIGNED)
        self.desk.action_access_lost(stay.id)
        day_end = self._day_end()
        for button in ("bands", "tabs", "lockers", "lost"):
            action = getattr(day_end, f"action_view_{button}")()
            found = self.env["access.stay"].search(action["domain"])
            self.assertEqual(found, stay, button)

    def test_it_is_printed(self):
        self._sell(self.adult_ticket, self.bands[0])
        report = self.env["ir.actions.report"]
        html, _type = report._render_qweb_html(
            "access_pool.report_access_day_end", self._day_end().ids
        )
        for words in ("Adult, 60 minutes", "29.00", "A-001", "Cash desk"):
            self.assertIn(words, html.decode())

    def test_who_leads_a_shift_sees_it_and_no_other_company_does(self):
        operator = new_test_user(self.env, "op", groups="access_base.group_operator")
        day_end = self.env["access.day.end"].with_user(operator)
        day_end = day_end.create({"venue_id": self.venue.id})
        self.assertIn("Cash desk", day_end.details)
        venue = self.env["access.venue"].create(
            {"name": "Theirs", "company_id": self._company().id}
        )
        with self.assertRaises(AccessError):
            self.assertTrue(day_end.create({"venue_id": venue.id}).details)

    # -- helpers ------------------------------------------------------

    def _company(self):
        return self.env["res.company"].sudo().create({"name": "Other"})

    def _day_end(self, day=None):
        values = {"venue_id": self.venue.id} | ({"day": day} if day else {})
        return self.env["access.day.end"].create(values)

    def _sales(self, day=None):
        return {
            sale["name"]: (sale["quantity"], round(sale["amount"], 2))
            for sale in self._day_end(day)._sales()
        }

    def _tabs(self, day_end):
        return day_end.tabs_open, day_end.tab_amount

    def _locker(self, stay, reason):
        """Let a bank's gateway tell what befell locker A12."""
        event = PassageEvent(
            utc_text(as_utc(fields.Datetime.now())),
            self.turnstile.id,
            False,
            reason.value,
            person=self._person(stay),
            credential=stay.credential_ids[-1:].id,
            note="A12, row 1",
        )
        self._tell(event)
