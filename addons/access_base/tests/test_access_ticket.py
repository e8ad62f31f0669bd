from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Date, Datetime
from odoo.tests import freeze_time, tagged

from .common import AccessCommon
from .invoicing_common import InvoicingCommon


@freeze_time("2026-11-21 07:30:00")
class TestAccessTicket(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.venue.company_id.partner_id.tz = "Europe/Warsaw"
        cls.ten = cls._ticket_type()
        cls._card()

    def _ticket_right(self, **values):
        return self._right(limiting="ticket", ticket_type_ids=self.ten.ids, **values)

    def _compiled(self, ticket):
        person = ticket.partner_id.access_person_ids
        policy = self.env["access.policy"]._for_attempt(
            self.turnstile, person=person.id
        )[0]
        return dict(policy.persons[person.id].tickets).get(ticket.id)

    def test_right_that_asks_for_a_ticket(self):
        self._ticket_right()
        self.assertEqual(self._decide(), "no_ticket")
        self._ticket(self.ten)
        self.assertEqual(self._decide(), "right")

    def test_ticket_of_another_type_does_not_do(self):
        self._ticket_right()
        self._ticket(self._ticket_type(name="Pool"))
        self.assertEqual(self._decide(), "no_ticket")

    def test_right_with_no_type_takes_no_ticket(self):
        self._right(limiting="ticket")
        self._ticket(self.ten)
        self.assertEqual(self._decide(), "no_ticket")

    def test_ticket_ends(self):
        self._ticket_right()
        self._ticket(self.ten, valid_to="2026-11-21 12:00:00")
        self.assertEqual(self._decide("2026-11-21 11:59"), "right")
        self.assertEqual(self._decide("2026-11-21 12:00"), "no_ticket")

    def test_day_of_sale_counts(self):
        self.ten.write({"validity": 1, "validity_unit": "day"})
        ticket = self._ticket(self.ten)
        self.assertEqual(str(ticket.valid_to), "2026-11-21 23:00:00")
        self.ten.write({"validity": 3, "validity_unit": "month"})
        ticket = self._ticket(self.ten)
        self.assertEqual(str(ticket.valid_to), "2027-02-20 23:00:00")

    def test_last_day_of_a_shorter_month_counts(self):
        self.ten.write({"validity": 1, "validity_unit": "month"})
        for sold, end in (
            ("2027-01-28", "2027-02-27 23:00:00"),
            ("2027-01-29", "2027-02-28 23:00:00"),
            ("2027-01-31", "2027-02-28 23:00:00"),
            ("2028-01-31", "2028-02-29 23:00:00"),
            ("2027-03-31", "2027-04-30 22:00:00"),
        ):
            day = Date.to_date(sold)
            self.assertEqual(str(self.ten._validity_end(day).replace(tzinfo=None)), end)

    def test_another_end_leaves_the_entries_of_the_type(self):
        ticket = self._ticket(self.ten, valid_to="2026-12-01 00:00:00")
        self.assertEqual(ticket.entries, 10)

    def test_ticket_has_hours_of_its_own(self):
        self._ticket_right()
        self.ten.band_ids = self._band("Early", (5, 8, 12))
        self._ticket(self.ten)
        self.assertEqual(self._decide("2026-11-21 07:30"), "right")
        self.assertEqual(self._decide("2026-11-21 11:30"), "no_ticket")

    def test_type_says_how_it_counts(self):
        self.ten.once_a_day = True
        compiled = self._compiled(self._ticket(self.ten))
        self.assertTrue(compiled.once_a_day)
        self.assertEqual(compiled.entries, 10)

    def test_without_entries_is_without_limit(self):
        self.ten.entries = 0
        ticket = self._ticket(self.ten)
        self.assertIsNone(self._compiled(ticket).entries)
        self.assertEqual(ticket.left, "unlimited")

    def test_cancelled_ticket_is_none(self):
        self._ticket_right()
        ticket = self._ticket(self.ten)
        ticket.action_cancel()
        self.assertEqual(ticket.state, "cancelled")
        self.assertEqual(self._decide(), "no_ticket")
        ticket.action_reinstate()
        self.assertEqual(self._decide(), "right")

    def test_own_limits_or_a_ticket_never_both(self):
        band = self._band("Early", (5, 8, 12))
        with self.assertRaises(ValidationError):
            self._ticket_right(bands=[(band, 8)])
        with self.assertRaises(ValidationError):
            self._right(bands=[(band, 8)], ticket_type_ids=self.ten.ids)

    def test_hours_of_a_ticket_are_not_archived(self):
        self.ten.band_ids = self._band("Early", (5, 8, 12))
        with self.assertRaisesRegex(ValidationError, "take it out there first"):
            self.ten.band_ids.active = False

    def test_tickets_have_numbers(self):
        one, other = self._ticket(self.ten), self._ticket(self.ten)
        self.assertNotEqual(one.number, other.number)
        self.assertIn(one.number, one.display_name)

    def test_changes_outdate_policies(self):
        ticket = self._ticket(self.ten)
        for change in (
            lambda: self._ticket(self.ten),
            lambda: ticket.write({"entries": 12}),
            ticket.action_cancel,
            lambda: self.ten.write({"once_a_day": True}),
        ):
            self.assertTrue(self._marks(change))

    def test_used_ticket_stays(self):
        ticket = self._ticket(self.ten)
        self.patch(
            type(ticket), "_used_counts", lambda self: dict.fromkeys(self.ids, 3)
        )
        self.assertEqual((ticket.used, ticket.left), (3, "7"))
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            ticket.unlink()
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            ticket.partner_id = self.env["res.partner"].create({"name": "Jan"})

    def test_used_ticket_that_is_good_again_is_told_with_what_it_lost(self):
        ticket = self._ticket(self.ten)
        self.patch(
            type(ticket), "_used_counts", lambda self: dict.fromkeys(self.ids, 3)
        )
        company = ticket.company_id
        for change in ({"is_cancelled": True}, {"valid_to": "2026-12-01 00:00:00"}):
            version = company.access_facts_version
            ticket.write(change)
            self.assertEqual(company.access_facts_version, version)
        ticket.is_cancelled = False
        self.assertEqual(company.access_facts_version, version + 1)

    def _used(self, ticket, count):
        counts = {ticket.id: count}
        self.patch(type(ticket), "_used_counts", lambda self: counts)
        self.env.invalidate_all()

    def _give_back(self, ticket, reason="The pool was closed"):
        action = ticket.action_give_back()
        dialogs = ticket.env[action["res_model"]].with_context(**action["context"])
        return dialogs.create({"reason": reason})

    def test_entry_is_given_back_with_a_reason(self):
        ticket = self._ticket(self.ten, entries=2)
        ticket = ticket.with_context(tracking_disable=False, mail_notrack=False)
        self._used(ticket, 2)
        self.assertEqual((ticket.state, self._compiled(ticket).entries), ("used_up", 2))
        with self.assertRaisesRegex(UserError, "Say why"), self.env.cr.savepoint():
            self._give_back(ticket, " ").action_give_back()
        self._give_back(ticket).action_give_back()
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual((ticket.state, ticket.left), ("valid", "1"))
        self.assertEqual((ticket.entries, self._compiled(ticket).entries), (2, 3))
        note = ticket.message_ids[0]
        self.assertIn("The pool was closed", note.body)
        [change] = note.tracking_value_ids
        self.assertEqual((change.old_value_integer, change.new_value_integer), (0, 1))

    def test_no_more_is_given_back_than_was_used(self):
        ticket = self._ticket(self.ten)
        with self.assertRaisesRegex(ValidationError, "No entry"):
            self._give_back(ticket).action_give_back()
        with self.assertRaisesRegex(ValidationError, "No entry"):
            self._ticket(self.ten, given_back=1)
        endless = self._ticket(self.ten, entries=0)
        with self.assertRaisesRegex(UserError, "without limit"):
            self._give_back(endless).action_give_back()

    def test_the_same_entry_is_not_given_back_twice(self):
        ticket = self._ticket(self.ten)
        self._used(ticket, 5)
        mine, theirs = self._give_back(ticket), self._give_back(ticket)
        mine.action_give_back()
        for dialog in (mine, theirs):
            with self.assertRaisesRegex(UserError, "meanwhile"):
                dialog.action_give_back()
        self.assertEqual(ticket.given_back, 1)

    def test_entry_that_is_given_back_outdates_policies(self):
        ticket = self._ticket(self.ten)
        self._used(ticket, 5)
        self.assertTrue(self._marks(self._give_back(ticket).action_give_back))

    def test_contact_tells_tickets_that_are_good(self):
        self._ticket(self.ten)
        self._ticket(self.ten).action_cancel()
        self.assertEqual(self.anna.access_ticket_count, 1)


@tagged("post_install", "-at_install")
class TestAccessTicketSale(InvoicingCommon):
    """Sold as a product."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ten = cls._ticket_type()
        cls.product_a.access_ticket_type_id = cls.ten

    def _invoice(self, quantity=2, product=None):
        return self._create_invoice_one_line(
            price_unit=50,
            quantity=quantity,
            product_id=product or self.product_a,
            partner_id=self.anna.id,
            post=True,
        )

    def _refund(self, invoice, quantity):
        refund = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        refund.invoice_line_ids.quantity = quantity
        refund.action_post()

    def _tickets(self):
        return self.anna.access_ticket_ids

    def test_paid_invoice_gives_as_many_tickets_as_it_sells(self):
        invoice = self._invoice(quantity=2)
        self.assertFalse(self._tickets())
        self._register_payment(invoice)
        self.assertEqual(self._tickets().type_id, self.ten)
        self.assertEqual(self._tickets().mapped("line_number"), [1, 2])

    def test_paid_twice_gives_them_once(self):
        invoice = self._invoice(quantity=2)
        self._register_payment(invoice)
        invoice.line_ids.remove_move_reconcile()
        self._register_payment(invoice)
        self.assertEqual(len(self._tickets()), 2)

    def test_other_products_give_none(self):
        self._register_payment(self._invoice(product=self.product_b))
        self.assertFalse(self._tickets())

    def test_refund_ends_unused_tickets(self):
        invoice = self._invoice(quantity=3)
        self._register_payment(invoice)
        used = self._tickets()[-1]
        self.patch(type(used), "_used_counts", lambda _self: {used.id: 1})
        self._refund(invoice, quantity=1)
        self.assertEqual(self._tickets().mapped("is_cancelled"), [False, True, False])
        self._refund(invoice, quantity=2)
        self.assertEqual(self._tickets().mapped("is_cancelled"), [True, True, False])

    # -- the money --------------------------------------------------------------------

    def _states(self):
        return self._tickets().mapped("state")

    def test_withdrawn_payment_is_none_until_it_comes_again(self):
        invoice = self._invoice(quantity=2)
        self._register_payment(invoice)
        self.assertEqual(self._states(), ["valid"] * 2)
        withdraw = invoice.line_ids.remove_move_reconcile
        self.assertTrue(self._marks(withdraw))
        self.assertEqual(self._states(), ["unpaid"] * 2)
        self._register_payment(invoice)
        self.assertEqual(self._states(), ["valid"] * 2)

    def test_cancelled_invoice_gives_no_ticket(self):
        self._card()
        self._right(limiting="ticket", ticket_type_ids=self.ten.ids)
        invoice = self._invoice()
        self._register_payment(invoice)
        self.assertEqual(self._decide(self._soon()), "right")
        invoice.button_draft()
        self.assertEqual(self._decide(self._soon()), "no_ticket")
        invoice.button_cancel()
        self.assertEqual(self._decide(self._soon()), "no_ticket")

    def _soon(self):
        return str(Datetime.now().replace(microsecond=0))

    def test_ticket_that_staff_cancelled_stays_so(self):
        invoice = self._invoice()
        self._register_payment(invoice)
        self._tickets()[0].action_cancel()
        invoice.line_ids.remove_move_reconcile()
        self._register_payment(invoice)
        self.assertEqual(self._states(), ["cancelled", "valid"])

    def test_line_that_sells_less_or_something_else(self):
        invoice = self._invoice(quantity=2)
        self._register_payment(invoice)
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        self._register_payment(invoice)
        self.assertEqual(self._states(), ["valid", "unpaid"])
        invoice.button_draft()
        invoice.invoice_line_ids.product_id = self.product_b
        self.assertEqual(self._states(), ["cancelled"] * 2)

    def test_line_that_is_deleted(self):
        invoice = self._invoice()
        self._register_payment(invoice)
        invoice.button_draft()
        line = invoice.invoice_line_ids
        invoice.invoice_line_ids = [Command.delete(line.id)]
        self.assertEqual(self._states(), ["cancelled"] * 2)

    # -- quantities -------------------------------------------------------------------

    def test_part_of_a_ticket_is_not_sold(self):
        for quantity in (0.5, 2.7):
            with self.assertRaisesRegex(ValidationError, "whole tickets"):
                self._invoice(quantity=quantity)

    def test_so_many_tickets_are_a_slip(self):
        with self.assertRaisesRegex(ValidationError, "1000 tickets at most"):
            self._invoice(quantity=1001)
        self._invoice(quantity=1001, product=self.product_b)

    def test_many_tickets_take_their_numbers_at_once(self):
        invoice = self._invoice(quantity=300)
        sequence = self.env["ir.sequence"]
        with patch.object(type(sequence), "next_by_id") as one_by_one:
            self._register_payment(invoice)
        one_by_one.assert_not_called()
        numbers = self._tickets().mapped("number")
        self.assertEqual(len(set(numbers)), 300)
        self.assertRegex(numbers[0], "^T[0-9]{6}$")
