from datetime import timedelta

from ..access_policy import State
from ..models.access_event_batch import WORTH_COPYING
from ..models.policy_version import TOLERANCE, named_until, version_at
from .log_common import LogCommon


class TestAccessEventNames(LogCommon):
    """What rules cannot name, as it was made after them: its number was given again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.flush_all()
        cls.made = cls.env.cr.now()
        cls.before = version_at(cls.made - TOLERANCE) - 2

    def _sent(self, *events):
        self._send(*events)
        found = self.env["access.event"].search(
            [("journal_id", "=", self.journal.id)], order="sequence"
        )
        return found[-len(events) :]

    def _make_old(self, record, days=9):
        """As if a record had been made long ago."""
        self.env.cr.execute(
            f"UPDATE {record._table} SET create_date = create_date - %s WHERE id = %s",
            (timedelta(days=days), record.id),
        )

    def test_version_tells_until_when_the_named_was_made(self):
        self.assertGreaterEqual(named_until(version_at(self.made)), self.made)
        self.assertLess(named_until(self.before), self.made)
        self.assertIsNone(named_until(57))

    def test_rules_name_who_was_made_before_them(self):
        event = self._sent(self._event(policy=version_at(self.made)))
        self.assertEqual(event.person_id, self.persons[0])
        self.assertEqual(event.right_id, self.rights[0])
        self.assertFalse(event.journal_id.nameless_count)

    def test_older_rules_name_nobody_who_was_made_after_them(self):
        event = self._sent(self._event(policy=self.before))
        named = event.person_id, event.right_id, event.band_id, event.point_id
        self.assertFalse(any(named))
        self.assertIn(f", {self.persons[0].id}, ", event.record)
        self.assertIn("not known here", event.warning_words)
        self.assertFalse(self.env["access.verify"]._breaks(self.env.companies))

    def test_nothing_follows_for_who_got_the_number_later(self):
        self._send(self._event(policy=self.before))
        for model in ("access.use", "access.presence"):
            domain = [("person_id", "=", self.persons[0].id)]
            self.assertFalse(self.env[model].search(domain))

    def test_entry_of_a_ticket_that_got_the_number_later_is_no_entry_of_the_month(self):
        ticket = self._ticket(self._ticket_type())
        for record in (self.persons[0], self.rights[0], self.bands[0]):
            self._make_old(record)
        event = self._sent(self._event(policy=self.before, ticket=ticket.id))
        self.assertTrue(event.person_id)
        self.assertFalse(event.day)

    def test_many_events_at_once_are_held_to_the_same(self):
        versions = [self.before, version_at(self.made)] * WORTH_COPYING
        events = self._sent(*(self._event(policy=one) for one in versions))
        known = [bool(event.person_id) for event in events]
        self.assertEqual(known, [False, True] * WORTH_COPYING)
        self.assertEqual(self.journal.nameless_count, WORTH_COPYING)

    def test_order_of_staff_is_of_nobody_who_came_after_it(self):
        user = self.env["res.users"].browse(self.env.uid)
        self._make_old(user)
        values = {"policy": version_at(self.made), "user": user.id}
        first, later = self._sent(self._event(**values), self._event(**values))
        self.assertEqual(first.user_id, user)
        self.env.cr.execute(
            "UPDATE res_users SET create_date = '2030-01-01' WHERE id = %s", (user.id,)
        )
        self.assertFalse(self._sent(self._event(**values)).user_id)
        self.assertEqual(later.user_id, user)

    def test_who_names_somebody_unknown_has_all_told_anew_and_nobody_else(self):
        company, facts = self.env.company, self.env["access.fact"]
        other = self.journal.copy()
        mine, others = (
            facts._since(company, journal, None)["cursor"]
            for journal in (self.journal, other)
        )
        for count in (1, WORTH_COPYING):
            self._send(*[self._event(person=2**31 - 1, policy=3)] * count)
        self.assertEqual(self.journal.nameless_count, 1 + WORTH_COPYING)
        self.assertTrue(facts._since(company, self.journal, mine)["state"])
        answer = facts._since(company, other, others)
        self.assertFalse(answer and answer["state"])

    def test_others_are_told_of_known_names_only(self):
        for record in (self.persons[0], self.bands[0]):
            self._make_old(record)
        event = self._sent(self._event(policy=self.before))
        state = State()
        self.env["access.policy"]._note_passages(
            state,
            self.persons[0],
            event.date + timedelta(days=1),
            self.env.company,
        )
        self.assertFalse(state.uses)
        self.assertTrue(state.presence)
