from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.access_base.access_tariff import (
    Bill,
    Code,
    Held,
    Line,
    Stay,
    next_charge,
    price,
)

from .access_stay_charge import CLAIMED_FOR
from .lock import lock

# A till that heard no answer asks again within this time.
REPEATED_WITHIN = timedelta(minutes=1)
# Of these a bill has one line, whose amount changes: the rest is told by its price.
_SUMS = (Code.PERCENT, Code.OFF, Code.MOST, Code.LEAST, Code.ROUNDING)


class Owed(NamedTuple):
    """What a guest owes: lines of time with what of each is due, and of the tab.

    ``time`` are triples of line, quantity and unit price in smallest units; ``tab``
    are lines of draft orders, ``corrections`` charges that are on no paid bill yet.
    """

    bill: Bill
    time: list[tuple[Line, int, int]]
    tab: models.Model
    corrections: models.Model

    @property
    def is_nothing(self):
        return not (self.time or self.tab or self.corrections)


class AccessStay(models.Model):
    """What a guest owes: the price of the stay less what was paid, and the tab."""

    _inherit = "access.stay"

    # -- prices ------------------------------------------------------

    def _owed(self, at=None):
        """Give by stay what is owed at a time, as ``Owed``."""
        at = at or datetime.now(timezone.utc)
        passages, paid = self._passages(), self._paid()
        tabs = self._open_tab_lines().grouped(lambda line: line.order_id.access_stay_id)
        corrections = self.charge_ids.filtered(
            lambda charge: charge.type == "correction" and charge.state != "paid"
        ).grouped("stay_id")
        no_lines, no_charges = (
            self.env["pos.order.line"],
            self.env["access.stay.charge"],
        )
        owed = {}
        for stay in self:
            ours = paid[stay.id]
            bill = stay._price(passages.get(stay.id, ()), sum(ours.values()), at)
            time = stay._due(bill, ours) if bill.owed else []
            tab = tabs.get(stay, no_lines)
            owed[stay.id] = Owed(bill, time, tab, corrections.get(stay, no_charges))
        return owed

    def _price(self, passages, paid, at):
        return price(self.version_id._tariff(), self._as_priced(passages, paid, at), at)

    def _as_priced(self, passages, paid, at):
        """Give the stay as ``access_tariff`` takes it, up to a time."""
        settled = self.settled_at
        return Stay(
            passages=tuple(one for one in passages if one.at <= at),
            kind=self.kind_id.code,
            ticket=str(self.admission_id.ticket_type_id.id),
            held=tuple(Held(name, max(left, 0)) for name, left in self.held or ()),
            paid=paid,
            settled_at=settled.replace(tzinfo=timezone.utc) if settled else None,
            lost=self.is_lost,
            credit_limit=self._units(self.credit_limit),
        )

    def _next_charge(self, at=None):
        """Tell when more is owed, and how much, by who stays where they are."""
        self.ensure_one()
        at = at or datetime.now(timezone.utc)
        paid = sum(self._paid()[self.id].values())
        passages = self._passages().get(self.id, ())
        stay = self._as_priced(passages, paid, at)
        return next_charge(self.version_id._tariff(), stay, at)

    def _units(self, amount):
        tariffs = self.env["access.tariff"]
        return tariffs._units(amount or 0, self.company_id.currency_id)

    def _amount(self, units):
        return self.env["access.tariff"]._amount(units, self.company_id.currency_id)

    def _paid(self):
        """Give by stay what was paid of the price so far, by line of the bill."""
        paid = defaultdict(lambda: defaultdict(int))
        charges = self.charge_ids.filtered(
            lambda charge: charge.state == "paid" and charge.type in ("time", "lost")
        )
        for charge in charges:
            stay = charge.stay_id
            paid[stay.id][charge.key] += stay._units(charge.amount)
        return paid

    def _due(self, bill, paid):
        """Give what is due of each line; what was paid for and is no more, is less."""
        left = dict(paid)
        due = []
        for line in bill.lines:
            rest = line.amount - left.pop(_key(line), 0)
            if rest:
                whole, broken = divmod(rest, line.unit_price or rest)
                due.append((line, 1, rest) if broken else (line, whole, rest // whole))
        for key, amount in left.items():
            if amount:
                code, name, zone, product, _price = key.split("|", 4)
                gone = Line(Code(code), name, product, 1, -amount, -amount)
                due.append((gone, 1, -amount))
        return due

    def _open_tab_lines(self):
        """Give what is on the bands and not paid, in the order of sale."""
        lines = self.env["pos.order.line"].sudo()
        if not self.ids:
            return lines
        return lines.search(
            [
                ("order_id.access_stay_id", "in", self.ids),
                ("order_id.state", "=", "draft"),
                ("access_paid_by_ids", "=", False),
            ],
            order="order_id, id",
        )

    def _limit_left(self):
        """Tell how much may still be put on the band."""
        self.ensure_one()
        tab = sum(self._open_tab_lines().mapped("price_subtotal_incl"))
        return max(self.currency_id.round(self.credit_limit - tab), 0)

    # -- bills of tills ------------------------------------------------------

    def _claimed_elsewhere(self, order_uuid):
        """Give the charges by which another bill has these stays."""
        charges = self.env["access.stay.charge"].search(
            [
                ("stay_id", "in", self.ids),
                ("state", "=", "open"),
                ("type", "!=", "correction"),
                ("order_uuid", "!=", order_uuid),
                ("date", ">", self.env["access.stay.charge"]._claim_since()),
            ]
        )
        return charges

    def _bill(self, order_uuid, config=None, what="all", at_desk=True):
        """Make a bill of what these guests owe; the till's earlier one is replaced.

        :param order_uuid: of the order that will have the lines: it claims the stays
        :param what: ``"all"`` so that they may go, ``"tab"`` what is on the bands
        :param at_desk: whether the bands were read, so that they are taken back; else
            it is paid on a phone
        :return: the charges, in the order of the stays
        """
        lock(self)
        self._off_bills()
        values = []
        for stay, owed in zip(self, self._owed().values(), strict=True):
            common = {
                "stay_id": stay.id,
                "order_uuid": order_uuid,
                "config_id": config and config.id,
                "is_final": what == "all",
                "is_at_desk": at_desk,
            }
            if what == "all":
                values += [common | stay._time_values(*due) for due in owed.time]
                corrections = owed.corrections
                corrections.write({"state": "open", **_claim(common)})
            values += [common | stay._tab_values(line) for line in owed.tab]
        charges = self.env["access.stay.charge"].create(values)
        return (charges | self._open_corrections(order_uuid)).sorted(
            lambda charge: (self.ids.index(charge.stay_id.id), charge.id)
        )

    def _open_corrections(self, order_uuid):
        return self.charge_ids.filtered(
            lambda charge: charge.type == "correction"
            and charge.state == "open"
            and charge.order_uuid == order_uuid
        )

    def _off_bills(self):
        self.charge_ids.filtered(lambda charge: charge.state == "open")._give_up()

    def _time_values(self, line, quantity, unit_price):
        tariff = self.version_id.tariff_id
        product = tariff._product(line.product)
        return {
            "type": "lost" if line.code == Code.LOST else "time",
            "code": line.code.value,
            "key": _key(line),
            "name": tariff._line_words(line),
            "product_id": product.id,
            "zone_id": line.zone,
            "quantity": quantity,
            "price_unit": self._amount(unit_price),
            "amount": self._amount(quantity * unit_price),
        }

    def _tab_values(self, line):
        each = line.price_unit * (1 - line.discount / 100)
        return {
            "type": "tab",
            "name": line.full_product_name or line.product_id.display_name,
            "product_id": line.product_id.id,
            "quantity": line.qty,
            "price_unit": each,
            "amount": self.currency_id.round(each * line.qty),
            "tab_line_id": line.id,
        }

    def _correct(self, amount, reason):
        """Let a guest owe less, for a reason that a manager gives."""
        self.ensure_one()
        lock(self)
        owed = self._owed()[self.id]
        if same := self._corrected_just_now(owed.corrections, amount, reason):
            return same
        due = [
            (quantity * each, self.version_id.tariff_id._product(line.product))
            for line, quantity, each in owed.time
        ]
        due += [
            (self._units(line.price_subtotal_incl), line.product_id)
            for line in owed.tab
        ]
        corrected = sum(self._units(charge.amount) for charge in owed.corrections)
        most = sum(units for units, _product in due) + corrected
        if not 0 < self._units(amount) <= most:
            raise UserError(
                self.env._(
                    "A correction is at most what is owed: %(amount)s.",
                    amount=self.currency_id.format(self._amount(most)),
                )
            )
        product = self._correction_product(due)
        return self.env["access.stay.charge"].create(
            {
                "stay_id": self.id,
                "type": "correction",
                "state": "void",
                "name": self.env._("Correction: %(reason)s", reason=reason),
                "product_id": product.id,
                "price_unit": -amount,
                "amount": -amount,
                "user_id": self.env.uid,
                "reason": reason,
            }
        )

    def _corrected_just_now(self, corrections, amount, reason):
        """Give what a till asks for again that did not hear that it was done."""
        since = fields.Datetime.now() - REPEATED_WITHIN
        return corrections.filtered(
            lambda one: (one.reason, one.amount) == (reason, -amount)
            and one.user_id == self.env.user
            and one.date >= since
        )[:1]

    def _correction_product(self, due):
        """Give what a correction is sold as: no goods, as nothing leaves the stock.

        :param due: pairs of units and product; the dearest service, else the price
            list's own
        """
        by_units = sorted(due, key=lambda one: one[0], reverse=True)
        products = [product for _units, product in by_units]
        products += self.version_id.tariff_id.clock_ids.step_ids.product_id
        services = [one for one in products if one.type == "service"]
        return (services or products)[0]

    # -- paid ------------------------------------------------------

    def _take_payment(self, charges_by_line):
        """Note what a paid order has paid for.

        What was paid is what counts: where a till changed a line, the rest is owed
        still.

        :param charges_by_line: the charge of each order line
        """
        lock(self)
        for line, charge in charges_by_line.items():
            each = line.price_unit * (1 - line.discount / 100)
            tab_line = charge.tab_line_id
            # Two tills were paid for one sale: it stands as paid too much.
            charge.write(
                {
                    "state": "paid",
                    "tab_line_id": not tab_line.access_paid_by_ids and tab_line.id,
                    "order_line_id": line.id,
                    "quantity": line.qty,
                    "price_unit": each,
                    "amount": charge.currency_id.round(each * line.qty),
                    "user_id": line.order_id.user_id.id or self.env.uid,
                    "config_id": line.order_id.config_id.id,
                }
            )
        self.invalidate_recordset(["charge_ids"])
        tabs = self.env["pos.order"].browse()
        for charge in charges_by_line.values():
            tabs |= charge.tab_line_id.order_id
        tabs.lines.invalidate_recordset(["access_paid_by_ids"])
        tabs.filtered(
            lambda tab: all(line.access_paid_by_ids for line in tab.lines)
        ).write({"state": "cancel"})

    def _billed_at(self, charges):
        """Give the time as of which nothing must be owed after a payment.

        To pay takes a while, but not for ever: who let a bill lie owes the rest.
        """
        now = datetime.now(timezone.utc)
        dates = [charge.date.replace(tzinfo=timezone.utc) for charge in charges]
        return max([*dates, now - CLAIMED_FOR])


def _claim(common):
    names = "order_uuid", "config_id", "is_final", "is_at_desk"
    return {name: common[name] for name in names}


def _key(line):
    """Give what tells a line from the others of its bill, and is the same in the next.

    A line that is a sum keeps its key while its amount changes.
    """
    each = "" if line.code in _SUMS else line.unit_price
    name = line.name.replace("|", "/")
    return "|".join(
        map(str, (line.code.value, name, line.zone or "", line.product, each))
    )
