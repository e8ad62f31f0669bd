from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    access_picture_days = fields.Integer(
        string="Days Pictures Are Kept",
        required=True,
        default=30,
        help="Pictures of passages are deleted after so many days.",
    )

    _access_picture_days_range = models.Constraint(
        "CHECK (access_picture_days BETWEEN 1 AND 3650)",
        "Pictures are kept for 1 to 3650 days.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    access_picture_days = fields.Integer(
        related="company_id.access_picture_days", readonly=False
    )
