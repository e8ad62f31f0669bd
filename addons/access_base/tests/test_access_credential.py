from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import AccessCommon


class TestAccessCredential(AccessCommon):
    def test_reader_output_is_brought_to_one_form(self):
        card = self._card(value="04:a1:b2:c3")
        self.assertEqual(card.token, "rfid:04A1B2C3")

    def test_card_and_wristband_are_read_by_the_same_readers(self):
        band = self._card(kind="wristband", value="04A1B2C3")
        self.assertEqual(band.token, "rfid:04A1B2C3")

    def test_impossible_number_is_refused_with_the_reason(self):
        with self.assertRaisesRegex(ValidationError, "8 to 32 digits"):
            self._card(value="not a chip")

    def test_four_kilobytes_are_no_number(self):
        with self.assertRaisesRegex(ValidationError, "longer than"):
            self._card(value="AB" * 2048)

    @mute_logger("odoo.sql_db")
    def test_same_card_is_not_issued_twice(self):
        self._card()
        other = self.env["res.partner"].create({"name": "Jan"})
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._card(other)

    def test_returned_card_is_issued_again(self):
        self._card().action_return()
        other = self.env["res.partner"].create({"name": "Jan"})
        again = self._card(other)
        self._right(other)
        self.assertEqual(again.state, "active")
        self.assertEqual(self._decide(), "right")

    def test_states_refuse_with_their_own_reason(self):
        card = self._card()
        self._right()
        for action, reason in (
            ("action_block", "credential_blocked"),
            ("action_report_lost", "credential_lost"),
            ("action_return", "credential_returned"),
            ("action_activate", "right"),
        ):
            getattr(card, action)()
            self.assertEqual(self._decide(), reason)

    def test_desk_reader_types_into_the_form(self):
        with Form(self.env["access.credential"]) as form:
            form.partner_id = self.anna
            form.value = "04 A1 B2 C3"
        self.assertEqual(form.record.token, "rfid:04A1B2C3")

    def test_number_is_kept_as_readers_read_it(self):
        self.assertEqual(self._card(value="04 a1 b2 c3").value, "04A1B2C3")

    def test_used_card_keeps_number_and_holder(self):
        card = self._card()
        card.value = "11223344"  # a slip of the hand, mended before it was used
        self._passage(credential=card.id)
        jan = self.env["res.partner"].create({"name": "Jan"})
        for vals in ({"value": "DEADBEEF"}, {"partner_id": jan.id}):
            with self.assertRaisesRegex(UserError, "issue another one"):
                card.write(vals)
        card.write({"value": "11223344", "valid_to": "2030-01-01"})

    def test_number_is_shown_by_its_end(self):
        self.assertEqual(self._card().display_name, "Card …B2C3")
