import threading
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger

from ..access_policy.pin import derive_pin, pin_token
from ..models import access_credential_pin
from .common import AccessCommon


class TestAccessCredentialPin(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.venue.company_id

    def _pin(self, digits=False, partner=None, **values):
        values = {"kind": "pin", "venue_id": self.venue.id, **values}
        return self._card(partner, digits, **values)

    def test_pin_opens_at_its_venue(self):
        pin = self._pin("4711")
        key = self.venue._pin_key()
        self.assertEqual(pin.token, pin_token(key, self.venue.id, "4711"))

    def test_pin_has_a_venue_of_its_company(self):
        with self.assertRaisesRegex(ValidationError, "Choose the venue"):
            self._pin("4711", venue_id=False)
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "own company"):
            self._pin("4711", company_id=company.id)

    def test_only_venue_is_proposed(self):
        self.env["access.venue"].search([("id", "!=", self.venue.id)]).action_archive()
        form = Form(self.env["access.credential"])
        form.kind = "pin"
        self.assertEqual(form.venue_id, self.venue)

    def test_generated_pin_is_told_again_without_being_stored(self):
        self.company.access_pin_digits = 8
        pin = self._pin()
        digits = pin._reveal_pin()
        self.assertRegex(digits, "^[0-9]{8}$")
        key = self.venue._pin_key()
        self.assertEqual(pin.token, pin_token(key, self.venue.id, digits))
        self.company.access_pin_digits = 4
        self.assertEqual(pin._reveal_pin(), digits)

    def test_chosen_pin_is_not_told_again(self):
        pin = self._pin("4711")
        self.assertTrue(pin.pin_chosen)
        with self.assertRaisesRegex(UserError, "cannot be shown again"):
            pin._reveal_pin()

    def test_easy_or_short_pin_is_refused(self):
        for digits, why in (("1234", "easy to guess"), ("471", "4 to 10 digits")):
            with self.assertRaisesRegex(ValidationError, why):
                self._pin(digits)

    def test_taken_pin_is_refused_without_a_word_of_whose_it_is(self):
        self._pin("4711")
        jan = self.env["res.partner"].create({"name": "Jan"})
        with self.assertRaisesRegex(ValidationError, "please choose another one"):
            self._pin("4711", jan)

    def test_taken_pin_is_free_at_another_venue_and_time(self):
        self._pin("4711", valid_to="2026-12-01")
        hall = self.env["access.venue"].create({"name": "Hall", "tz": "UTC"})
        later = self._pin("4711", valid_from="2026-12-01")
        there = self._pin("4711", venue_id=hall.id)
        self.assertNotEqual(later.token, there.token)

    def test_generated_pin_is_never_one_that_is_taken(self):
        """The credential's first two PINs are others' at this time."""
        key = self.company._access_pin_key()
        first, second = (f"{n:06}" for n in (471_123, 471_124))
        self._pin(first)
        self._pin(second, valid_from="2030-01-01")

        def derived(_key, credential, attempt, digits):
            taken = {1: first, 2: second}
            return taken.get(attempt) or derive_pin(key, credential, attempt, digits)

        with patch.object(access_credential_pin, "derive_pin", derived):
            pin = self._pin()
        self.assertEqual(pin.sudo().pin_attempt, 3)
        self.assertNotIn(pin._reveal_pin(), (first, second))

    def test_venue_without_free_pins_says_so(self):
        self._pin("471123")
        with (
            patch.object(access_credential_pin, "derive_pin", return_value="471123"),
            patch.object(access_credential_pin, "ATTEMPTS", 3),
            self.assertRaisesRegex(UserError, "Set more digits"),
        ):
            self._pin()

    def test_period_is_not_extended_over_anothers_pin(self):
        pin = self._pin("4711", valid_to="2026-12-01")
        self._pin("4711", valid_from="2026-12-01")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            pin.valid_to = False
            pin.flush_recordset()

    def test_person_has_a_duress_pin_beside_the_usual_one(self):
        usual, duress = self._pin(), self._pin(is_duress=True)
        self.assertNotEqual(usual.token, duress.token)

    @mute_logger("odoo.sql_db")
    def test_only_a_pin_tells_of_duress(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._card(is_duress=True)

    def test_saving_the_form_again_keeps_the_pin(self):
        pin = self._pin("4711")
        token = pin.token
        pin.write({"value": pin.value, "kind": "pin", "valid_to": "2030-01-01"})
        self.assertEqual(pin.token, token)

    def test_other_digits_are_another_pin(self):
        pin = self._pin()
        pin.value = "4711"
        self.assertTrue(pin.pin_chosen)
        key = self.venue._pin_key()
        self.assertEqual(pin.token, pin_token(key, self.venue.id, "4711"))

    # -- secrecy ------------------------------------------------------------------

    def _columns(self):
        """Give all that the database holds of credentials, messages and companies."""
        self.env.flush_all()
        found = []
        for table in (
            "access_credential",
            "mail_message",
            "mail_tracking_value",
            "res_company",
        ):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            found += [row for (row,) in self.env.cr.fetchall()]
        return "\n".join(found)

    def test_digits_are_nowhere(self):
        with self.assertLogs("odoo.sql_db", "DEBUG") as logs:
            generated, chosen = self._pin(), self._pin("8046173925")
            chosen.value = "7391640285"
            generated.action_show_pin()
            generated.write({"valid_to": "2030-01-01"})
            self.env.flush_all()
            stored = self._columns()
        exported = str((generated | chosen).export_data(["value", "display_name"]))
        shown = str((generated | chosen).read())
        logged = "\n".join(logs.output)
        for digits in (generated._reveal_pin(), "8046173925", "7391640285"):
            for place in (stored, exported, shown, logged):
                self.assertNotRegex(place, rf"(?<!\d){digits}(?!\d)")

    def test_name_tells_the_venue_and_no_more(self):
        self.assertEqual(
            self._pin("4711").display_name, "PIN Aqua & Sport (Anna Nowak)"
        )

    def test_keys_are_seen_by_nobody(self):
        key = self.company._access_pin_key()
        self.assertEqual(self.company._access_pin_key(), key)  # it stays
        self.company._access_qr_key()
        keys = self.env["access.key"].search([])
        self.assertEqual(keys.mapped("kind"), ["pin", "qr"])
        keys = keys.with_user(self.env.ref("base.user_admin"))
        for look in (
            keys.read,
            lambda: keys.search([]),
            lambda: keys.export_data(["kind"]),
            lambda: keys.write({"kind": "pin"}),
        ):
            with self.assertRaises(AccessError):
                look()

    def test_no_row_of_a_company_carries_a_key(self):
        key = self.company._access_pin_key().hex()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(company)::text FROM res_company company"
        )
        for [row] in self.env.cr.fetchall():
            self.assertNotIn(key, row)

    def test_staff_who_see_a_pin_are_noted(self):
        reception = self._user("reception")
        pin = self._pin().with_user(reception)
        params = pin.action_show_pin()["params"]
        self.assertEqual(params["message"], pin._reveal_pin())
        self.assertIn("was shown", pin.message_ids[0].body)
        self.assertEqual(pin.message_ids[0].author_id, reception.partner_id)

    def test_auditor_sees_no_pin(self):
        pin = self._pin().with_user(self._user("auditor"))
        with self.assertRaisesRegex(UserError, "not allowed"):
            pin.action_show_pin()


class TestAccessCredentialConcurrent(TransactionCase):
    """With transactions of their own, as two members of staff have."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _transaction in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        first = self.env(cr=self.cursors[0])
        self.partner = first["res.partner"].create({"name": "Anna"}).id
        venue = first["access.venue"].create({"name": "Aqua", "tz": "UTC"})
        venue.company_id._access_pin_key()
        self.venue = venue.id
        self.cursors[0].commit()
        self.addCleanup(self._remove)

    def _remove(self):
        env = self.env(cr=self.cursors[0])
        self.cursors[0].rollback()
        partner = env["res.partner"].browse(self.partner)
        partner.access_credential_ids.unlink()
        partner.access_person_ids.unlink()
        partner.unlink()
        env["access.venue"].browse(self.venue).unlink()
        self.cursors[0].commit()

    def _issue(self, cursor, **values):
        credentials = self.env(cr=cursor)["access.credential"]
        issued = credentials.create({"partner_id": self.partner, **values})
        issued.flush_recordset()
        return issued

    def _at_once(self, **values):
        """Issue twice: the second waits for the first, which then commits."""
        one, other = self.cursors
        other.execute("SELECT 1")  # it has begun when the first has done nothing
        first = self._issue(one, **values)
        outcome = []

        def second():
            try:
                outcome.append(self._issue(other, **values))
            except ValidationError as error:
                outcome.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), "It did not wait.")
        one.commit()
        thread.join(20)
        return first, outcome[0]

    def test_one_card_is_issued_once(self):
        _first, second = self._at_once(value="04A1B2C3")
        self.assertIsInstance(second, ValidationError)
        self.cursors[1].rollback()

    def test_one_pin_is_chosen_once(self):
        _first, second = self._at_once(kind="pin", venue_id=self.venue, value="4711")
        self.assertIsInstance(second, ValidationError)
        self.cursors[1].rollback()

    def test_generated_pins_differ(self):
        def derived(key, _credential, attempt, digits):
            return derive_pin(key, 1, attempt, digits)

        with patch.object(access_credential_pin, "derive_pin", derived):
            first, second = self._at_once(kind="pin", venue_id=self.venue)
            self.cursors[1].commit()
            self.assertEqual(first.sudo().pin_attempt, 1)
            self.assertEqual(second.sudo().pin_attempt, 2)
        self.assertNotEqual(first.token, second.token)
