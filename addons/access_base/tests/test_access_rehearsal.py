from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import AccessCommon

NOVEMBER = {"date_from": "2026-11-01", "date_to": "2026-11-30"}


class RehearsalCommon(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob = cls.env["res.partner"].create({"name": "Bob Lis"})
        (cls.anna | cls.bob)._ensure_access_person()

    def _rehearse(self, rule, **changes):
        """Make a rehearsal of a right or band, with a draft that is changed."""
        name = "right_id" if rule._name == "access.right" else "band_id"
        rehearsal = self.env["access.rehearsal"].create({name: rule.id, **NOVEMBER})
        rehearsal._draft().write(changes)
        return rehearsal

    def _came(self, *times, partner=None, reason="right", **values):
        person = (partner or self.anna).access_person_ids
        granted = reason in ("right", "recorded_by_staff", "released_by_staff")
        for at in times:
            self._passage(
                at=at, granted=granted, reason=reason, person=person.id, **values
            )

    def _play(self, rehearsal):
        rehearsal.action_replay()
        return self._step_through(rehearsal)

    def _changes(self, rehearsal):
        self._play(rehearsal)
        return [
            (
                line.change,
                line.partner_id.name,
                line.passage_count,
                line.reason_before,
                line.reason_after,
            )
            for line in rehearsal.line_ids
        ]


@tagged("post_install", "-at_install")
class TestAccessRehearsal(RehearsalCommon, HttpCase):
    """A change is tried on past passages before it is made."""

    # -- who would be treated otherwise -----------------------------------------------

    def test_narrower_band_refuses(self):
        band = self._band("Day time", (5, 6, 22))
        self._right(bands=[band])
        self._came("2026-11-21 05:30", "2026-11-21 07:30")
        rehearsal = self._rehearse(band)
        rehearsal._draft().period_ids.hour_from = 8
        self.assertEqual(
            self._changes(rehearsal),
            [("refused", "Anna Nowak", 1, "right", "outside_hours")],
        )
        self.assertEqual(rehearsal.passage_count, 2)
        self.assertEqual(rehearsal.refused_count, 1)
        self.assertEqual(rehearsal.line_ids.event_ids.mapped("reason"), ["right"])

    def test_wider_band_admits_who_was_refused(self):
        band = self._band("Day time", (5, 8, 22))
        self._right(bands=[band])
        self._came("2026-11-21 05:30", reason="outside_hours")
        rehearsal = self._rehearse(band)
        rehearsal._draft().period_ids.hour_from = 6
        self.assertEqual(
            self._changes(rehearsal),
            [("admitted", "Anna Nowak", 1, "outside_hours", "right")],
        )
        self.assertEqual(rehearsal.admitted_count, 1)

    def test_lower_limit_is_counted_in_order(self):
        band = self._band("Day time", *((day, 6, 22) for day in range(7)))
        right = self._right(bands=[(band, 8)])
        days = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12")
        used = {"right": right.id, "band": band.id}
        for day in days:
            self._came(f"{day} 07:30", day=day, **used)
        self._came("2026-11-10 15:30", **used)
        rehearsal = self._rehearse(right)
        rehearsal._draft().band_line_ids.monthly_limit = 2
        self.assertEqual(
            self._changes(rehearsal),
            [("refused", "Anna Nowak", 2, "right", "limit_reached")],
        )
        self.assertEqual(rehearsal.line_ids.day_count, 2)

    def test_entries_before_the_period_count(self):
        band = self._band("Day time", *((day, 6, 22) for day in range(7)))
        right = self._right(bands=[(band, 8)])
        used = {"right": right.id, "band": band.id}
        for day in ("2026-11-09", "2026-11-10"):
            self._came(f"{day} 07:30", day=day, **used)
        rehearsal = self._rehearse(right)
        rehearsal.date_from = "2026-11-10"
        rehearsal._draft().band_line_ids.monthly_limit = 1
        self.assertEqual(rehearsal.line_ids.mapped("passage_count"), [])
        [(_change, _name, passages, _before, after)] = self._changes(rehearsal)
        self.assertEqual((passages, after), (1, "limit_reached"))

    def test_tickets_follow(self):
        ticket_type = self._ticket_type(entries=1)
        self._ticket(ticket_type)
        right = self._right()
        self._came("2026-11-20 07:30", "2026-11-21 07:30")
        rehearsal = self._rehearse(
            right, limiting="ticket", ticket_type_ids=ticket_type.ids
        )
        self.assertEqual(
            self._changes(rehearsal),
            [("refused", "Anna Nowak", 1, "right", "no_ticket")],
        )

    def test_another_tag_admits(self):
        tag = self.env["res.partner.category"].create({"name": "Club"})
        self.bob.category_id = tag
        right = self._right()
        self._came("2026-11-21 07:30", partner=self.bob, reason="no_right")
        rehearsal = self._rehearse(right, category_ids=[Command.link(tag.id)])
        self.assertEqual(
            self._changes(rehearsal),
            [("admitted", "Bob Lis", 1, "no_right", "right")],
        )

    def test_who_is_refused_does_not_fill_the_zone(self):
        self.gym.capacity = 1
        right = self._right(partner=self.anna | self.bob)
        self._came("2026-11-21 07:30", zone=self.gym.id)
        self._came("2026-11-21 07:40", partner=self.bob, reason="zone_full")
        rehearsal = self._rehearse(right, partner_ids=[Command.unlink(self.anna.id)])
        self.assertEqual(
            self._changes(rehearsal),
            [
                ("refused", "Anna Nowak", 1, "right", "no_right"),
                ("admitted", "Bob Lis", 1, "zone_full", "right"),
            ],
        )

    def test_what_rights_did_not_decide_is_left_out(self):
        right = self._right()
        self._came("2026-11-21 07:30", reason="credential_blocked")
        self._came("2026-11-21 07:31", reason="recorded_by_staff")
        rehearsal = self._rehearse(right, partner_ids=[Command.clear()])
        self.assertEqual(self._changes(rehearsal), [])
        self.assertEqual(rehearsal.passage_count, 0)

    def test_who_is_suspended_since_is_looked_at(self):
        right = self._right()
        self._came("2026-11-21 07:30")
        self.anna.access_suspended = True
        rehearsal = self._rehearse(right, on_saturday=False)
        self.assertEqual(len(self._changes(rehearsal)), 1)

    def test_holidays_of_long_ago(self):
        self.env["calendar.public.holiday"].create(
            {
                "year": 2025,
                "country_id": self.venue.country_id.id,
                "line_ids": [Command.create({"name": "Day", "date": "2025-11-11"})],
            }
        )
        right = self._right()
        self._came("2025-11-11 07:30")
        rehearsal = self._rehearse(right, holidays="closed")
        rehearsal.date_from = "2025-11-01"
        self.assertEqual(len(self._changes(rehearsal)), 1)

    def test_only_the_period_is_played(self):
        right = self._right()
        self._came("2026-10-31 22:59", "2026-11-30 23:01")  # midnight in Warsaw
        self.assertFalse(self._changes(self._rehearse(right, on_monday=False)))
        self._came("2026-10-31 23:01", "2026-11-30 22:59")
        rehearsal = self._rehearse(right)
        self._play(rehearsal)
        self.assertEqual(rehearsal.passage_count, 2)

    def test_another_companys_passages_are_not_played(self):
        other = self.env["res.company"].create({"name": "Other"})
        venue = self.env["access.venue"].create(
            {"name": "Else", "tz": "Europe/Warsaw", "company_id": other.id}
        )
        door = self._point("Door", venue_id=venue.id)
        right = self._right()
        person = self.anna.access_person_ids.id
        self._passage(door, person=person)
        rehearsal = self._rehearse(right, on_saturday=False)
        self._play(rehearsal)
        self.assertEqual(rehearsal.passage_count, 0)

    def test_too_many(self):
        self._came("2026-11-21 07:30")
        self.patch(type(self.env["access.rehearsal"]), "_most_passages", 0)
        with self.assertRaisesRegex(UserError, "Choose a shorter one"):
            self._rehearse(self._right()).action_replay()

    # -- a draft opens no door --------------------------------------------------------

    def test_draft_opens_no_door(self):
        self._card(self.bob)
        rehearsal = self._rehearse(self._right(), everyone=True)
        self.assertEqual(self._decide(), "no_right")
        rehearsal._draft().partner_ids = self.bob
        self.assertEqual(self._decide(), "no_right")
        self._play(rehearsal)
        self.assertEqual(self._decide(), "no_right")

    def test_draft_is_in_no_policy(self):
        band = self._band("Day time", (5, 6, 22))
        right = self._right(bands=[band])
        points, policies = self.turnstile, self.env["access.policy"]
        before = policies._document(self.env.company, points)
        self._rehearse(right, everyone=True)
        self._rehearse(band)._draft().period_ids.hour_to = 24
        self.assertEqual(policies._document(self.env.company, points), before)

    def test_drafts_outdate_no_gateway(self):
        band = self._band("Day time", (5, 6, 22))
        right = self._right(bands=[band])
        one, other = self._rehearse(right), self._rehearse(band)

        def change():
            one._draft().write({"partner_ids": [Command.link(self.bob.id)]})
            one._draft().band_line_ids.monthly_limit = 3
            other._draft().period_ids.hour_to = 24
            other.action_drop()

        self.assertFalse(self._marks(change))

    def test_draft_cannot_be_brought_to_life(self):
        draft = self._rehearse(self._right())._draft()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            draft.active = True
            draft.flush_recordset()

    def test_replay_leaves_the_rules_alone(self):
        right = self._right()
        self._came("2026-11-21 07:30")
        rehearsal = self._rehearse(right, on_saturday=False)
        self._play(rehearsal)
        self.assertTrue(right.on_saturday)

    # -- apply and drop ---------------------------------------------------------------

    def test_apply(self):
        band = self._band("Day time", (5, 6, 22))
        right = self._right(bands=[(band, 8)])
        rehearsal = self._rehearse(
            right, name="Gym, weekdays", partner_ids=[Command.set(self.bob.ids)]
        )
        draft = rehearsal._draft()
        draft.band_line_ids.monthly_limit = 4
        rehearsal.action_apply()
        self.assertEqual(right.name, "Gym, weekdays")
        self.assertEqual(right.partner_ids, self.bob)
        self.assertEqual(right.band_line_ids.monthly_limit, 4)
        self.assertFalse(draft.exists())
        self.assertEqual(rehearsal.state, "applied")
        self.assertIn("4 a month", rehearsal.draft_words)
        self.assertIn("8 a month", rehearsal.rule_words)
        self.assertIn("Changed by the rehearsal", right.message_ids[0].body)

    def test_apply_outdates_gateways(self):
        right = self._right()
        rehearsal = self._rehearse(right, on_saturday=False)
        self.assertTrue(self._marks(rehearsal.action_apply))

    def test_apply_to_a_band(self):
        band = self._band("Day time", (5, 6, 22), (6, 6, 22))
        kept = band.period_ids[1]
        rehearsal = self._rehearse(band)
        rehearsal._draft().period_ids[0].hour_from = 8
        rehearsal.action_apply()
        self.assertEqual(
            band._rule_words(), "Aqua & Sport: Saturday 08:00–22:00, Sunday 06:00–22:00"
        )
        self.assertIn(kept, band.period_ids)

    def test_apply_is_refused_when_the_original_changed(self):
        right = self._right()
        rehearsal = self._rehearse(right, on_saturday=False)
        right.on_sunday = False
        self.assertTrue(rehearsal.is_outdated)
        with self.assertRaisesRegex(UserError, "changed since the draft was made"):
            rehearsal.action_apply()
        rehearsal.action_take_over_anew()
        self.assertFalse(rehearsal.is_outdated)
        rehearsal._draft().on_saturday = False
        rehearsal.action_apply()
        self.assertFalse(right.on_saturday or right.on_sunday)

    def test_band_line_that_changed_is_seen(self):
        right = self._right(bands=[self._band("Day time", (5, 6, 22))])
        rehearsal = self._rehearse(right)
        right.band_line_ids.monthly_limit = 4
        self.assertTrue(rehearsal.is_outdated)

    def test_drop(self):
        right = self._right()
        rehearsal = self._rehearse(right, on_saturday=False)
        draft = rehearsal._draft()
        rehearsal.action_drop()
        self.assertFalse(draft.exists())
        self.assertTrue(right.on_saturday)
        with self.assertRaisesRegex(UserError, "over"):
            rehearsal.action_apply()

    def test_draft_that_changed_since_is_told(self):
        rehearsal = self._rehearse(self._right())
        self._play(rehearsal)
        self.assertFalse(rehearsal.is_stale)
        rehearsal._draft().on_saturday = False
        rehearsal.invalidate_recordset()
        self.assertTrue(rehearsal.is_stale)

    # -- roles ------------------------------------------------------------------------

    def test_operator_rehearses_rights(self):
        operator = self._user("operator")
        right = self._right()
        self._came("2026-11-21 07:30")
        action = right.with_user(operator).action_rehearse()
        rehearsal = self.env["access.rehearsal"].browse(action["res_id"])
        rehearsal = rehearsal.with_user(operator)
        rehearsal.write(NOVEMBER)
        rehearsal._draft().on_saturday = False
        self._play(rehearsal)
        self.assertEqual(rehearsal.refused_count, 1)
        rehearsal.action_apply()
        self.assertFalse(right.on_saturday)

    def test_operator_rehearses_no_bands(self):
        band = self._band("Day time", (5, 6, 22))
        with self.assertRaises(AccessError):
            band.with_user(self._user("operator")).action_rehearse()

    def test_auditor_reads(self):
        rehearsal = self._rehearse(self._right())
        auditor = self._user("auditor")
        self.assertTrue(rehearsal.with_user(auditor).rule_words)
        for name in ("action_replay", "action_apply", "action_drop"):
            with self.assertRaises(AccessError):
                getattr(rehearsal.with_user(auditor), name)()

    def test_reception_sees_none(self):
        rehearsal = self._rehearse(self._right())
        self.assertFalse(
            rehearsal.with_user(self._user("reception")).has_access("read")
        )

    def test_no_right_is_passed_off_as_a_draft(self):
        rehearsal = self._rehearse(self._right())
        archived = self._right(active=False)
        with self.assertRaises(AccessError):
            archived.with_user(self._user("operator")).rehearsal_id = rehearsal

    def test_operator_rehearses_and_applies(self):
        self._user("operator", password="operator")
        right = self._right()
        month = self.env["access.rehearsal"]._first_of_last_month()
        saturday = next(
            day
            for day in (fields.Date.add(month, days=n) for n in range(7))
            if day.weekday() == 5
        )
        self._came(f"{saturday} 07:30")
        self.start_tour(
            f"/odoo/access-entitlements/{right.id}", "access_rehearse", login="operator"
        )
        self.assertFalse(right.on_saturday)
