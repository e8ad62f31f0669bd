import inspect
from unittest.mock import patch

from odoo.tests import TransactionCase

from ..models import access_policy_change
from ..models.access_policy_change import Changes
from ..models.access_schedule import WEEKDAY_FIELDS
from .common import AccessCommon


class TestAccessPolicyChange(AccessCommon):
    def test_what_the_policy_is_made_of_marks_it(self):
        card, right, other = self._card(), self._right(), self._right()
        tag = self.env["res.partner.category"].create({"name": "Plan"})
        schedule = self._order(self.turnstile)
        for change in (
            card.action_block,
            right.unlink,
            lambda: self.turnstile.write({"normal_mode": "locked"}),
            lambda: self.turnstile.write({"persons_needed": "2"}),
            lambda: self.turnstile.write({"exit_control": "ticket"}),
            lambda: self.turnstile.write({"release_mode": "toggle"}),
            lambda: self._order(self.turnstile, kind="staff").action_end(),
            lambda: schedule.write({"on_sunday": False}),
            lambda: self.gym.write({"parent_id": self._zone("Hall").id}),
            lambda: self._band("Early", (0, 8, 12)).period_ids.write({"hour_to": 13}),
            lambda: self.venue.write({"tz": "Asia/Tokyo"}),
            lambda: self.anna.write({"category_id": tag.ids}),
            lambda: self.anna.write({"access_right_ids": other.ids}),
            lambda: self.anna.write({"access_suspended": True}),
            lambda: self.anna.write({"access_identity": "pending"}),
        ):
            self.assertTrue(self._marks(change), inspect.getsource(change))

    def test_what_it_is_not_made_of_does_not(self):
        card = self._card()
        for change in (
            lambda: self.anna.write({"phone": "+48 600 000 000"}),
            lambda: self.turnstile.write({"name": "Turnstile 1"}),
            lambda: card.message_post(body="Handed out"),
        ):
            self.assertFalse(self._marks(change))

    def test_never_compiled_is_outdated(self):
        self.assertTrue(self.env["access.policy.change"]._since(False).whole)

    def test_snapshot_of_another_cluster_is_outdated(self):
        self.assertTrue(self.env["access.policy.change"]._since("1 10:10:").whole)

    def test_deleted_contact_is_told_by_its_number_in_the_log(self):
        self.anna._ensure_access_person()
        changes, persons = self.env["access.policy.change"], self.anna.access_person_ids
        seen = changes._snapshot()
        self.anna.unlink()
        self.assertLessEqual(set(persons.ids), changes._since(seen).persons)


class TestChangedParts(AccessCommon):
    """What a change tells is as small as the change."""

    def _told(self, change):
        told = []
        changes = type(self.env["access.policy.change"])
        note = lambda _self, **parts: told.append(parts)  # noqa: E731
        with patch.object(changes, "_mark", note):
            change()
        return told

    def test_credential_tells_its_holder(self):
        told = self._told(self._card().action_block)
        self.assertEqual(told[0], {"partners": self.anna.ids})

    def test_right_of_a_person_tells_both(self):
        right = self._right()
        told = self._told(lambda: right.write({"active": False}))
        self.assertIn({"partners": self.anna.ids}, told)
        self.assertIn({"rights": right.ids}, told)
        told = self._told(lambda: right.write({"valid_to": "2030-01-01"}))
        self.assertEqual(told, [{"rights": right.ids}] * 2)

    def test_each_day_of_a_right_tells_it(self):
        right = self._right()
        days = dict.fromkeys(WEEKDAY_FIELDS, False)
        days |= {"holidays": "closed", "holiday_eves": "open"}
        for name, value in days.items():
            told = self._told(lambda name=name, v=value: right.write({name: v}))
            self.assertEqual(told, [{"rights": right.ids}] * 2, name)

    def test_right_of_a_tag_or_plan_tells_who_has_it(self):
        tag = self.env["res.partner.category"].create({"name": "Plan"})
        self.anna.category_id = tag
        right = self._right(partner_ids=False, category_ids=tag.ids)
        self._subscription(plan := self._plan())
        for one in (right, plan.access_right_ids):
            told = self._told(lambda one=one: one.write({"active": False}))
            self.assertIn({"partners": self.anna.ids}, told)

    def test_plan_stage_or_program_tells_who_has_it(self):
        subscription = self._subscription(plan := self._plan())
        yoga = {"name": "Yoga", "access_is_program": True}
        program = self.env["calendar.event.type"].create(yoga)
        event = {"name": "Yoga", "categ_ids": program.ids}
        self.env["calendar.event"].create(event | {"partner_ids": self.anna.ids})
        other = self._right(partner_ids=False)
        for change in (
            lambda: plan.write({"access_right_ids": other.ids}),
            lambda: plan.write({"access_right_ids": False}),
            lambda: plan.write({"access_right_ids": other.ids}),
            lambda: subscription.stage_id.write({"type": "draft"}),
            lambda: program.write({"access_is_program": False}),
            lambda: program.write({"access_is_program": True}),
            program.unlink,
        ):
            told = self._told(change)
            self.assertIn({"partners": self.anna.ids}, told, inspect.getsource(change))
            self.assertNotIn({}, told)

    def test_stage_of_other_plans_tells_nobody(self):
        newspaper = self.env["sale.subscription.template"].create({"name": "News"})
        stage = self._subscription(newspaper).stage_id
        self.assertFalse(self._marks(lambda: stage.write({"type": "draft"})))

    def test_program_of_the_past_tells_nobody(self):
        yoga = {"name": "Yoga", "access_is_program": True}
        program = self.env["calendar.event.type"].create(yoga)
        over = {"start": "2026-01-10 08:00:00", "stop": "2026-01-10 09:00:00"}
        event = {"name": "Yoga", "categ_ids": program.ids, **over}
        self.env["calendar.event"].create(event | {"partner_ids": self.anna.ids})
        self.assertFalse(
            self._marks(lambda: program.write({"access_is_program": False}))
        )

    def test_more_than_can_be_named_are_everybody(self):
        changes = self.env["access.policy.change"]
        seen = changes._snapshot()
        changes._mark(partners=[1, 2])
        self.assertFalse(changes._since(seen).whole)
        with patch.object(access_policy_change, "MOST_PERSONS", 1):
            changes._mark(partners=[2, 3])
        self.assertTrue(changes._since(seen).whole)

    def test_limit_tells_its_right(self):
        right = self._right(bands=[(self._band("Early", (0, 8, 12)), 8)])
        told = self._told(lambda: right.band_line_ids.write({"monthly_limit": 9}))
        self.assertEqual(told[0], {"rights": right.ids})

    def test_plan_ticket_and_booking_tell_their_person(self):
        subscription = self._subscription(self._plan())
        ticket = self._ticket(self._ticket_type())
        yoga = {"name": "Yoga", "access_is_program": True}
        event = self.env["calendar.event"].create(
            {
                "name": "Yoga",
                "categ_ids": self.env["calendar.event.type"].create(yoga).ids,
                "partner_ids": self.anna.ids,
            }
        )
        for change in (
            lambda: subscription.write({"is_paused": True}),
            ticket.action_cancel,
            lambda: ticket.type_id.write({"once_a_day": True}),
            lambda: event.write({"active": False}),
            event.attendee_ids.do_decline,
        ):
            self.assertEqual(self._told(change)[0], {"partners": self.anna.ids})

    def test_suspended_person_tells_themself(self):
        told = self._told(lambda: self.anna.write({"access_suspended": True}))
        self.assertEqual(told, [{"partners": self.anna.ids}])

    def test_tag_tells_who_gets_it(self):
        tag = self.env["res.partner.category"].create({"name": "Plan"})
        told = self._told(lambda: tag.write({"partner_ids": self.anna.ids}))
        self.assertIn({"partners": self.anna.ids}, told)

    def test_zone_tells_the_venues(self):
        told = self._told(lambda: self.gym.write({"parent_id": False}))
        self.assertEqual(told[0], {"venues": True})

    def test_parts_of_one_transaction_are_joined(self):
        changes = self.env["access.policy.change"]
        seen = changes._snapshot()
        changes._mark(partners=[1, 2])
        changes._mark(partners=[2], rights=[7], venues=True)
        told = changes._since(seen)
        expected = Changes(
            partners=frozenset({1, 2}), rights=frozenset({7}), venues=True
        )
        self.assertEqual(told, expected)


class TestAccessPolicyChangeConcurrent(TransactionCase):
    """With transactions of their own, as two members of staff have."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _transaction in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)

    def _change(self, cursor):
        return self.env(cr=cursor)["access.policy.change"]

    def test_late_commit_is_not_missed(self):
        early, late = self.cursors
        self._change(late)._mark()  # begins first, commits last
        self._change(early)._mark()
        early.commit()
        seen = self._change(early)._snapshot()
        self.assertFalse(self._change(early)._since(seen))
        late.commit()
        early.rollback()
        self.assertTrue(self._change(early)._since(seen))

    def test_only_what_every_policy_has_seen_is_forgotten(self):
        one, other = self.cursors
        self._change(one)._mark()
        one.commit()
        seen = self._change(one)._snapshot()
        one.commit()
        self._change(other)._mark()
        self._make_old(other)
        other.commit()
        changes = self._change(one)
        with patch.object(type(changes), "_kept_snapshots", lambda _self: [seen]):
            changes._gc_seen()
        one.commit()
        self.assertTrue(self._change(one)._since(seen))

    def test_a_whole_that_is_compiled_just_now_misses_nothing(self):
        """Its snapshot is not kept yet while what it did not see is looked at."""
        one, other = self.cursors
        seen = self._change(one)._snapshot()
        self._change(other)._mark()
        other.commit()
        changes = self._change(other)
        with patch.object(type(changes), "_kept_snapshots", lambda _self: []):
            changes._gc_seen()
        other.commit()
        one.rollback()
        self.assertTrue(self._change(one)._since(seen))

    def test_what_is_old_and_seen_is_forgotten(self):
        one, other = self.cursors
        seen = self._change(one)._snapshot()
        one.commit()
        self._change(other)._mark()
        self._make_old(other)
        other.commit()
        changes = self._change(other)
        with patch.object(type(changes), "_kept_snapshots", lambda _self: []):
            changes._gc_seen()
        other.commit()
        self.assertFalse(self._change(one)._since(seen))

    def _make_old(self, cursor):
        cursor.execute("UPDATE access_policy_change SET date = date - interval '2 day'")

    def test_nothing_new_is_not_outdated(self):
        one, other = self.cursors
        self._change(one)._mark()
        one.commit()
        seen = self._change(one)._snapshot()
        other.commit()
        self.assertFalse(self._change(other)._since(seen))

    def test_rolled_back_change_is_none(self):
        one, other = self.cursors
        self._change(one)._mark()
        seen = self._change(other)._snapshot()
        one.rollback()
        other.rollback()
        self.assertFalse(self._change(other)._since(seen))
