from odoo import api, fields, models


class AccessTariffStep(models.Model):
    """What a clock costs from a reading on: the base price, overtime, a supplement."""

    _name = "access.tariff.step"
    _inherit = ["access.tariff.part", "access.tariff.priced"]
    _description = "Price on a Clock"
    _order = "after, id"
    _check_company_auto = True

    clock_id = fields.Many2one(
        "access.tariff.clock", required=True, index=True, ondelete="cascade"
    )
    tariff_id = fields.Many2one(
        related="clock_id.tariff_id", store=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    venue_id = fields.Many2one(related="tariff_id.venue_id")
    after = fields.Integer(
        required=True,
        default=0,
        help="When the clock shows so many minutes the price is due. 0: at once.",
    )
    tolerance = fields.Integer(
        required=True,
        default=0,
        help="For so many minutes more nothing is due, as to get dressed.",
    )
    tolerance_counts = fields.Boolean(
        string="Paid When Exceeded",
        help="Who is past the tolerance pays for it too. Otherwise it stays free.",
    )
    every = fields.Integer(
        string="Each Started",
        required=True,
        default=0,
        help="The price is due for each so many minutes that begin, until the next "
        "line of this kind. 0: once.",
    )
    per = fields.Integer(
        string="Price Is for",
        required=True,
        default=0,
        help="The price is for so many minutes, and each unit costs its share, rounded "
        "at the end. 0: the price is that of a unit.",
    )
    product_id = fields.Many2one(required=True)
    case_ids = fields.One2many(
        "access.tariff.case", "step_id", string="Other Prices", copy=True
    )

    _minutes_not_negative = models.Constraint(
        "CHECK (least(after, tolerance, every, per) >= 0)",
        "Minutes cannot be negative.",
    )
    _price_not_negative = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )
    _per_needs_every = models.Constraint(
        "CHECK (per = 0 OR every > 0)",
        "A price for so many minutes is due by started units: say of how many minutes.",
    )

    @api.depends(
        "clock_id.name",
        "after",
        "tolerance",
        "every",
        "per",
        "price",
        "currency_id",
        "case_ids.display_name",
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            words = [step._price_words(), *step._time_words()]
            step.display_name = " ".join(words)

    def _time_words(self):
        if self.per:
            yield self.env._(
                "for %(per)s min, by %(every)s min", per=self.per, every=self.every
            )
        elif self.every == 1:
            yield self.env._("each started minute")
        elif self.every:
            yield self.env._("each started %(every)s min", every=self.every)
        if self.after:
            yield self.env._("after %(after)s min", after=self.after)
        if self.tolerance:
            yield self.env._("(%(tolerance)s min tolerance)", tolerance=self.tolerance)

    def _step_document(self):
        return {
            "after": self.after,
            "every": self.every,
            "per": self.per,
            "tolerance": self.tolerance,
            "tolerance_counts": self.tolerance_counts,
            "price": self._price_document(),
            "product": self._product_document(),
        }
