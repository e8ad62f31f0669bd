from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_tills import TillCommon


@tagged("post_install", "-at_install")
class TestExitDesk(TillCommon):
    """What cashiers and managers do when something is not as usual."""

    # -- refunded ------------------------------------------------------

    def test_the_band_that_is_read_comes_back_with_a_refund(self):
        stays = self._sell(self.adult_ticket, *self.bands[:2], qty=2)
        self._pass(stays[0])
        self._tour("refund")
        self.assertEqual(stays.mapped("state"), ["out", "cancelled"])
        self.assertEqual(self.bands[1].state, "store")
        order = stays.order_line_id.order_id
        self.assertEqual(order.access_missing_bands, 0)

    def test_a_manager_refunds_without_the_band(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._pass(stay)
        self._tour("refund_without", login="manager")
        self.assertEqual(stay.order_line_id.refunded_qty, 1)
        self.assertEqual(stay.state, "out")

    # -- corrected, let out ------------------------------------------------------

    @mute_logger("odoo.http")
    def test_a_manager_corrects_the_bill(self):
        stay = self._inside()
        self._put_on(stay)
        self._tour("correct", login="manager")
        self.assertEqual(stay.state, "settled")
        self.assertIn("Gate was stuck", stay.charge_ids.mapped("reason"))

    def test_a_lost_exit_ticket_is_printed_again_with_the_receipt(self):
        self._put_on(self._inside())
        self._tour("reprint")

    def test_a_cashier_corrects_nothing(self):
        self._inside()
        self._tour("no_correction")

    @mute_logger("odoo.http")
    def test_a_manager_lets_out_who_has_a_locker_locked(self):
        stay = self._inside()
        with self._locked(stay):
            self._tour("locker", login="manager")
        self.assertEqual(stay.state, "settled")

    @mute_logger("odoo.http")
    def test_a_cashier_lets_nobody_out_who_has_a_locker_locked(self):
        stay = self._inside()
        with self._locked(stay):
            self._tour("locker_keeps")
        self.assertEqual(stay.state, "out")

    def _locked(self, stay):
        locked = {stay.id: ["12"]}
        return patch.object(type(stay), "_locked", lambda _stays: locked)

    # -- groups ------------------------------------------------------

    def test_the_leader_brings_the_bands_of_the_group(self):
        stays = self._group(*self.bands[:3])
        self._tour("group")
        self.assertEqual(set(stays.mapped("state")), {"settled"})
        self.assertEqual(set(self.bands[:3].mapped("state")), {"store"})

    def _group(self, *bands):
        self.tariff.cover_ids = [Command.create({"name": "Class", "minutes": 60})]
        admission = self._admission(
            "Group card",
            (self.adult, 1),
            type="card",
            cover_id=(self.tariff.cover_ids - self.cover).id,
            draws="session",
            units=5,
            bands_most=5,
        )
        admission.line_ids.is_leader = True
        admission.line_ids = [Command.create({"kind_id": self.adult.id, "count": 4})]
        card = self.env["access.pool.card"].create(
            {"partner_id": self.anna.id, "admission_id": admission.id}
        )
        card.sudo().move_ids = [Command.create({"quantity": 5})]
        with self._minutes_ago(30):
            bands = self.env["access.wristband"].union(*bands)
            given = self.desk.action_access_hand_out(card.id, bands.ids)
            stays = card.stay_ids.sorted("id")
            for stay in stays:
                self._pass(stay)
        self.assertEqual(len(given["stays"]), len(bands))
        return stays

    # -- seen, counted ------------------------------------------------------

    def test_two_touches_lead_to_the_payment(self):
        self._put_on(self._inside())
        self._tour("two_touches")

    def test_a_till_shows_where_it_is_full(self):
        self.pool.capacity, self.wet.capacity = 1, 40
        with self._minutes_ago(120):
            gone = self._sell(self.adult_ticket, self.bands[2])
            self._pass(gone)
        out = self._point("Way out", zone_from_id=self.wet.id)
        with self._minutes_ago(20):
            self._pass(gone, out)
        self._inside()
        self._tour("places")

    # -- without a server ------------------------------------------------------

    @mute_logger("odoo.http")
    def test_a_sale_is_kept_until_the_server_is_back_and_the_till_starts_anew(self):
        self._tour("sale_over_restart")
        stays = self.env["access.stay"].search([])
        self.assertEqual(
            sorted(stays.mapped("band_number")), ["A-001", "A-002", "A-005"]
        )
        self.assertEqual(len(stays.order_line_id.order_id), 1)

    def test_who_paid_without_a_server_gets_the_ticket_when_it_is_back(self):
        stay = self._inside(minutes=90)
        self._tour("exit_without_server")
        self.assertEqual(stay.state, "settled")
