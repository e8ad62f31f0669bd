import base64
import secrets
from datetime import datetime, timezone

from cryptography.hazmat.primitives import serialization

from odoo import api, models
from odoo.exceptions import UserError

from ..access_policy.rotating_qr import rotating_payload

MOST_NUMBERS = 10**12


class AccessCredential(models.Model):
    """Rotating QR codes: signed by the company's key, known by a number.

    It is drawn, not the record's: a database restored from a backup gives that again,
    and gateways know who has a locker by what was read.
    """

    _inherit = "access.credential"

    @api.model
    def _identify(self, vals):
        if vals.get("kind") != "rotating_qr":
            return super()._identify(vals)
        number = str(1 + secrets.randbelow(MOST_NUMBERS))
        token = self._token_of("rotating_qr", number)
        stored = {"kind": "rotating_qr", "value": number, "token": token}
        return {**stored, "venue_id": False}, None

    def _shown_end(self):
        return self.value if self.kind == "rotating_qr" else super()._shown_end()

    def _rotating_qr(self, at=None):
        """Give the text of the code now, or at an aware time.

        For the holder's phone: the caller checks who asks.
        """
        self.ensure_one()
        if self.kind != "rotating_qr":
            raise UserError(
                self.env._("%(name)s does not rotate.", name=self.display_name)
            )
        key = self.company_id._access_qr_key()
        now = at or datetime.now(timezone.utc)
        return rotating_payload(int(self.value), now, key.sign)

    @api.model
    def _qr_public_key(self, company):
        """Give what verifies the company's codes: Base64 of 32 bytes."""
        key = company._access_qr_key().public_key()
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return base64.b64encode(key.public_bytes(*raw)).decode()
