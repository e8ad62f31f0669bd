import base64
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from odoo.exceptions import UserError

from ..access_policy import CredentialError
from ..access_policy.rotating_qr import rotating_token
from .common import AccessCommon, utc

NOON = utc("2026-11-21 12:00")


class TestAccessCredentialQr(AccessCommon):
    def _rotating(self, **values):
        return self._card(kind="rotating_qr", value=False, **values)

    def _read(self, text, company, at=NOON):
        """Read a code as a gateway does that has the company's public key."""
        raw = base64.b64decode(self.env["access.credential"]._qr_public_key(company))
        key = Ed25519PublicKey.from_public_bytes(raw)

        def verify(signature, message):
            try:
                key.verify(signature, message)
            except InvalidSignature:
                return False
            return True

        return rotating_token(text, at, verify)

    def test_code_of_now_gives_the_credential(self):
        code = self._rotating()
        self.assertEqual(code.token, f"qr:{code.value}")
        text = code._rotating_qr(NOON)
        self.assertEqual(self._read(text, code.company_id), code.token)

    def test_photo_of_a_code_is_worth_nothing(self):
        code = self._rotating()
        text = code._rotating_qr(NOON)
        with self.assertRaisesRegex(CredentialError, "another time"):
            self._read(text, code.company_id, NOON + timedelta(minutes=2))

    def test_each_company_has_a_key_of_its_own(self):
        code = self._rotating()
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(CredentialError, "wrong signature"):
            self._read(code._rotating_qr(NOON), company)

    def test_its_number_is_its_own(self):
        code = self._rotating()
        code.value = "1"
        self.assertNotIn(code.value, ("1", str(code.id)))
        self.assertEqual(code.token, f"qr:{code.value}")

    def test_card_does_not_rotate(self):
        with self.assertRaisesRegex(UserError, "does not rotate"):
            self._card()._rotating_qr()

    def test_name_tells_the_number(self):
        code = self._rotating()
        name = f"Rotating QR Code {code.value} (Anna Nowak)"
        self.assertEqual(code.display_name, name)
