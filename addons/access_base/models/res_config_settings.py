from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    access_desk_reader = fields.Selection(
        related="company_id.access_desk_reader", readonly=False, required=True
    )
    access_pin_digits = fields.Integer(
        related="company_id.access_pin_digits", readonly=False
    )
    access_portal_phones = fields.Integer(
        related="company_id.access_portal_phones", readonly=False
    )
    access_portal_plates = fields.Integer(
        related="company_id.access_portal_plates", readonly=False
    )
