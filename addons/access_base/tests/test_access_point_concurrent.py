from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.fields import Command
from odoo.tests import TransactionCase, mute_logger

from ..models import access_event


class TestAtTwoPointsAtOnce(TransactionCase):
    """With transactions of their own, as two readers have that the ERP decides for."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(access_event._announcer, "news"))
        self.cursors = [self.registry.cursor() for _reader in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        env = self.env(cr=self.cursors[0])
        anna = env["res.partner"].create({"name": "Anna"})
        self.venue = env["access.venue"].create({"name": "Aqua", "tz": "UTC"})
        self.points = env["access.point"].create(
            [{"name": name, "venue_id": self.venue.id} for name in ("East", "West")]
        )
        kind = env["access.ticket.type"].create({"name": "Once", "entries": 1})
        right = env["access.right"].create(
            {
                "name": "With a ticket",
                "partner_ids": anna.ids,
                "point_ids": [Command.set(self.points.ids)],
                "limiting": "ticket",
                "ticket_type_ids": kind.ids,
            }
        )
        ticket = {"partner_id": anna.id, "type_id": kind.id}
        ticket = env["access.ticket"].create(ticket)
        card = {"partner_id": anna.id, "value": "04A1B2C3"}
        card = env["access.credential"].create(card)
        for point in self.points:
            point._ensure_journal()
        self.made = [ticket, card, right, kind, self.points, self.venue]
        self.made += [anna.access_person_ids, anna]
        self.cursors[0].commit()
        self.addCleanup(self._remove)

    def _remove(self):
        cursor = self.cursors[0]
        for each in self.cursors:
            each.rollback()
        journals = self.points.journal_id
        cursor.execute("ALTER TABLE access_event DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM access_event WHERE journal_id = ANY(%s)", [journals.ids]
        )
        cursor.execute("ALTER TABLE access_event ENABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM access_use WHERE point_id = ANY(%s)", [self.points.ids]
        )
        for records in (*self.made, journals):
            records.unlink()
        cursor.commit()

    def _decide(self, reader):
        env = self.env(cr=self.cursors[reader])
        env.invalidate_all()
        point = env["access.point"].browse(self.points[reader].id)
        return point._decide("card", "04A1B2C3").reason.value

    def test_last_entry_of_a_ticket_is_used_once(self):
        """Who comes second fails to serialize; Odoo tries anew, with what is left."""
        self.cursors[1].execute("SELECT 1 FROM access_use")  # it has begun
        self.assertEqual(self._decide(0), "right")
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._decide(1)
        self.cursors[1].rollback()
        self.assertEqual(self._decide(1), "no_ticket")
