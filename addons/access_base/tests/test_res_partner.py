from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import AccessCommon


class TestResPartner(AccessCommon):
    def setUp(self):
        super().setUp()
        self._card()
        self._right()

    def test_suspended_person_is_refused(self):
        self.anna.access_suspended = True
        self.assertEqual(self._decide(), "person_suspended")

    def test_person_is_refused_until_the_identity_is_checked(self):
        anna = self.anna.with_context(tracking_disable=False, mail_notrack=False)
        anna.access_identity = "pending"
        self.assertEqual(self._decide(), "identity_unchecked")
        reception = self._user("reception")
        self.env.cr.precommit.run()
        anna.with_user(reception).action_access_identity_checked()
        self.assertEqual(self._decide(), "right")
        self.env.cr.precommit.run()
        self.assertEqual(anna.message_ids[0].author_id, reception.partner_id)

    def _clerk(self):
        """Give who has Odoo's own group for contacts, which knows nothing of doors."""
        groups = "base.group_user,base.group_partner_manager"
        return new_test_user(self.env, "clerk", groups=groups)

    def _tag_with_right(self):
        tag = self.env["res.partner.category"].create({"name": "Gym plan"})
        self._right(partner_ids=False, category_ids=tag.ids)
        return tag

    def test_who_edits_contacts_gives_no_access(self):
        clerk, gives_rights = self._clerk(), self._tag_with_right()
        other = self.env["res.partner.category"].create({"name": "Newsletter"})
        partner = self.anna.with_user(clerk)
        partner.write({"phone": "1", "category_id": [Command.link(other.id)]})
        self._right(effect="deny")
        self.anna.access_suspended = True
        for vals in (
            {"access_right_ids": [Command.link(self._right().id)]},
            {"access_right_ids": False},
            {"access_right_ids": [Command.clear()]},
            {"access_suspended": False},
            {"access_suspended": None},
            {"access_identity": "pending"},
            {"active": False},
            {"category_id": [Command.link(gives_rights.id)]},
        ):
            with self.assertRaises(AccessError):
                partner.write(vals)
        with self.assertRaises(AccessError):
            gives_rights.with_user(clerk).partner_ids = partner

    def test_who_edits_contacts_makes_none_with_access(self):
        partner = self.anna.with_user(self._clerk())
        for field, value in (
            ("category_id", self._tag_with_right().ids),
            ("access_right_ids", self._right().ids),
        ):
            with self.assertRaises(AccessError):
                partner.create({"name": "Twin", field: value})
            with self.assertRaises(AccessError):
                partner.with_context(**{f"default_{field}": value}).create(
                    {"name": "Twin"}
                )

    def test_who_edits_contacts_merges_none_with_access(self):
        clerk = self._clerk()
        twin = self.env["res.partner"].create({"name": "Anna Nowak"})
        with self.assertRaises(AccessError):
            self.env["base.partner.merge.automatic.wizard"].with_user(clerk)._merge(
                (self.anna | twin).ids, twin, extra_checks=False
            )

    def test_who_edits_contacts_still_edits_contacts(self):
        clerk = self._clerk()
        values = {"name": "Jan", "access_suspended": False}
        jan = self.env["res.partner"].with_user(clerk).create(values)
        jan.write({"active": False, "access_suspended": False})
        self.assertFalse(jan.active)

    def test_tag_of_a_right_is_not_deleted(self):
        banned = self.env["res.partner.category"].create({"name": "Banned"})
        self._right(partner_ids=False, category_ids=banned.ids, effect="deny")
        with self.assertRaisesRegex(UserError, "take it out there first"):
            banned.unlink()

    def test_reception_changes_tags_and_suspends(self):
        tag = self._tag_with_right()
        partner = self.anna.with_user(self._user("reception"))
        partner.write({"category_id": tag.ids, "access_suspended": True})
        with self.assertRaisesRegex(AccessError, "operators"):
            partner.access_right_ids = self._right()

    def test_archived_person_is_refused(self):
        self.anna.active = False
        self.assertEqual(self._decide(), "person_suspended")

    def test_merge_keeps_cards_rights_and_log(self):
        event = self._passage(person=self.anna.access_person_ids.id)
        twin = self.env["res.partner"].create({"name": "Anna Nowak-Kowal"})
        self._card(twin, value="11223344")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.anna | twin).ids, twin, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(len(twin.access_credential_ids), 2)
        self.assertEqual(self._decide(), "right")
        self.assertEqual(event.partner_id, twin)
        self.assertEqual(twin.access_event_count, 1)

    def test_erased_person_stays_a_number_in_the_log(self):
        event = self._passage(person=self.anna.access_person_ids.id)
        self.anna.access_credential_ids.unlink()
        self.anna.unlink()
        self.env.invalidate_all()
        self.assertFalse(event.partner_id)
        self.assertIn("Former person", event.person_id.display_name)

    def test_holder_of_a_card_is_not_deleted_by_mistake(self):
        with self.assertRaisesRegex(UserError, "Take it back"):
            self.anna.unlink()

    def test_rights_at_a_glance_are_those_of_all_sources(self):
        tag = self.env["res.partner.category"].create({"name": "Staff"})
        self.anna.category_id = tag
        plan = self._plan("Full time")
        self._subscription(plan)
        of_all = [
            self._right(name="Tag", partner_ids=False, category_ids=tag.ids),
            self._right(name="Everyone", partner_ids=False, everyone=True),
        ]
        self._right(name="Nobody's", partner_ids=False)
        of_all += [*self.anna.access_right_ids, *plan.access_right_ids]
        held = self.anna.access_held_right_ids
        self.assertEqual(set(held.ids), {right.id for right in of_all})

    def test_rights_of_an_ended_plan_are_not_at_a_glance(self):
        plan = self._plan("Full time")
        self._subscription(plan).is_paused = True
        held = self.anna.access_held_right_ids
        self.assertEqual(held, self.anna.access_right_ids)

    @freeze_time("2026-11-21 07:30:00")
    def test_rights_at_a_glance_are_those_that_open_doors_now(self):
        plan = self._plan("Full time")
        subscription = self._subscription(plan, date="2026-11-19")
        of_plan = plan.access_right_ids
        self.assertNotIn(of_plan, self.anna.access_held_right_ids)
        self.venue.grace_days = 3
        self.env.invalidate_all()
        self.assertIn(of_plan, self.anna.access_held_right_ids)
        subscription.write({"date": False, "date_start": "2026-12-01"})
        self.env.invalidate_all()
        self.assertNotIn(of_plan, self.anna.access_held_right_ids)

    def test_tickets_at_a_glance_are_the_good_ones(self):
        ten = self._ticket_type()
        good, cancelled = self._ticket(ten), self._ticket(ten)
        cancelled.action_cancel()
        self.assertEqual(self.anna.access_good_ticket_ids, good)
