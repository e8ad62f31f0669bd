from uuid import uuid4

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.pos_online_payment.controllers.payment_portal import PaymentPortal

from .lock import lock


class AccessStay(models.Model):
    """Guests pay on their own phone what is owed: by an order of the venue's till.

    There is one draft order at a time. As soon as somebody else makes a bill of one of
    its stays, its charges are given up and it is cancelled with them.
    """

    _inherit = "access.stay"

    def _group(self):
        """Give the stays that the page of this one tells of, and pays for.

        Whoever holds a band is shown the address of its page, so a page tells of its
        own stay alone. The one exception: of bands that were bought together, with one
        order, the first one's page tells of all. Bands against a card have no buyer.
        """
        self.ensure_one()
        if self.party_id != self or not self.order_line_id:
            return self
        known = [
            ("party_id", "=", self.id),
            ("order_line_id.order_id", "=", self.order_line_id.order_id.id),
            ("state", "!=", "cancelled"),
        ]
        return self | self.sudo().search(known, order="id")

    def _pay_online(self, group=False):
        """Give the address of Odoo's own page where the guest pays what is owed.

        :param group: whether to pay for all bands that this page tells of
        """
        self.ensure_one()
        stays = self._group() if group else self
        lock(stays)
        config = self.venue_id._online_till()
        if not config:
            raise UserError(self.env._("Please pay at the desk."))
        owing = stays._check_online()
        order = stays._online_orders().filtered(lambda one: one.state == "draft")[:1]
        is_same = order._access_charges().stay_id == owing
        if not is_same or not order._access_asks_for(stays._owed_amount()):
            order = stays._make_online_order(config)
        return PaymentPortal._get_pay_route(
            order.id, order._portal_ensure_token(), exit_route=self._page_path()
        )

    def _online_orders(self):
        uuids = {uuid for uuid in self.charge_ids.mapped("order_uuid") if uuid}
        known = [("uuid", "in", list(uuids)), ("access_is_online", "=", True)]
        return self.env["pos.order"].sudo().search(known, order="id desc")

    def _is_paying(self):
        """Tell whether a payment was made that is not noted yet."""
        return self._online_orders()._access_is_paying()

    def _check_online(self):
        """Refuse what cannot be paid on a phone now, and give those who owe."""
        if self._is_paying():
            raise UserError(
                self.env._("Your payment is on its way: this may take some minutes.")
            )
        if claims := self._claimed_at_tills():
            raise UserError(
                self.env._(
                    "Your bill is being made at %(till)s just now: please pay there.",
                    till=claims[0].config_id.name or self.env._("the cash desk"),
                )
            )
        if self.currency_id.compare_amounts(self._owed_amount(), 0) <= 0:
            raise UserError(self.env._("There is nothing to pay now."))
        owed = self._owed()
        return self.filtered(lambda stay: not owed[stay.id].is_nothing)

    def _claimed_at_tills(self):
        """Give the claims of tills: a phone's gives way, as its guest may walk away."""
        return self._claimed_elsewhere(False).filtered("is_at_desk")

    def _off_phones(self):
        """Take these off bills that are paid on a phone, as they are others now."""
        self.charge_ids.filtered(
            lambda charge: charge.state == "open" and not charge.is_at_desk
        )._give_up()

    def _owed_amount(self):
        return sum(
            amount
            for stay, owed in zip(self, self._owed().values(), strict=True)
            for _words, amount in stay._lines_of(owed)
        )

    def _owed_lines(self):
        """Give what is owed now as words and amounts, as a bill would have it."""
        self.ensure_one()
        return self._lines_of(self._owed()[self.id])

    def _lines_of(self, owed):
        tariff = self.version_id.tariff_id
        lines = [
            (tariff._line_words(line), self._amount(quantity * each))
            for line, quantity, each in owed.time
        ]
        lines += [(one.name, one.amount) for one in owed.corrections]
        lines += [
            (line.full_product_name or line.product_id.name, line.price_subtotal_incl)
            for line in owed.tab
        ]
        return lines

    def _make_online_order(self, config):
        uuid = str(uuid4())
        charges = self._bill(uuid, config, at_desk=False)
        lines = [charge._order_line(config) for charge in charges]
        return config._access_make_online_order(lines, uuid=uuid)


class AccessStayCharge(models.Model):
    _inherit = "access.stay.charge"

    def _order_line(self, config):
        """Give the charge as a line of an order that no till made."""
        self.ensure_one()
        line = config._access_online_line(
            self.product_id,
            full_product_name=self.name,
            qty=self.quantity,
            price_unit=self.price_unit,
            access_charge_uuid=self.uuid,
        )
        if taxes := self.tab_line_id.tax_ids:
            line["tax_ids"] = [Command.set(taxes.ids)]
        return line

    def _give_up(self):
        """No guest pays on a phone what is on another bill, nor the rest of theirs."""
        uuids = {uuid for uuid in self.mapped("order_uuid") if uuid}
        orders = (
            self.env["pos.order"]
            .sudo()
            .search(
                [
                    ("uuid", "in", list(uuids)),
                    ("access_is_online", "=", True),
                    ("state", "=", "draft"),
                ]
            )
        )
        rest = orders._access_charges().filtered(lambda one: one.state == "open")
        result = super(AccessStayCharge, self | rest)._give_up()
        orders._access_give_up()
        return result
