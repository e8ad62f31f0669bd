from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time

from .common import AccessCommon


@freeze_time("2026-11-23 12:00:00")
class TestAccessEmergency(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls._user("operator", name="Marek")
        cls.sauna = cls._zone("Sauna", parent_id=cls.gym.id)
        cls.pool = cls._zone("Pool")
        cls.sauna_door = cls._point("Sauna door", zone_to_id=cls.sauna.id)
        cls.pool_gate = cls._point("Pool gate", zone_to_id=cls.pool.id)
        cls.gate = cls._point("Gate in the fence")

    def _declare(self, place, mode="unlocked", reason="Fire in the sauna", user=None):
        place = place.with_user(user or self.operator).with_context(access_mode=mode)
        action = place.action_emergency()
        dialog = Form(
            self.env["access.order.dialog"]
            .with_user(self.operator)
            .with_context(**action["context"])
        )
        dialog.reason = reason
        dialog.save().action_order()

    def test_opens_the_tree_of_a_zone_and_nothing_else(self):
        self._declare(self.gym)
        self.assertEqual(self.turnstile.mode, "unlocked")
        self.assertEqual(self.sauna_door.mode, "unlocked")
        self.assertEqual(self.pool_gate.mode, "controlled")

    def test_venue_means_all_its_points_also_those_without_a_zone(self):
        self._declare(self.venue, "locked")
        points = self.venue.point_ids
        self.assertIn(self.gate, points)
        self.assertEqual(set(points.mapped("mode")), {"locked"})

    def test_comes_before_what_staff_ordered(self):
        self._order(self.turnstile, kind="staff", mode="locked")
        self._declare(self.gym)
        self.assertEqual(self.turnstile.mode, "unlocked")

    def test_says_who_and_why_wherever_it_holds(self):
        self._declare(self.gym)
        for place in (self.venue, self.gym, self.sauna):
            self.assertEqual(
                place.emergency_words, "Unlocked by Marek: Fire in the sauna (Gym)"
            )
        self.assertFalse(self.pool.emergency_words)
        self.assertTrue(self.sauna_door.is_emergency)
        self.assertEqual(
            self.sauna_door.mode_reason, "Emergency, Marek: Fire in the sauna"
        )

    def test_is_no_ordinary_mode(self):
        dialog = self.env["access.order.dialog"].with_user(self.operator)
        dialog = dialog.create(
            {
                "kind": "emergency",
                "mode": "controlled",
                "zone_ids": self.gym.ids,
                "reason": "Fire",
            }
        )
        with self.assertRaisesRegex(ValidationError, "An emergency unlocks"):
            dialog.action_order()

    def test_button_says_which_mode(self):
        for place in (self.gym, self.venue):
            for context in ({}, {"access_mode": "wide open"}):
                place = place.with_context(**context).with_user(self.operator)
                with self.assertRaisesRegex(ValidationError, "Say which mode"):
                    place.action_emergency()
        with self.assertRaisesRegex(ValidationError, "Say which mode"):
            self.turnstile.with_user(self.operator).action_set_mode()

    def test_needs_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "Say why"):
            self._declare(self.gym, reason="  ")

    def test_ends_from_any_place_that_it_holds_at(self):
        for place in (self.gym, self.sauna, self.venue, self.sauna_door):
            self._declare(self.gym)
            place.with_user(self.operator).action_end_emergency()
            self.assertEqual(self.turnstile.mode, "controlled")
            self.assertFalse(self.gym.emergency_words)

    def test_what_staff_ordered_holds_again_after_it(self):
        self._order(self.turnstile, kind="staff", mode="locked")
        self._declare(self.gym)
        self.gym.with_user(self.operator).action_end_emergency()
        self.assertEqual(self.turnstile.mode, "locked")

    def test_reception_neither_declares_nor_ends_it(self):
        reception = self._user("reception")
        with self.assertRaisesRegex(AccessError, "Only operators"):
            self._declare(self.gym, user=reception)
        self._declare(self.gym)
        with self.assertRaisesRegex(AccessError, "Only operators"):
            self.gym.with_user(reception).action_end_emergency()
