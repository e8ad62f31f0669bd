import json

from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError
from odoo.tests import mute_logger

from odoo.addons.access_base.access_tariff import Passage, Stay, price

from .common import TEN, PoolCommon


class TestVersions(PoolCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff = cls._by_the_minute()
        cls.entry = cls.tariff.clock_ids.step_ids[0]

    def test_same_list_is_one_version(self):
        version = self.tariff._use()
        self.assertEqual(self.tariff._use(), version)
        self.assertEqual(version.number, 1)
        self.assertEqual(version.company_id, self.tariff.company_id)
        self.assertEqual(version.display_name, "By the minute #1")
        self.assertEqual(self.tariff.version_count, 1)

    def test_stay_keeps_the_prices_that_it_began_with(self):
        began = self.tariff._use()
        self.entry.price = 35
        now = self.tariff._use()
        self.assertEqual(now.number, 2)
        stay = Stay((Passage(self.pool.id, TEN),))
        self.assertEqual(price(began._tariff(), stay, TEN).total, 2900)
        self.assertEqual(price(now._tariff(), stay, TEN).total, 3500)

    def test_prices_that_are_taken_back_are_their_old_version(self):
        began = self.tariff._use()
        self.entry.price = 35
        self.tariff._use()
        self.entry.price = 29
        self.assertEqual(self.tariff._use(), began)
        self.assertEqual(self.tariff.version_count, 2)

    def test_numbers_go_by_list(self):
        self.tariff._use()
        self.assertEqual(self._by_half_hours()._use().number, 1)

    def test_note_and_name_make_no_version(self):
        version = self.tariff._use()
        self.tariff.write({"name": "By minutes", "note": "Since May"})
        self.assertEqual(self.tariff._use(), version)

    def test_zone_that_was_built_makes_a_version(self):
        version = self.tariff._use()
        bar = self._zone("Bar", parent_id=self.wet.id)
        now = self.tariff._use()
        self.assertNotEqual(now, version)
        document = json.loads(now.document)
        self.assertIn(bar.id, document["clocks"][0]["where"]["zones"])

    @mute_logger("odoo.sql_db")
    def test_nobody_changes_a_version(self):
        version = self.tariff._use()
        columns = "number = 9", "document = '{}'", "company_id = NULL"
        queries = [f"UPDATE access_tariff_version SET {one}" for one in columns]
        queries += ["DELETE FROM access_tariff_version"]
        queries += ["TRUNCATE access_tariff_version CASCADE"]
        for query in queries:
            with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute(query)
        with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
            version.sudo().unlink()

    def test_nobody_makes_one_by_hand(self):
        manager = self._user("manager")
        values = {"tariff_id": self.tariff.id, "number": 7, "document": "{}"}
        versions = self.env["access.tariff.version"].with_user(manager)
        for call in (versions.create, versions.web_save):
            with self.assertRaises(AccessError):
                call(values) if call == versions.create else call(values, {})

    @mute_logger("odoo.sql_db")
    def test_list_that_was_used_is_not_deleted(self):
        self.tariff._use()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.tariff.unlink()
        self.tariff.active = False

    def test_reception_uses_a_list(self):
        """Who lets somebody in may not edit prices, and makes the version."""
        tariff = self.tariff.with_user(self._user("reception"))
        self.assertEqual(tariff._use().number, 1)
