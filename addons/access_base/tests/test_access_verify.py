from odoo.exceptions import AccessError

from .log_common import LogCommon


class TestAccessVerify(LogCommon):
    def setUp(self):
        super().setUp()
        self._send(*(self._event(minute) for minute in range(5)))
        self.verify = self.env["access.verify"]

    def _breaks(self):
        return [
            (self.env["access.journal"].browse(found.journal).name, *found[1:])
            for found in self.verify._breaks(self.env.companies)
        ]

    def _differences(self):
        found = self.verify._differences(self.env.companies)
        return [(one.table, one.problem) for one in found]

    def _check(self, role):
        check = self.env["access.check"].with_user(self._user(role)).create({})
        check.action_check()
        self._step_through(check)
        return check

    def test_log_that_nobody_touched_is_whole(self):
        self._passage(person=self.persons[0].id, seen="rfid:É", note="Żółć")
        self.assertEqual(self._breaks(), [])
        self.assertEqual(self._differences(), [])

    def test_changed_record_is_named(self):
        self._plant(
            "UPDATE access_event SET record = replace(record, 'true', 'false')"
            " WHERE journal_id = %s AND sequence >= 3",
            self.journal.id,
        )
        time = "2026-11-21T07:02:00.000Z"
        self.assertEqual(self._breaks(), [("Gateway", 3, time, "changed")])

    def test_missing_event_is_named(self):
        self._plant(
            "DELETE FROM access_event WHERE journal_id = %s AND sequence = 2",
            self.journal.id,
        )
        time = "2026-11-21T07:02:00.000Z"
        self.assertEqual(self._breaks(), [("Gateway", 3, time, "missing")])

    def test_missing_events_that_were_told_of_are_no_break(self):
        """The chain goes on from the hash that was told; any other one breaks it."""
        rows = self._rows([self._event(minute) for minute in range(10, 14)])
        self.env["access.event"]._ingest(self.journal, rows[3:])
        self.assertEqual(self._breaks()[0][3], "missing")
        self.env["access.journal.gap"].create(
            {"journal_id": self.journal.id, "first": 6, "last": 8, "hash": "f" * 64}
        )
        self.assertEqual(self._breaks()[0][3], "changed")
        self.journal.gap_ids.hash = rows[2][1]
        self.assertEqual(self._breaks(), [])
        [words] = self.verify._known_gaps(self.env.company)
        self.assertIn("events 6 to 8 are missing", words)

    def test_one_gap_may_follow_another(self):
        """What is missing is told in parts when a gateway is restored in between."""
        rows = self._rows([self._event(minute) for minute in range(10, 14)])
        self.env["access.event"]._ingest(self.journal, rows[3:])
        for first, last in ((6, 7), (8, 8)):
            gap = {"first": first, "last": last, "hash": rows[last - 6][1]}
            self.env["access.journal.gap"].create({"journal_id": self.journal.id} | gap)
        self.assertEqual(self._breaks(), [])

    def test_column_that_tells_another_story_is_named(self):
        """The chain covers the record; people see the columns beside it."""
        bob, sauna = self.persons[1].id, self.sauna.id
        for change in (
            "granted = FALSE",
            "reason = 'no_right'",
            f"person_id = {bob}",
            f"zone_id = {sauna}",
            "has_moved = FALSE",
            "warnings = '[\"duress\"]'",
            "day = '2026-11-20'",
            "note = 'x'",
            "date = date + interval '1 second'",
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self._plant(
                    f"UPDATE access_event SET {change}"  # pylint: disable=sql-injection
                    " WHERE journal_id = %s AND sequence = 4",
                    self.journal.id,
                )
                [found] = self._breaks()
                self.assertEqual((found[1], found[3]), (4, "column"))
                savepoint.rollback()

    def test_first_break_of_each_journal(self):
        other = self.env["access.journal"].create({"name": "Other"})
        self._send(self._event(), journal=other)
        self._plant("UPDATE access_event SET hash = 'x' WHERE company_id > 0")
        found = [one[:2] for one in self._breaks()]
        self.assertEqual(found, [("Gateway", 1), ("Other", 1)])

    def test_rebuild_finds_and_mends_what_is_different(self):
        self._send(self._event(9, person=self.persons[1].id, day="2026-11-20"))
        uses = self.env["access.use"]._state(self.persons.ids)
        self.env.cr.execute(
            "DELETE FROM access_use WHERE day = '2026-11-20';"
            "UPDATE access_presence SET zone_id = NULL WHERE person_id = %s;"
            "INSERT INTO access_use ("
            "       person_id, company_id, right_id, band_id, day, date)"
            " SELECT person_id, company_id, right_id, band_id, '2026-11-01', date"
            "   FROM access_use",
            [self.persons[0].id],
        )
        self.assertEqual(
            sorted(self._differences()),
            [
                ("access_presence", "different"),
                ("access_use", "extra"),
                ("access_use", "missing"),
            ],
        )
        self.assertEqual(len(self.verify._rebuild(self.env.companies)), 3)
        self.assertEqual(self._differences(), [])
        self.assertEqual(self.env["access.use"]._state(self.persons.ids), uses)

    def test_auditor_is_told_in_words(self):
        self.assertEqual(self._check("auditor").state, "whole")

    def test_words_name_journal_number_and_time(self):
        self._plant("UPDATE access_event SET hash = 'x' WHERE sequence = 2")
        check = self._check("manager")
        self.assertEqual(check.state, "broken")
        self.assertIn("Gateway", check.words)
        self.assertIn("number 2, 2026-11-21T07:01:00.000Z", check.words)

    def test_command_line_says_the_same(self):
        self.assertFalse([w for w in self.verify._report() if "Gateway" in w])
        self._plant("UPDATE access_event SET hash = 'x' WHERE sequence = 2")
        self.assertTrue([w for w in self.verify._report() if "Gateway" in w])

    def test_only_auditors_and_managers_check(self):
        for role in ("reception", "operator"):
            with self.assertRaises(AccessError):
                self._check(role)

    def test_auditor_does_not_rebuild(self):
        check = self._check("auditor")
        with self.assertRaises(AccessError):
            check.action_rebuild()

    def test_manager_rebuilds(self):
        self.env.cr.execute("DELETE FROM access_use")
        check = self._check("manager")
        self.assertTrue(check.is_different)
        check.action_rebuild()
        self._step_through(check)
        self.assertEqual(check.state, "whole")
        self.assertTrue(self.env["access.use"].search([]))
