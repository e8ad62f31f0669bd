from odoo import api, fields, models
from odoo.exceptions import UserError

# What is held to a terminal: those of doors alone are none.
HELD = ("card", "wristband", "barcode", "qr", "mobile_key")


class AccessLockerOrder(models.TransientModel):
    """Asks staff why they open, free or give a locker; the passage log tells it."""

    _name = "access.locker.order"
    _description = "Order for a Locker"

    locker_id = fields.Many2one("access.locker", required=True, readonly=True)
    company_id = fields.Many2one(related="locker_id.company_id")
    kind = fields.Selection(
        [
            ("open_locker", "Open"),
            ("free_locker", "Free"),
            ("hand_over_locker", "Give"),
        ],
        required=True,
        default="open_locker",
    )
    credential_id = fields.Many2one(
        "access.credential",
        string="To",
        domain=f"[('kind', 'in', {HELD}), ('state', '=', 'active'),"
        " ('company_id', '=', company_id)]",
        help="Find the band by its number or its holder's name.",
    )
    note = fields.Char(string="Reason", required=True)
    warning = fields.Char(compute="_compute_warning")

    @api.depends("kind", "credential_id", "locker_id")
    @api.depends_context("lang")
    def _compute_warning(self):
        """Say what the terminal would say to the band itself, if that is no."""
        for order in self:
            is_given = order.kind == "hand_over_locker" and order.credential_id
            order.warning = is_given and order._objection()

    def _objection(self):
        point, band = self.locker_id.bank_id.point_id, self.credential_id._origin
        told = self.env["access.explanation"]._explain(
            band.partner_id, point, fields.Datetime.now(), band
        )
        if told.decision.granted:
            return False
        return self.env._(
            "By the rules %(holder)s gets no locker here: %(verdict)s.",
            holder=band.partner_id.display_name,
            verdict=told.verdict.rstrip("."),
        )

    def action_order(self):
        self.ensure_one()
        credential = self.credential_id
        if self.kind == "hand_over_locker":
            if not credential:
                raise UserError(self.env._("Whom is it given to? Choose a band."))
            if credential.state != "active":
                raise UserError(
                    self.env._(
                        "%(band)s opens nothing: give the locker to another band.",
                        band=credential.display_name,
                    )
                )
        self.locker_id._order_locker(self.kind, self.note, credential)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Sent to the gateway. Under My Commands you see what came of it."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
