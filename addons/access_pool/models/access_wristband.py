from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.access_base.access_policy import CredentialError, credential_token

# For so long a band is kept for the order that it was read for.
RESERVED_FOR = timedelta(minutes=30)


class AccessWristband(models.Model):
    """A band that the venue owns, with a chip and the number printed on it.

    A guest gets a credential of their own with each handing out; this is the thing.
    """

    _name = "access.wristband"
    _description = "Wristband"
    _order = "number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "value"]

    number = fields.Char(required=True, help="As it is printed on the band.")
    value = fields.Char(
        string="Chip", required=True, help="Hold the band to the desk reader."
    )
    token = fields.Char(
        compute="_compute_token", store=True, readonly=True, groups=fields.NO_ACCESS
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind_id = fields.Many2one(
        "access.customer.kind",
        string="For",
        index=True,
        ondelete="restrict",
        help="Its colour says for whom it is. Empty: for anybody.",
    )
    band_color = fields.Char(related="kind_id.band_color")
    active = fields.Boolean(default=True, help="A worn band is archived.")
    is_lost = fields.Boolean(string="Lost", readonly=True, copy=False)
    stay_ids = fields.One2many("access.stay", "wristband_id", string="Stays")
    stay_id = fields.Many2one(
        "access.stay", string="Guest", compute="_compute_state", search="_search_stay"
    )
    state = fields.Selection(
        [("store", "In store"), ("out", "With a guest"), ("lost", "Lost")],
        compute="_compute_state",
        search="_search_state",
    )
    reserved_by = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    reserved_at = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)

    _token_unique = models.Constraint(
        "UNIQUE (token, company_id)", "This chip is registered already."
    )
    _number_unique = models.Constraint(
        "UNIQUE (number, company_id)", "There is a band of this number already."
    )

    @api.depends("value")
    def _compute_token(self):
        for band in self:
            band.token = self._token(band.value)

    @api.model
    def _token(self, value):
        """Bring what was read to the one form in which bands are known."""
        try:
            return credential_token("wristband", (value or "").strip())
        except CredentialError as error:
            raise UserError(
                self.env._("This is not the number of a chip: %(why)s.", why=error)
            ) from error

    @api.depends("is_lost", "stay_ids.state")
    def _compute_state(self):
        stays = self.env["access.stay"].sudo()._open_by_band(self)
        for band in self:
            band.stay_id = stays.get(band.id, False)
            found = "out" if band.stay_id else "store"
            band.state = "lost" if band.is_lost else found

    def _search_stay(self, operator, value):
        stays = self.env["access.stay"].search([("id", operator, value)])
        return [("id", "in", stays.filtered("is_open").wristband_id.ids)]

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        out = self.env["access.stay"].sudo()._search([("is_open", "=", True)])
        with_guest = ("stay_ids", "any", [("id", "in", out)])
        domains = {
            "lost": [("is_lost", "=", True)],
            "out": [("is_lost", "=", False), with_guest],
            "store": [("is_lost", "=", False), "!", with_guest],
        }
        return fields.Domain.OR(domains[one] for one in value if one in domains)

    @api.model
    def _read(self, company, value):
        """Give the band that was read, if it is one of the company's."""
        try:
            token = credential_token("wristband", (value or "").strip())
        except CredentialError:
            return self.browse()
        known = [("token", "=", token), ("company_id", "=", company.id)]
        return self.search(known, limit=1)

    @api.model
    def _numbered(self, company, number):
        """Give the band of a printed number, for one whose chip is broken."""
        known = [("number", "=ilike", number), ("company_id", "=", company.id)]
        return self.search(known, limit=1)

    def _check_free(self, kind=None, order_uuid=None):
        """Refuse a band that cannot be given, in words for the cashier."""
        self.ensure_one()
        if self.is_lost:
            raise UserError(
                self.env._(
                    "Band %(band)s was reported lost. Register it as found first.",
                    band=self.number,
                )
            )
        if self.stay_id:
            raise UserError(
                self.env._("Band %(band)s is with a guest.", band=self.number)
            )
        self._check_color(kind)
        if self._is_reserved(order_uuid):
            raise UserError(
                self.env._(
                    "Band %(band)s is being given at another till.", band=self.number
                )
            )

    def _check_color(self, kind):
        ours, asked = self.kind_id.band_color, kind and kind.band_color
        if ours and asked and ours != asked:
            raise UserError(
                self.env._(
                    "Band %(band)s is one for %(ours)s, and %(kind)s gets another one.",
                    band=self.number,
                    ours=self.kind_id.name,
                    kind=kind.name,
                )
            )

    def _is_reserved(self, order_uuid):
        since = fields.Datetime.now() - RESERVED_FOR
        by_other = self.reserved_by and self.reserved_by != order_uuid
        return bool(by_other and self.reserved_at > since)

    def _reserve(self, order_uuid, kind=None):
        """Keep a band for an order, so that no other till gives it meanwhile."""
        self._check_free(kind, order_uuid)
        self.write({"reserved_by": order_uuid, "reserved_at": fields.Datetime.now()})

    def _release(self, order_uuid):
        """Let go of what was kept for an order."""
        known = [("reserved_by", "=", order_uuid), ("reserved_by", "!=", False)]
        self.search(known).write({"reserved_by": False, "reserved_at": False})

    def action_found(self):
        """Take a band that was lost back into the store."""
        self.check_access("write")
        bands = self.filtered("is_lost").sudo()
        for band in bands:
            credentials = band.stay_ids.credential_ids
            lost = credentials.filtered(
                lambda one, band=band: one.state == "lost" and one.value == band.value
            )
            lost.action_return()
        bands.is_lost = False
