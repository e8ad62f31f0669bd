from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from odoo.addons.access_base.access_policy import PassageEvent, Reason, link
from odoo.addons.access_base.access_policy.event import utc_text
from odoo.addons.access_base.models.access_use import as_utc
from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import PoolCommon

NOON = datetime(2026, 11, 23, 12)


class DeskCommon(PoolCommon, AccountTestInvoicingCommon):
    """A cash desk and a bar with open tills, bands in store, and what they sell."""

    @classmethod
    def get_default_groups(cls):
        groups = "access_base.group_manager", "point_of_sale.group_pos_manager"
        found = super().get_default_groups()
        return found.union(*(cls.env.ref(group) for group in groups))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["access.journal"].sudo().create({"name": "Gateway"})
        cls.venue.write({"band_credit_limit": 50, "exit_minutes": 15})
        cls.gate = cls._point("Entry gate", kind="gate", zone_to_id=cls.pool.id)
        cls.sauna_gate = cls._point(
            "Sauna gate", zone_from_id=cls.pool.id, zone_to_id=cls.sauna.id
        )
        cls.desk, cls.bar = cls._till("Cash desk"), cls._till("Bar")
        cls.cash = cls.desk.payment_method_ids.filtered("is_cash_count")[:1]
        cls.tariff = cls._by_the_minute(
            cover_ids=[Command.create({"name": "60 minutes", "minutes": 60})]
        )
        cls.cover = cls.tariff.cover_ids
        cls.adult_ticket = cls._admission("Adult, 60 minutes", (cls.adult, 1))
        cls.beer = cls._goods("Beer", 12)
        cls.bands = cls.env["access.wristband"].create(
            [{"number": f"A-{n:03}", "value": f"04AA00{n:02}"} for n in range(1, 9)]
        )

    @classmethod
    def _till(cls, name):
        config = cls.env["pos.config"].create({"name": name})
        methods = cls.env["pos.payment.method"].create(
            {
                "name": f"Cash {name}",
                "journal_id": cls.env["account.journal"]
                .create({"name": name, "type": "cash", "code": name[:4].upper()})
                .id,
            }
        )
        config.payment_method_ids = methods
        config.open_ui()
        return config

    @classmethod
    def _goods(cls, name, amount, **values):
        """Make a product without tax, so that its price is what one pays."""
        return cls.env["product.product"].create(
            {
                "name": name,
                "list_price": amount,
                "available_in_pos": True,
                "type": "consu",
                "taxes_id": [Command.clear()],
                **values,
            }
        )

    @classmethod
    def _product(cls, name):
        return cls._goods(name, 0, type="service")

    @classmethod
    def _admission(cls, name, *lines, amount=29, **values):
        """Make what is sold; lines are pairs of customer kind and count."""
        admission = cls.env["access.admission"].create(
            {
                "name": name,
                "tariff_id": cls.tariff.id,
                "zone_ids": [Command.set((cls.pool | cls.sauna).ids)],
                "line_ids": [
                    Command.create(
                        {"kind_id": kind.id, "count": count, "cover_id": cls.cover.id}
                    )
                    for kind, count in lines
                ],
                **values,
            }
        )
        product = cls._goods(name, amount, type="service")
        product.access_admission_id = admission
        return admission

    @classmethod
    def _terminal(cls, name="Foyer"):
        terminals = cls.env["access.pool.terminal"]
        return terminals.create({"name": name, "venue_id": cls.venue.id})

    # -- tills ------------------------------------------------------

    def _sync(self, config, lines, state="paid", **values):
        """Bring an order of a till to the server, as the till does."""
        uuid = values.pop("uuid", f"order-{next(_numbers)}")
        total = sum(
            line["price_unit"] * line["qty"] * (1 - line.get("discount", 0) / 100)
            for line in lines
        )
        order = {
            "uuid": uuid,
            "name": "Order",
            "company_id": config.company_id.id,
            "session_id": config.current_session_id.id,
            "pricelist_id": config.pricelist_id.id,
            "amount_total": total,
            "amount_paid": total if state == "paid" else 0,
            "amount_tax": 0,
            "amount_return": 0,
            "date_order": fields.Datetime.to_string(fields.Datetime.now()),
            "access_token": f"token-{next(_numbers)}",
            "state": state,
            "lines": [Command.create(self._line(line)) for line in lines],
            "payment_ids": [],
            **values,
        }
        if state == "paid" and "payment_ids" not in values:
            payment = {
                "amount": total,
                "payment_method_id": config.payment_method_ids[:1].id,
            }
            order["payment_ids"] = [Command.create(payment)]
        self.env["pos.order"].sync_from_ui([order])
        return self.env["pos.order"].search([("uuid", "=", uuid)])

    def _line(self, line):
        amount = line["price_unit"] * line["qty"] * (1 - line.get("discount", 0) / 100)
        return {
            "name": "Line",
            "price_subtotal": amount,
            "price_subtotal_incl": amount,
            "tax_ids": [],
            "uuid": f"line-{next(_numbers)}",
            **line,
        }

    def _sell(self, admission, *bands, qty=1, config=None, **values):
        """Sell an admission with bands that were held to the reader."""
        product = admission.product_ids.product_variant_ids[:1]
        places = [line for line in admission.line_ids for _n in range(line.count * qty)]
        given = [
            {"id": band.id, "number": band.number, "line": place.id}
            for band, place in zip(bands, places, strict=False)
        ]
        line = {
            "product_id": product.id,
            "qty": qty,
            "price_unit": product.list_price,
            "access_bands": given,
        }
        order = self._sync(config or self.desk, [line], **values)
        return order.lines.access_stay_ids

    def _put_on(self, stay, qty=1, product=None, config=None):
        """Sell something at the bar, on the band."""
        config, product = config or self.bar, product or self.beer
        line = {
            "product_id": product.id,
            "qty": qty,
            "price_unit": product.list_price,
        }
        order = self._sync(config, [line], state="draft")
        config.action_access_put_on_band(order.id, stay.wristband_id.value)
        return order

    def _bill_of(self, stays, uuid="bill", config=None, **values):
        config = config or self.desk
        return config.action_access_bill(stays.ids, uuid, **values)["lines"]

    def _pay(self, stays, uuid="bill", config=None, **values):
        """Read bands at the desk and pay what they owe."""
        lines = self._bill_of(stays, uuid, config, **values)
        return self._pay_lines(lines, uuid, config)

    def _pay_lines(self, lines, uuid="bill", config=None, **changes):
        return self._sync(
            config or self.desk,
            [
                {
                    "product_id": line["product_id"],
                    "qty": line["qty"],
                    "price_unit": line["price_unit"],
                    "access_charge_uuid": line["uuid"],
                    **changes,
                }
                for line in lines
            ],
            uuid=uuid,
        )

    # -- gates ------------------------------------------------------

    def _pass(self, stay, point=None, at=None):
        """Let a guest pass a gate, as its gateway tells it."""
        point, at = point or self.gate, at or fields.Datetime.now()
        band = stay.credential_ids.filtered(lambda one: one.kind == "wristband")[-1:]
        event = PassageEvent(
            utc_text(as_utc(at)),
            point.id,
            False,
            Reason.PASSED.value,
            person=self._person(stay),
            credential=band.id,
            zone=point.zone_to_id.id or 0,
        )
        self._tell(event)

    # -- time ------------------------------------------------------

    def setUp(self):
        super().setUp()
        clock = freeze_time(NOON)
        clock.start()
        self.addCleanup(clock.stop)

    def _in_minutes(self, minutes):
        return freeze_time(NOON + timedelta(minutes=minutes))

    def _minutes_ago(self, minutes):
        return self._in_minutes(-minutes)

    def _now(self):
        return fields.Datetime.now()

    def _person(self, stay):
        known = [("partner_id", "=", stay.guest_id.id)]
        return self.env["access.person"].search(known, limit=1).id

    def _tell(self, *events):
        """Bring events into the log, as a gateway does."""
        sequence, digest = self.journal._head()
        rows = []
        for number, event in enumerate(events, sequence + 1):
            record = event.record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        self.env["access.event"]._ingest(self.journal, rows)
        self.env.invalidate_all()


_numbers = iter(range(1, 1_000_000))
