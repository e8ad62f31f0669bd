import base64
import secrets

import phonenumbers
from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.lib.units import mm

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..access_policy import CredentialError
from ..access_policy.credential import MEDIUM, ReaderFormat

# Without letters and digits that people mistake for each other: 80 bits in sixteen.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 16

# What a desk reader reads.
_READ = ("rfid", "barcode")


class AccessCredential(models.Model):
    """Numbers as people, desk readers and the ERP itself give them."""

    _inherit = "access.credential"

    desk_scan = fields.Char(
        store=False, help="What a desk reader typed into the open form."
    )

    @api.onchange("desk_scan")
    def _onchange_desk_scan(self):
        scan, self.desk_scan = self.desk_scan, False
        medium = MEDIUM.get(self.kind)
        if not scan or medium not in _READ:
            return None
        if medium == "rfid":
            setting = self.company_id.access_desk_reader or "hex"
            try:
                scan = DESK_READERS[setting].uid(scan)
            except CredentialError as error:
                return {"warning": self._misread(error)}
        self.value = scan
        return None

    def _misread(self, error):
        return {
            "title": self.env._("Not a card number"),
            "message": self.env._(
                "The desk reader typed what it cannot have read: %(why)s. "
                "Check its format in the settings of Access.",
                why=str(error),
            ),
        }

    @api.model
    def _identify(self, vals):
        if MEDIUM.get(vals.get("kind")) == "barcode" and not vals.get("value"):
            vals = {**vals, "value": _random_number()}
        if vals.get("kind") == "phone":
            company = self.env["res.company"].browse(vals["company_id"])
            vals = {**vals, "value": self._international(vals.get("value"), company)}
        return super()._identify(vals)

    @api.model
    def _international(self, number, company):
        """Give a phone number as the network gives it, with its country."""
        country = company.sudo().country_id
        try:
            parsed = phonenumbers.parse(number or "", country.code or None)
        except phonenumbers.NumberParseException:
            parsed = None
        if not parsed or not phonenumbers.is_valid_number(parsed):
            raise ValidationError(
                self.env._(
                    "This is not a phone number of %(country)s. Write one of another "
                    "country with + and the country's code.",
                    country=country.name,
                )
                if country
                else self.env._(
                    "This is not a phone number. Write it with + and the country's "
                    "code, or set the country of the company."
                )
            )
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

    def _label_image(self):
        """Give the printed code as a data URI of SVG, which is sharp at any size.

        Odoo's own generator of barcodes makes pixels, and needs a library for that.
        """
        if self.kind == "qr":
            form = {"width": 26 * mm, "height": 26 * mm, "barLevel": "M"}
            drawing = createBarcodeDrawing("QR", value=self.value, **form)
        else:
            form = {"width": 76 * mm, "height": 20 * mm}
            drawing = createBarcodeDrawing("Code128", value=self.value, **form)
        image = base64.b64encode(drawing.asString("svg").encode()).decode()
        return f"data:image/svg+xml;base64,{image}"

    def action_print(self):
        """Print labels of barcodes and QR codes."""
        printed = self.filtered(lambda credential: MEDIUM[credential.kind] == "barcode")
        return self.env.ref("access_base.access_credential_report").report_action(
            printed, config=False
        )


DESK_READERS = {
    "hex": ReaderFormat(),
    "hex_reversed": ReaderFormat(reversed=True),
    "decimal": ReaderFormat(decimal=True),
    "decimal_reversed": ReaderFormat(decimal=True, reversed=True),
}


def _random_number():
    return "".join(secrets.choice(_ALPHABET) for _position in range(_LENGTH))
