from odoo.exceptions import ValidationError

from .common import AccessCommon


class TestAccessRight(AccessCommon):
    def setUp(self):
        super().setUp()
        self._card()

    def test_person_without_right_is_refused(self):
        self.assertEqual(self._decide(), "no_right")

    def test_right_of_the_person(self):
        self._right()
        self.assertEqual(self._decide(), "right")

    def test_right_of_a_tag_reaches_its_contacts(self):
        tag = self.env["res.partner.category"].create({"name": "Gym plan"})
        self._right(partner_ids=False, category_ids=tag.ids)
        self.assertEqual(self._decide(), "no_right")
        self.anna.category_id = tag
        self.assertEqual(self._decide(), "right")

    def test_right_for_a_single_point(self):
        self._right(zone_ids=False, point_ids=self.turnstile.ids)
        self.assertEqual(self._decide(), "right")

    def test_archived_right_is_none(self):
        self._right().action_archive()
        self.assertEqual(self._decide(), "no_right")

    def test_deny_beats_allow(self):
        self._right()
        self._right(effect="deny")
        self.assertEqual(self._decide(), "denied")

    def test_hours_are_those_of_the_venue(self):
        morning = self._band("Early", (5, 8, 12))  # Saturday, Warsaw is UTC+1
        self._right(bands=[morning])
        self.assertEqual(self._decide("2026-11-21 06:59"), "outside_hours")
        self.assertEqual(self._decide("2026-11-21 07:00"), "right")
        self.assertEqual(self._decide("2026-11-21 11:00"), "outside_hours")

    def test_hours_over_midnight(self):
        night = self._band("Late", (5, 22, 6))
        self._right(bands=[night])
        self.assertEqual(self._decide("2026-11-22 04:59"), "right")
        self.assertEqual(self._decide("2026-11-22 05:00"), "outside_hours")

    def test_changed_hours_count_at_once(self):
        band = self._band("Early", (5, 8, 12))
        self._right(bands=[band])
        self.assertEqual(self._decide("2026-11-21 11:30"), "outside_hours")
        band.period_ids.hour_to = 13
        self.assertEqual(self._decide("2026-11-21 11:30"), "right")

    def test_no_band_is_never(self):
        self._right(hours="bands")
        self.assertEqual(self._decide(), "outside_hours")

    def test_band_in_use_is_not_archived(self):
        band = self._band("Early", (5, 8, 12))
        self._right(bands=[band], effect="deny")
        with self.assertRaisesRegex(ValidationError, "take it out there first"):
            band.active = False
        with self.assertRaisesRegex(ValidationError, "take it out there first"):
            band.unlink()

    def test_weekdays(self):
        self._right(on_saturday=False)
        self.assertEqual(self._decide("2026-11-21 12:00"), "outside_hours")
        self.assertEqual(self._decide("2026-11-22 12:00"), "right")

    def test_validity(self):
        self._right(valid_from="2026-11-21 10:00:00", valid_to="2026-11-21 12:00:00")
        self.assertEqual(self._decide("2026-11-21 09:59"), "right_not_yet_valid")
        self.assertEqual(self._decide("2026-11-21 10:00"), "right")
        self.assertEqual(self._decide("2026-11-21 12:00"), "right_expired")

    def test_right_is_told_in_words(self):
        band = self._band("Early", (5, 8, 12))
        right = self._right(bands=[band], on_sunday=False)
        self.assertEqual(right.who, "Anna Nowak")
        self.assertEqual(right.where, "Gym")
        self.assertEqual(right.when, "Early, Mon, Tue, Wed, Thu, Fri, and Sat")
