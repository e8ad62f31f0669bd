from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare

# A line that sells more is a slip of the keyboard.
MOST_TICKETS = 1_000
PAID = ("paid", "in_payment")


class AccountMove(models.Model):
    """A paid invoice gives the tickets that it sells; a credit note ends them.

    While it is not paid any more, what it gave is no good (``is_unpaid`` of a ticket).
    """

    _inherit = "account.move"

    # What a plan's holder owes is asked for by the subscription.
    subscription_id = fields.Many2one(index="btree_not_null")

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self.filtered(lambda move: move.move_type == "out_invoice")._give_tickets()
        return result

    def _post(self, soft=True):
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        invoices.invoice_line_ids._check_tickets()
        posted = super()._post(soft)
        for move in posted:
            if move.move_type == "out_refund" and move.reversed_entry_id:
                move._end_refunded_tickets()
        return posted

    def _give_tickets(self):
        lines = self.sudo().invoice_line_ids
        tickets = self.env["access.ticket"].sudo().with_context(tracking_disable=True)
        tickets.create([values for line in lines for values in line._ticket_values()])

    def _end_refunded_tickets(self):
        """Cancel as many unused tickets as were given back, the last ones first."""
        invoice = self.sudo().reversed_entry_id
        refunds = invoice.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_refund"
        )
        tickets = self.env["access.ticket"].sudo()
        sold = tickets.search([("move_line_id", "in", invoice.invoice_line_ids.ids)])
        for product, given in sold.grouped("product_id").items():
            lines = refunds.invoice_line_ids
            lines = lines.filtered(lambda line, of=product: line.product_id == of)
            back = sum(line._ticket_quantity() for line in lines)
            due = back - len(given.filtered("is_cancelled"))
            unused = given.filtered(lambda one: not (one.is_cancelled or one.used))
            ended = unused.sorted("line_number", reverse=True)[: max(due, 0)]
            ended.action_cancel()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        if "product_id" in vals:
            sells_another = self.filtered(
                lambda line: line.product_id.id != vals["product_id"]
            )
            sells_another._end_tickets()
        return super().write(vals)

    def unlink(self):
        self._end_tickets()
        return super().unlink()

    def _end_tickets(self):
        """Cancel what a line gave that does not sell it any more."""
        tickets = self.env["access.ticket"].sudo()
        tickets.search([("move_line_id", "in", self.ids)]).action_cancel()

    def _check_tickets(self):
        """Refuse to sell parts of a ticket, or more than anybody buys."""
        for line in self.filtered(lambda line: line.sudo()._ticket_type()):
            sold = line.sudo()._pieces()
            if float_compare(sold, round(sold), precision_digits=4):
                raise ValidationError(
                    self.env._(
                        "%(product)s is sold as whole tickets, not %(quantity)s.",
                        product=line.product_id.display_name,
                        quantity=sold,
                    )
                )
            if sold > MOST_TICKETS:
                raise ValidationError(
                    self.env._(
                        "A line of an invoice sells %(most)s tickets at most. "
                        "Correct the quantity of %(product)s, or use several lines.",
                        most=MOST_TICKETS,
                        product=line.product_id.display_name,
                    )
                )

    def _ticket_type(self):
        """Give of what type the tickets are that the line sells, if any."""
        ticket_type = self.product_id.access_ticket_type_id
        return ticket_type.filtered(
            lambda one: one.company_id == self.move_id.company_id
        )

    def _pieces(self):
        """Give how many pieces were sold: a pack counts as what is in it."""
        unit = self.product_id.uom_id
        return self.product_uom_id._compute_quantity(self.quantity, unit, round=False)

    def _ticket_quantity(self):
        return round(self._pieces())

    def _has_paid_ticket(self, number):
        """Tell whether the ticket of this number is sold still, and paid."""
        is_paid = self.move_id.state == "posted" and self.move_id.payment_state in PAID
        return is_paid and number <= self._ticket_quantity()

    def _ticket_values(self):
        """Give the tickets that a paid line still owes; given ones are given."""
        self.ensure_one()
        ticket_type = self._ticket_type()
        if not ticket_type:
            return []
        given = self.env["access.ticket"].sudo()
        given = given.search([("move_line_id", "=", self.id)])
        known = set(given.mapped("line_number"))
        numbers = range(1, self._ticket_quantity() + 1)
        return [
            {
                "partner_id": self.move_id.partner_id.id,
                "type_id": ticket_type.id,
                "move_line_id": self.id,
                "line_number": number,
            }
            for number in numbers
            if number not in known
        ]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    order_subscription_id = fields.Many2one(index="btree_not_null")
