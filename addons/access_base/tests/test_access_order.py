from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ..models import access_event
from .common import AccessCommon, utc

NOON = "2026-11-23 12:00:00"  # a Monday, 13:00 at the venue


@freeze_time(NOON)
class TestAccessOrder(AccessCommon):
    def _mode(self, at=NOON, point=None):
        """Read the mode at a time (UTC); nothing but the clock has changed."""
        point = point or self.turnstile
        with freeze_time(at):
            point.invalidate_model()
            return point.mode

    # -- what holds -------------------------------------------------------------------

    def test_stronger_cause_holds(self):
        self.assertEqual(self._mode(), "controlled")
        for kind, mode in (
            ("schedule", "unlocked"),
            ("booking", "controlled_pin"),
            ("staff", "locked"),
            ("emergency", "lockdown"),
        ):
            self._order(self.turnstile, kind=kind, mode=mode)
            self.assertEqual(self._mode(), mode)

    def test_strength_does_not_depend_on_which_came_last(self):
        self._order(self.turnstile, kind="emergency", mode="unlocked")
        self._order(self.turnstile, kind="staff", mode="locked")
        self.assertEqual(self._mode(), "unlocked")

    def test_of_two_alike_the_later_holds(self):
        self._order(self.turnstile, mode="unlocked")
        self._order(self.turnstile, mode="locked")
        self.assertEqual(self._mode(), "locked")

    def test_what_is_next_in_strength_holds_when_the_time_is_over(self):
        self.turnstile.normal_mode = "locked"
        self._order(self.turnstile, mode="unlocked", valid_to="2026-11-23 18:00:00")
        self._order(
            self.turnstile,
            kind="staff",
            mode="controlled_pin",
            valid_to="2026-11-23 13:00:00",
        )
        self.env.flush_all()
        with patch.object(type(self.turnstile), "write", side_effect=AssertionError):
            self.assertEqual(self._mode("2026-11-23 12:59:59"), "controlled_pin")
            self.assertEqual(self._mode("2026-11-23 13:00:00"), "unlocked")
            self.assertEqual(self._mode("2026-11-23 18:00:00"), "locked")

    def test_order_given_ahead_waits_for_its_begin(self):
        self._order(self.turnstile, valid_from="2026-11-23 14:00:00")
        self.assertEqual(self._mode("2026-11-23 13:59:59"), "controlled")
        self.assertEqual(self._mode("2026-11-23 14:00:00"), "unlocked")

    def test_ended_order_has_no_effect_and_says_by_whom(self):
        operator = self._user("operator")
        order = self._order(self.turnstile, kind="staff")
        order.with_user(operator).action_end()
        self.assertEqual(self._mode(), "controlled")
        self.assertEqual(order.ended_by_id, operator)
        self.assertEqual(order.state, "over")

    def test_schedule_says_whether_it_is_its_time(self):
        band = self._band("Opening", (0, 8, 16))
        order = self._order(self.gym, hours="bands", band_ids=band.ids)
        always = self._order(self.turnstile)
        for at, state in (
            ("2026-11-23 12:00:00", "running"),
            ("2026-11-23 15:00:00", "waiting"),
            ("2026-11-24 12:00:00", "waiting"),
        ):
            with freeze_time(at):
                order.invalidate_model()
                self.assertEqual((order.state, always.state), (state, "running"))
        always.write({"valid_to": "2026-11-23 11:00:00", "on_monday": False})
        self.assertEqual(always.state, "over")

    def test_schedule_is_for_some_place(self):
        with self.assertRaisesRegex(ValidationError, "choose a point or a zone"):
            self._order()
        with self.assertRaisesRegex(ValidationError, "choose a point or a zone"):
            self._order(self.gym).zone_ids = False

    def test_archived_schedule_has_no_effect(self):
        self._order(self.turnstile).active = False
        self.assertEqual(self._mode(), "controlled")

    # -- when -------------------------------------------------------------------------

    def test_schedule_follows_bands_and_weekdays(self):
        band = self._band("Opening", (0, 8, 16), (1, 8, 16))
        self._order(self.turnstile, hours="bands", band_ids=band.ids, on_tuesday=False)
        self.assertEqual(self._mode("2026-11-23 06:59:00"), "controlled")
        self.assertEqual(self._mode("2026-11-23 07:00:00"), "unlocked")
        self.assertEqual(self._mode("2026-11-23 15:00:00"), "controlled")
        self.assertEqual(self._mode("2026-11-24 07:00:00"), "controlled")

    def test_without_a_band_it_never_holds(self):
        self._order(self.turnstile, hours="bands")
        self.assertEqual(self._mode(), "controlled")

    def test_repeated_hour_belongs_to_the_schedule_twice(self):
        band = self._band("Night", (6, 2, 3))
        self._order(self.turnstile, hours="bands", band_ids=band.ids)
        modes = [
            self._mode(f"2026-10-{at}:00")
            for at in ("24 23:59", "25 00:00", "25 01:30", "25 01:59", "25 02:00")
        ]
        inside = ["unlocked"] * 3
        self.assertEqual(modes, ["controlled", *inside, "controlled"])

    def test_hour_that_is_skipped_is_short(self):
        band = self._band("Night", (6, 1, 4))
        self._order(self.turnstile, hours="bands", band_ids=band.ids)
        modes = [
            self._mode(f"2026-03-{at}:00")
            for at in ("28 23:59", "29 00:00", "29 01:59", "29 02:00")
        ]
        self.assertEqual(modes, ["controlled", "unlocked", "unlocked", "controlled"])

    def test_schedule_is_closed_on_holidays_of_the_venue(self):
        self.env["calendar.public.holiday"].create(
            {
                "year": 2026,
                "country_id": self.venue.country_id.id,
                "line_ids": [(0, 0, {"name": "Fair", "date": "2026-11-24"})],
            }
        )
        self._order(self.turnstile, holidays="closed")
        self.assertEqual(self._mode("2026-11-23 22:59:59"), "unlocked")
        self.assertEqual(self._mode("2026-11-23 23:00:00"), "controlled")

    def test_words_of_a_schedule(self):
        band = self._band("Opening", (0, 8, 16))
        order = self._order(
            self.turnstile,
            hours="bands",
            band_ids=band.ids,
            on_saturday=False,
            on_sunday=False,
            holidays="closed",
        )
        self.assertEqual(
            order.when, "Opening, Mon, Tue, Wed, Thu, and Fri, not on holidays"
        )
        self.assertEqual(order.where, "Gym turnstile")

    # -- where ------------------------------------------------------------------------

    def test_zone_means_all_points_into_and_out_of_its_tree(self):
        sauna = self._zone("Sauna", parent_id=self.gym.id)
        pool = self._zone("Pool")
        covered = [
            self.turnstile,
            self._point("Out", zone_from_id=self.gym.id),
            self._point("Inside", zone_from_id=self.gym.id, zone_to_id=sauna.id),
            self._point("Sauna exit", zone_from_id=sauna.id, zone_to_id=pool.id),
        ]
        beside = [self._point("Pool", zone_to_id=pool.id), self._point("Gate")]
        self._order(self.gym)
        self.assertEqual({p.mode for p in covered}, {"unlocked"})
        self.assertEqual({p.mode for p in beside}, {"controlled"})

    def test_order_of_another_company_has_no_effect(self):
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "one company"):
            self._order(self.turnstile, company_id=company.id)
        hall = self.env["access.venue"].create(
            {"name": "Hall", "tz": "UTC", "company_id": company.id}
        )
        court = self.env["access.zone"].create({"name": "Court", "venue_id": hall.id})
        order = self._order(court, company_id=company.id)
        self.env.cr.execute(
            "INSERT INTO access_order_access_point_rel VALUES (%s, %s)",
            [order.id, self.turnstile.id],
        )
        self.assertEqual(self._mode(), "controlled")

    # -- what gateways get ------------------------------------------------------------

    def test_gateways_get_what_is_not_over(self):
        running = self._order(
            self.gym, kind="staff", mode="locked", valid_from="2026-11-23 11:00:00"
        )
        coming = self._order(self.turnstile, valid_from="2026-11-24 11:00:00")
        self._order(self.turnstile, valid_to="2026-11-23 11:00:00")
        self._order(self.turnstile, ended_at="2026-11-23 11:00:00")
        entries = self.env["access.order"]._policy_entries(self.turnstile)
        self.assertEqual(set(entries), {str(running.id), str(coming.id)})
        entry = entries[str(running.id)]
        self.assertEqual(entry["points"], self.turnstile.ids)
        self.assertEqual((entry["mode"], entry["priority"]), ("locked", 30))
        self.assertEqual(entries[str(coming.id)]["valid_from"][:10], "2026-11-24")

    def test_what_has_begun_has_no_begin_at_the_gateway(self):
        """Its clock may be behind: a lockdown does not wait for that."""
        order = self._order(self.turnstile, valid_from="2026-11-23 12:00:00")
        entries = self.env["access.order"]._policy_entries(self.turnstile)
        self.assertIsNone(entries[str(order.id)]["valid_from"])

    def test_what_was_over_later_can_be_asked_for(self):
        order = self._order(self.turnstile, ended_at="2026-11-23 11:00:00")
        since = fields.Datetime.to_datetime("2026-11-23 10:00:00")
        entries = self.env["access.order"]._policy_entries(self.turnstile, since)
        self.assertEqual(entries[str(order.id)]["valid_to"][11:16], "11:00")

    def test_order_that_is_named_is_the_one_whose_mode_holds(self):
        modes = ("unlocked", "locked", "controlled_pin", "lockdown")
        kinds = ("schedule", "staff", "booking", "schedule")
        for hour, (kind, mode) in enumerate(zip(kinds, modes, strict=True), 13):
            self._order(
                self.turnstile,
                kind=kind,
                mode=mode,
                valid_to=f"2026-11-23 {hour}:00:00",
            )
        policy = self.turnstile._mode_policy(self.venue.company_id)
        for hour in range(12, 18):
            at = utc(f"2026-11-23 {hour}:30")
            key = policy.order_at(self.turnstile.id, at)
            named = policy.orders[key] if key else policy.points[self.turnstile.id]
            self.assertIs(policy.mode_at(self.turnstile.id, at), named.mode)

    def test_open_screens_are_told(self):
        with patch.object(access_event, "_announcer") as announcer:
            self._order(self.turnstile)
            self.env.cr.postcommit.run()
        announcer.news.assert_called_with(self.env.cr.dbname)

    # -- who --------------------------------------------------------------------------

    def test_manager_edits_schedules_and_nobody_what_staff_ordered(self):
        manager = self._user("manager")
        schedule = self._order(self.turnstile)
        schedule.with_user(manager).mode = "locked"
        for kind in ("staff", "emergency", "booking"):
            order = self._order(self.turnstile, kind=kind).with_user(manager)
            for change, values in ((order.unlink, ()), (order.write, [{"active": 0}])):
                with self.assertRaises(AccessError):
                    change(*values)
            with self.assertRaises(AccessError):
                values = {"kind": kind, "mode": "locked", "reason": "Mine"}
                order.create({**values, "point_ids": self.turnstile.ids})

    def test_reception_ends_nothing(self):
        order = self._order(self.turnstile, kind="staff")
        with self.assertRaisesRegex(AccessError, "Only operators"):
            order.with_user(self._user("reception")).action_end()

    def test_schedule_is_not_ended_by_hand(self):
        with self.assertRaisesRegex(AccessError, "change the rest"):
            self._order(self.turnstile).with_user(self._user("operator")).action_end()

    @mute_logger("odoo.sql_db")
    def test_staff_say_why(self):
        with self.assertRaisesRegex(Exception, "reason_given"):
            self._order(self.turnstile, kind="staff", reason=" ")

    def test_band_of_a_schedule_is_kept(self):
        band = self._band("Opening", (0, 8, 16))
        self._order(self.turnstile, hours="bands", band_ids=band.ids)
        for change in (band.unlink, lambda: band.write({"active": False})):
            with self.assertRaisesRegex(ValidationError, "take it out there first"):
                change()
