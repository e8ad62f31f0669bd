from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PosOrder(models.Model):
    """An order that is paid on a phone; no till shows its draft."""

    _inherit = "pos.order"

    access_is_online = fields.Boolean(
        string="Paid on a Phone",
        readonly=True,
        copy=False,
        help="By guests what they owe, or by members a top-up of their card.",
    )

    access_stay_pages = fields.Json(
        compute="_compute_access_stay_pages",
        compute_sudo=True,
        groups="point_of_sale.group_pos_user",
        help="What a receipt has a QR code of, where guests may pay by themselves.",
    )

    @api.depends("lines.access_stay_ids.state", "state")
    def _compute_access_stay_pages(self):
        for order in self:
            stays = order.lines.access_stay_ids.filtered("is_open")
            order.access_stay_pages = [
                {"band": stay.band_number, "url": stay._page_url()}
                for stay in stays
                if stay.venue_id.self_service_config_id
            ]

    def _access_is_asked(self):
        """Tell whether this draft is to be paid still."""
        charges = self._access_charges()
        is_draft = self.state == "draft" and not self.payment_ids
        return is_draft and all(one.state == "open" for one in charges)

    def _access_asks_for(self, amount):
        """Tell whether this draft is to be paid still, and is as good as a new one."""
        charges = self._access_charges()
        return (
            self._access_is_asked()
            and self.session_id.state == "opened"
            and all(one.date > charges._claim_since() for one in charges)
            and not self.currency_id.compare_amounts(self._access_asked(), amount)
        )

    def _access_asked(self):
        charges = self._access_charges()
        return sum(charges.mapped("amount")) if charges else self.amount_total

    def _access_check_asked(self):
        """Refuse to begin the payment of a bill that is another one by now."""
        for order in self:
            rivals = order | order._access_charges().stay_id._online_orders()
            rivals |= order.lines.access_card_id._online_orders()
            if not order._access_is_asked() or rivals._access_is_paying():
                raise UserError(
                    self.env._("Your bill has changed. Go back to see what is owed.")
                )

    def _access_is_paying(self):
        """Tell whether a payment was made for one of these that is not noted yet."""
        known = [
            ("pos_order_id", "in", self.ids),
            ("pos_order_id.state", "in", ("draft", "cancel")),
            ("state", "in", ("pending", "authorized", "done")),
            ("payment_id", "=", False),
        ]
        transactions = self.env["payment.transaction"].sudo()
        return bool(self.ids and transactions.search_count(known, limit=1))

    def _access_is_paid_otherwise(self):
        """Tell whether what this order asked for was paid here or elsewhere."""
        charges = self._access_charges()
        if self.state != "cancel" or not charges:
            return self.state not in ("draft", "cancel")
        # As much may be owed again by now, for other things.
        if charges.tab_line_id.access_paid_by_ids:
            return True
        owed = charges.stay_id._owed_amount()
        return self.currency_id.compare_amounts(owed, self._access_asked()) < 0

    def _access_give_up(self):
        """Cancel drafts; money that comes for them all the same is noted."""
        drafts = self.filtered(lambda one: one.state == "draft" and not one.payment_ids)
        drafts.write({"state": "cancel"})

    def _access_revive(self):
        """Take up again what was given up: it was paid meanwhile."""
        for order in self:
            config = order.config_id
            session = config.current_session_id or self.env["pos.session"].create(
                {"config_id": config.id, "user_id": order.session_id.user_id.id}
            )
            order.write({"state": "draft", "session_id": session.id})


class PosSession(models.Model):
    """What guests have not paid yet does not keep a till from being closed."""

    _inherit = "pos.session"

    def _access_give_up_paying(self):
        orders = self.order_ids.filtered("access_is_online")
        charges = orders._access_charges()
        charges.filtered(lambda one: one.state == "open")._give_up()
        orders._access_give_up()

    def _cannot_close_session(self, bank_payment_method_diffs=None):
        self._access_give_up_paying()
        return super()._cannot_close_session(bank_payment_method_diffs)

    def action_pos_session_closing_control(self, *args, **values):
        self._access_give_up_paying()
        return super().action_pos_session_closing_control(*args, **values)


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _access_takes_online(self):
        """Tell whether there is a provider to pay by."""
        method = self._get_cashier_online_payment_method()
        return bool(
            method
            and method._get_online_payment_providers(self.id, error_if_invalid=False)
        )

    def _access_make_online_order(self, lines, **values):
        """Make an order in the open session that is paid on Odoo's own page."""
        zeros = ("amount_tax", "amount_total", "amount_paid", "amount_return")
        order = (
            self.env["pos.order"]
            .sudo()
            .create(
                {
                    "session_id": self.current_session_id.id,
                    "user_id": False,
                    "access_is_online": True,
                    "lines": [Command.create(line) for line in lines],
                    **dict.fromkeys(zeros, 0),
                    **values,
                }
            )
        )
        for line in order.lines:
            line.update(line._compute_amount_line_all())
        order._compute_prices()
        return order

    def _access_online_line(self, product, **values):
        """Give a line of such an order."""
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        return {
            "product_id": product.id,
            "full_product_name": product.display_name,
            "qty": 1,
            "price_subtotal": 0,
            "price_subtotal_incl": 0,
            "tax_ids": [Command.set(taxes.ids)],
            **values,
        }

    def _access_price(self, product, partner):
        """Give a customer's price of a product at this till, as its taxes have it."""
        pricelist = partner.property_product_pricelist & self.available_pricelist_ids
        pricelist = self.use_pricelist and (pricelist or self.pricelist_id)
        if not pricelist:
            return product.lst_price
        return pricelist._get_product_price(product, 1, currency=self.currency_id)

    def _access_price_paid(self, product, partner):
        """Give what a customer pays for a product, taxes included."""
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        taxes = self.default_fiscal_position_id.map_tax(taxes)
        price = self._access_price(product, partner)
        amounts = taxes.compute_all(price, self.currency_id, 1, product, partner)
        return amounts["total_included"]
