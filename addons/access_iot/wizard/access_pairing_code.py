from odoo import fields, models


class AccessPairingCode(models.TransientModel):
    """Shows a pairing code once; it is never saved."""

    _name = "access.pairing.code"
    _description = "Pairing Code"

    gateway_id = fields.Many2one("access.gateway", readonly=True)
    code = fields.Char(readonly=True)
    command = fields.Char(string="Type on the gateway", readonly=True)
