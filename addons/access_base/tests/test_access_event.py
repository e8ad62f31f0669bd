import json
from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..access_policy import PassageEvent, Reason, first_break
from ..models import access_event
from .common import AccessCommon


class TestAccessEvent(AccessCommon):
    @contextmanager
    def assertRefusedByDatabase(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            yield

    def test_every_reason_has_words(self):
        words = dict(self.env["access.event"]._fields["reason"].selection)
        self.assertEqual(set(words), {reason.value for reason in Reason})

    def test_nobody_changes_the_log_by_sql(self):
        event = self._passage()
        for query in (
            "UPDATE access_event SET granted = NOT granted WHERE id = %s",
            "DELETE FROM access_event WHERE id = %s",
        ):
            with self.assertRefusedByDatabase():
                self.env.cr.execute(query, [event.id])
        with self.assertRefusedByDatabase():
            self.env.cr.execute("TRUNCATE access_event")

    def test_superuser_does_not_change_it_by_the_orm(self):
        event = self._passage()
        with self.assertRefusedByDatabase():
            event.sudo().write({"granted": False})
            event.flush_recordset()
        with self.assertRefusedByDatabase():
            event.sudo().unlink()

    def test_nobody_creates_events_by_rpc(self):
        manager = self._user("manager")
        events = self.env["access.event"].with_user(manager)
        for call in (
            lambda: events.create({"point_id": self.turnstile.id}),
            lambda: events.web_save({"point_id": self.turnstile.id}, {}),
            lambda: events.load(["reason"], [["right"]])["messages"]
            and events.check_access("create"),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_same_event_twice_is_once(self):
        event = self._passage()
        other = PassageEvent("2026-11-21T07:30:00.000Z", 1, False, "no_right")
        row = (other.record(event.sequence), "f" * 64)
        self.assertEqual(event._ingest(event.journal_id, [row]), 0)
        self.assertTrue(event.granted)

    def test_journal_is_a_chain(self):
        for minute in range(5):
            self._passage(at=f"2026-11-21 07:3{minute}", seen="rfid:…É")
        events = self.env["access.event"].search([], order="sequence")
        links = [(event.record, event.hash) for event in events]
        self.assertIsNone(first_break(links))
        links[2] = (links[2][0].replace("true", "false"), links[2][1])
        self.assertEqual(first_break(links), 3)

    def test_what_the_log_names_is_archived_not_deleted(self):
        right, card = self._right(), self._card()
        self._passage(right=right.id, credential=card.id)
        for record in (right, card, self.turnstile):
            with self.assertRaisesRegex(UserError, "instead"):
                record.unlink()

    def test_event_can_name_what_is_gone(self):
        """As when a right was taken away for good while a gateway was offline."""
        right = self._right()
        right.unlink()
        event = self._passage(right=right.id)
        self.assertFalse(event.right_id)
        self.assertEqual(json.loads(event.record)[7], right.id)

    def test_unknown_card_is_issued_from_its_event(self):
        event = self._passage(
            granted=False, reason="credential_unknown", seen="rfid:DEADBEEF"
        )
        context = event.action_issue_credential()["context"]
        card = (
            self.env["access.credential"]
            .with_context(**context)
            .create({"partner_id": self.anna.id})
        )
        self.assertEqual(card.token, "rfid:DEADBEEF")

    def test_found_by_person_result_and_reason(self):
        self._card()
        granted = self._passage(person=self.anna.access_person_ids.id)
        refused = self._passage(granted=False, reason="outside_hours")
        search = self.env["access.event"].search
        self.assertEqual(search([("partner_id", "ilike", "nowak")]), granted)
        self.assertEqual(search([("result", "=", "refused")]), refused)
        self.assertEqual(search([("reason", "=", "outside_hours")]), refused)

    def test_screens_are_told_after_the_commit(self):
        with patch.object(access_event._announcer, "news") as news:
            self._passage()
            news.assert_not_called()
            self.env.cr.postcommit.run()
        news.assert_called_once_with(self.env.cr.dbname)

    def test_screens_are_told_that_there_is_news_not_what(self):
        self.env["access.event"]._announce()
        [values] = self.env.cr.precommit.data["bus.bus.values"]
        self.assertIn('"payload":{}', values["message"].replace(" ", ""))
