from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, mute_logger

from ..models import access_event


class TwoReaders(TransactionCase):
    """With transactions of their own, as two readers have that the ERP decides for."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(access_event._announcer, "news"))
        self.cursors = [self.registry.cursor() for _reader in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        env = self.env(cr=self.cursors[0])
        self.venue = env["access.venue"].create({"name": "Aqua", "tz": "UTC"})
        self.zone = env["access.zone"].create(
            {"name": "Sauna", "venue_id": self.venue.id}
        )
        self.points = env["access.point"].create(
            [
                {"name": name, "venue_id": self.venue.id, "zone_to_id": self.zone.id}
                for name in ("East", "West")
            ]
        )
        for point in self.points:
            point._ensure_journal()
        self.made = self._make(env)
        self.cursors[0].commit()
        self.addCleanup(self._remove)

    def _make(self, env):
        """Make persons, cards and rights; give them in the order of their removal."""
        raise NotImplementedError

    def _right(self, env, partners, **values):
        places = {"point_ids": [Command.set(self.points.ids)]}
        values = {"name": "Sauna", "partner_ids": partners.ids, **places, **values}
        return env["access.right"].create(values)

    def _cards(self, env, partners, *numbers):
        return env["access.credential"].create(
            [
                {"partner_id": partner.id, "value": number}
                for partner, number in zip(partners, numbers, strict=True)
            ]
        )

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
        cursor.execute("DELETE FROM access_presence WHERE zone_id = %s", [self.zone.id])
        for records in (*self.made, self.points, self.zone, self.venue, journals):
            records.unlink()
        cursor.commit()

    def _decide(self, reader, card):
        env = self.env(cr=self.cursors[reader])
        env.invalidate_all()
        point = env["access.point"].browse(self.points[reader].id)
        return point._decide("card", card).reason.value

    def _assert_second_is_refused(self, cards, reason):
        """Who comes second fails to serialize; Odoo tries anew, with what is left."""
        self.cursors[1].execute("SELECT 1 FROM access_use")  # it has begun
        self.assertEqual(self._decide(0, cards[0]), "right")
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self._decide(1, cards[1])
        self.cursors[1].rollback()
        self.assertEqual(self._decide(1, cards[1]), reason)


class TestTicketAtOnce(TwoReaders):
    def _make(self, env):
        self.points.zone_to_id = False  # else the one place where Anna is collides
        anna = env["res.partner"].create({"name": "Anna"})
        kind = env["access.ticket.type"].create({"name": "Once", "entries": 1})
        values = {"limiting": "ticket", "ticket_type_ids": kind.ids}
        right = self._right(env, anna, **values)
        ticket = {"partner_id": anna.id, "type_id": kind.id}
        ticket = env["access.ticket"].create(ticket)
        card = self._cards(env, anna, "04A1B2C3")
        return [ticket, card, right, kind, anna.access_person_ids, anna]

    def test_last_entry_of_a_ticket_is_used_once(self):
        self._assert_second_is_refused(["04A1B2C3"] * 2, "no_ticket")

    def _dialog(self, reader, dialog):
        dialogs = self.env(cr=self.cursors[reader])["access.ticket.give.back"]
        return dialogs.browse(dialog.id)

    def test_entry_of_a_ticket_is_given_back_once(self):
        self.assertEqual(self._decide(0, "04A1B2C3"), "right")
        values = {"ticket_id": self.made[0].id, "reason": "Closed"}
        dialogs = self.env(cr=self.cursors[0])["access.ticket.give.back"]
        dialogs = dialogs.create([values, values])
        self.cursors[0].commit()
        self.cursors[1].execute("SELECT 1 FROM access_ticket")  # it has begun
        self._dialog(0, dialogs[0]).action_give_back()
        self.cursors[0].commit()
        second = self._dialog(1, dialogs[1])
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            second.action_give_back()
            second.env.flush_all()
        self.cursors[1].rollback()
        second.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "meanwhile"):
            second.action_give_back()


class TestCapacityAtOnce(TwoReaders):
    def _make(self, env):
        self.zone.capacity = 1
        people = env["res.partner"].create([{"name": "Anna"}, {"name": "Jan"}])
        right = self._right(env, people)
        cards = self._cards(env, people, "04A1B2C3", "0499887766")
        return [cards, right, people.access_person_ids, people]

    def test_last_place_is_taken_once(self):
        self._assert_second_is_refused(["04A1B2C3", "0499887766"], "zone_full")

    def test_nobody_waits_while_there_is_room(self):
        with self.registry.cursor() as cursor:
            self.env(cr=cursor)["access.zone"].browse(self.zone.id).capacity = 900
        for cursor in self.cursors:
            cursor.rollback()
        self.cursors[1].execute("SELECT 1 FROM access_use")
        self.assertEqual(self._decide(0, "04A1B2C3"), "right")
        self.assertEqual(self._decide(1, "0499887766"), "right")
        for cursor in self.cursors:
            cursor.commit()
