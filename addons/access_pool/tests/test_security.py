from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, mute_logger, new_test_user, tagged

from odoo.addons.access_base.tests.security_common import SecurityCommon

from .common import PoolCommon

MATRIX = """
                                user  reception  operator  manager  auditor
access.customer.kind            r     r          r         crwd     r
access.day.kind                 r     r          r         crwd     r
access.pool.terminal            r     r          r         crwd     r
access.tariff                   r     r          r         crwd     r
access.tariff.adjustment        r     r          r         crwd     r
access.tariff.case              r     r          r         crwd     r
access.tariff.clock             r     r          r         crwd     r
access.tariff.cover             r     r          r         crwd     r
access.tariff.place             r     r          r         crwd     r
access.tariff.question          crw   crw        crw       crw      crw
access.tariff.question.line     r     r          r         r        r
access.tariff.question.passage  crwd  crwd       crwd      crwd     crwd
access.tariff.step              r     r          r         crwd     r
access.tariff.version           r     r          r         r        r
"""
CALLS = {
    "access.pool.terminal action_open": "manager",
    "access.pool.terminal action_renew": "manager",
    "access.tariff action_ask": "user",
    "access.tariff action_view_versions": "user",
    "access.tariff copy": "manager",
    "access.tariff copy_data": "user",
}


class TestSecurity(PoolCommon, SecurityCommon):
    def test_roles(self):
        self._assert_matrix(MATRIX, "access_pool")


class TestOtherCompany(PoolCommon, SecurityCommon):
    """The highest role of another company sees and changes nothing of this one."""

    refusal = UserError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.stranger = new_test_user(
            cls.env,
            "stranger",
            groups="access_base.group_manager,base.group_allow_export",
            company_id=cls.other.id,
            company_ids=cls.other.ids,
        )
        cls.env["access.day.kind"].create({"name": "Monday", "monday": True})
        place = Command.create({"kind_ids": cls.adult.ids})
        family = {"name": "Family", "type": "group", "place_ids": [place]}
        family["product_id"] = cls.products["Pool"].id
        cls.tariff = cls._by_the_minute(
            cover_ids=[Command.create(family)],
            adjustment_ids=[cls._adjustment(effect="most", price=89)],
        )
        cls.tariff._use()

    def test_sees_and_changes_no_record(self):
        models = sorted(
            model
            for model in self._models_of("access_pool")
            if not self.env[model]._transient
        )
        self.assertEqual(len(models), 10)
        for model in models:
            record = self.env[model].search([], limit=1)
            self.assertTrue(record, f"nothing to test of {model}")
            theirs = record.with_user(self.stranger)
            self.env.invalidate_all()
            self.assertFalse(theirs.search([("id", "in", record.ids)]), model)
            self._refused(theirs.read, ["company_id"])
            self._refused(theirs.export_data, ["company_id"])
            self._refused(theirs.write, {"display_name": "x"})
            self._refused(theirs.unlink)

    def test_uses_nothing_of_it_in_lists_of_its_own(self):
        venue = self.env["access.venue"].create(
            {"name": "Theirs", "tz": "UTC", "company_id": self.other.id}
        )
        tariff = self.env["access.tariff"].with_user(self.stranger)
        tariff = tariff.create({"name": "Theirs", "venue_id": venue.id})
        for vals in ({"kind_ids": self.adult.ids}, {"zone_ids": self.pool.ids}):
            clock = Command.create({"name": "Pool", **vals})
            self._refused(tariff.write, {"clock_ids": [clock]})


@tagged("post_install", "-at_install")
class TestJson2(PoolCommon, SecurityCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_every_button_as_every_role(self):
        terminals = self.env["access.pool.terminal"]
        records = {
            "access.tariff": self._by_the_minute(),
            "access.pool.terminal": terminals.create(
                {"name": "Foyer", "venue_id": self.venue.id}
            ),
        }
        self._assert_calls(CALLS, "access_pool", records)
