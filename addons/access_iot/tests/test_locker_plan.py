from unittest.mock import patch

from odoo.exceptions import AccessError

from odoo.addons.access_base.access_policy import PassageEvent, link

from .common import GatewayCommon


class TestLockerPlan(GatewayCommon):
    """What attendants see on the plan, and do there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls._lockers()
        cls.point = cls.first.bank_id.point_id
        cls.operator = cls._user("operator")

    def setUp(self):
        super().setUp()
        self._pair()
        self.gateway._report(0, {}, [])

    def _assign(self, credential, number="A1", reason="locker_assigned"):
        sequence, digest = self.gateway.journal_id._end()
        event = PassageEvent(
            "2026-11-21T07:30:00.000Z",
            self.point.id,
            False,
            reason,
            credential=credential,
            note=number,
        )
        record = event.record(sequence + 1)
        rows = [(record, link(digest, record))]
        self.env["access.event"]._ingest(self.gateway.journal_id, rows)
        self.env.invalidate_all()

    def test_shows_who_has_a_locker_and_since_when(self):
        band = self._card()
        self._assign(band.id)
        self.assertEqual(self.first.holder_id, band)
        self.assertEqual(str(self.first.taken_since), "2026-11-21 07:30:00")
        self.assertEqual((self.first.state, self.second.state), ("taken", "free"))

    def test_is_free_again_when_it_was_freed(self):
        band = self._card()
        self._assign(band.id)
        self._assign(band.id, reason="locker_freed")
        self.assertFalse(self.first.holder_id or self.first.taken_since)
        self.assertEqual(self.first.state, "free")

    def test_taken_by_a_band_that_is_not_known_any_more(self):
        self._assign(999999999)
        self.assertEqual((self.first.state, self.first.holder_id.id), ("taken", False))

    def test_nothing_is_sure_while_the_gateway_is_silent(self):
        band = self._card()
        self._assign(band.id)
        self.gateway.sudo().last_seen = "2026-01-01"
        self.env.invalidate_all()
        self.assertEqual(self.first.state, "offline")
        self.assertEqual(self.first.holder_id, band)

    def test_attendant_takes_a_locker_out_of_order_and_back(self):
        locker = self.first.with_user(self.operator)
        locker.action_out_of_order()
        self.assertTrue(self.first.out_of_order)
        self.assertEqual(self.first.state, "out_of_order")
        locker.action_in_order()
        self.assertFalse(self.first.out_of_order)

    def test_nobody_else_does(self):
        reception = self._user("reception")
        for act in ("action_out_of_order", "action_in_order"):
            with self.assertRaises(AccessError):
                getattr(self.first.with_user(reception), act)()

    def test_other_screens_hear_of_it_at_once(self):
        groups = type(self.env["res.groups"])
        with patch.object(groups, "_bus_send") as sent:
            self.first.with_user(self.operator).action_out_of_order()
        sent.assert_called_once_with("access_event", {})
