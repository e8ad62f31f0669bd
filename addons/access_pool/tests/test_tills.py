from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .desk_common import DeskCommon


class TillCommon(DeskCommon, HttpCase):
    """A till in a browser, and who works at it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.adult.band_color, cls.child.band_color = "blue", "green"
        cls.bands[:4].kind_id, cls.bands[4:].kind_id = cls.adult, cls.child
        cls.family = cls._admission("Family", (cls.adult, 2), (cls.child, 1), amount=77)
        cls.champagne = cls._goods("Champagne", 80)
        cls._cashier("cashier", "base.group_user", "point_of_sale.group_pos_user")
        cls._cashier("manager", "base.group_user", "point_of_sale.group_pos_manager")

    @classmethod
    def _cashier(cls, login, *groups):
        cls.env["res.users"].create(
            {
                "name": login.title(),
                "login": login,
                "password": login,
                "company_id": cls.env.company.id,
                "company_ids": [(6, 0, cls.env.company.ids)],
                "group_ids": [(6, 0, [cls.env.ref(group).id for group in groups])],
            }
        )

    def setUp(self):
        # The browser's clock runs, so the server's does.
        super(DeskCommon, self).setUp()
        self.begun = fields.Datetime.now()

    def _in_minutes(self, minutes):
        return freeze_time(self.begun + timedelta(minutes=minutes))

    def _tour(self, name, till=None, login="cashier"):
        config = till or self.desk
        self.start_tour(f"/pos/ui/{config.id}", f"access_pool_{name}", login=login)

    def _inside(self, *bands, minutes=30):
        with self._minutes_ago(minutes):
            bands = bands or self.bands[:1]
            stays = self._sell(self.adult_ticket, *bands, qty=len(bands))
            for stay in stays:
                self._pass(stay)
        return stays


@tagged("post_install", "-at_install")
class TestTills(TillCommon):
    """What cashiers do at the tills."""

    @mute_logger("odoo.http")
    def test_a_family_gets_its_bands(self):
        self.venue.self_service_config_id = self.bar  # so receipts have QR codes
        self._tour("family")
        stays = self.env["access.stay"].search([])
        self.assertEqual(
            sorted(stays.mapped("band_number")), ["A-001", "A-002", "A-005"]
        )
        self.assertEqual(len(stays.party_id), 1)

    def test_bands_are_given_after_the_payment(self):
        self._tour("given_later")
        stays = self.env["access.stay"].search([])
        self.assertEqual(stays.order_line_id.order_id.access_missing_bands, 0)
        self.assertEqual(len(stays), 3)

    @mute_logger("odoo.http")
    def test_the_bar_sells_up_to_the_limit(self):
        stay = self._inside()
        self._tour("bar", self.bar)
        self.assertEqual(stay._limit_left(), 38)

    def test_a_family_pays_and_leaves(self):
        stays = self._inside(*self.bands[:2])
        self._put_on(stays[0])
        # While the bands are read; then the guest empties it.
        locked = {stays[0].id: ["12"]}
        real = type(stays)._locked
        shown = iter([locked] * 2)
        with patch.object(
            type(stays), "_locked", lambda these: next(shown, None) or real(these)
        ):
            self._tour("exit")
        self.assertEqual(set(stays.mapped("state")), {"settled"})
        self.assertEqual(set(self.bands[:2].mapped("state")), {"store"})
        order = self.env["pos.order"].search([("amount_total", "=", 12)], limit=1)
        self.assertEqual(order.state, "paid")

    def test_nothing_owed_is_straight_to_the_ticket(self):
        stay = self._inside()
        self._tour("nothing_owed")
        self.assertEqual(stay.state, "settled")

    def test_a_lost_band_is_paid_for(self):
        stay = self._inside()
        self._tour("lost")
        self.assertEqual(stay.state, "settled")
        self.assertTrue(self.bands[0].is_lost)

    def test_bands_are_handed_out_against_a_card(self):
        card = self._season_card()
        self._tour("card")
        self.assertEqual(card.stay_ids.band_number, "A-001")
        self.assertEqual(card.left, 20)

    def _season_card(self):
        entries = {"name": "Entries", "type": "entries", "tariff_id": self.tariff.id}
        admission = self._admission(
            "Season card",
            (self.adult, 1),
            type="card",
            cover_id=self.env["access.tariff.cover"].create(entries).id,
            units=10,
            bands_most=2,
        )
        holder = self.env["res.partner"].create({"name": "Anna"})
        credential = self.env["access.credential"].create(
            {"partner_id": holder.id, "kind": "card", "value": "CA4D4711"}
        )
        card = self.env["access.pool.card"].create(
            {
                "partner_id": holder.id,
                "admission_id": admission.id,
                "credential_id": credential.id,
            }
        )
        card.sudo().move_ids = [(0, 0, {"quantity": 10})]
        return card

    def test_the_tab_is_paid_and_the_guest_stays(self):
        stay = self._inside(minutes=90)
        self._put_on(stay)
        self._tour("tab_only")
        self.assertEqual((stay.state, stay._limit_left()), ("out", 50))

    def test_a_bill_is_taken_over_from_another_till(self):
        stay = self._inside()
        self._put_on(stay)
        self._bill_of(stay, "other", self.bar)
        self._tour("other_till")
