from odoo import fields, models


class AccessVenue(models.Model):
    _inherit = "access.venue"
    _check_company_auto = True

    currency_id = fields.Many2one(related="company_id.currency_id")
    band_credit_limit = fields.Monetary(
        string="Credit Limit",
        default=50,
        help="So much may be put on a band before it is paid at the cash desk.",
    )
    exit_minutes = fields.Integer(
        string="Exit Ticket Good for",
        default=15,
        help="For how many minutes an exit ticket opens the gate.",
    )

    self_service_config_id = fields.Many2one(
        "pos.config",
        string="Guests Pay at",
        ondelete="set null",
        domain="[('company_id', '=', company_id)]",
        check_company=True,
        help="The till that takes what guests pay on their own phones. It needs an "
        "online payment method and an open session; without, guests pay at the desk.",
    )

    _band_credit_limit_not_negative = models.Constraint(
        "CHECK (coalesce(band_credit_limit, 0) >= 0)",
        "A credit limit cannot be negative.",
    )
    _exit_minutes_range = models.Constraint(
        "CHECK (coalesce(exit_minutes, 0) BETWEEN 1 AND 1440)",
        "An exit ticket is good for a minute at least, and for a day at most.",
    )
