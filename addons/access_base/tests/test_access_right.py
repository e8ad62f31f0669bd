from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from ..access_policy.state import Use
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

    def test_everybody(self):
        self._right(partner_ids=False, everyone=True)
        self.assertEqual(self._decide(), "right")

    def test_early_entry(self):
        self._right(bands=[self._band("Early", (5, 8, 12))], early_entry=15)
        self.assertEqual(self._decide("2026-11-21 06:44"), "outside_hours")
        self.assertEqual(self._decide("2026-11-21 06:45"), "right")

    def test_late_exit(self):
        way_out = self._point("Gym, out", zone_from_id=self.gym.id)
        self._right(bands=[self._band("Early", (5, 8, 12))], late_exit=15)
        self.assertEqual(self._decide("2026-11-21 11:14", point=way_out), "right")
        self.assertEqual(
            self._decide("2026-11-21 11:15", point=way_out), "left_without_right"
        )

    def test_limit_counts_the_entries_of_the_month(self):
        band = self._band("Early", (5, 8, 12))
        right = self._right(bands=[(band, 2)])
        person = self.anna.access_person_ids.id
        days = ["2026-11-07", "2026-11-14"]
        uses = {Use(right.id, band.id, day) for day in days}
        self.assertEqual(self._decide(uses={person: uses}), "limit_reached")
        self.assertEqual(self._decide(uses={person: {uses.pop()}}), "right")

    def test_right_of_the_device_alone_is_not_enough_where_both_are_asked(self):
        right = self._right(layer="device")
        entries = dict(self.env["access.policy"]._right_entries(right.company_id))
        self.assertEqual(entries[str(right.id)]["layer"], "device")

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
        self.assertEqual(right.how_often, "without limit")
        self.assertEqual(right.when, "Early, Mon, Tue, Wed, Thu, Fri, and Sat")

    def test_all_of_it_is_told_in_words(self):
        early, late = self._band("Early", (5, 8, 12)), self._band("Late", (5, 12, 20))
        yoga = self.env["calendar.event.type"].create({"name": "Yoga"})
        right = self._right(
            bands=[(early, 8), late],
            everyone=True,
            holidays="closed",
            holiday_eves="open",
            early_entry=10,
            late_exit=15,
            exemption="chosen",
            program_ids=yoga.ids,
        )
        self.assertEqual(right.who, "everybody")
        self.assertEqual(
            right.when,
            "Early and Late, not on holidays, also on days before holidays, "
            "in 10 min earlier, out 15 min later",
        )
        self.assertEqual(
            right.how_often,
            "Early 8 a month, Late without limit, free when booked: Yoga",
        )

    def test_tickets_are_told_in_words(self):
        right = self._right(limiting="ticket")
        self.assertEqual(
            right.how_often, "opens with no ticket yet: its type is not chosen"
        )
        right.ticket_type_ids = self._ticket_type()
        self.assertEqual(right.how_often, "with a ticket: Gym, 10 entries")

    def test_who_gives_rights_need_not_sell_plans(self):
        right = self._plan().access_right_ids
        self.assertEqual(right.with_user(self._user("operator")).who, "Gym plan")

    def test_only_plans_have_limits_and_tickets(self):
        limited = self._right(bands=[(self._band("Early", (5, 8, 12)), 8)])
        with self.assertRaisesRegex(ValidationError, "those are of a plan"):
            limited.layer = "device"
        limited.band_line_ids.monthly_limit = 0
        limited.layer = "device"
        with self.assertRaisesRegex(ValidationError, "those are of a plan"):
            limited.band_line_ids.monthly_limit = 1
        with self.assertRaisesRegex(ValidationError, "those are of a plan"):
            self._right(layer="device", limiting="ticket")

    def test_database_refuses_limits_beside_tickets(self):
        right = self._right(bands=[(self._band("Early", (5, 8, 12)), 8)])
        line = right.band_line_ids
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE access_right_band SET limiting = 'ticket' WHERE id = %s",
                [line.id],
            )
