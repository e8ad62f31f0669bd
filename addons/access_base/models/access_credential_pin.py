from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..access_policy import CredentialError
from ..access_policy.pin import chosen_pin_token, derive_pin, pin_token

HIDDEN = "••••"
ATTEMPTS = 100


class AccessCredential(models.Model):
    """PINs, of which only a keyed hash is stored (see ``access_policy/pin.py``).

    Who types no number gets one that is free at the place. The database decides what
    is free, so that two who issue at the same moment never get the same.
    """

    _inherit = "access.credential"

    is_duress = fields.Boolean(
        string="Duress PIN",
        tracking=True,
        help="It opens like any other PIN and silently raises an alarm.",
    )
    pin_attempt = fields.Integer(groups=fields.NO_ACCESS, copy=False)
    pin_digits = fields.Integer(groups=fields.NO_ACCESS, copy=False)
    pin_chosen = fields.Boolean(compute="_compute_pin_chosen")

    _duress_pin = models.Constraint(
        "CHECK (kind = 'pin' OR is_duress IS NOT TRUE)", "Only a PIN tells of duress."
    )

    @api.depends("kind", "token")
    def _compute_pin_chosen(self):
        for credential in self:
            attempt = credential.sudo().pin_attempt
            credential.pin_chosen = credential.kind == "pin" and not attempt

    def _check_period(self, vals):
        if vals.get("is_duress") and any(
            vals.get("kind", credential.kind) != "pin" for credential in self
        ):
            raise ValidationError(self.env._("Only a PIN tells of duress."))
        return super()._check_period(vals)

    def _shown_end(self):
        return self.venue_id.name if self.kind == "pin" else super()._shown_end()

    @api.model
    def _identify(self, vals):
        if vals.get("kind") != "pin":
            return super()._identify(vals)
        if not vals.get("venue_id"):
            raise ValidationError(self.env._("Choose the venue where the PIN opens."))
        value = (vals.get("value") or "").strip()
        stored = {
            "kind": "pin",
            "value": HIDDEN,
            "venue_id": vals["venue_id"],
            "token": False,
        }
        return stored, {"chosen": "" if value == HIDDEN else value}

    def _complete(self, rest):
        if self.kind != "pin":
            return super()._complete(rest)
        if self.venue_id.company_id != self.company_id:
            raise ValidationError(
                self.env._("The venue of a PIN is one of its own company.")
            )
        if rest["chosen"]:
            self._choose_pin(rest["chosen"])
        else:
            self._generate_pin()
        return None

    def _choose_pin(self, digits):
        key = self.venue_id._pin_key()
        try:
            token = chosen_pin_token(key, self.venue_id.id, digits)
        except CredentialError as error:
            raise ValidationError(
                self.env._("This PIN cannot be used: %(why)s.", why=str(error))
            ) from error
        if not self._take_token(token, 0, len(digits)):
            raise ValidationError(
                self.env._("This PIN cannot be used: please choose another one.")
            )

    def _generate_pin(self):
        company = self.company_id.sudo()
        key, digits = company._access_pin_key(), company.access_pin_digits
        venue_key = self.venue_id._pin_key()
        for attempt in range(1, ATTEMPTS + 1):
            pin = derive_pin(key, self.id, attempt, digits)
            token = pin_token(venue_key, self.venue_id.id, pin)
            if self._take_token(token, attempt, digits):
                return
        raise UserError(
            self.env._(
                "Too few PINs are free at %(venue)s. Set more digits in the settings "
                "of Access.",
                venue=self.venue_id.name,
            )
        )

    def _take_token(self, token, attempt, digits):
        """Take a token that nobody has at this place and time; tell whether it was.

        Another transaction that takes the same one is waited for. Below the ORM: it
        would write a refused query to the log.
        """
        self.flush_recordset()
        query = SQL(
            """UPDATE access_credential
                  SET token = %s, pin_attempt = %s, pin_digits = %s WHERE id = %s""",
            *(token, attempt, digits, self.id),
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except ExclusionViolation:
            return False
        self.invalidate_recordset()
        return True

    def _reveal_pin(self):
        """Give the digits of a PIN that was generated.

        For the holder, and for staff through ``action_show_pin``: the caller checks
        who asks.
        """
        self.ensure_one()
        credential = self.sudo()
        if credential.kind != "pin" or not credential.pin_attempt:
            raise UserError(
                self.env._("A PIN that its holder chose cannot be shown again.")
            )
        key = credential.company_id._access_pin_key()
        made_of = (credential.id, credential.pin_attempt, credential.pin_digits)
        pin = derive_pin(key, *made_of)
        venue = credential.venue_id
        if pin_token(venue._pin_key(), venue.id, pin) != credential.token:
            raise UserError(self.env._("The company's key has changed. Replace it."))
        return pin

    def action_show_pin(self):
        """Show the PIN to staff who hand it over, and note that they saw it."""
        self.ensure_one()
        self.check_access("write")
        pin = self._reveal_pin()
        self.message_post(body=self.env._("The PIN was shown."))
        return {
            "type": "ir.actions.client",
            "tag": "access_show_pin",
            "params": {"title": self.display_name, "message": pin},
        }

    def _policy_fields(self):
        return super()._policy_fields() | {"is_duress"}
