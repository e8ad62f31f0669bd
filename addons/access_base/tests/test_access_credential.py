from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common import AccessCommon


class TestAccessCredential(AccessCommon):
    def _refused(self, **values):
        """Assert that the card of ``_card`` is not issued again.

        The database refuses that; a refusal in its log would show the card's number.
        """
        jan = self.env["res.partner"].create({"name": "Jan"})
        with (
            self.assertNoLogs("odoo.sql_db"),
            self.assertRaisesRegex(ValidationError, "before you issue it again"),
            self.env.cr.savepoint(),
        ):
            self._card(jan, **values)

    def test_reader_output_is_brought_to_one_form(self):
        card = self._card(value="04:a1:b2:c3")
        self.assertEqual(card.token, "rfid:04A1B2C3")

    def test_card_and_wristband_are_read_by_the_same_readers(self):
        band = self._card(kind="wristband", value="04A1B2C3")
        self.assertEqual(band.token, "rfid:04A1B2C3")

    def test_impossible_number_is_refused_with_the_reason(self):
        with self.assertRaisesRegex(ValidationError, "6 to 32 digits"):
            self._card(value="not a chip")

    def test_card_has_a_number(self):
        with self.assertRaisesRegex(ValidationError, "6 to 32 digits"):
            self._card(value=False)

    def test_four_kilobytes_are_no_number(self):
        with self.assertRaisesRegex(ValidationError, "longer than"):
            self._card(value="AB" * 2048)

    # -- one token at one time ----------------------------------------------------

    def test_same_card_is_not_issued_twice(self):
        self._card()
        self._refused()
        other = self._card(value="11223344")
        with self.assertRaisesRegex(ValidationError, "issued already"):
            other.value = "04A1B2C3"

    def test_staff_are_told_who_has_it(self):
        self._card()
        jan = self.env["res.partner"].create({"name": "Jan"})
        cards = self.env["access.credential"]
        values = {"partner_id": jan.id, "value": "04A1B2C3"}
        words = r"issued already, to Anna Nowak\."
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            cards.with_user(self._user("reception")).create(values)
        # Who reads no credentials, such as a member by the portal, is told no name.
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        with self.assertRaisesRegex(ValidationError, r"issued already\."):
            cards.with_user(clerk).sudo().create(values)

    def test_overlapping_periods_of_one_card_are_refused(self):
        self._card(valid_from="2026-11-01", valid_to="2026-12-01")
        for period in (
            {"valid_from": "2026-11-30"},
            {"valid_to": "2026-11-02"},
            {"valid_from": "2026-11-10", "valid_to": "2026-11-11"},
            {},
        ):
            self._refused(**period)

    def test_card_is_issued_for_the_period_that_follows(self):
        self._card(valid_from="2026-11-01", valid_to="2026-12-01")
        after = self._card(valid_from="2026-12-01")
        before = self._card(valid_to="2026-11-01")
        self.assertEqual(after.token, before.token)

    def test_period_is_not_extended_into_the_next_one(self):
        first = self._card(valid_to="2026-12-01")
        self._card(valid_from="2026-12-01")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            first.valid_to = False
            first.flush_recordset()

    def test_other_companies_issue_for_themselves(self):
        company = self.env["res.company"].create({"name": "Other"})
        self._card()
        self.assertTrue(self._card(company_id=company.id))

    def test_returned_card_is_issued_again(self):
        self._card().action_return()
        other = self.env["res.partner"].create({"name": "Jan"})
        again = self._card(other)
        self._right(other)
        self.assertEqual(again.state, "active")
        self.assertEqual(self._decide(), "right")

    # -- states and numbers -------------------------------------------------------

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

    def test_number_is_typed_into_the_form(self):
        with Form(self.env["access.credential"]) as form:
            form.partner_id = self.anna
            form.value = "04 A1 B2 C3"
        self.assertEqual(form.record.token, "rfid:04A1B2C3")

    def test_number_is_kept_as_readers_read_it(self):
        card = self._card(value="04 a1 b2 c3")
        self.assertEqual(card.value, "04A1B2C3")
        card.value = "11:22:33:aa"
        self.assertEqual((card.value, card.token), ("112233AA", "rfid:112233AA"))

    def test_written_number_must_be_one(self):
        card = self._card()
        for value in ("no number", False):
            with self.assertRaisesRegex(ValidationError, "6 to 32 digits"):
                card.value = value

    def test_number_of_another_kind_is_not_taken_over(self):
        card = self._card()
        card.kind = "wristband"
        self.assertEqual(card.token, "rfid:04A1B2C3")
        card.kind = "barcode"
        self.assertNotIn("04A1B2C3", card.token)

    def test_token_follows_from_the_number_alone(self):
        card = self._card(token="rfid:DEADBEEF")
        card.write({"token": "rfid:DEADBEEF"})
        self.assertEqual(card.token, "rfid:04A1B2C3")

    def test_used_card_keeps_number_and_holder(self):
        card = self._card()
        card.value = "11223344"  # a slip of the hand, mended before it was used
        self._passage(credential=card.id)
        jan = self.env["res.partner"].create({"name": "Jan"})
        for vals in (
            {"value": "DEADBEEF"},
            {"kind": "wristband"},
            {"partner_id": jan.id},
        ):
            with self.assertRaisesRegex(UserError, "issue another one"):
                card.write(vals)
        card.write({"value": "11 22 33 44", "valid_to": "2030-01-01"})

    def test_it_is_named_by_the_end_of_its_number_and_its_holder(self):
        self.assertEqual(self._card().display_name, "Card …B2C3 (Anna Nowak)")

    def test_it_is_found_by_its_holder(self):
        card = self._card()
        for text in ("Anna", "A1B2"):
            found = self.env["access.credential"].name_search(text)
            self.assertEqual(found, [(card.id, "Card …B2C3 (Anna Nowak)")])

    def test_its_name_tells_others_than_staff_nothing(self):
        """Also where it is read as sudo, beside a record of theirs."""
        card = self._card().sudo()
        for group, name in (
            ("access_base.group_user", "Card …B2C3 (Anna Nowak)"),
            ("base.group_user", "Card"),
            ("base.group_portal", "Card"),
        ):
            user = new_test_user(self.env, group, groups=group)
            self.assertEqual(card.with_user(user).sudo().display_name, name)

    def test_its_name_keeps_a_contact_that_the_reader_may_not_see(self):
        card, other = self._card(), self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s",
            [other.id, self.anna.id],
        )
        self.env.invalidate_all()
        user = new_test_user(self.env, "desk", groups="access_base.group_user")
        self.assertEqual(card.with_user(user).display_name, "Card …B2C3")

    # -- replacement --------------------------------------------------------------

    def _replace(self, card, **values):
        action = card.action_replace()
        model = self.env["access.credential"].with_context(**action["context"])
        with Form(model, view=action["views"][0][0]) as form:
            for name, value in values.items():
                form[name] = value
        return form.record

    def test_replacement_has_holder_and_period_of_the_old_one(self):
        card = self._card(valid_to="2030-01-01", kind="wristband")
        new = self._replace(card, value="11223344")
        self.assertEqual(new.partner_id, self.anna)
        self.assertEqual(new.kind, "wristband")
        self.assertEqual(new.valid_to, card.valid_to)
        self.assertEqual((new.replaces_id, card.replaced_by_id), (card, new))

    def test_replaced_card_is_lost_unless_it_was_handed_back(self):
        lost, broken = self._card(), self._card(value="AA112233")
        self._replace(lost, value="11223344")
        self._replace(broken, value="11223355", replaced_state="returned")
        self.assertEqual((lost.state, broken.state), ("lost", "returned"))

    def test_lost_card_stays_lost(self):
        card = self._card(state="lost")
        self._replace(card, value="11223344", replaced_state="returned")
        self.assertEqual(card.state, "lost")

    def test_both_tell_of_the_replacement(self):
        card = self._card()
        new = self._replace(card, value="11223344")
        self.assertIn("Replaced by", card.message_ids[0].body)
        self.assertIn(f'data-oe-id="{new.id}"', card.message_ids[0].body)
        self.assertIn(f'data-oe-id="{card.id}"', new.message_ids[0].body)

    def test_reception_replaces(self):
        card = self._card().with_user(self._user("reception"))
        new = self._card(value="11223344", replaces_id=card.id)
        self.assertEqual(card.state, "lost")
        self.assertEqual(card.replaced_by_id, new)
