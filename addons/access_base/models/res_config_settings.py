from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    access_desk_reader = fields.Selection(
        related="company_id.access_desk_reader", readonly=False, required=True
    )
    access_pin_digits = fields.Integer(
        related="company_id.access_pin_digits", readonly=False
    )
