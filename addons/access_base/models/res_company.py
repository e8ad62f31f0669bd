import base64
import secrets
from datetime import datetime, time, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..access_policy.pin import MAX_DIGITS, MIN_DIGITS


class ResCompany(models.Model):
    _inherit = "res.company"

    access_rules_version = fields.Integer(
        readonly=True,
        help="Another one whenever venues, zones, time bands or holidays change.",
    )
    access_facts_version = fields.Integer(
        readonly=True,
        help="Raised when gateways must be told anew what happened: when contacts are "
        "merged, who have several names in the log then, a ticket is good again, or "
        "the database was restored from a backup.",
    )
    access_desk_reader = fields.Selection(
        [
            ("hex", "Hexadecimal"),
            ("hex_reversed", "Hexadecimal, last byte first"),
            ("decimal", "Decimal"),
            ("decimal_reversed", "Decimal, last byte first"),
        ],
        string="Desk Readers Type",
        required=True,
        default="hex",
        help="How readers on desks write the number of a card.",
    )
    access_pin_digits = fields.Integer(
        string="Digits of a PIN", required=True, default=6
    )
    access_staff_journal_id = fields.Many2one(
        "access.journal",
        readonly=True,
        copy=False,
        help="Of what staff record by hand.",
    )
    access_portal_phones = fields.Integer(
        string="Phone Numbers per Member", required=True, default=3
    )
    access_portal_plates = fields.Integer(
        string="Number Plates per Member", required=True, default=3
    )

    _access_portal_limits = models.Constraint(
        "CHECK (access_portal_phones >= 0 AND access_portal_plates >= 0)",
        "How many a member may add cannot be negative.",
    )

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS access_rules_version")

    @api.constrains("access_pin_digits")
    def _check_access_pin_digits(self):
        for company in self:
            if not MIN_DIGITS <= company.access_pin_digits <= MAX_DIGITS:
                raise ValidationError(
                    self.env._(
                        "A PIN has %(min)s to %(max)s digits.",
                        min=MIN_DIGITS,
                        max=MAX_DIGITS,
                    )
                )

    def _access_pin_key(self):
        """Give the key that hides and makes PINs; make it on first use."""
        key = self.env["access.key"]._of(self, "pin", lambda: secrets.token_hex(32))
        return bytes.fromhex(key)

    def _access_qr_key(self):
        """Give the private key that signs rotating codes; make it on first use."""
        key = self.env["access.key"]._of(self, "qr", _new_qr_key)
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))

    def _ensure_staff_journal(self):
        if not self.access_staff_journal_id:
            self.access_staff_journal_id = self.env["access.journal"].create(
                {"name": self.env._("Staff"), "company_id": self.id}
            )
        return self.access_staff_journal_id

    def _access_qr_verifies(self, signature, message):
        """Tell whether the company signed a message with its key."""
        try:
            self._access_qr_key().public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def _access_venues_changed(self):
        """Outdate what is kept in memory of the companies' venues.

        By a number that no transaction had before: one that is rolled back gives none
        back, and what was read in it may be in memory under its number.
        """
        for company in self.sudo():
            [(version,)] = self.env.execute_query(
                SQL("SELECT nextval('access_rules_version')")
            )
            company.access_rules_version = version

    def _access_tz(self):
        """Give the clock by whose days plans and tickets end.

        It is that of the company's contact, else that of its first venue, else UTC.
        """
        self.ensure_one()
        self.env["res.partner"].flush_model(["tz"])
        self.env["access.venue"].flush_model(["tz", "active", "sequence", "name"])
        # Not by the ORM, which would read the whole contact at each decision.
        [(tz,)] = self.env.execute_query(SQL(_CLOCK, self.id))
        return tz

    def _access_today(self, tz=None):
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return now.astimezone(ZoneInfo(tz or self._access_tz())).date()

    def _access_midnight(self, day):
        """Give when a day of the company begins, in UTC as the ORM has it."""
        return midnight(day, self._access_tz()).replace(tzinfo=None)


def _new_qr_key():
    raw = Ed25519PrivateKey.generate().private_bytes_raw()
    return base64.b64encode(raw).decode()


_CLOCK = """
SELECT COALESCE(NULLIF(partner.tz, ''),
                (SELECT tz FROM access_venue
                  WHERE company_id = company.id AND active
                  ORDER BY sequence, name, id LIMIT 1),
                'UTC')
  FROM res_company AS company
  JOIN res_partner AS partner ON partner.id = company.partner_id
 WHERE company.id = %s
"""


@lru_cache(maxsize=10_000)
def midnight(day, tz):
    """Give when a day begins by a clock, as an aware time in UTC."""
    begin = datetime.combine(day, time.min, tzinfo=ZoneInfo(tz))
    return begin.astimezone(timezone.utc)
