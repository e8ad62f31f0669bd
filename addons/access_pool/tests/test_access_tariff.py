from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, mute_logger

from odoo.addons.access_base.access_tariff import (
    Held,
    Passage,
    Stay,
    price_party,
)

from .common import TEN, PoolCommon


class TestPriceLists(PoolCommon):
    """Both public lists come out to the cent."""

    def test_by_the_minute(self):
        tariff = self._by_the_minute()
        for minutes, cost in (
            (0, 2900),
            (60, 2900),
            (70, 2900),
            (70.1, 2960),
            (71, 2960),
            (130, 6500),
        ):
            self.assertEqual(self._total(tariff, minutes), cost, minutes)

    def test_overtime_costs_more_in_the_sauna(self):
        zones = (self.pool, 0), (self.sauna, 80), (self.pool, 90)
        lines = self._bill(self._by_the_minute(), 100, *zones).lines
        self.assertEqual(
            [(line.zone, line.quantity, line.unit_price) for line in lines],
            [
                (self.pool.id, 1, 2900),
                (self.pool.id, 20, 60),
                (self.sauna.id, 10, 90),
            ],
        )
        products = [self.products[name] for name in ("Pool", "Overtime", "Overtime")]
        self.assertEqual(
            [line.product for line in lines], [str(one.id) for one in products]
        )

    def test_by_half_hours(self):
        tariff = self._by_half_hours()
        costs = (115, 12000), (116, 15000), (145, 15000), (146, 18000)
        for minutes, cost in costs:
            self.assertEqual(self._total(tariff, minutes), cost, minutes)

    def test_sauna_pauses_the_clock_of_the_pool(self):
        tariff = self._by_half_hours()
        zones = (self.pool, 0), (self.sauna, 60), (self.pool, 120)
        self.assertEqual(self._total(tariff, 175, *zones), 22000)
        self.assertEqual(self._total(tariff, 176, *zones), 25000)

    def test_lost_band_costs_the_whole_credit_limit(self):
        tariff = self._by_the_minute()
        for limit in (15000, 3000):
            bill = self._bill(tariff, 300, lost=True, credit_limit=limit)
            self.assertEqual(bill.total, limit)
            product = self.products["Lost Band"]
            self.assertEqual(bill.lines[0].product, str(product.id))

    def test_lost_band_costs_a_fee_of_its_own(self):
        tariff = self._tariff(
            self._clock(self._step(25)),
            lost="fee",
            lost_price=150,
            lost_product_id=self.products["Lost Band"].id,
            lost_case_ids=[
                Command.create({"price": 30, "kind_ids": self.child.ids}),
            ],
        )
        self.assertEqual(self._total(tariff, 60, lost=True), 17500)
        self.assertEqual(self._total(tariff, 60, lost=True, kind="child"), 5500)

    def test_child_pays_less(self):
        tariff = self._by_the_minute()
        self.assertEqual(self._total(tariff, 60, kind="child"), 1900)
        self.assertEqual(self._total(tariff, 60, kind="adult"), 2900)

    def test_archived_kind_keeps_its_price_to_itself(self):
        tariff = self._by_the_minute()
        self.child.active = False
        self.assertEqual(self._total(tariff, 60, kind="adult"), 2900)

    def test_day_maximum_of_all_clocks(self):
        most = self._adjustment(effect="most", price=89, period="day")
        tariff = self._by_the_minute(adjustment_ids=[most])
        self.assertEqual(self._total(tariff, 600), 8900)

    def test_discount_in_percent(self):
        less = self._adjustment(effect="percent", percent=10)
        tariff = self._by_the_minute(adjustment_ids=[less])
        self.assertEqual(self._total(tariff, 60), 2610)

    def test_package_of_minutes(self):
        card = Command.create({"name": "10 hours", "type": "minutes", "unit": 30})
        tariff = self._by_the_minute(cover_ids=[card])
        bill = self._bill(tariff, 70, held=(Held("10 hours", 600),))
        self.assertEqual(bill.total, 0)
        self.assertEqual(bill.draws, (("10 hours", 90),))

    def test_family(self):
        family = Command.create(
            {
                "name": "Family",
                "type": "group",
                "minutes": 60,
                "price": 75,
                "product_id": self.products["Pool"].id,
                "place_ids": [
                    Command.create({"kind_ids": kind.ids, "least": 1, "most": 2})
                    for kind in (self.adult, self.child)
                ],
            }
        )
        rules = self._by_the_minute(cover_ids=[family])._use()._tariff()
        stays = tuple(
            Stay((Passage(self.pool.id, TEN),), kind=kind)
            for kind in ("adult", "adult", "child", "child")
        )
        at = TEN + timedelta(minutes=60)
        self.assertEqual(price_party(rules, stays, at, "Family").total, 7500)

    def test_weekend_and_holidays(self):
        days = self.env["access.day.kind"].create(
            {
                "name": "Weekend and holidays",
                "saturday": True,
                "sunday": True,
                "holiday": True,
            }
        )
        self._holiday("2026-11-24")
        tariff = self._tariff(
            self._clock(
                self._step(100, cases=[{"price": 140, "day_kind_ids": days.ids}])
            )
        )
        with freeze_time("2026-11-23"):
            found = [
                self._total(tariff, 60, at=TEN + timedelta(days=day))
                for day in range(-2, 3)
            ]
        self.assertEqual(found, [14000, 14000, 10000, 14000, 10000])

    def _holiday(self, day):
        self.env["calendar.public.holiday"].create(
            {
                "year": int(day[:4]),
                "line_ids": [Command.create({"name": "Holiday", "date": day})],
            }
        )

    def test_hours_of_entry(self):
        late = {"price": 15, "hour_from": 20, "hour_to": 6}
        tariff = self._tariff(self._clock(self._step(29, cases=[late])))
        self.assertEqual(self._total(tariff, 60), 2900)
        evening = TEN + timedelta(hours=10)
        self.assertEqual(self._total(tariff, 60, at=evening), 1500)
        self.assertEqual(
            self._total(tariff, 60, at=evening - timedelta(minutes=1)), 2900
        )

    def test_clock_that_runs_nowhere_costs_nothing(self):
        zones = {"zone_ids": self.sauna.ids, "except_zone_ids": self.wet.ids}
        tariff = self._tariff(self._clock(self._step(29), **zones))
        self.assertEqual(self._total(tariff, 60), 0)
        self.assertEqual(self._total(tariff, 60, (self.sauna, 0)), 0)

    def test_new_zones_inside_count(self):
        tariff = self._by_the_minute()
        bar = self._zone("Bar", parent_id=self.wet.id)
        self.assertEqual(self._total(tariff, 60, (bar, 0)), 2900)


class TestMoney(PoolCommon):
    def test_amounts_are_exact(self):
        """Also those that a binary fraction cannot hold."""
        tariffs = self.env["access.tariff"]
        cents = self.env.ref("base.EUR")
        for units in (0, 1, 7, 29, 57, 58, 113, 1001, 100110, 28999999, 99999999999):
            self.assertEqual(tariffs._units(units / 100, cents), units)
            self.assertEqual(
                tariffs._units(tariffs._amount(units, cents), cents), units
            )

    def test_other_units(self):
        tariffs = self.env["access.tariff"]
        yen = self.env["res.currency"].create(
            {"name": "YYY", "symbol": "Y", "rounding": 1}
        )
        fils = self.env["res.currency"].create(
            {"name": "FFF", "symbol": "F", "rounding": 0.001}
        )
        self.assertEqual(tariffs._units(500, yen), 500)
        self.assertEqual(tariffs._units(0.155, fils), 155)
        self.assertEqual(tariffs._amount(155, fils), 0.155)


class TestRefusals(PoolCommon):
    """What cannot be calculated is refused, in words that name the line."""

    def _refused(self, words, call, *args):
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            call(*args)

    def test_limits_that_cross(self):
        tariff = self._by_half_hours()
        pool, sauna = tariff.clock_ids
        crossing = [
            self._adjustment("Day", effect="most", price=9, clock_ids=pool.ids),
            self._adjustment("Card", effect="percent", percent=5, period="day"),
        ]
        self._refused(
            "Card comes after Day", tariff.write, {"adjustment_ids": crossing}
        )

    def test_price_for_a_zone_where_the_clock_stands(self):
        tariff = self._by_half_hours()
        step = tariff.clock_ids[0].step_ids[0]
        case = {"step_id": step.id, "price": 5, "zone_ids": self.sauna.ids}
        self._refused(
            "Pool has a price for a zone in which",
            self.env["access.tariff.case"].create,
            case,
        )

    def test_zone_of_another_venue(self):
        venue = self.env["access.venue"].create({"name": "Elsewhere", "tz": "UTC"})
        tariff = self._by_half_hours()
        self._refused(
            "Wet Area is not a zone of Elsewhere", tariff.write, {"venue_id": venue.id}
        )

    def test_lost_band_without_a_product(self):
        clock = self._clock(self._step(5))
        self._refused(
            "product that a lost band", lambda: self._tariff(clock, lost="limit")
        )

    def test_rounding_without_a_product(self):
        tariff = self._by_the_minute()
        self._refused("a rounding is sold as", tariff.write, {"rounding": 0.1})

    def test_group_without_a_product(self):
        family = Command.create({"name": "Family", "type": "group", "price": 5})
        self._refused(
            "Family: choose the product",
            lambda: self._by_the_minute(cover_ids=[family]),
        )

    def test_too_much(self):
        tariff = self._by_the_minute()
        step = tariff.clock_ids.step_ids[0]
        self._refused(
            "cannot be calculated: .*clocks.*Pool.*price",
            step.write,
            {"price": 99999999},
        )

    @mute_logger("odoo.sql_db")
    def test_what_the_database_refuses(self):
        tariff = self._by_half_hours()
        pool, sauna = tariff.clock_ids
        step = pool.step_ids[0]
        for record, vals in (
            (sauna, {"name": "Pool"}),
            (step, {"price": -1}),
            (step, {"after": -1}),
            (step, {"every": 0, "per": 60}),
            (pool, {"hour_to": 25}),
            (pool, {"hour_from": 7, "hour_to": 7}),
            (tariff, {"exit_grace": -1}),
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                record.write(vals)

    def test_clock_that_a_limit_is_about(self):
        tariff = self._by_half_hours()
        pool, sauna = tariff.clock_ids
        limit = self._adjustment(effect="most", price=9, clock_ids=sauna.ids)
        tariff.adjustment_ids = [limit]
        with self.assertRaisesRegex(UserError, "Day is about the clock Sauna"):
            sauna.unlink()
        pool.unlink()
        tariff.unlink()
        self.assertFalse(sauna.exists())

    def test_saved_together_is_checked_together(self):
        """Names may be swapped, and a limit added with the clock that it is about."""
        tariff = self._by_half_hours()
        pool, sauna = tariff.clock_ids
        tariff.adjustment_ids = [
            self._adjustment("A", effect="most", price=9, clock_ids=pool.ids)
        ]
        first = tariff.adjustment_ids
        tariff.write(
            {
                "adjustment_ids": [
                    self._adjustment("B", effect="percent", percent=5, period="day"),
                    Command.update(first.id, {"period": "day"}),
                ]
            }
        )
        self.assertEqual(len(tariff.adjustment_ids), 2)


class TestCopies(PoolCommon):
    def test_copy_costs_the_same(self):
        tariff = self._by_half_hours()
        limit = self._adjustment(
            effect="most", price=200, clock_ids=tariff.clock_ids[0].ids
        )
        tariff.adjustment_ids = [limit]
        copy = tariff.copy()
        self.assertEqual(copy.name, "By half hours (copy)")
        self.assertEqual(copy.adjustment_ids.clock_ids, copy.clock_ids[0])
        self.assertEqual(copy._document(), tariff._document())

    def test_steps_say_in_words_what_they_cost(self):
        tariff = self._by_the_minute()
        self.assertRegex(
            tariff.clock_ids.steps_summary,
            r"29.00.* \(.*19.00.* Child\); .*0.60.* \(.*0.90.* Sauna\) each started "
            r"minute after 60 min \(10 min tolerance\)",
        )
        self.assertEqual(tariff.clock_ids.condition_words, "Wet Area")
