from odoo import api, fields, models


class AccessTariffAdjustment(models.Model):
    """Makes one sum of another: a discount, a maximum per day, a minimum."""

    _name = "access.tariff.adjustment"
    _inherit = [
        "access.tariff.named",
        "access.tariff.priced",
        "access.tariff.condition",
    ]
    _description = "Discount or Limit of a Price List"

    effect = fields.Selection(
        [
            ("most", "At most"),
            ("least", "At least"),
            ("off", "Less an amount"),
            ("percent", "Less a percentage"),
        ],
        required=True,
        default="most",
    )
    percent = fields.Integer(string="Percentage", help="So much less, in percent.")
    period = fields.Selection(
        [("stay", "Stay"), ("day", "Opening day"), ("24h", "24 hours")],
        string="Per",
        required=True,
        default="stay",
    )
    clock_ids = fields.Many2many(
        "access.tariff.clock",
        string="Of",
        ondelete="restrict",
        domain="[('tariff_id', '=', tariff_id)]",
        help="The clocks whose sum it is about. Empty: all.",
    )
    product_id = fields.Many2one(required=True)
    case_ids = fields.One2many(
        "access.tariff.case", "adjustment_id", string="Other Amounts", copy=True
    )
    amount_words = fields.Char(string="Amount", compute="_compute_amount_words")

    _name_of_its_own = models.Constraint(
        "UNIQUE (tariff_id, name)",
        "Two discounts or limits of a price list have one name.",
    )
    _price_not_negative = models.Constraint(
        "CHECK (price >= 0)", "An amount cannot be negative."
    )
    _percent_bounds = models.Constraint(
        "CHECK (coalesce(percent, 0) BETWEEN 0 AND 100)",
        "A discount is from 0 to 100 percent.",
    )

    @api.depends("effect", "percent", "price", "currency_id", "case_ids.display_name")
    @api.depends_context("lang")
    def _compute_amount_words(self):
        for one in self:
            is_share = one.effect == "percent"
            one.amount_words = f"{one.percent}%" if is_share else one._price_words()

    def _adjustment_document(self):
        clocks = self.clock_ids or self.tariff_id.clock_ids
        is_share = self.effect == "percent"
        return {
            "name": self.name,
            self.effect: self.percent if is_share else self._price_document(),
            "clocks": sorted(clocks.mapped("name")),
            "per": self.period,
            "where": self._where_document(),
            "product": self._product_document(),
        }
