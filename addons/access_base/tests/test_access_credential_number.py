import base64

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import AccessCommon


class TestAccessCredentialNumber(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.venue.company_id
        cls.company.country_id = cls.env.ref("base.pl")

    def _scan(self, text, kind="card"):
        """Give what stands in a new form after a desk reader typed into it."""
        form = Form(self.env["access.credential"])
        form.kind = kind
        form.desk_scan = text
        return form.value

    def test_desk_readers_type_numbers_in_their_own_way(self):
        for setting, text in (
            ("hex", "04A232C3"),
            ("hex_reversed", "C332A204"),
            ("decimal", "0077738691"),
            ("decimal_reversed", "3274875396"),
        ):
            self.company.access_desk_reader = setting
            self.assertEqual(self._scan(text), "04A232C3", setting)

    def test_barcode_is_typed_as_it_is(self):
        self.company.access_desk_reader = "decimal"
        self.assertEqual(self._scan("AS-0000417-3", "barcode"), "AS-0000417-3")

    def test_card_is_no_phone_number(self):
        self.assertFalse(self._scan("04A232C3", "phone"))

    def test_misread_card_changes_nothing(self):
        form = Form(self.env["access.credential"])
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as logs:
            form.desk_scan = "nothing"
        self.assertIn("Not a card number", logs.output[0])
        self.assertFalse(form.value)

    def test_national_phone_number_is_one_of_the_company_s_country(self):
        for value in ("601 234 567", "+48 601-234-567", "0048601234567"):
            phone = self._card(kind="phone", value=value)
            self.assertEqual(phone.token, "phone:+48601234567")
            self.assertEqual(phone.value, "+48601234567")
            phone.unlink()

    def test_foreign_phone_number_keeps_its_country(self):
        phone = self._card(kind="phone", value="+45 20 12 34 56")
        self.assertEqual(phone.token, "phone:+4520123456")

    def test_no_phone_number_is_refused_with_what_to_do(self):
        with self.assertRaisesRegex(ValidationError, "phone number of Poland"):
            self._card(kind="phone", value="12")
        self.company.country_id = False
        with self.assertRaisesRegex(ValidationError, "set the country"):
            self._card(kind="phone", value="601 234 567")

    def test_plate_is_known_without_separators(self):
        plate = self._card(kind="plate", value="wa 12-345")
        self.assertEqual(plate.token, "plate:WA12345")

    def test_unknown_plate_is_issued_from_the_log(self):
        event = self._passage(granted=False, seen="plate:WA12345")
        context = event.action_issue_credential()["context"]
        form = Form(self.env["access.credential"].with_context(**context))
        form.partner_id = self.anna
        self.assertEqual(form.save().token, "plate:WA12345")

    def test_pin_that_somebody_tried_is_not_issued(self):
        event = self._passage(granted=False, seen=f"pin:1:{'0a' * 32}")
        self.assertFalse(event.action_issue_credential()["context"])

    def test_mobile_key_is_known_by_the_vendor_s_name(self):
        key = self._card(kind="mobile_key", value="guest-7f3A")
        self.assertEqual(key.token, "mobile:guest-7f3A")

    def test_empty_barcode_and_qr_code_get_a_number_nobody_guesses(self):
        codes = [self._card(kind=k, value=False) for k in ("barcode", "qr", "qr")]
        self.assertEqual(len({code.token for code in codes}), 3)
        for code in codes:
            self.assertRegex(code.token, "^barcode:[2-9A-HJ-NP-Z]{16}$")

    def _print(self, codes):
        report = self.env.ref("access_base.access_credential_report")
        self.assertEqual(codes.action_print()["context"]["active_ids"], codes.ids)
        return report._render_qweb_html(report.report_name, codes.ids)[0].decode()

    def test_qr_code_is_printed_with_its_holder(self):
        code = self._card(kind="qr", value="T0012345")
        printed = self._print(code)
        self.assertIn("Anna Nowak", printed)
        self.assertIn("T0012345", printed)
        self.assertIn(f'src="{code._label_image()}"', printed)

    def test_barcodes_are_printed_on_a_page_each(self):
        codes = self._card(kind="barcode", value="T1")
        codes |= self._card(kind="barcode", value="T2")
        printed = self._print(codes)
        for code in codes:
            self.assertIn(f'src="{code._label_image()}"', printed)
        self.assertEqual(printed.count("page-break-after: always"), 1)

    def test_image_is_that_of_the_number_and_kind(self):
        codes = self._card(kind="barcode", value="T1")
        codes |= self._card(kind="barcode", value="T2")
        codes |= self._card(kind="qr", value="T3")
        images = [base64.b64decode(c._label_image().partition(",")[2]) for c in codes]
        self.assertEqual(len(set(images)), 3)
        for image in images:
            svg = etree.fromstring(image)
            self.assertGreater(len(svg.findall(".//{*}rect")), 10)

    def test_nothing_but_barcodes_is_printed(self):
        card = self._card()
        code = self._card(kind="qr", value="T1")
        action = (card | code).action_print()
        self.assertEqual(action["context"]["active_ids"], code.ids)
