from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time
from odoo.tools.safe_eval import safe_eval

from .common import GatewayCommon

SLIP = {"title": "Anna Nowak", "lines": ["Gym"], "barcode": "ABC", "copies": 2}


@freeze_time("2026-11-21 07:30:00")
class TestPrinting(GatewayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer = cls._device("Printer", "ticket_printer", address="tcp://10.0.0.9")
        cls.venue.company_id.partner_id.tz = "Europe/Warsaw"
        cls._pair()
        cls.gateway._report(0, {}, [])

    def _told(self, command, ok, message=None):
        result = {"command": command.identifier, "ok": ok, "message": message}
        self.gateway._report(0, {}, [result])
        return command.state

    # -- for other add-ons ---------------------------------------------------------

    def test_slip_goes_to_the_gateway(self):
        command = self.printer._print(SLIP)
        [document] = [c._document() for c in self.gateway._waiting_commands()]
        told = {name: document[name] for name in ("kind", "device", "ticket")}
        expected = {"kind": "print", "device": str(self.printer.id), "ticket": SLIP}
        self.assertEqual(told, expected)
        self.assertEqual(command.state, "waiting")

    def test_what_is_no_printer_prints_nothing(self):
        with self.assertRaisesRegex(UserError, "Reader prints nothing"):
            self.reader._print(SLIP)

    def test_nothing_waits_for_a_gateway_that_is_away(self):
        self.gateway.last_seen -= timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "offline"):
            self.printer._print(SLIP)

    def test_slip_that_was_not_fetched_in_time_is_not_printed(self):
        command = self.printer._print(SLIP)
        with freeze_time("2026-11-21 07:31:00"):
            self.assertFalse(self.gateway._waiting_commands())
            command.invalidate_recordset(["state"])
            self.assertEqual(command.state, "expired")

    def test_what_came_of_it_is_told_in_words(self):
        command = self.printer._print(SLIP)
        words = "not printed: out of paper"
        self.assertEqual(self._told(command, False, words), "failed")
        self.assertEqual(command.message, words)

    def test_slip_that_may_have_been_printed_is_not_given_out_again(self):
        command = self.printer._print(SLIP)
        sent = patch.object(self.registry["res.users"], "_bus_send", autospec=True)
        with sent as send:
            self.assertEqual(self._told(command, None, "broke off"), "perhaps")
        self.assertEqual(send.call_args.args[2]["type"], "warning")
        self.assertFalse(self.gateway._waiting_commands())

    def test_slip_of_which_nothing_was_heard_may_have_been_printed(self):
        """As when the gateway is lost while it prints."""
        command = self.printer._print(SLIP)
        self.gateway._waiting_commands()._hand_out()
        with freeze_time("2026-11-21 07:31:00"):
            command.invalidate_recordset(["state"])
            self.assertEqual(command.state, "perhaps")

    # -- what stands on it ---------------------------------------------------------

    def test_nobody_reads_what_is_printed(self):
        command = self.printer._print(SLIP).with_user(self._user("manager"))
        with self.assertRaises(AccessError):
            command.read(["ticket"])

    def test_what_was_printed_is_forgotten(self):
        command = self.printer._print(SLIP)
        self._told(command, True)
        self.assertFalse(command.ticket)

    def test_what_was_not_printed_is_forgotten_as_well(self):
        command = self.printer._print(SLIP)
        command.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env["access.command"]._gc_old()
        self.assertFalse(command.ticket)

    # -- buttons -------------------------------------------------------------------

    def test_test_ticket_opens_nothing(self):
        self.printer.action_print_test()
        ticket = self.gateway._waiting_commands().ticket
        self.assertEqual((ticket["title"], ticket["qr"]), ("Printer", "TEST"))

    def _dialog(self, ticket, user=None):
        opened = ticket.with_user(user or self.env.user).action_print()
        dialog = self.env[opened["res_model"]].with_user(user or self.env.user)
        return Form(dialog.with_context(**opened["context"]))

    def _printed(self, ticket, user=None):
        self._dialog(ticket, user).save().action_print()
        return self.gateway._waiting_commands().ticket

    def test_reception_prints_a_ticket(self):
        """Name, what it is good for, how long, and the code."""
        code = self._card(value="GYM-1", kind="barcode")
        ticket = self._ticket(
            self._ticket_type(), valid_to="2026-12-20 23:00:00", partner_id=self.anna.id
        )
        expected = {
            "title": "Anna Nowak",
            "lines": [
                "Gym, 10 entries",
                "Entries: 10",
                "Valid from 11/01/2026",
                "Valid until 12/20/2026",
                ticket.number,
            ],
            "barcode": code.value,
        }
        self.assertEqual(self._printed(ticket, self._user("reception")), expected)

    def test_nobody_has_to_choose_the_only_printer(self):
        dialog = self.env["access.ticket.print"].create(
            {"ticket_id": self._any_ticket().id}
        )
        self.assertEqual(dialog.printer_id, self.printer)

    def test_qr_code_is_printed_as_one(self):
        code = self._card(value="GYM-1", kind="qr")
        self.assertEqual(self._printed(self._any_ticket())["qr"], code.value)

    def test_code_that_opens_nothing_is_not_printed(self):
        self._card(value="GYM-1", kind="qr", state="blocked")
        self.assertNotIn("qr", self._printed(self._any_ticket()))

    def test_end_within_a_day_is_told_to_the_minute(self):
        slip = self._printed(self._any_ticket(valid_to="2026-11-21 17:30:00"))
        told = [line for line in slip["lines"] if line.startswith("Valid until")]
        self.assertRegex(told[0], r"6:30\sPM")

    def test_printer_is_the_one_that_was_used_last(self):
        """Where there is more than one."""
        second = self._device("Second", "ticket_printer", address="tcp://10.0.0.10")
        ticket = self._any_ticket()
        self.assertFalse(self._dialog(ticket).printer_id)
        second._print(SLIP)
        self.assertEqual(self._dialog(ticket).printer_id, second)

    def test_who_issues_no_tickets_prints_none(self):
        with self.assertRaises(AccessError):
            self._any_ticket().with_user(self._user("user")).action_print()

    def test_ticket_without_entries_left_is_not_printed(self):
        ticket = self._any_ticket(entries=1)
        self.assertFalse(self._is_hidden(ticket))
        dialog = self._dialog(ticket).save()
        counts = {ticket.id: 1}
        self.patch(type(ticket), "_used_counts", lambda self: counts)
        self.env.invalidate_all()
        self.assertTrue(self._is_hidden(ticket))
        for call in (ticket.action_print, dialog.action_print):
            with self.assertRaisesRegex(UserError, "opens nothing any more: Used up"):
                call()

    def _is_hidden(self, ticket):
        """Tell whether the button is not on the form of a ticket."""
        form = etree.fromstring(ticket.get_view(view_type="form")["arch"])
        [hidden] = form.xpath("//button[@name='action_print']/@invisible")
        return safe_eval(hidden, {"id": ticket.id, "state": ticket.state})

    def _any_ticket(self, **values):
        return self._ticket(self._ticket_type(), **values)
