from datetime import datetime, timedelta, timezone

from odoo.fields import Command

from odoo.addons.access_base.access_tariff import Passage, Stay, price
from odoo.addons.access_base.tests.common import AccessCommon

# At ten in Warsaw.
TEN = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)


class PoolCommon(AccessCommon):
    """A pool with its sauna, customer kinds and the public price lists."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wet = cls._zone("Wet Area")
        cls.pool = cls._zone("Pool", parent_id=cls.wet.id)
        cls.sauna = cls._zone("Sauna", parent_id=cls.wet.id)
        cls.adult, cls.child = (
            cls.env["access.customer.kind"].create({"name": name, "code": name.lower()})
            for name in ("Adult", "Child")
        )
        names = "Pool", "Overtime", "Sauna", "Lost Band", "Discount"
        cls.products = {name: cls._product(name) for name in names}

    @classmethod
    def _product(cls, name):
        return cls.env["product.product"].create({"name": name, "type": "service"})

    @classmethod
    def _step(cls, amount, product="Pool", cases=(), **values):
        return Command.create(
            {
                "price": amount,
                "product_id": cls.products[product].id,
                "case_ids": [Command.create(case) for case in cases],
                **values,
            }
        )

    @classmethod
    def _clock(cls, *steps, name="Pool", **values):
        return Command.create({"name": name, "step_ids": list(steps), **values})

    @classmethod
    def _tariff(cls, *clocks, name="Pool", **values):
        return cls.env["access.tariff"].create(
            {
                "name": name,
                "venue_id": cls.venue.id,
                "clock_ids": list(clocks),
                **values,
            }
        )

    @classmethod
    def _adjustment(cls, name="Day", **values):
        product = cls.products["Discount"]
        return Command.create({"name": name, "product_id": product.id, **values})

    @classmethod
    def _by_the_minute(cls, **values):
        """60 minutes, ten more to change in, then 0.60 a minute, 0.90 in the sauna."""
        sauna = {"price": 0.9, "zone_ids": cls.sauna.ids}
        overtime = {"after": 60, "tolerance": 10, "every": 1, "cases": [sauna]}
        return cls._tariff(
            cls._clock(
                cls._step(29, cases=[{"price": 19, "kind_ids": cls.child.ids}]),
                cls._step(0.6, "Overtime", **overtime),
                zone_ids=cls.wet.ids,
            ),
            **{"name": "By the minute", "lost": "limit", "lost_instead": True},
            lost_product_id=cls.products["Lost Band"].id,
            **values,
        )

    @classmethod
    def _by_half_hours(cls, **values):
        """25 minutes of tolerance, then half hours; the sauna pauses the pool."""
        return cls._tariff(
            cls._clock(
                cls._step(120),
                cls._step(30, "Overtime", after=90, tolerance=25, every=30),
                zone_ids=cls.wet.ids,
                except_zone_ids=cls.sauna.ids,
            ),
            cls._clock(
                cls._step(50, "Sauna", every=30),
                name="Sauna",
                zone_ids=cls.sauna.ids,
            ),
            name="By half hours",
            **values,
        )

    def _bill(self, tariff, minutes, *passages, at=TEN, **values):
        """Price a stay by a list as it is; passages are pairs of zone and minute."""
        rules = tariff._use()._tariff()
        passages = tuple(
            Passage(zone.id, at + timedelta(minutes=minute))
            for zone, minute in passages or ((self.pool, 0),)
        )
        stay = Stay(passages, **values)
        return price(rules, stay, at + timedelta(minutes=minutes))

    def _total(self, *args, **values):
        return self._bill(*args, **values).total
