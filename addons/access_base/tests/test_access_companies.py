from odoo.tests import new_test_user

from ..access_policy.state import time_of
from .log_common import LogCommon


class TestTwoCompanies(LogCommon):
    """A person who goes to the venues of two companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        there = {"company_id": cls.other.id}
        cls.hall = cls.env["access.venue"].create(
            {"name": "Hall", "tz": "UTC", **there}
        )
        cls.court = cls.env["access.zone"].create(
            {"name": "Court", "venue_id": cls.hall.id}
        )
        cls.door = cls.env["access.point"].create(
            {"name": "Door", "venue_id": cls.hall.id, "zone_to_id": cls.court.id}
        )
        cls.there = cls.env["access.journal"].create({"name": "Hall", **there})

    def _enter_both(self):
        self._send(self._event(1))
        self._send(
            self._event(
                2, point=self.door.id, zone=self.court.id, right=None, day=None
            ),
            journal=self.there,
        )

    def test_is_somewhere_in_each(self):
        self._enter_both()
        presence = self.env["access.presence"]
        where = {
            company: presence._state(company, self.persons.ids)
            for company in (self.env.company, self.other)
        }
        person = str(self.persons[0].id)
        self.assertEqual(where[self.env.company][person][0], self.gym.id)
        self.assertEqual(where[self.other][person][0], self.court.id)
        facts = self.env["access.fact"]
        for company, places in where.items():
            self.assertEqual(facts._state(company)["presence"], places)

    def test_is_counted_in_each(self):
        self._enter_both()
        zones = self.gym | self.court
        counts = self.env["access.presence"]._occupancy(zones)
        self.assertEqual(counts, {self.gym.id: 1, self.court.id: 1})

    def test_is_inside_here_whatever_happened_there(self):
        self._card()
        self._right()
        self.gym.antipassback = "refused"
        self._enter_both()
        self.assertEqual(self._decide(), "anti_passback")

    def test_why_tells_what_happened_here(self):
        self._card()
        self._right()
        self.gym.antipassback = "refused"
        self._enter_both()
        policy = self.env["access.policy"]
        at = self._event(30).time
        person = self.persons[0]
        _policy, state, _attempt = policy._for_partner(
            self.anna, self.turnstile, time_of(at)
        )
        self.assertEqual(state.presence[person.id].zone, self.gym.id)

    def test_rebuild_finds_nothing_to_mend(self):
        self._enter_both()
        verify = self.env["access.verify"]
        companies = self.env.company | self.other
        self.assertEqual(verify._differences(companies), [])
        self.env.cr.execute("DELETE FROM access_presence")
        verify._rebuild(companies)
        self.assertEqual(verify._differences(companies), [])
        self.assertEqual(self.env["access.presence"].search_count([]), 2)

    # -- names ------------------------------------------------------------------------

    def test_contacts_of_another_company_are_not_named(self):
        self.anna.company_id = self.env.company
        shared = self.persons[1]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="access_base.group_manager",
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        persons = self.env["access.person"].with_user(stranger)
        found = persons.search([("id", "in", self.persons.ids)])
        self.assertEqual(found, shared)

    def test_log_names_contacts_that_were_merged_or_moved(self):
        self._send(self._event(1), self._event(2, person=self.persons[1].id))
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.anna | self.bob).ids, self.bob)
        self.bob.sudo().company_id = self.other
        clerk = self._user("reception")
        self.env.invalidate_all()
        events = self.env["access.event"].with_user(clerk).search([])
        named = [row["person_id"][1] for row in events.read(["person_id"])]
        self.assertEqual(named, ["Bob Lis"] * 2)
