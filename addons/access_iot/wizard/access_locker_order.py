from odoo import fields, models


class AccessLockerOrder(models.TransientModel):
    """Asks staff why they open or free a locker; the passage log tells it."""

    _name = "access.locker.order"
    _description = "Order for a Locker"

    locker_id = fields.Many2one("access.locker", required=True, readonly=True)
    kind = fields.Selection(
        [("open_locker", "Open"), ("free_locker", "Free")],
        required=True,
        default="open_locker",
    )
    note = fields.Char(string="Reason", required=True)

    def action_order(self):
        self.ensure_one()
        self.locker_id._order_locker(self.kind, self.note)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Sent to the gateway. Under Commands you see what came of it."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
