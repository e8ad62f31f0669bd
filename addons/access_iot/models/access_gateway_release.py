import base64
import binascii
import hashlib
import io
import re
import zipfile
from email.parser import Parser

from odoo import api, fields, models
from odoo.exceptions import UserError

PROGRAM = "access-gateway"
MAX_BYTES = 20_000_000
MAX_METADATA_BYTES = 200_000
SIGNATURE_BYTES = 64
VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,7}")


class AccessGatewayRelease(models.Model):
    """A version of the gateway program to be handed on to gateways.

    It is not trusted here and need not be: a gateway runs only what is signed by a key
    that it was built with, and what is newer than what it has.
    """

    _name = "access.gateway.release"
    _description = "Release of the Gateway Program"
    _rec_name = "version"
    _order = "id desc"

    wheel = fields.Binary(
        string="File", required=True, attachment=True, help="The wheel (.whl)."
    )
    signature = fields.Char(
        required=True, help="What the file beside the wheel (.sig) says."
    )
    version = fields.Char(readonly=True, required=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, required=True)
    size = fields.Integer(string="Bytes", readonly=True, required=True)
    notes = fields.Text()
    gateway_ids = fields.One2many("access.gateway", "release_id", string="Gateways")

    _version_unique = models.Constraint("UNIQUE (version)", "This version is there.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([{**vals, **self._described(vals)} for vals in vals_list])

    def write(self, vals):
        if not {"wheel", "signature", "version", "sha256", "size"}.isdisjoint(vals):
            raise UserError(self.env._("A release stays as it is: upload a new one."))
        return super().write(vals)

    def action_offer(self):
        """Have all gateways of the chosen companies install it."""
        self.ensure_one()
        self.check_access("write")
        self.env["access.gateway"].search([]).write({"release_id": self.id})

    @api.model
    def _described(self, vals):
        """Give what a file says of itself; raise ``UserError`` for what is none."""
        file = _bytes(vals.get("wheel"))
        if not file or len(file) > MAX_BYTES:
            raise UserError(self.env._("The file is empty or too large."))
        version = _version(file)
        if not version:
            raise UserError(
                self.env._("The file is no wheel of the gateway program (.whl).")
            )
        signature = (vals.get("signature") or "").strip()
        if len(_bytes(signature) or b"") != SIGNATURE_BYTES:
            raise UserError(
                self.env._("The signature is none: paste what is in the .sig file.")
            )
        return {
            "version": version,
            "sha256": hashlib.sha256(file).hexdigest(),
            "size": len(file),
            "signature": signature,
        }

    def _file(self):
        return base64.b64decode(self.wheel)


class AccessGateway(models.Model):
    _inherit = "access.gateway"

    release_id = fields.Many2one(
        "access.gateway.release",
        string="To Install",
        copy=False,
        tracking=True,
        help="The gateway installs it if it is signed and newer than what it has, and "
        "goes back by itself when it does not work.",
    )

    def _release_told(self):
        """Give the release that the gateway is to install, or ``None``."""
        release = self.release_id
        if not release or release.version == self.software:
            return None
        return {
            "version": release.version,
            "sha256": release.sha256,
            "signature": release.signature,
        }


def _bytes(text):
    try:
        return base64.b64decode(text or b"", validate=True)
    except (binascii.Error, TypeError, ValueError):
        return None


def _version(file):
    """Give the version of our program that a wheel holds, or ``None``."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            [info] = [
                info
                for info in archive.infolist()
                if info.filename.endswith(".dist-info/METADATA")
            ]
            if info.file_size > MAX_METADATA_BYTES:
                return None
            about = Parser().parsestr(archive.read(info).decode())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    version = about["Version"] or ""
    is_ours = about["Name"] == PROGRAM and VERSION.fullmatch(version)
    return version if is_ours else None
