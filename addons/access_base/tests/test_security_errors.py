import logging
from contextlib import contextmanager
from unittest.mock import patch

from odoo.netsvc import PostgreSQLHandler
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, mute_logger, tagged
from odoo.tools import config

from .security_common import SecurityCommon

# Loggers that tell of calls that failed.
TELLING = ("odoo.http", "odoo.sql_db")
CARD, OTHER_CARD, PIN, OTHER_PIN = "04A1B2C3", "99887766", "482913", "507184"


@tagged("post_install", "-at_install")
class TestErrorsTellNothing(SecurityCommon, HttpCase):
    """A call that fails tells no PIN, token, number or key: no answer, no log."""

    def setUp(self):
        super().setUp()
        self.card = self._card()
        venue = {"kind": "pin", "venue_id": self.venue.id}
        self.pin = self._card(value=PIN, **venue)
        made = self._card(value=False, **venue)
        self.env.company._access_qr_key()
        keys = self.env["access.key"].search([])
        self.secrets = [
            *(CARD, OTHER_CARD, PIN, OTHER_PIN, made._reveal_pin()),
            *(one.token.split(":")[-1] for one in self.pin | made),
            *(self._value_of(key) for key in keys),
        ]

    def _value_of(self, key):
        self.env.cr.execute("SELECT value FROM access_key WHERE id = %s", [key.id])
        return self.env.cr.fetchone()[0]

    def _creates(self):
        """Give values of credentials that nobody can issue."""
        anna = {"partner_id": self.anna.id}
        pin = {**anna, "kind": "pin", "venue_id": self.venue.id}
        return [
            {**anna, "value": CARD},  # a duplicate
            {**pin, "value": PIN},
            *({**anna, "value": wrong} for wrong in ([CARD], {"x": CARD}, 99887766)),
            {**pin, "value": int(OTHER_PIN)},
            {**pin, "value": [OTHER_PIN]},
            {**pin, "value": f"{OTHER_PIN}-"},
            {**pin, "value": OTHER_PIN, "venue_id": 10**9},
            {**anna, "value": f"{OTHER_CARD}0"},
            {"partner_id": 10**9, "value": OTHER_CARD},
            {"partner_id": False, "value": OTHER_CARD},
            {**anna, "value": OTHER_CARD, "valid_from": "tomorrow"},
            {**anna, "value": OTHER_CARD, "state": "x"},
            {**anna, "value": OTHER_CARD, "is_duress": True},
            {**anna, "value": OTHER_CARD, "company_id": 10**9},
        ]

    def _calls(self):
        """Give method, ids and arguments of calls that fail."""
        yield from (("create", [], {"vals_list": [one]}) for one in self._creates())
        ids = self.card.ids
        for values in (
            {"value": [OTHER_CARD]},
            {"value": OTHER_CARD, "partner_id": False},
            {"value": OTHER_CARD, "company_id": False},
            {"value": OTHER_PIN, "kind": "pin", "venue_id": False},
        ):
            yield "write", ids, {"vals": values}
        for name in ("token", "pin_attempt"):
            yield "search", [], {"domain": [[name, "=", PIN], ["value", "=", CARD]]}
            yield "read", ids, {"fields": [name]}
        yield "_reveal_pin", self.pin.ids, {}
        yield "action_show_pin", self.pin.ids, {}

    @contextmanager
    def _logged(self):
        """Let Odoo write its log to the database; give the lines by the end."""
        database = db_connect(self.env.cr.dbname)
        with database.cursor() as cr:
            cr.execute("SELECT COALESCE(max(id), 0) FROM ir_logging")
            [last] = cr.fetchone()
        lines = []
        with (
            mute_logger(*TELLING),
            patch.dict(config.options, log_db=self.env.cr.dbname),
        ):
            handler = PostgreSQLHandler()
            loggers = [logging.getLogger(name) for name in ("", *TELLING)]
            for logger in loggers:
                logger.addHandler(handler)
            try:
                yield lines
            finally:
                for logger in loggers:
                    logger.removeHandler(handler)
        with database.cursor() as cr:
            cr.execute("DELETE FROM ir_logging WHERE id > %s RETURNING message", [last])
            lines += [message for [message] in cr.fetchall()]

    def _assert_tells_nothing(self, text, call):
        for secret in self.secrets:
            self.assertNotIn(secret, text, f"told by {call}")

    def test_json2(self):
        keys = self._keys()
        with self._logged() as lines:
            for role in ("portal", "employee", "user", "manager"):
                for method, ids, arguments in self._calls():
                    call = (role, method, arguments)
                    ids = {"ids": ids} if ids else {}
                    answer = self._call(
                        keys[role], "access.credential", method, **ids, **arguments
                    )
                    self.assertGreaterEqual(answer.status_code, 400, call)
                    self._assert_tells_nothing(answer.text, call)
        self.assertGreater(len(lines), 20)
        self._assert_tells_nothing("\n".join(lines), "the log")

    def test_jsonrpc(self):
        """Its errors carry the whole traceback."""
        with self._logged() as lines:
            for role in ("portal", "manager"):
                login = self.users[role].login
                self.authenticate(login, login.ljust(8, "x"))
                for method, ids, arguments in self._calls():
                    args = [ids] if ids else []
                    answer = self._rpc(method, args, arguments)
                    call = (role, method, arguments)
                    self.assertIn("error", answer.json(), call)
                    self.assertIn("Traceback", answer.text, call)
                    self._assert_tells_nothing(answer.text, call)
        self.assertGreater(len(lines), 20)
        self._assert_tells_nothing("\n".join(lines), "the log")

    def _rpc(self, method, args, kwargs):
        model = "access.credential"
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
        )
