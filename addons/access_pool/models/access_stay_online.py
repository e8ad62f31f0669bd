from uuid import uuid4

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.pos_online_payment.controllers.payment_portal import PaymentPortal

from .lock import lock


class AccessStay(models.Model):
    """The guest pays on their own phone what is owed: by an order of the venue's till.

    There is one draft order at a time. As soon as somebody else makes a bill of the
    stay, its charges are given up and it is cancelled with them.
    """

    _inherit = "access.stay"

    def _online_till(self):
        """Give the till whose open session takes what guests pay by themselves."""
        config = self.venue_id.self_service_config_id
        is_open = config.current_session_id.state == "opened"
        return config if is_open and config._access_takes_online() else config.browse()

    def _pay_online(self):
        """Give the address of Odoo's own page where the guest pays what is owed."""
        self.ensure_one()
        lock(self)
        config = self._online_till()
        if not config:
            raise UserError(self.env._("Please pay at the desk."))
        order = self._online_orders().filtered(lambda one: one.state == "draft")[:1]
        self._check_online(order)
        if not order._access_is_asked(self._owed_amount()):
            order = self._make_online_order(config)
        return PaymentPortal._get_pay_route(
            order.id, order._portal_ensure_token(), exit_route=self._page_path()
        )

    def _online_orders(self):
        known = [("access_paying_stay_id", "in", self.ids)]
        return self.env["pos.order"].sudo().search(known, order="id desc")

    def _is_paying(self):
        """Tell whether a payment was made that is not noted yet."""
        transactions = self.env["payment.transaction"].sudo()
        known = [
            ("pos_order_id.access_paying_stay_id", "in", self.ids),
            ("state", "in", ("pending", "authorized", "done")),
            "|",
            ("payment_id", "=", False),
            ("payment_id.pos_order_id", "=", False),
        ]
        return bool(transactions.search_count(known, limit=1))

    def _check_online(self, order):
        if self._is_paying():
            raise UserError(
                self.env._("Your payment is on its way: this may take some minutes.")
            )
        if claims := self._claimed_elsewhere(order.uuid):
            raise UserError(
                self.env._(
                    "Your bill is being made at %(till)s just now: please pay there.",
                    till=claims[0].config_id.name or self.env._("the cash desk"),
                )
            )
        if self.currency_id.compare_amounts(self._owed_amount(), 0) <= 0:
            raise UserError(self.env._("There is nothing to pay now."))

    def _owed_amount(self):
        return sum(amount for _words, amount in self._owed_lines())

    def _owed_lines(self):
        """Give what is owed now as words and amounts, as a bill would have it."""
        self.ensure_one()
        owed = self._owed()[self.id]
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
        order = (
            self.env["pos.order"]
            .sudo()
            .create(
                {
                    "uuid": uuid,
                    "session_id": config.current_session_id.id,
                    "user_id": False,
                    "access_paying_stay_id": self.id,
                    "lines": [
                        Command.create(charge._order_line()) for charge in charges
                    ],
                    "amount_tax": 0,
                    "amount_total": 0,
                    "amount_paid": 0,
                    "amount_return": 0,
                }
            )
        )
        for line in order.lines:
            line.update(line._compute_amount_line_all())
        order._compute_prices()
        return order


class AccessStayCharge(models.Model):
    _inherit = "access.stay.charge"

    def _order_line(self):
        """Give the charge as a line of an order that no till made."""
        self.ensure_one()
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        return {
            "product_id": self.product_id.id,
            "full_product_name": self.name,
            "qty": self.quantity,
            "price_unit": self.price_unit,
            "price_subtotal": 0,
            "price_subtotal_incl": 0,
            "tax_ids": [Command.set((self.tab_line_id.tax_ids or taxes).ids)],
            "access_charge_uuid": self.uuid,
        }

    def _give_up(self):
        """No guest pays by themselves what is on another bill."""
        result = super()._give_up()
        orders = self.env["pos.order"].sudo()
        orders.search(
            [
                ("uuid", "in", [uuid for uuid in self.mapped("order_uuid") if uuid]),
                ("access_paying_stay_id", "!=", False),
                ("state", "=", "draft"),
            ]
        )._access_give_up()
        return result
