import random

from odoo.tools import SQL

from ..models.access_event_batch import WORTH_COPYING, copy_events
from .log_common import LogCommon

SKIPPED = ("id", "journal_id", "received_at", "transaction_number")
STATE = {
    "access_use": "SELECT person_id, right_id, band_id, day, ticket_id, date, point_id"
    " FROM access_use",
    "access_presence": "SELECT person_id, zone_id, since FROM access_presence",
}


class TestAccessEventBatch(LogCommon):
    """Many events at once: the same rows as one by one, whichever way they came."""

    def setUp(self):
        super().setUp()
        self.chance = random.Random(self.id())
        self.env["access.duty"].sudo().create(
            {
                "venue_id": self.turnstile.venue_id.id,
                "user_id": self._user("operator").id,
                "start": "2026-11-21 07:20:00",
                "stop": "2026-11-21 07:40:00",
            }
        )

    def _some(self, *values):
        return self.chance.choice(values)

    def _events(self, count=3 * WORTH_COPYING):
        gone = 2**31 - 1
        return [
            self._event(
                self.chance.randrange(60),
                point=self._some(self.turnstile.id, gone),
                granted=self._some(True, False),
                reason=self._some("right", "no_right", "passed"),
                person=self._some(None, gone, *self.persons.ids),
                companion=self._some(None, *self.persons.ids),
                credential=self._some(None, gone),
                right=self._some(None, gone, *self.rights.ids),
                band=self._some(None, *self.bands.ids),
                ticket=self._some(None, None, gone),
                day=self._some(None, "2026-11-20", "2026-11-21"),
                zone=self._some(None, 0, gone, self.gym.id, self.sauna.id),
                user=self._some(None, gone, self.env.uid),
                warnings=self._some((), ("duress",), ("policy_expired", "x\\y")),
                seen=self._some(None, "rfid:…É", "a\\b\tc\nd\re", "\\N"),
                note=self._some(None, "Żółć", "tab\t", "\\."),
                policy=self._some(0, 7),
            )
            for _number in range(count)
        ]

    def _stored(self, journal):
        columns = [
            name
            for name, field in self.env["access.event"]._fields.items()
            if field.store and name not in SKIPPED
        ]
        names = SQL(", ").join(map(SQL.identifier, columns))
        return self.env.execute_query(
            SQL(
                "SELECT %s FROM access_event WHERE journal_id = %s ORDER BY sequence",
                names,
                journal.id,
            )
        )

    def _state(self):
        return {
            table: sorted(map(str, self.env.execute_query(SQL(query))))
            for table, query in STATE.items()
        }

    def test_a_copied_batch_leaves_the_same_rows_as_single_events(self):
        rows, log = self._rows(self._events()), self.env["access.event"]
        with self.env.cr.savepoint() as savepoint:
            told = [log._inserted(self.journal, [row]) for row in rows]
            expected = self._stored(self.journal), self._state()
            unknown = sum(nameless for _new, _alerting, nameless in told)
            savepoint.rollback()
        new, alerting, nameless = copy_events(self.env.cr, self.journal, rows)
        self.assertEqual((self._stored(self.journal), self._state()), expected)
        self.assertEqual(new, len(rows))
        self.assertEqual(nameless, unknown)
        duress = log.search([("id", "in", alerting), ("is_duress", "=", True)])
        self.assertEqual(len(duress), len(alerting))
        self.assertTrue(expected[0])

    def test_a_batch_that_is_there_in_part_is_kept_once(self):
        rows, log = self._rows(self._events()), self.env["access.event"]
        self.assertEqual(log._ingest(self.journal, rows[:70]), 70)
        self.assertEqual(log._ingest(self.journal, rows), len(rows) - 70)
        self.assertEqual(log._ingest(self.journal, rows), 0)
        self.assertFalse(self.env["access.verify"]._breaks(self.env.companies))

    def test_a_batch_whose_numbers_have_gaps_is_no_copy(self):
        rows = self._rows(self._events())
        del rows[10]
        self.assertIsNone(copy_events(self.env.cr, self.journal, rows))
        log = self.env["access.event"]
        self.assertEqual(log._ingest(self.journal, rows), len(rows))
