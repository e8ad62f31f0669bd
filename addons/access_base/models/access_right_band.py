from odoo import api, fields, models


class AccessRightBand(models.Model):
    """A time band of a right, and how many entries of a month it has."""

    _name = "access.right.band"
    _inherit = "access.policy.part"
    _description = "Time Band of a Right"
    _order = "right_id, band_id"
    _check_company_auto = True
    _rec_name = "band_id"

    right_id = fields.Many2one(
        "access.right", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="right_id.company_id", store=True, index=True)
    limiting = fields.Selection(related="right_id.limiting", store=True)
    band_id = fields.Many2one(
        "access.band",
        string="Time Band",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    hours_summary = fields.Char(related="band_id.hours_summary")
    is_limited = fields.Boolean(
        string="Limited",
        compute="_compute_is_limited",
        inverse="_inverse_is_limited",
        help="Otherwise as often as one likes, within these hours.",
    )
    monthly_limit = fields.Integer(
        string="Entries a Month",
        help="Per calendar month, in all venues together; several entries of a day "
        "count once. 0 is without limit: who may not enter at all needs no such line.",
    )

    _band_unique = models.Constraint(
        "UNIQUE (right_id, band_id)", "A right has each time band only once."
    )
    _limit_not_negative = models.Constraint(
        "CHECK (monthly_limit >= 0)", "A monthly limit cannot be negative."
    )
    _limit_or_ticket = models.Constraint(
        "CHECK (monthly_limit = 0 OR limiting = 'month')",
        "A right either has its own limits or asks for a ticket.",
    )

    @api.depends("monthly_limit")
    def _compute_is_limited(self):
        for line in self:
            line.is_limited = bool(line.monthly_limit)

    @api.onchange("is_limited")
    def _inverse_is_limited(self):
        for line in self:
            if bool(line.monthly_limit) != line.is_limited:
                line.monthly_limit = 1 if line.is_limited else 0

    @api.constrains("monthly_limit", "right_id")
    def _check_layer(self):
        self.right_id._check_layer()

    def _policy_records(self):
        lines = super()._policy_records()
        return lines.filtered(lambda line: line.right_id._policy_records())

    def _changed_parts(self):
        return {"rights": self.right_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {"right_id", "band_id", "monthly_limit"}
