from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import AccessCommon
from .invoicing_common import InvoicingCommon


class PlanCommon(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.venue.company_id.partner_id.tz = "Europe/Warsaw"
        cls.plan = cls._plan()
        cls._card()


@freeze_time("2026-11-21 07:30:00")
class TestAccessPlan(PlanCommon):
    def test_running_subscription_gives_the_rights_of_its_plan(self):
        self.assertEqual(self._decide(), "no_right")
        self._subscription(self.plan)
        self.assertEqual(self._decide(), "right")

    def test_subscription_that_has_not_started_gives_none(self):
        subscription = self._subscription(self.plan)
        for stage in ("draft", "ready"):
            subscription.stage_id = self.env.ref(
                f"subscription_oca.subscription_stage_{stage}"
            )
            self.assertEqual(self._decide(), "no_right")

    def test_subscription_that_starts_later_gives_them_then(self):
        self._subscription(self.plan, date_start="2026-12-01")
        self.assertEqual(self._decide("2026-11-30 22:59"), "right_not_yet_valid")
        self.assertEqual(self._decide("2026-11-30 23:00"), "right")

    def test_it_ends_at_midnight_after_its_last_day(self):
        self._subscription(self.plan, date="2026-11-30")
        self.assertEqual(self._decide("2026-11-30 22:59"), "right")
        self.assertEqual(self._decide("2026-11-30 23:00"), "plan_ended")

    def test_another_clock_of_the_company_outdates_everything(self):
        """By it plans end; where the company says none it is the first venue's."""
        self.env["access.venue"].search([("id", "!=", self.venue.id)]).active = False
        self.venue.company_id.partner_id.tz = False
        changes = self.env["access.policy.change"]
        values = {"name": "Hall", "tz": "Asia/Tokyo", "sequence": 5}
        hall = self.env["access.venue"].create({**values, "active": False})
        for change in (
            {"active": True},
            {"tz": "UTC"},
            {"sequence": 90},
            {"sequence": 1},
            {"sequence": self.venue.sequence, "name": "Zebra"},
        ):
            self.env.flush_all()
            with patch.object(type(changes), "_mark", autospec=True) as mark:
                hall.write(change)
            told = [call.kwargs for call in mark.call_args_list]
            self.assertIn({}, told, change)

    def test_the_venue_gives_grace(self):
        self.venue.grace_days = 3
        self._subscription(self.plan, date="2026-11-30")
        self.assertEqual(self._decide("2026-12-03 22:59"), "right")
        self.assertEqual(self._decide("2026-12-03 23:00"), "plan_ended")

    def test_paused_subscription_gives_none(self):
        self._subscription(self.plan).action_pause()
        self.assertEqual(self._decide(), "plan_paused")

    def test_grace_counts_from_the_begin_of_a_pause(self):
        self.venue.grace_days = 3
        subscription = self._subscription(self.plan)
        subscription.action_pause()
        self.env.flush_all()
        with freeze_time("2026-11-22 07:30:00"):
            subscription.date = "2027-11-30"  # it stays the same pause
            self.assertEqual(self._decide("2026-11-23 22:59"), "right")
            self.assertEqual(self._decide("2026-11-23 23:00"), "plan_paused")

    def test_next_pause_begins_anew(self):
        self.venue.grace_days = 1
        subscription = self._subscription(self.plan)
        subscription.action_pause()
        subscription.action_resume()
        self.assertFalse(subscription.access_paused_on)
        with freeze_time("2026-11-25 07:30:00"):
            subscription.action_pause()
            self.assertEqual(self._decide("2026-11-25 22:59"), "right")
            self.assertEqual(self._decide("2026-11-25 23:00"), "plan_paused")

    def test_pause_after_the_end_gives_no_grace_of_its_own(self):
        self.venue.grace_days = 3
        self._subscription(self.plan, date="2026-11-15").action_pause()
        self.assertEqual(self._decide(), "plan_ended")

    def test_pause_ends_by_itself(self):
        self._subscription(self.plan).action_pause(paused_until="2026-11-25")
        self.assertEqual(self._decide("2026-11-24 22:59"), "plan_paused")
        self.assertEqual(self._decide("2026-11-24 23:00"), "right")

    def test_closed_subscription_gives_none(self):
        self._subscription(self.plan).close_subscription()
        self.assertEqual(self._decide(), "plan_ended")

    def test_closed_subscription_is_told_for_a_while(self):
        self._subscription(self.plan).close_subscription()
        self.env.flush_all()
        with freeze_time("2027-01-21 07:30:00"):
            self.assertEqual(self._decide(), "no_right")

    def test_reopened_subscription_gives_them_again(self):
        subscription = self._subscription(self.plan)
        subscription.close_subscription()
        subscription.action_start_subscription()
        self.assertEqual(self._decide(), "right")
        self.assertFalse(subscription.access_closed_on)

    def test_the_better_of_two_subscriptions_counts(self):
        self._subscription(self.plan).close_subscription()
        self._subscription(self.plan)
        self.assertEqual(self._decide(), "right")

    def test_another_companys_subscription_gives_none(self):
        company = self.env["res.company"].create({"name": "Other"})
        self._subscription(self.plan, company_id=company.id)
        self.assertEqual(self._decide(), "no_right")

    def test_changes_outdate_policies(self):
        subscription = self._subscription(self.plan)
        for change in (
            lambda: self._subscription(self.plan),
            lambda: subscription.write({"is_paused": True}),
            lambda: subscription.write({"date": "2026-12-31"}),
            lambda: subscription.close_subscription(),
            lambda: self.plan.write({"access_right_ids": [Command.clear()]}),
        ):
            self.assertTrue(self._marks(change))

    def test_a_plan_that_opens_nothing_may_be_given_a_right_at_the_same_moment(self):
        other = self.env["sale.subscription.template"].create({"name": "Newspaper"})
        self.assertTrue(self._marks(lambda: self._subscription(other)))

    def test_plan_tells_its_holders(self):
        self._subscription(self.plan)
        self._subscription(self.plan, self.env["res.partner"].create({"name": "Jan"}))
        self._subscription(self.plan).close_subscription()
        self.assertEqual(self.plan.access_holder_count, 2)
        action = self.plan.action_view_access_holders()
        self.assertIn(self.anna, self.env["res.partner"].search(action["domain"]))

    def test_who_sells_plans_does_not_say_what_they_open(self):
        seller = new_test_user(
            self.env,
            "seller",
            groups="sales_team.group_sale_salesman,access_base.group_reception",
        )
        plan = self.plan.with_user(seller)
        plan.name = "Gym, monthly"
        with self.assertRaisesRegex(AccessError, "Only operators"):
            plan.access_right_ids = [Command.clear()]
        with self.assertRaisesRegex(AccessError, "Only operators"):
            rights = self.plan.access_right_ids.ids
            plan.create({"name": "Twin", "access_right_ids": rights})

    def test_plan_of_a_right_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "take it out there first"):
            self.plan.unlink()


@tagged("post_install", "-at_install")
class TestAccessPlanInvoice(PlanCommon, InvoicingCommon):
    def setUp(self):
        super().setUp()
        self.subscription = self._subscription(self.plan)

    def _invoice(self, **values):
        return self._create_invoice_one_line(
            price_unit=50,
            partner_id=self.anna.id,
            invoice_date="2026-11-01",
            invoice_date_due="2026-11-20",
            post=True,
            **values,
        )

    def _decide_all(self):
        return [self._decide(f"2026-11-{at}") for at in ("20 22:59", "20 23:00")]

    def test_unpaid_after_its_due_date_is_refused_until_it_is_paid(self):
        invoice = self._invoice(subscription_id=self.subscription.id)
        self.assertEqual(self._decide_all(), ["right", "plan_unpaid"])
        self.assertTrue(self._marks(lambda: self._register_payment(invoice)))
        self.assertEqual(self._decide_all(), ["right", "right"])

    def test_part_of_the_payment_is_not_enough(self):
        invoice = self._invoice(subscription_id=self.subscription.id)
        self._register_payment(invoice, amount=10)
        self.assertEqual(self._decide_all(), ["right", "plan_unpaid"])

    def test_withdrawn_payment_is_none(self):
        invoice = self._invoice(subscription_id=self.subscription.id)
        self._register_payment(invoice)
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self._decide_all(), ["right", "plan_unpaid"])

    def test_invoices_of_its_orders_count(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.anna.id,
                "order_subscription_id": self.subscription.id,
                "order_line": [Command.create({"product_id": self.product_a.id})],
            }
        )
        self.product_a.invoice_policy = "order"
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.write({"invoice_date": "2026-11-01", "invoice_date_due": "2026-11-20"})
        invoice.action_post()
        self.assertEqual(self.subscription.access_unpaid_due, invoice.invoice_date_due)

    def test_other_invoices_do_not(self):
        self._invoice()
        self.assertEqual(self._decide_all(), ["right", "right"])

    def test_reversed_invoice_is_not_owed(self):
        invoice = self._invoice(subscription_id=self.subscription.id)
        invoice._reverse_moves([{"invoice_date": "2026-11-02"}], cancel=True)
        self.assertEqual(self._decide_all(), ["right", "right"])

    def test_grace_counts_from_the_due_date(self):
        self.venue.grace_days = 2
        self._invoice(subscription_id=self.subscription.id)
        self.assertEqual(self._decide("2026-11-22 22:59"), "right")
        self.assertEqual(self._decide("2026-11-22 23:00"), "plan_unpaid")
