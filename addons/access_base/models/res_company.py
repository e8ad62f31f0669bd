from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    access_rules_version = fields.Integer(
        readonly=True,
        help="Raised whenever venues, zones or time bands of the company change.",
    )
