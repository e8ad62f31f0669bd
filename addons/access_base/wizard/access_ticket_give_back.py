from odoo import api, fields, models
from odoo.exceptions import UserError

from .access_staff_record import given_reason


class AccessTicketGiveBack(models.TransientModel):
    """Asks why before staff give an entry of a ticket back."""

    _name = "access.ticket.give.back"
    _description = "Give an Entry Back"

    ticket_id = fields.Many2one("access.ticket", required=True, readonly=True)
    used = fields.Integer(related="ticket_id.used", related_sudo=False)
    left = fields.Char(related="ticket_id.left", related_sudo=False)
    given_before = fields.Integer(
        compute="_compute_given_before",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    reason = fields.Char(string="Why")

    @api.depends("ticket_id")
    def _compute_given_before(self):
        for dialog in self:
            dialog.given_before = dialog.ticket_id.given_back

    def action_give_back(self):
        """Give one entry back, unless somebody did since the dialog was opened.

        Of two at once, the second fails to serialize and is tried again by Odoo: then
        it sees what the first one did.
        """
        self.ensure_one()
        ticket = self.ticket_id
        ticket.check_access("write")
        self.reason = given_reason(self.env, self.reason)
        if ticket.given_back != self.given_before:
            raise UserError(
                self.env._(
                    "Somebody has given an entry of %(ticket)s back meanwhile. "
                    "Open it anew if another one is to be given back.",
                    ticket=ticket.display_name,
                )
            )
        if not ticket.entries:
            raise UserError(self.env._("It is without limit: it loses no entry."))
        ticket._track_set_log_message(self.reason)
        ticket.given_back += 1
        return {"type": "ir.actions.act_window_close"}
