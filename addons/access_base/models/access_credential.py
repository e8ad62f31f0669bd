from psycopg2.errors import ExclusionViolation

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..access_policy import CredentialError, CredentialStatus, credential_token
from ..access_policy.credential import MEDIUM

STATES = [
    ("active", "Active"),
    ("blocked", "Blocked"),
    ("lost", "Lost"),
    ("returned", "Returned"),
]
assert {state for state, _label in STATES} == {s.value for s in CredentialStatus}

KINDS = [
    ("card", "Card"),
    ("wristband", "Wristband"),
    ("barcode", "Barcode"),
    ("qr", "QR Code"),
    ("rotating_qr", "Rotating QR Code"),
    ("pin", "PIN"),
    ("phone", "Phone Number"),
    ("plate", "Number Plate"),
    ("mobile_key", "Mobile Key"),
]
assert {kind for kind, _label in KINDS} == set(MEDIUM)

# What makes a credential the one it is.
_IDENTITY = ("kind", "value", "venue_id")


class AccessCredential(models.Model):
    _name = "access.credential"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Credential"
    _order = "state, id desc"
    _check_company_auto = True
    _rec_name = "value"
    _rec_names_search = ["value", "partner_id"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Holder",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(KINDS, required=True, default="card")
    value = fields.Char(
        string="Number",
        copy=False,
        help="Hold the card to the desk reader, or type the number printed on it.",
    )
    venue_id = fields.Many2one(
        "access.venue",
        default=lambda self: self._default_venue(),
        domain="[('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="A PIN opens points of one venue, and nobody else has it there.",
    )
    token = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
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

    # A hash of 64 bits stands for token and company, as the range that holds only it:
    # equality in such a constraint would need an extension of PostgreSQL. A returned
    # card may be issued again, to the same person or another.
    _token_period = models.Constraint(
        """EXCLUDE USING gist (
            int8range(hashtextextended(token, company_id),
                      hashtextextended(token, company_id), '[]') WITH &&,
            tsrange(valid_from, valid_to) WITH &&
        ) WHERE (state <> 'returned' AND token IS NOT NULL)""",
        "This credential is issued already. Take it back before you issue it again.",
    )
    _token_search = models.Index("(token, company_id)")
    # A guest had thousands; what counts is whether there is one now.
    _open_of_holder = models.Index(
        "(partner_id, COALESCE(valid_to, 'infinity'))"
        " WHERE state IN ('active', 'blocked')"
    )
    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "A credential cannot end before it begins."
    )

    def _default_venue(self):
        """Give the venue where there is only one."""
        venue = self.env["access.venue"].search(
            [("company_id", "=", self.env.company.id)], limit=2
        )
        return venue if len(venue) == 1 else False

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

    @api.depends("kind", "value", "venue_id", "partner_id.name")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_display_name(self):
        """Name it with its holder, where the reader may see the contact.

        The name is read as ``sudo`` beside whatever points to it: those who are not
        of the staff are told the kind, and nothing of the number or the holder.
        """
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        user = self.env.user
        is_staff = user._is_superuser() or user.has_group("access_base.group_user")
        known = set(self.partner_id.sudo(False)._filtered_access("read").ids)
        for credential in self:
            name = credential._short_name() if is_staff else kinds[credential.kind]
            holder = credential.partner_id
            if is_staff and holder.id in known and holder.name:
                name = f"{name} ({holder.name})"
            credential.display_name = name

    def _short_name(self):
        """Say what it is, where it is known whose it is."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        kind, end = kinds.get(self.kind, ""), self._shown_end()
        return f"{kind} {end}" if end else kind

    def _shown_end(self):
        """Give what tells it from the holder's others, and no more than that."""
        return f"…{self.value[-4:]}" if self.value else ""

    # -- what it is ---------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get([*_IDENTITY, "company_id"])
        given = [self._identify({**defaults, **vals}) for vals in vals_list]
        self.flush_model()  # so that what was just taken back is free
        credentials = super().create(
            [
                {**vals, **_without_numbers(stored), "value": False}
                for vals, (stored, _rest) in zip(vals_list, given, strict=True)
            ]
        )
        credentials._take_numbers([stored for stored, _rest in given])
        for credential, (_stored, rest) in zip(credentials, given, strict=True):
            credential._complete(rest)
        credentials.partner_id._ensure_access_person()
        credentials._rules_changed()  # now that they have tokens, which others had
        return credentials

    def write(self, vals):
        # A token follows from the number, and from nothing else.
        vals = {name: value for name, value in vals.items() if name != "token"}
        self.filtered(
            lambda credential: credential.partner_id.id
            != vals.get("partner_id", credential.partner_id.id)
        )._check_may_become_another()
        self._check_period(vals)
        identity = {name: vals.pop(name) for name in _IDENTITY if name in vals}
        for credential in self if identity else ():
            stored, rest = credential._new_identity(identity)
            if stored:
                credential._check_may_become_another()
                credential._rules_changed()
                credential._store(stored)
                credential._complete(rest)
                credential._rules_changed()
        result = super().write(vals)
        if "partner_id" in vals:
            self.partner_id._ensure_access_person()
        return result

    def _check_period(self, vals):
        """Refuse what the database would, which tells the whole row with its number."""
        for credential in self:
            begin, end = (
                fields.Datetime.to_datetime(vals.get(name, credential[name]))
                for name in ("valid_from", "valid_to")
            )
            if begin and end and end <= begin:
                raise ValidationError(
                    self.env._("A credential cannot end before it begins.")
                )

    def _store(self, vals):
        """Write what is brought to one form already."""
        result = super().write(_without_numbers(vals))
        self._take_numbers([vals] * len(self))
        return result

    def _take_numbers(self, numbers):
        """Write numbers below the ORM, which would log those that are refused."""
        self.flush_recordset()
        query = SQL(
            """UPDATE access_credential AS credential
                  SET value = given.value, token = given.token
                 FROM unnest(%s::int4[], %s::varchar[], %s::varchar[])
                      AS given(id, value, token)
                WHERE credential.id = given.id""",
            self.ids,
            [number["value"] or None for number in numbers],
            [number["token"] or None for number in numbers],
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except ExclusionViolation:
            tokens = [number["token"] for number in numbers]
            raise ValidationError(self._issued_words(tokens)) from None
        self.invalidate_recordset()

    def _issued_words(self, tokens):
        """Say that it is issued already, and to whom where the user may read that."""
        known = [("token", "in", tokens), ("state", "!=", "returned")]
        others = self.sudo().search([*known, ("id", "not in", self.ids)])
        holders = others.partner_id.with_env(self.env)
        is_staff = self.env.user.has_group("access_base.group_user")
        if is_staff and (holder := holders._filtered_access("read")[:1]):
            return self.env._(
                "This credential is issued already, to %(holder)s. "
                "Take it back before you issue it again.",
                holder=holder.display_name,
            )
        return self.env._(
            "This credential is issued already. Take it back before you issue it again."
        )

    def _new_identity(self, vals):
        """Give what ``_identify`` makes of a change; nothing where it is none."""
        old = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in _IDENTITY
        }
        if vals.items() <= old.items():
            return {}, None
        # Nothing of a number fits another medium.
        same = MEDIUM.get(vals.get("kind", self.kind)) == MEDIUM[self.kind]
        kept = old if same else {**old, "value": False}
        asked = {**kept, **vals, "company_id": self.company_id.id}
        stored, rest = self._identify(asked)
        if rest or any(stored[name] != old[name] for name in _IDENTITY):
            return stored, rest
        return {}, None

    @api.model
    def _identify(self, vals):
        """Bring kind and number, as typed, to what is stored.

        :return: the values to store, and what ``_complete`` needs once there is a
            record
        """
        kind, value = vals.get("kind") or "", (vals.get("value") or "").strip()
        token = self._token_of(kind, value)
        value = token.partition(":")[2]
        return {"kind": kind, "value": value, "venue_id": False, "token": token}, None

    @api.model
    def _token_of(self, kind, value):
        try:
            return credential_token(kind, value)
        except CredentialError as error:
            raise ValidationError(
                self.env._(
                    "This is not a number that a reader can read: %(why)s.",
                    why=str(error),
                )
            ) from error

    def _complete(self, rest):
        """Store what depends on the record's own number.

        To be added to by the kinds that have such.
        """

    def _check_may_become_another(self):
        """Refuse another number or holder once the log names the credential."""
        self._check_not_in_log(
            "credential_id",
            self.env._("Take it back and issue another one instead."),
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("credential_id", self.env._("Take it back instead."))

    # -- what happens to it -------------------------------------------------------

    def action_block(self):
        self.write({"state": "blocked"})

    def action_report_lost(self):
        self.write({"state": "lost"})

    def action_return(self):
        self.write({"state": "returned"})

    def action_activate(self):
        self.write({"state": "active"})

    def _changed_parts(self):
        """Tell the holders, and all who had the same: what is told of it changes."""
        tokens = [token for token in self.sudo().mapped("token") if token]
        same = self.sudo().search([("token", "in", tokens)]) if tokens else self
        return {"partners": (self | same).partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "partner_id",
            "kind",
            "value",
            "venue_id",
            "token",
            "state",
            "valid_from",
            "valid_to",
            "company_id",
        }


def _without_numbers(vals):
    return {n: value for n, value in vals.items() if n not in ("value", "token")}
