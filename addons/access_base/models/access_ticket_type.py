from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccessTicketType(models.Model):
    """A kind of punch card: how many entries, for how long, in which hours."""

    _name = "access.ticket.type"
    _inherit = "access.policy.part"
    _description = "Ticket Type"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    entries = fields.Integer(
        default=10, help="How many entries a ticket has; 0 is without limit."
    )
    validity = fields.Integer(
        string="Valid for",
        default=0,
        help="From the day of sale, which counts; 0 is without end.",
    )
    validity_unit = fields.Selection(
        [("day", "Days"), ("month", "Months")], required=True, default="month"
    )
    once_a_day = fields.Boolean(
        string="Once a Day",
        help="Several entries of a day take one from the ticket. Otherwise each entry "
        "takes one.",
    )
    band_ids = fields.Many2many(
        "access.band",
        string="Only in",
        ondelete="restrict",
        check_company=True,
        help="Empty: at all hours of the right.",
    )
    ticket_ids = fields.One2many("access.ticket", "type_id", string="Tickets Sold")
    product_ids = fields.One2many(
        "product.template", "access_ticket_type_id", string="Sold as"
    )
    ticket_count = fields.Integer(string="Tickets", compute="_compute_ticket_count")

    _name_unique = models.Constraint(
        "UNIQUE (company_id, name)", "There is a ticket type of this name already."
    )
    _entries_not_negative = models.Constraint(
        "CHECK (entries >= 0)", "The entries of a ticket cannot be negative."
    )
    _validity_not_negative = models.Constraint(
        "CHECK (coalesce(validity, 0) >= 0)",
        "The validity of a ticket cannot be negative.",
    )

    def _compute_ticket_count(self):
        groups = self.env["access.ticket"]._read_group(
            [("type_id", "in", self.ids)], ["type_id"], ["__count"]
        )
        counts = dict(groups)
        for ticket_type in self:
            ticket_type.ticket_count = counts.get(ticket_type, 0)

    def _validity_end(self, day):
        """Give when a ticket sold on a day ends, or none."""
        self.ensure_one()
        if not self.validity:
            return False
        span = relativedelta(**{f"{self.validity_unit}s": self.validity})
        end = day + span
        if self.validity_unit == "month" and end.day != day.day:
            # The month has no such day: its last day counts.
            end += timedelta(days=1)
        return self.company_id._access_midnight(end)

    def action_view_tickets(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_ticket_action"
        )
        return action | {
            "domain": [("type_id", "in", self.ids)],
            "context": {"default_type_id": self[:1].id},
        }

    def _changed_parts(self):
        return {"partners": self.ticket_ids.partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {"band_ids", "once_a_day"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    access_ticket_type_id = fields.Many2one(
        "access.ticket.type",
        string="Entry Ticket",
        index="btree_not_null",
        ondelete="restrict",
        help="Whoever has paid an invoice of this product has tickets of this type.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        products = super().create(vals_list)
        if products.sudo().access_ticket_type_id:
            self._check_may_sell_tickets()
        return products

    def write(self, vals):
        if "access_ticket_type_id" in vals:
            self._check_may_sell_tickets()
        return super().write(vals)

    def _check_may_sell_tickets(self):
        """Refuse those who edit products, but do not say what opens doors."""
        is_operator = self.env.user.has_group("access_base.group_operator")
        if not (self.env.su or is_operator):
            raise AccessError(
                self.env._("Only operators may say which product is an entry ticket.")
            )
