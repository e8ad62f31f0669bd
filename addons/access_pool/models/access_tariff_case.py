from odoo import api, fields, models


class AccessTariffCase(models.Model):
    """Another price in a case: for children, in the sauna, at the weekend, at night."""

    _name = "access.tariff.case"
    _inherit = ["access.tariff.part", "access.tariff.condition"]
    _description = "Price in a Case"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    step_id = fields.Many2one(
        "access.tariff.step", index="btree_not_null", ondelete="cascade"
    )
    adjustment_id = fields.Many2one(
        "access.tariff.adjustment", index="btree_not_null", ondelete="cascade"
    )
    cover_id = fields.Many2one(
        "access.tariff.cover", index="btree_not_null", ondelete="cascade"
    )
    lost_tariff_id = fields.Many2one(
        "access.tariff",
        string="Lost Band of",
        index="btree_not_null",
        ondelete="cascade",
    )
    tariff_id = fields.Many2one(
        "access.tariff",
        string="Price List",
        compute="_compute_tariff_id",
        store=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    venue_id = fields.Many2one(related="tariff_id.venue_id")
    price = fields.Monetary(required=True)

    _of_one_price = models.Constraint(
        "CHECK (num_nonnulls(step_id, adjustment_id, cover_id, lost_tariff_id) = 1)",
        "A case belongs to one price.",
    )
    _price_not_negative = models.Constraint(
        "CHECK (price >= 0)", "A price cannot be negative."
    )

    @api.depends(
        "step_id.tariff_id",
        "adjustment_id.tariff_id",
        "cover_id.tariff_id",
        "lost_tariff_id",
    )
    def _compute_tariff_id(self):
        for case in self:
            owner = case.step_id or case.adjustment_id or case.cover_id
            case.tariff_id = owner.tariff_id or case.lost_tariff_id

    @api.depends("price", "currency_id", "condition_words")
    @api.depends_context("lang")
    def _compute_display_name(self):
        tariffs = self.env["access.tariff"]
        for case in self:
            price = tariffs._money_words(case.price, case.currency_id)
            case.display_name = f"{price} {case.condition_words or ''}".strip()

    def _price_document(self, price, currency):
        """Give the cases in their order, and last the price of all others."""
        units = self.env["access.tariff"]._units(price, currency)
        cases = [
            case._case_document()
            for case in self.sorted(lambda one: (one.sequence, one.id))
        ]
        return [*cases, {"price": units}] if cases else units

    def _case_document(self):
        price = self.env["access.tariff"]._units(self.price, self.currency_id)
        return {"price": price, **self._where_document()}
