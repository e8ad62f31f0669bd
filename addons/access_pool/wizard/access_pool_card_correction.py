from odoo import fields, models

from odoo.addons.access_base.wizard.access_staff_record import given_reason


class AccessPoolCardCorrection(models.TransientModel):
    """What a manager adds to a card, or takes off it, and why."""

    _name = "access.pool.card.correction"
    _description = "Correction of a Season Card"

    card_id = fields.Many2one(
        "access.pool.card", required=True, readonly=True, ondelete="cascade"
    )
    unit = fields.Selection(related="card_id.unit")
    left = fields.Integer(string="Left Now", related="card_id.left")
    quantity = fields.Integer(
        string="Add", help="Less than nothing takes it off the card."
    )
    reason = fields.Char(string="Why", required=True)

    def action_correct(self):
        self.ensure_one()
        reason = given_reason(self.env, self.reason)
        self.card_id._correct(self.quantity, reason)
        return {"type": "ir.actions.act_window_close"}
