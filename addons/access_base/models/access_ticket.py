from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .access_policy_person import ENDED_IS_TOLD
from .numbers_of import next_numbers


class AccessTicket(models.Model):
    """A punch card of one person: entries that rights may ask for."""

    _name = "access.ticket"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Ticket"
    _order = "valid_to, id"
    _check_company_auto = True
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id"]

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    partner_id = fields.Many2one(
        "res.partner",
        string="Holder",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    type_id = fields.Many2one(
        "access.ticket.type", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="type_id.company_id", store=True, index=True)
    entries = fields.Integer(
        compute="_compute_entries",
        store=True,
        readonly=False,
        tracking=True,
        help="How many were bought; 0 is without limit.",
    )
    given_back = fields.Integer(
        readonly=True,
        copy=False,
        tracking=True,
        help="Entries that staff gave back: they count as not used.",
    )
    valid_from = fields.Datetime(
        default=fields.Datetime.now, required=True, tracking=True
    )
    valid_to = fields.Datetime(
        string="Valid Until",
        compute="_compute_valid_to",
        store=True,
        readonly=False,
        tracking=True,
    )
    is_cancelled = fields.Boolean(
        string="Cancelled", readonly=True, copy=False, tracking=True
    )
    is_unpaid = fields.Boolean(
        string="Not Paid",
        compute="_compute_is_unpaid",
        compute_sudo=True,
        store=True,
        help="The invoice that sold it is not paid, or not any more. Once it is, the "
        "ticket is good again.",
    )
    # sold by
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    line_number = fields.Integer(string="Number of the Line", readonly=True, copy=False)
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    product_id = fields.Many2one(related="move_line_id.product_id")

    used = fields.Integer(compute="_compute_used")
    left = fields.Char(string="Entries Left", compute="_compute_used")
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("not_yet", "Not valid yet"),
            ("used_up", "Used up"),
            ("expired", "Expired"),
            ("unpaid", "Not paid"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_used",
    )

    _sold_once = models.UniqueIndex(
        "(move_line_id, line_number) WHERE move_line_id IS NOT NULL",
        "This invoice line has given its tickets already.",
    )
    _open_of_holder = models.Index(
        "(partner_id, COALESCE(valid_to, 'infinity')) WHERE is_cancelled IS NOT TRUE"
    )
    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "A ticket cannot end before it begins."
    )
    _entries_not_negative = models.Constraint(
        "CHECK (coalesce(entries, 0) >= 0)",
        "The entries of a ticket cannot be negative.",
    )

    @api.constrains("given_back")
    def _check_given_back(self):
        for ticket in self:
            if not 0 <= ticket.given_back <= ticket.used:
                raise ValidationError(
                    self.env._(
                        "No entry of %(ticket)s is used that could be given back.",
                        ticket=ticket.display_name,
                    )
                )

    # One method for each: who gives one of them gets the other all the same.
    @api.depends("type_id")
    def _compute_entries(self):
        for ticket in self.filtered("type_id"):
            ticket.entries = ticket.type_id.entries

    @api.depends("type_id")
    def _compute_valid_to(self):
        for ticket_type, tickets in self.filtered("type_id").grouped("type_id").items():
            day = ticket_type.company_id._access_today()
            tickets.valid_to = ticket_type._validity_end(day)

    @api.depends(
        "move_line_id.move_id.state",
        "move_line_id.move_id.payment_state",
        "move_line_id.quantity",
        "move_line_id.product_uom_id",
    )
    def _compute_is_unpaid(self):
        """As a field, so that whatever withdraws the money outdates policies."""
        for ticket in self:
            line = ticket.move_line_id
            is_unpaid = bool(line) and not line._has_paid_ticket(ticket.line_number)
            if is_unpaid != ticket.is_unpaid:
                ticket._rules_changed()
            ticket.is_unpaid = is_unpaid

    @api.depends(
        "entries", "given_back", "valid_from", "valid_to", "is_cancelled", "is_unpaid"
    )
    def _compute_used(self):
        counts = self._used_counts()
        now = fields.Datetime.now()
        for ticket in self:
            ticket.used = counts.get(ticket.id, 0)
            left = max(ticket.entries + ticket.given_back - ticket.used, 0)
            ticket.left = str(left) if ticket.entries else self.env._("unlimited")
            ticket.state = ticket._state_at(now)

    @api.model
    def _use(self, ticket_id):
        """Let whoever uses the same ticket elsewhere at this moment decide anew.

        They wait here, fail to serialize and are tried again by Odoo: then they see
        what is left. Where a person moves into a zone, their presence does the same.
        """
        if ticket_id:
            self.env.execute_query(
                SQL(
                    "UPDATE access_ticket SET write_date = write_date"
                    " WHERE id = %s RETURNING id",
                    ticket_id,
                )
            )

    def _state_at(self, now):
        if self.is_cancelled:
            return "cancelled"
        if self.is_unpaid:
            return "unpaid"
        if self.entries and self.used >= self.entries + self.given_back:
            return "used_up"
        if self.valid_to and self.valid_to <= now:
            return "expired"
        return "not_yet" if self.valid_from and now < self.valid_from else "valid"

    def _used_counts(self):
        """Give how many entries each ticket has lost, as the log says."""
        found = (
            self.env["access.use"]
            .sudo()
            ._read_group(
                [("ticket_id", "in", self.ids)],
                ["ticket_id"],
                ["__count", "day:count_distinct"],
            )
        )
        return {
            ticket.id: days if ticket.type_id.once_a_day else entries
            for ticket, entries, days in found
        }

    @api.depends("number", "type_id.name")
    def _compute_display_name(self):
        for ticket in self:
            name = ticket.type_id.name
            ticket.display_name = f"{name} {ticket.number}" if name else ticket.number

    @api.model_create_multi
    def create(self, vals_list):
        numbers = next_numbers(self.env, "access.ticket", len(vals_list))
        for values, number in zip(vals_list, numbers, strict=True):
            values["number"] = number
        tickets = super().create(vals_list)
        tickets.partner_id._ensure_access_person()
        return tickets

    def write(self, vals):
        if not {"partner_id", "type_id"}.isdisjoint(vals):
            self._check_unused()
        ended = self.filtered(lambda ticket: ticket.used and not ticket._is_told())
        result = super().write(vals)
        if "partner_id" in vals:
            self.partner_id._ensure_access_person()
        # Gateways were not told what it lost: they are told everything again.
        for company in ended.filtered(AccessTicket._is_told).company_id.sudo():
            company.access_facts_version += 1
        return result

    def _is_told(self):
        """Tell whether the rules have it, at least to say that it has ended."""
        ends_late = fields.Datetime.now() - ENDED_IS_TOLD
        is_over = self.valid_to and self.valid_to <= ends_late
        return not (self.is_cancelled or is_over)

    @api.ondelete(at_uninstall=False)
    def _check_unused(self):
        if used := self.filtered("used"):
            raise UserError(
                self.env._(
                    "%(ticket)s was used already: cancel it instead.",
                    ticket=used[0].display_name,
                )
            )

    def action_cancel(self):
        self.write({"is_cancelled": True})

    def action_give_back(self):
        """Ask why an entry is given back."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give an Entry Back"),
            "res_model": "access.ticket.give.back",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_reinstate(self):
        self.write({"is_cancelled": False})

    def _changed_parts(self):
        return {"partners": self.partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "partner_id",
            "type_id",
            "entries",
            "given_back",
            "valid_from",
            "valid_to",
            "is_cancelled",
        }
