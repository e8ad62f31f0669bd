from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.pos_online_payment.controllers.payment_portal import PaymentPortal

from .lock import lock

# For so long a member is told what was just added.
NEWS_FOR = timedelta(minutes=10)


class AccessPoolCard(models.Model):
    """The holder tops the card up on their own: by an order of the venue's till."""

    _inherit = "access.pool.card"

    def _online_offers(self):
        """Give what this card may be topped up with now: pairs of product and price."""
        self.ensure_one()
        config = self._online_till()
        if not config or self._no_top_up_words():
            return []
        products = self.admission_id.product_ids.product_variant_ids
        offers = [
            (product, config._access_price_paid(product, self.partner_id))
            for product in products.filtered("available_in_pos")
        ]
        return [(product, price) for product, price in offers if price > 0]

    def _online_till(self):
        return self.admission_id.venue_id._online_till()

    def _no_top_up_words(self):
        """Say why more would not help this card; nothing where it would."""
        if self.is_blocked:
            return self.env._("This card is blocked. Please ask at the desk.")
        if self._has_ended() and self.unit != "days":
            return self.env._("This card has ended. You get a new one at the desk.")
        if self._is_paying():
            return self.env._("Your payment is on its way: this may take some minutes.")
        return ""

    def _online_orders(self):
        known = [("lines.access_card_id", "in", self.ids)]
        known += [("access_is_online", "=", True)]
        return self.env["pos.order"].sudo().search(known, order="id desc")

    def _is_paying(self):
        return self._online_orders()._access_is_paying()

    def _pay_online(self, product_id):
        """Give the address of Odoo's own page where a top-up is paid."""
        self.ensure_one()
        lock(self)
        if words := self._no_top_up_words():
            raise UserError(words)
        config = self._online_till()
        if not config:
            raise UserError(self.env._("Please top your card up at the desk."))
        offers = {
            str(product.id): (product, price)
            for product, price in self._online_offers()
        }
        if str(product_id) not in offers:
            raise UserError(self.env._("This is not sold any more: choose again."))
        order = self._online_order(config, *offers[str(product_id)])
        return PaymentPortal._get_pay_route(
            order.id, order._portal_ensure_token(), exit_route="/my/access/cards"
        )

    def _online_order(self, config, product, price):
        """Give the one draft of this card; who chooses anew gives the other one up."""
        drafts = self._online_orders().filtered(lambda one: one.state == "draft")
        same = drafts.filtered(
            lambda one: one.lines.product_id == product and one._access_asks_for(price)
        )[:1]
        (drafts - same)._access_give_up()
        line = config._access_online_line(
            product,
            price_unit=config._access_price(product, self.partner_id),
            access_card_id=self.id,
        )
        return same or config._access_make_online_order(
            [line], partner_id=self.partner_id.id
        )

    # -- in words -------------------------------------------------------------------

    def _number_words(self):
        if not self.valid_to:
            return self.env._("No. %(number)s", number=self.number)
        return self.env._(
            "No. %(number)s, valid until %(date)s",
            number=self.number,
            date=format_date(self.env, self.valid_to),
        )

    def _left_words(self):
        return self._quantity_words(self.left)

    def _news_words(self):
        """Say what was paid for online just now."""
        bought = self.move_ids.filtered(
            lambda move: move.date > fields.Datetime.now() - NEWS_FOR
            and move.order_line_id.order_id.access_is_online
        )
        quantity = sum(bought.mapped("quantity"))
        return quantity and self.env._(
            "Thank you. Added to your card: %(what)s",
            what=self._quantity_words(quantity),
        )

    def _quantity_words(self, quantity):
        """Say how much it is, such as "12 h 20 min" or "7 entries"."""
        if self.unit != "min":
            units = dict(self._fields["unit"]._description_selection(self.env))
            return f"{quantity} {units[self.unit]}"
        hours, minutes = divmod(abs(quantity), 60)
        sign = "−" if quantity < 0 else ""
        words = (
            self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
            if hours
            else self.env._("%(minutes)s min", minutes=minutes)
        )
        return f"{sign}{words}"
