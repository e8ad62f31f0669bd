from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..access_policy import CredentialError, CredentialStatus, credential_token

STATES = [
    ("active", "Active"),
    ("blocked", "Blocked"),
    ("lost", "Lost"),
    ("returned", "Returned"),
]
assert {state for state, _label in STATES} == {s.value for s in CredentialStatus}


class AccessCredential(models.Model):
    _name = "access.credential"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Credential"
    _order = "state, id desc"
    _rec_name = "value"
    _rec_names_search = ["value", "partner_id"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Holder",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("card", "Card"), ("wristband", "Wristband"), ("barcode", "Barcode")],
        required=True,
        default="card",
    )
    value = fields.Char(
        string="Number",
        required=True,
        copy=False,
        help="Hold the card to the desk reader, or type the number printed on it.",
    )
    token = fields.Char(
        compute="_compute_token",
        store=True,
        help="The number in the one form that all readers are brought to.",
    )
    state = fields.Selection(
        STATES, required=True, default="active", tracking=True, copy=False
    )
    valid_from = fields.Datetime(tracking=True)
    valid_to = fields.Datetime(string="Valid Until", tracking=True)
    validity = fields.Selection(
        [("valid", "Valid"), ("not_yet", "Not valid yet"), ("expired", "Expired")],
        compute="_compute_validity",
    )

    # A returned card may be issued again, to the same person or another.
    _token_unique = models.UniqueIndex(
        "(company_id, token) WHERE state <> 'returned'",
        "This credential is issued already. Take it back before you issue it again.",
    )
    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "A credential cannot end before it begins."
    )

    @api.depends("kind", "value")
    def _compute_token(self):
        for credential in self:
            try:
                credential.token = credential_token(
                    credential.kind or "", credential.value or ""
                )
            except CredentialError:
                credential.token = False

    @api.depends("valid_from", "valid_to")
    def _compute_validity(self):
        now = fields.Datetime.now()
        for credential in self:
            if credential.valid_from and now < credential.valid_from:
                credential.validity = "not_yet"
            elif credential.valid_to and credential.valid_to <= now:
                credential.validity = "expired"
            else:
                credential.validity = "valid"

    @api.constrains("kind", "value")
    def _check_value(self):
        for credential in self:
            try:
                credential_token(credential.kind, credential.value)
            except CredentialError as error:
                raise ValidationError(
                    self.env._(
                        "This is not a number that a reader can read: %(why)s.",
                        why=str(error),
                    )
                ) from error

    @api.depends("kind", "value")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for credential in self:
            end = (credential.value or "")[-4:]
            kind = kinds.get(credential.kind, "")
            credential.display_name = f"{kind} …{end}" if end else kind

    @api.model_create_multi
    def create(self, vals_list):
        credentials = super().create(vals_list)
        for credential in credentials:
            # As readers read it, not as it was typed.
            credential.value = credential.token.partition(":")[2]
        credentials.partner_id._ensure_access_person()
        return credentials

    def write(self, vals):
        self._check_identity_kept(vals)
        result = super().write(vals)
        if "partner_id" in vals:
            self.partner_id._ensure_access_person()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("credential_id", self.env._("Take it back instead."))

    def _check_identity_kept(self, vals):
        """Refuse another number or holder once the log names the credential."""
        changed = self.filtered(
            lambda credential: any(
                name in vals
                and credential._fields[name].convert_to_write(
                    credential[name], credential
                )
                != vals[name]
                for name in ("kind", "value", "partner_id")
            )
        )
        changed._check_not_in_log(
            "credential_id",
            self.env._("Take it back and issue another one instead."),
        )

    def action_block(self):
        self.write({"state": "blocked"})

    def action_report_lost(self):
        self.write({"state": "lost"})

    def action_return(self):
        self.write({"state": "returned"})

    def action_activate(self):
        self.write({"state": "active"})

    def _changed_parts(self):
        return {"partners": self.partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "partner_id",
            "kind",
            "value",
            "state",
            "valid_from",
            "valid_to",
            "company_id",
        }
