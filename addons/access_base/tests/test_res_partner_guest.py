from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, freeze_time, mute_logger, new_test_user

from ..access_policy import credential_token
from .common import AccessCommon


@freeze_time("2026-11-21 07:30:00")
class TestGuest(AccessCommon):
    def setUp(self):
        super().setUp()
        self.guest = self._take()

    def _take(self, count=1):
        return self.env["res.partner"]._access_take_guests(self.env.company, count)

    def _later(self, **span):
        self.enterContext(freeze_time(fields.Datetime.now() + timedelta(**span)))

    def test_those_that_lack_are_made(self):
        guests = self._take(2)
        self.assertEqual(len(guests), 2)
        self.assertEqual(guests.company_id, self.env.company)
        self.assertTrue(all(guests.mapped("access_is_guest")))
        self.assertFalse(any(guests.mapped("active")))
        self.assertEqual(len(guests.access_person_ids), 2)
        self.assertEqual(len(set(guests.mapped("name"))), 2)
        self.assertFalse(guests.message_ids)

    def test_free_guest_is_taken_again(self):
        self.assertEqual(self._take(), self.guest)

    def test_guest_of_another_company_is_not(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self.env["res.partner"]._access_take_guests(company, 1)
        self.assertNotEqual(other, self.guest)
        self.assertEqual(other.company_id, company)

    def test_who_holds_a_credential_that_may_open_is_not_free(self):
        band = self._card(self.guest, valid_to="2026-11-21 22:00:00")
        self.assertNotEqual(self._take(), self.guest)
        band.action_block()
        self.assertNotEqual(self._take(2)[0], self.guest)

    def test_who_holds_one_that_ended_or_came_back_is_free(self):
        self._card(self.guest, valid_to="2026-11-21 07:30:00")
        self._card(self.guest, value="11223344").action_return()
        self.assertEqual(self._take(), self.guest)

    def test_who_holds_a_ticket_that_may_let_in_is_not_free(self):
        ticket = self._ticket(self._ticket_type(entries=1), self.guest)
        self.assertNotEqual(self._take(), self.guest)
        ticket.action_cancel()
        self.assertIn(self.guest, self._take(2))

    def test_who_holds_a_used_up_ticket_is_free(self):
        kind = self._ticket_type(entries=1)
        self._right(
            partner_ids=False,
            everyone=True,
            limiting="ticket",
            ticket_type_ids=kind.ids,
            zone_ids=False,
            point_ids=self._point("Kiosk").ids,
        )
        ticket = self._ticket(kind, self.guest)
        person = self.guest.access_person_ids.id
        self._passage(person=person, ticket=ticket.id, day="2026-11-21")
        self.assertEqual(ticket.state, "used_up")
        self.assertEqual(self._take(), self.guest)

    def test_what_clings_to_a_guest_is_not_handed_on(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        for values in (
            {"access_suspended": True},
            {"access_identity": "pending"},
            {"category_id": tag.ids},
            {"access_right_ids": self._right().ids},
        ):
            guest = self._take()
            guest.write(values)
            self.assertNotEqual(self._take(), guest)

    def test_who_is_inside_is_not_free(self):
        self._passage(person=self.guest.access_person_ids.id, zone=self.gym.id)
        self.assertNotEqual(self._take(), self.guest)

    def test_who_is_inside_longer_than_anybody_may_is_free(self):
        self.gym.max_stay = 3
        self._passage(person=self.guest.access_person_ids.id, zone=self.gym.id)
        self._later(hours=4)
        self.assertEqual(self._take(), self.guest)

    def test_hundreds_cost_as_many_queries_as_one(self):
        self._take(100)
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            self._take(100)

    def test_guest_opens_doors_though_archived(self):
        self._card(self.guest)
        self._right(partner_ids=False, everyone=True)
        self.assertEqual(self._decide(), "right")
        self.guest.access_suspended = True
        self.assertEqual(self._decide(), "person_suspended")

    def test_rules_forget_what_guests_held_and_not_what_members_hold(self):
        ended = {"valid_to": "2026-09-01 00:00:00"}
        self._card(self.guest, **ended)
        self._card(self.guest, value="11223344", valid_to="2026-11-01 00:00:00")
        self._card(value="55667788", **ended)
        told = dict(self.env["access.policy"]._credential_entries(self.env.company))
        tokens = {credential_token("card", one) for one in ("11223344", "55667788")}
        self.assertEqual(set(told), tokens)

    def test_log_finds_guest_by_name(self):
        person = self.guest.access_person_ids
        self._passage(person=person.id)
        found = self.env["access.event"].search(
            [("person_id.display_name", "=", self.guest.name)]
        )
        self.assertEqual(found.person_id, person)

    def test_who_edits_contacts_makes_no_guest(self):
        groups = "base.group_user,base.group_partner_manager"
        clerk = new_test_user(self.env, "clerk", groups=groups)
        partner = self.anna.with_user(clerk)
        with self.assertRaises(AccessError):
            partner.access_is_guest = True
        with self.assertRaises(AccessError):
            partner.create({"name": "Twin", "access_is_guest": True})

    def test_guest_is_not_merged(self):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        with self.assertRaisesRegex(UserError, "not merged"):
            wizard._merge((self.anna | self.guest).ids, self.anna)

    def test_erased_guest_stays_a_number_in_the_log(self):
        event = self._passage(person=self.guest.access_person_ids.id)
        self.guest.unlink()
        self.env.invalidate_all()
        self.assertFalse(event.partner_id)


class TestGuestsInTurn(AccessCommon):
    def _take(self, count=1):
        return self.env["res.partner"]._access_take_guests(self.env.company, count)

    def test_least_recently_taken_comes_first(self):
        both = self._take(2)
        taken = self._take()
        self.assertEqual(self._take(), both - taken)
        self.assertEqual(self._take(), taken)

    def test_least_recently_seen_comes_first(self):
        first, second = self._take(2).sorted("id")
        soon = fields.Datetime.now() + timedelta(minutes=1)
        self._passage(at=str(soon), person=first.access_person_ids.id, zone=0)
        self.assertEqual(self._take(), second)


class TestGuestsAtOnce(TransactionCase):
    """With transactions of their own, as two tills have."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _till in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        self.guests = self._take(0, 2)
        self.cursors[0].commit()
        self.addCleanup(self._remove)

    def _take(self, till, count=1):
        env = self.env(cr=self.cursors[till])
        return env["res.partner"]._access_take_guests(env.company, count)

    def _remove(self):
        for cursor in self.cursors:
            cursor.rollback()
        self.guests.access_person_ids.unlink()
        self.guests.unlink()
        self.cursors[0].commit()

    def test_two_at_once_get_two(self):
        self.assertFalse(set(self._take(0).ids) & set(self._take(1).ids))

    def test_who_began_before_the_other_was_done_tries_anew(self):
        self.cursors[1].execute("SELECT 1 FROM res_partner")  # it has begun
        taken = self._take(0)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._take(1)
        self.cursors[1].rollback()
        self.assertNotEqual(self._take(1).ids, taken.ids)
