import logging

from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .log_common import LogCommon


class TestLogStays(LogCommon):
    """Nothing that happens elsewhere takes an event or what it names along."""

    def setUp(self):
        super().setUp()
        self._send(self._event())
        self.event = self.env["access.event"].search([], limit=1)

    def _rules(self):
        """Give by table what deleting does to events that name its rows."""
        self.env.cr.execute(
            """SELECT confrelid::regclass::text, confdeltype
                 FROM pg_constraint
                WHERE conrelid = 'access_event'::regclass AND contype = 'f'"""
        )
        return self.env.cr.fetchall()

    def test_what_an_event_names_is_not_deleted_by_the_database(self):
        stored = {
            field.comodel_name.replace(".", "_")
            for field in self.event._fields.values()
            if field.type == "many2one" and field.store
        }
        rules = self._rules()
        self.assertEqual({table for table, _rule in rules}, stored)
        self.assertEqual({rule for _table, rule in rules}, {"r"})

    @mute_logger("odoo.sql_db")
    def test_not_deleted_by_sql_of_another_addon(self):
        for table, record in (
            ("res_company", self.event.company_id),
            ("access_person", self.event.person_id),
            ("access_point", self.event.point_id),
            ("access_journal", self.event.journal_id),
        ):
            with (
                self.subTest(table=table),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(f"DELETE FROM {table} WHERE id = {record.id}")

    @mute_logger("odoo.sql_db")
    def test_not_rewritten_by_an_insert_that_updates(self):
        columns = self._plain_columns()
        with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                f"INSERT INTO access_event ({columns})"
                f" SELECT {columns} FROM access_event"
                " ON CONFLICT (journal_id, sequence) DO UPDATE SET note = 'x'"
            )

    def _plain_columns(self):
        self.env.cr.execute(
            """SELECT string_agg(column_name, ', ') FROM information_schema.columns
                WHERE table_name = 'access_event' AND is_generated = 'NEVER'
                  AND column_name <> 'id'"""
        )
        return self.env.cr.fetchone()[0]

    def test_forged_uses_are_found_and_taken_back(self):
        """No trigger keeps what follows from the log: the log tells what it is."""
        verify = self.env["access.verify"]
        self.assertFalse(verify._differences(self.journal.company_id))
        self.env.cr.execute("UPDATE access_use SET day = day - 1")
        self.env.cr.execute("DELETE FROM access_presence")
        self.assertTrue(verify._differences(self.journal.company_id))
        verify._rebuild(self.journal.company_id)
        self.assertFalse(verify._differences(self.journal.company_id))


class TestNothingSecretIsLogged(LogCommon):
    """With all of Odoo's log but each single query, which only developers turn on."""

    def setUp(self):
        super().setUp()
        self.lines = []
        handler = logging.Handler()
        handler.emit = lambda record: self.lines.append(record.getMessage())
        root, queries = logging.getLogger(), logging.getLogger("odoo.sql_db")
        levels = [(logger, logger.level) for logger in (root, queries)]
        root.addHandler(handler)
        self.addCleanup(root.removeHandler, handler)
        for logger, level in levels:
            self.addCleanup(logger.setLevel, level)
        root.setLevel(logging.DEBUG)
        queries.setLevel(logging.INFO)

    def _assert_not_logged(self, *secrets):
        told = "\n".join(self.lines)
        for secret in secrets:
            self.assertNotIn(secret, told)

    def test_neither_what_is_issued_nor_what_is_read(self):
        card = self._card()
        pin = self._card(kind="pin", value="482913", venue_id=self.venue.id)
        made = self._card(self.bob, kind="pin", value=False, venue_id=self.venue.id)
        digits = made._reveal_pin()
        for kind, value in (("card", "04A1B2C3"), ("card", "99887766")):
            self.turnstile._decide(kind, value)
        for typed in ("482913", "000000", digits):
            self.turnstile._decide("pin", typed)
            self.turnstile._decide("card", "04A1B2C3", pin=typed)
        made.action_show_pin()
        company = self.env.company
        self._assert_not_logged(
            "04A1B2C3",
            "99887766",
            "482913",
            digits,
            *(one.token.split(":")[-1] for one in card | pin | made),
            company._access_pin_key().hex(),
        )

    def test_neither_what_the_database_refuses(self):
        self._card()
        pin = {"kind": "pin", "value": "482913", "venue_id": self.venue.id}
        self._card(**pin)
        for values in ({"value": "04A1B2C3"}, pin):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self._card(self.bob, **values)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self._card(value="AABBCCDD", valid_from="2026-02-01", valid_to="2026-01-01")
        self._assert_not_logged("04A1B2C3", "482913", "AABBCCDD")

    def test_nor_what_is_told_in_messages_and_tracked(self):
        pin = self._card(kind="pin", value="482913", venue_id=self.venue.id)
        card = self._card()
        for credential in pin | card:
            credential = credential.with_context(
                tracking_disable=False, mail_notrack=False
            )
            credential.action_block()
            credential.valid_to = "2027-01-01"
        card.value = "11223344"
        self.env.flush_all()
        self.env.cr.precommit.run()
        messages = (pin | card).message_ids
        self.assertTrue(messages.tracking_value_ids)
        told = str(messages.read(["body", "subject"]))
        told += str(messages.sudo().tracking_value_ids.read())
        for secret in ("482913", "04A1B2C3", "11223344", pin.token.split(":")[-1]):
            self.assertNotIn(secret, told)
