from odoo import api, fields, models
from odoo.exceptions import ValidationError

WHOLE = "access_tariff_is_checked_later"


class AccessTariffPart(models.AbstractModel):
    """A price list, or a part of one: after each change the whole must work out.

    What is saved together is checked once, at its end.
    """

    _name = "access.tariff.part"
    _description = "Part of a Price List"

    @api.model_create_multi
    def create(self, vals_list):
        later = self.with_context(**{WHOLE: True})
        parts = super(AccessTariffPart, later).create(vals_list).with_env(self.env)
        parts._check_tariffs(parts._tariffs())
        return parts

    def write(self, vals):
        before = self._tariffs()
        later = self.with_context(**{WHOLE: True})
        result = super(AccessTariffPart, later).write(vals)
        self._check_tariffs(before | self._tariffs())
        return result

    def unlink(self):
        tariffs = self._tariffs()
        result = super().unlink()
        self._check_tariffs(tariffs.exists())
        return result

    def _tariffs(self):
        return self.tariff_id

    def _check_tariffs(self, tariffs):
        if not self.env.context.get(WHOLE):
            # What the database refuses it says in better words.
            self.env.flush_all()
            tariffs.sudo()._check_document()


class AccessTariffNamed(models.AbstractModel):
    """A part that has a name in its price list, and clocks that it is about."""

    _name = "access.tariff.named"
    _inherit = "access.tariff.part"
    _description = "Named Part of a Price List"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    tariff_id = fields.Many2one(
        "access.tariff",
        string="Price List",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    venue_id = fields.Many2one(related="tariff_id.venue_id")


class AccessTariffPriced(models.AbstractModel):
    """What has a price: an amount, and cases in which it is another."""

    _name = "access.tariff.priced"
    _description = "Priced Part of a Price List"

    currency_id = fields.Many2one("res.currency")
    price = fields.Monetary(required=True, default=0)
    product_id = fields.Many2one(
        "product.product",
        string="Sold as",
        ondelete="restrict",
        check_company=True,
        help="The product of its line on the bill. Taxes and the account follow.",
    )

    def _price_document(self):
        return self.case_ids._price_document(self.price, self.currency_id)

    def _product_document(self):
        if not self.product_id:
            raise ValidationError(
                self.env._(
                    "%(part)s: choose the product that it is sold as.",
                    part=self.display_name,
                )
            )
        return str(self.product_id.id)

    def _price_words(self):
        """Tell the price, and after it the others with their cases."""
        price = self.env["access.tariff"]._money_words(self.price, self.currency_id)
        others = ", ".join(case.display_name for case in self.case_ids)
        return f"{price} ({others})" if others else price
