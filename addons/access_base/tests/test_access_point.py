from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time

from .common import AccessCommon


class TestAccessPoint(AccessCommon):
    def test_decision_in_the_erp_is_recorded(self):
        card, right = self._card(), self._right()
        decision = self.turnstile._decide("card", "04:A1:B2:C3")
        self.assertTrue(decision.granted)
        event = self.env["access.event"].search([("point_id", "=", self.turnstile.id)])
        self.assertRecordValues(
            event,
            [
                {
                    "granted": True,
                    "reason": "right",
                    "partner_id": self.anna.id,
                    "credential_id": card.id,
                    "right_id": right.id,
                    "seen": "rfid:…B2C3",
                    "sequence": 1,
                }
            ],
        )

    def test_unknown_card_is_shown_whole(self):
        self.turnstile._decide("card", "DEADBEEF")
        event = self.env["access.event"].search([])
        self.assertEqual(event.reason, "credential_unknown")
        self.assertEqual(event.seen, "rfid:DEADBEEF")

    def test_unreadable_card_is_recorded_too(self):
        decision = self.turnstile._decide("card", "?" * 4096)
        self.assertEqual(decision.reason.value, "credential_unreadable")
        self.assertFalse(self.env["access.event"].search([]).seen)

    def test_modes(self):
        self._card()
        for mode, reason in (
            ("unlocked", "point_unlocked"),
            ("locked", "point_locked"),
            ("lockdown", "point_lockdown"),
            ("controlled", "no_right"),
        ):
            self.turnstile.normal_mode = mode
            self.assertEqual(self._decide(), reason)

    def test_decision_follows_the_order_in_force(self):
        self._card()
        self._order(self.gym, mode="locked", kind="staff")
        self.assertEqual(self._decide(), "point_locked")

    def test_interlock_holds_both_ways(self):
        inner, other = self._point("Inner"), self._point("Other")
        inner.interlock_point_ids = self.turnstile
        self.assertEqual(self.turnstile.interlock_point_ids, inner)
        self.turnstile.interlock_point_ids = other
        self.assertFalse(inner.interlock_point_ids)
        self.assertEqual(other.interlock_point_ids, self.turnstile)

    def test_interlock_of_a_new_point_holds_both_ways(self):
        inner = self._point("Inner", interlock_point_ids=self.turnstile.ids)
        self.assertEqual(self.turnstile.interlock_point_ids, inner)

    def test_point_is_not_interlocked_with_itself_or_another_venue(self):
        other = self.env["access.venue"].create({"name": "Office", "tz": "UTC"})
        door = self._point("Door", venue_id=other.id)
        for point, complaint in ((self.turnstile, "itself"), (door, "another venue")):
            with self.assertRaisesRegex(ValidationError, complaint):
                self.turnstile.interlock_point_ids = point

    def test_nobody_enters_a_zone_at_lockers(self):
        lockers = self._point("Lockers", kind="locker_bank", zone_to_id=self.gym.id)
        entry = lockers._policy_entry()
        self.assertEqual((entry["zone_from"], entry["zone_to"]), 2 * (self.gym.id,))

    def test_entry_for_the_policy(self):
        inner = self._point("Inner")
        self.turnstile.write(
            {
                "normal_mode": "locked",
                "combination": "both",
                "persons_needed": "2",
                "interlock_point_ids": inner.ids,
                "exit_control": "ticket",
                "release_mode": "toggle",
                "toggle_hours": 1.5,
            }
        )
        self._order(self.turnstile, mode="unlocked")
        entry = self.turnstile._policy_entry()
        expected = {
            "venue": self.venue.id,
            "zone_from": None,
            "zone_to": self.gym.id,
            "mode": "locked",
            "combination": "both",
            "persons": 2,
            "interlock": inner.ids,
            "controls_exit": True,
            "toggle_minutes": 90,
        }
        self.assertEqual(entry | expected, entry)

    def test_change_of_its_rules_reaches_what_is_kept_in_memory(self):
        company, inner = self.venue.company_id, self._point("Inner")
        for change in (
            {"normal_mode": "locked"},
            {"combination": "both"},
            {"persons_needed": "2"},
            {"exit_control": "ticket"},
            {"release_mode": "toggle"},
            {"toggle_hours": 2},
            {"interlock_point_ids": inner.ids},
            {"zone_to_id": False},
            {"active": False},
        ):
            version = company.access_rules_version
            self.turnstile.write(change)
            self.assertGreater(company.access_rules_version, version, change)

    def test_zones_are_of_the_same_venue(self):
        other = self.env["access.venue"].create({"name": "Office", "tz": "UTC"})
        with self.assertRaisesRegex(ValidationError, "another venue"):
            self.turnstile.venue_id = other

    @freeze_time("2026-10-25 12:00:00")
    def test_today_begins_at_the_venues_midnight_also_when_clocks_change(self):
        self._passage(at="2026-10-24 21:59")  # 23:59 at the venue
        self._passage(at="2026-10-24 22:30")
        self.assertEqual(self.turnstile.event_count_today, 1)

    def test_venue_stays_with_its_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "Make a new one"):
            self.venue.company_id = company

    def test_zone_does_not_lie_in_itself(self):
        inner = self._zone("Sauna", parent_id=self.gym.id)
        with self.assertRaises(UserError):
            self.gym.parent_id = inner

    def test_right_for_a_zone_opens_zones_inside(self):
        self._card()
        self._right()
        sauna = self._zone("Sauna", parent_id=self.gym.id)
        door = self._point("Sauna door", zone_from_id=self.gym.id, zone_to_id=sauna.id)
        self.assertEqual(self._decide(point=door), "right")
