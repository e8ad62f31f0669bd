from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, mute_logger, new_test_user, tagged

from odoo.addons.access_base.tests.security_common import SecurityCommon

from .desk_common import DeskCommon

MATRIX = """
                                    user  reception  operator  manager  auditor
access.admission                    r     r          r         crwd     r
access.admission.line               r     r          r         crwd     r
access.customer.kind                r     r          r         crwd     r
access.day.end                      -     -          crw       crw      crw
access.day.kind                     r     r          r         crwd     r
access.pool.card                    r     crw        crw       crwd     r
access.pool.card.correction         -     -          -         crw      -
access.pool.card.move               r     r          r         r        r
access.pool.sale                    -     -          -         r        r
access.pool.terminal                r     r          r         crwd     r
access.stay                         r     r          r         r        r
access.stay.charge                  r     r          r         r        r
access.tariff                       r     r          r         crwd     r
access.tariff.adjustment            r     r          r         crwd     r
access.tariff.case                  r     r          r         crwd     r
access.tariff.clock                 r     r          r         crwd     r
access.tariff.cover                 r     r          r         crwd     r
access.tariff.place                 r     r          r         crwd     r
access.tariff.question              crw   crw        crw       crw      crw
access.tariff.question.line         r     r          r         r        r
access.tariff.question.passage      crwd  crwd       crwd      crwd     crwd
access.tariff.step                  r     r          r         crwd     r
access.tariff.version               r     r          r         r        r
access.wristband                    r     crw        crw       crwd     r
access.wristband.registration       -     crw        crw       crw      -
access.wristband.registration.line  -     crwd       crwd      crwd     -
"""
CALLS = {
    "access.day.end action_print": "day end",
    "access.day.end action_view_bands": "day end",
    "access.day.end action_view_lockers": "day end",
    "access.day.end action_view_lost": "day end",
    "access.day.end action_view_sales": "day end",
    "access.day.end action_view_tabs": "day end",
    "access.pool.card action_block": "reception",
    "access.pool.card action_correct_balance": "manager",
    "access.pool.card action_issue": "reception",
    "access.pool.card action_unblock": "reception",
    "access.pool.card action_view_stays": "user",
    "access.pool.card.correction action_correct": "manager",
    "access.pool.terminal action_open": "manager",
    "access.pool.terminal action_renew": "manager",
    "access.stay action_view_charges": "user",
    "access.stay action_view_party": "user",
    "access.stay action_view_passages": "user",
    "access.stay action_view_tab": "user",
    "access.tariff action_ask": "user",
    "access.tariff action_view_versions": "user",
    "access.tariff copy": "manager",
    "access.tariff copy_data": "user",
    "access.wristband action_found": "reception",
    "access.wristband.registration action_register": "reception",
    "pos.config action_access_bill": "cashier",
    "pos.config action_access_correct": "head cashier",
    "pos.config action_access_exit": "cashier",
    "pos.config action_access_give": "cashier",
    "pos.config action_access_hand_out": "cashier",
    "pos.config action_access_lost": "cashier",
    "pos.config action_access_places": "cashier",
    "pos.config action_access_put_on_band": "cashier",
    "pos.config action_access_read": "cashier",
    "pos.config action_access_release": "cashier",
    "pos.config action_access_reserve": "cashier",
    "pos.config read_config_open_orders": "cashier",
    "pos.order action_pos_order_cancel": "cashier",
    "pos.order action_pos_order_paid": "cashier",
    "pos.order read_pos_orders": "cashier",
    "pos.session action_pos_session_closing_control": "cashier",
}
# Of whom only tills know.
WHO = {
    "cashier": {"cashier", "head_cashier"},
    "head cashier": {"head_cashier"},
    "day end": {"operator", "manager", "auditor"},
}


class TillRoles(DeskCommon, SecurityCommon):
    """The roles of access, and those who work at tills and have no role in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role, group in (("cashier", "user"), ("head_cashier", "manager")):
            group = f"base.group_user,point_of_sale.group_pos_{group}"
            cls.users[role] = new_test_user(cls.env, role, groups=group)
        cls.cover_entries = cls.env["access.tariff.cover"].create(
            {"name": "Entries", "type": "entries", "tariff_id": cls.tariff.id}
        )
        cls.season = cls._admission(
            "Season", (cls.adult, 1), type="card", cover_id=cls.cover_entries.id
        )
        cls.card = cls.env["access.pool.card"].create(
            {"partner_id": cls.anna.id, "admission_id": cls.season.id}
        )
        cls.card._correct(10, "Carried over")


@tagged("post_install", "-at_install")
class TestSecurity(TillRoles):
    def test_roles(self):
        self._assert_matrix(MATRIX, "access_pool")

    def test_a_till_of_another_company_is_refused(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        other = self.env["res.company"].create({"name": "Other"})
        companies = {"company_id": other.id, "company_ids": other.ids}
        group = "point_of_sale.group_pos_user"
        stranger = new_test_user(self.env, "stranger", groups=group, **companies)
        desk = self.desk.with_user(stranger)
        self._refused(desk.action_access_read, self.bands[0].value)
        self._refused(desk.action_access_exit, stay.ids)

    def test_a_till_does_nothing_with_guests_of_another_company(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["pos.config"].sudo().search([("company_id", "=", other.id)])
        stay.sudo().company_id = other
        self.assertFalse(theirs)
        with self.assertRaisesRegex(UserError, "not there any more"):
            self.desk.action_access_exit(stay.ids)


@tagged("post_install", "-at_install")
class TestOtherCompany(DeskCommon, SecurityCommon):
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
        entries = {"name": "Entries", "type": "entries"}
        cls.tariff.write(
            {
                "cover_ids": [Command.create(family), Command.create(entries)],
                "adjustment_ids": [cls._adjustment(effect="most", price=89)],
            }
        )
        cls.tariff._use()
        season = cls._admission(
            "Season", (cls.adult, 1), type="card", cover_id=cls.tariff.cover_ids[-1:].id
        )
        card = cls.env["access.pool.card"].create(
            {"partner_id": cls.anna.id, "admission_id": season.id}
        )
        card._correct(10, "Carried over")
        cls._terminal()

    def test_sees_and_changes_no_record(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._put_on(stay)
        self._bill_of(stay)
        models = sorted(
            model
            for model in self._models_of("access_pool")
            if not self.env[model]._transient
        )
        self.assertEqual(len(models), 19)
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
class TestJson2(TillRoles, HttpCase):
    @mute_logger("odoo.http")
    def test_every_button_as_every_role(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        day_end = {"venue_id": self.venue.id}
        correction = {"card_id": self.card.id, "quantity": 1, "reason": "Test"}
        line = Command.create({"number": "Z-001", "value": "04ZZ"})
        records = {
            "access.day.end": lambda user: self._made("access.day.end", user, day_end),
            "access.pool.card": self.card,
            "access.pool.terminal": self._terminal(),
            "access.pool.card.correction": lambda user: self._made(
                "access.pool.card.correction", user, correction
            ),
            "access.stay": stay,
            "access.tariff": self.tariff,
            "access.wristband": self.bands,
            "access.wristband.registration": lambda user: self._made(
                "access.wristband.registration", user, {"line_ids": [line]}
            ),
            "pos.config": self.desk,
            "pos.order": stay.order_line_id.order_id,
            "pos.session": self.bar.current_session_id,
        }
        band, guest, uuid = self.bands[1].value, stay.ids, {"order_uuid": "order"}
        arguments = {
            "bill": {"stay_ids": guest, **uuid},
            "correct": {"stay_id": stay.id, "amount": 1, "reason": "Test"},
            "exit": {"stay_ids": guest},
            "give": {"order_id": 0, "bands": []},
            "hand_out": {"card_id": self.card.id, "wristband_ids": []},
            "lost": {"stay_id": 0},
            "put_on_band": {"order_id": 0, "value": band},
            "read": {"value": band},
            "release": uuid,
            "reserve": {"wristband_id": 0, "admission_line_id": 0, **uuid},
        }
        arguments = {
            f"pos.config action_access_{name}": values
            for name, values in arguments.items()
        }
        none = [["id", "=", 0]]
        arguments |= {
            "pos.config read_config_open_orders": {"domain": {"pos.order": none}},
            "pos.order read_pos_orders": {"ids": [], "domain": none},
        }
        self._assert_calls(CALLS, "access_pool", records, WHO, arguments)

    def _made(self, model, user, values):
        return self.env[model].with_user(user).sudo().create(values)
