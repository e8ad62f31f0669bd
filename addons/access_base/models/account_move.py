from odoo import fields, models


class AccountMove(models.Model):
    """A paid invoice gives the tickets that it sells; a credit note ends them."""

    _inherit = "account.move"

    # What a plan's holder owes is asked for by the subscription.
    subscription_id = fields.Many2one(index="btree_not_null")

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self.filtered(lambda move: move.move_type == "out_invoice")._give_tickets()
        return result

    def _post(self, soft=True):
        posted = super()._post(soft)
        for move in posted:
            if move.move_type == "out_refund" and move.reversed_entry_id:
                move._end_refunded_tickets()
        return posted

    def _give_tickets(self):
        lines = self.sudo().invoice_line_ids
        self.env["access.ticket"].sudo().create(
            [values for line in lines for values in line._ticket_values()]
        )

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

    def _ticket_quantity(self):
        """Give how many pieces were sold: a pack counts as what is in it."""
        unit = self.product_id.uom_id
        return round(self.product_uom_id._compute_quantity(self.quantity, unit))

    def _ticket_values(self):
        """Give the tickets that a paid line still owes; given ones are given."""
        self.ensure_one()
        ticket_type = self.product_id.access_ticket_type_id
        if ticket_type.company_id != self.move_id.company_id or not ticket_type:
            return []
        given = self.env["access.ticket"].sudo()
        given = given.search([("move_line_id", "=", self.id)])
        numbers = range(1, self._ticket_quantity() + 1)
        return [
            {
                "partner_id": self.move_id.partner_id.id,
                "type_id": ticket_type.id,
                "move_line_id": self.id,
                "line_number": number,
            }
            for number in numbers
            if number not in set(given.mapped("line_number"))
        ]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    order_subscription_id = fields.Many2one(index="btree_not_null")
