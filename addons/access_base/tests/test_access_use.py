import random

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from ..access_policy import state_from_document, state_of
from .log_common import LogCommon

REASONS = (
    ("right", True),
    ("left_without_right", True),
    ("recorded_by_staff", True),
    ("no_right", False),
    ("second_person_needed", False),
    ("presence_corrected", False),
)


@freeze_time("2026-11-21 12:00")
class TestAccessUse(LogCommon):
    def _random_events(self, chance, count):
        ticket = self._ticket(self._ticket_type())
        for _number in range(count):
            reason, granted = chance.choice(REASONS)
            yield self._event(
                chance.randrange(60),
                granted=granted,
                reason=reason,
                person=chance.choice([*self.persons.ids, None]),
                companion=chance.choice([*self.persons.ids, None, None]),
                right=chance.choice([*self.rights.ids, None]),
                band=chance.choice([*self.bands.ids, None]),
                day=chance.choice(["2026-11-20", "2026-11-21", None]),
                ticket=chance.choice([ticket.id, None, None]),
                zone=chance.choice([self.gym.id, self.sauna.id, 0, None]),
            )

    def _state(self):
        persons = self.persons.ids
        uses = self.env["access.use"]._state(persons)
        presence = self.env["access.presence"]._state(self.env.company, persons)
        return state_from_document({**uses, "presence": presence})

    def test_state_is_what_the_pure_rules_say(self):
        chance = random.Random(20261121)
        events = list(self._random_events(chance, 300))
        self._send(*events[:100])
        self._send(*events[100:])
        expected, found = state_of(events), self._state()
        self.assertEqual(found.uses, expected.uses)
        self.assertEqual(found.ticket_uses, expected.ticket_uses)
        self.assertEqual(found.presence, expected.presence)
        self.assertGreater(len(expected.uses[self.persons[0].id]), 5)

    def test_order_of_arrival_does_not_matter(self):
        """As when a gateway was offline while others went on."""
        other = self.env["access.journal"].create({"name": "Other"})
        self._send(self._event(30, zone=0), journal=other)
        self._send(self._event(10))
        self.assertFalse(self.env["access.presence"].search([]).zone_id)
        use = self.env["access.use"].search([])
        self.assertEqual(use.date.minute, 10)
        self._send(self._event(40, zone=self.sauna.id))
        self.assertEqual(self.env["access.presence"].search([]).zone_id, self.sauna)
        self.assertEqual(use.date.minute, 10)

    def test_same_events_twice_count_once(self):
        rows = self._rows([self._event(1), self._event(2, day="2026-11-20")])
        for _time in range(2):
            self.env["access.event"]._ingest(self.journal, rows)
        self.assertEqual(self.env["access.use"].search_count([]), 2)

    def test_several_entries_of_a_day_count_once_for_each_band(self):
        self._send(
            self._event(1), self._event(2), self._event(3, band=self.bands[1].id)
        )
        self.assertEqual(self.env["access.use"].search_count([]), 2)

    def test_both_of_two_persons_move(self):
        self._send(self._event(companion=self.persons[1].id))
        found = self.env["access.presence"].search([])
        self.assertEqual(found.person_id, self.persons)
        self.assertEqual(found.zone_id, self.gym)

    def test_entry_of_what_is_gone_uses_up_nothing(self):
        self._send(self._event(right=0), self._event(band=0), self._event(person=0))
        self.assertFalse(self.env["access.use"].search([]))

    def test_merged_contact_has_used_what_both_used(self):
        self._send(
            self._event(1),
            self._event(2, person=self.persons[1].id, day="2026-11-20"),
        )
        self.persons[1].partner_id = self.anna
        self.env.flush_all()
        used = self.env["access.use"]._state(self.persons[0].ids)["uses"]
        days = [day for _right, _band, day in used[str(self.persons[0].id)]]
        self.assertEqual(days, ["2026-11-20", "2026-11-21"])
        self.assertEqual(
            self.env["access.presence"]._occupancy(self.gym), {self.gym.id: 1}
        )

    def test_state_goes_back_to_last_month_only(self):
        self._send(self._event(1, day="2026-10-01"), self._event(2, day="2026-09-30"))
        used = self.env["access.use"]._state(self.persons.ids)["uses"]
        days = [day for _right, _band, day in used[str(self.persons[0].id)]]
        self.assertEqual(days, ["2026-10-01"])

    def test_occupancy_counts_who_is_there(self):
        self._send(
            self._event(1),
            self._event(2, person=self.persons[1].id),
            self._event(3, person=self.persons[1].id, zone=0),
        )
        zones = self.gym | self.sauna
        self.assertEqual(
            self.env["access.presence"]._occupancy(zones),
            {self.gym.id: 1, self.sauna.id: 0},
        )

    def test_who_stayed_too_long_has_left_unseen(self):
        hall = self._zone("Hall", max_stay=3)
        self.gym.parent_id = hall
        self._send(self._event(), self._event(person=self.persons[1].id, minute=59))
        for time, inside in (
            ("09:59", 2),  # Anna came at 07:00, Bob at 07:59
            ("10:00", 1),
            ("10:58", 1),
            ("10:59", 0),
        ):
            with freeze_time(f"2026-11-21 {time}"):
                count = self.env["access.presence"]._occupancy(self.gym)
                self.assertEqual(count, {self.gym.id: inside}, time)
        self.assertIn("Left without being seen", self.anna.access_whereabouts)

    def test_entry_of_a_ticket_is_none_of_the_month(self):
        ticket = self._ticket(self._ticket_type(), entries=10)
        events = [self._event(1, ticket=ticket.id), self._event(2, ticket=ticket.id)]
        self._send(*events, events[1])
        found = self._state()
        self.assertEqual(found.uses, {})
        self.assertEqual(found.ticket_uses, state_of(events).ticket_uses)
        self.assertEqual(ticket.used, 2)

    def test_entry_of_a_ticket_that_is_gone_is_none_of_the_month(self):
        ticket = self._ticket(self._ticket_type())
        gone = ticket.id
        ticket.unlink()
        self._send(self._event(ticket=gone))
        self.assertFalse(self.env["access.use"].search([]))
        self.assertEqual(self.env["access.verify"]._differences(self.env.companies), [])

    def test_nobody_writes_it_but_the_log(self):
        self._send(self._event())
        manager = self._user("manager")
        for model in ("access.use", "access.presence", "access.limit.report"):
            record = self.env[model].with_user(manager).search([], limit=1)
            self.assertTrue(record)
            for call in (
                lambda record=record: record.write({"company_id": False}),
                record.unlink,
                lambda record=record: record.create({}),
                lambda record=record: record.web_save({}, {}),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_what_the_log_names_is_not_deleted(self):
        self._send(self._event())
        for record in (self.bands[0], self.gym):
            with self.assertRaisesRegex(UserError, "passage log names"):
                record.unlink()
