from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

# How zones keep out a band that was handed back over the gate.
REFUSING = ("refused", "timed")


class AccessAdmission(models.Model):
    """What a desk sells to let guests in: bands now, or a card for many times.

    It keeps the one right that its guests have: to its zones, by tickets of its own
    type. Each band that is given comes with such a ticket of one entry.
    """

    _name = "access.admission"
    _inherit = ["access.right.source"]
    _description = "Admission"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    type = fields.Selection(
        [("bands", "Bands at once"), ("card", "A card, bands against it")],
        required=True,
        default="bands",
    )
    tariff_id = fields.Many2one(
        "access.tariff",
        string="Price List",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="By this the stay is charged, less what the ticket or card pays for.",
    )
    venue_id = fields.Many2one(related="tariff_id.venue_id")
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    zone_ids = fields.Many2many(
        "access.zone",
        string="Zones",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('venue_id', '=', venue_id)]",
        help="Where its guests may go. What a dearer zone costs, the price list says.",
    )
    line_ids = fields.One2many(
        "access.admission.line", "admission_id", string="Bands", copy=True
    )
    product_ids = fields.One2many(
        "product.template", "access_admission_id", string="Sold as"
    )
    ticket_type_id = fields.Many2one(
        "access.ticket.type",
        string="Entry",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    leader_ticket_type_id = fields.Many2one(
        "access.ticket.type",
        string="Leader",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    leader_point_ids = fields.Many2many(
        "access.point",
        string="Only for the Leader",
        ondelete="restrict",
        check_company=True,
        help="What the leader's band alone opens: the group's changing room.",
    )
    open_zones = fields.Char(
        compute="_compute_open_zones",
        help="Into these one band lets several people in, one after the other.",
    )
    # cards
    cover_id = fields.Many2one(
        "access.tariff.cover",
        string="Pays with",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('tariff_id', '=', tariff_id)]",
        help="The package or ticket of the price list that pays for the bands.",
    )
    units = fields.Integer(
        string="Contains",
        default=10,
        help="So many entries, minutes, sessions or days come with each card or "
        "top-up.",
    )
    draws = fields.Selection(
        [
            ("stay", "Each band, as the price list says"),
            ("session", "A session, for all bands of one entry"),
            ("days", "Nothing, as long as the card is valid"),
        ],
        string="Taken by",
        required=True,
        default="stay",
    )
    bands_most = fields.Integer(
        string="Bands at Once",
        default=1,
        help="How many may be out against a card, the leader's included.",
    )

    _units_positive = models.Constraint(
        "CHECK (type <> 'card' OR units > 0)", "Say how much a card contains."
    )
    _bands_positive = models.Constraint(
        "CHECK (type <> 'card' OR bands_most > 0)",
        "At least one band is given against a card.",
    )

    @api.depends(
        "zone_ids.parent_path",
        "zone_ids.antipassback",
        "zone_ids.parent_id.antipassback",
    )
    def _compute_open_zones(self):
        for one in self:
            around = self.env["access.zone"].search(
                [("id", "parent_of", one.zone_ids.ids)]
            )
            shut = around.filtered(lambda zone: zone.antipassback in REFUSING)
            guarded = self.env["access.zone"].search([("id", "child_of", shut.ids)])
            zones = one.zone_ids._origin - guarded
            one.open_zones = ", ".join(zones.mapped("name"))

    @api.constrains("tariff_id", "cover_id", "zone_ids", "type", "draws")
    def _check_tariff(self):
        for one in self:
            if one.cover_id and one.cover_id.tariff_id != one.tariff_id:
                raise ValidationError(
                    self.env._("%(name)s pays by another price list.", name=one.name)
                )
            if one.zone_ids.venue_id - one.venue_id:
                raise ValidationError(
                    self.env._("%(name)s leads to another venue.", name=one.name)
                )
            if one.type == "card":
                one._check_card()

    @api.constrains("leader_point_ids", "zone_ids")
    def _check_leader_points(self):
        """Refuse a room that all bands open, as it lies where they may go."""
        for one in self:
            reached = self.env["access.zone"].search(
                [("id", "child_of", one.zone_ids.ids)]
            )
            for point in one.leader_point_ids:
                if (point.zone_to_id or point.zone_from_id) in reached:
                    raise ValidationError(
                        self.env._(
                            "%(point)s is no room for the leader only: it lies in "
                            "%(zone)s, where every band of %(name)s may go. Give it a "
                            "zone beside that.",
                            point=point.name,
                            zone=(point.zone_to_id or point.zone_from_id).name,
                            name=one.name,
                        )
                    )

    def _check_card(self):
        counts = self.cover_id.type in ("minutes", "entries")
        if self.draws == "stay" and not counts:
            raise ValidationError(
                self.env._(
                    "%(name)s needs a package of minutes or entries that bands take "
                    "from.",
                    name=self.name,
                )
            )
        if self.draws != "stay" and (counts or not self.cover_id):
            raise ValidationError(
                self.env._(
                    "%(name)s needs a ticket of the price list that takes nothing, as "
                    "its bands take nothing by themselves.",
                    name=self.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        admissions = super().create(vals_list)
        for admission in admissions:
            admission._ensure_ticket_types()
        admissions._sync_rights()
        return admissions

    def write(self, vals):
        result = super().write(vals)
        if "leader_point_ids" in vals:
            for admission in self:
                admission._ensure_ticket_types()
            self._sync_rights()
        return result

    def _ensure_ticket_types(self):
        """Make what its bands come with; staff need not know of it."""
        types = self.env["access.ticket.type"].sudo()
        values = {
            "company_id": self.company_id.id,
            "validity": 1,
            "validity_unit": "day",
            "sequence": 100,
        }
        if not self.ticket_type_id:
            name = self.env._("Entry: %(name)s (%(id)s)", name=self.name, id=self.id)
            self.sudo().ticket_type_id = types.create(
                {**values, "name": name, "entries": 1}
            )
        if self.leader_point_ids and not self.leader_ticket_type_id:
            name = self.env._("Leader: %(name)s (%(id)s)", name=self.name, id=self.id)
            self.sudo().leader_ticket_type_id = types.create(
                {**values, "name": name, "entries": 0}
            )

    def _right_fields(self):
        return super()._right_fields() | {"name", "zone_ids", "tariff_id"}

    def _right_values(self):
        if not (self.active and self.ticket_type_id):
            return {}
        by_ticket = {
            "company_id": self.company_id.id,
            "everyone": True,
            "limiting": "ticket",
        }
        rights = {
            "entry": {
                **by_ticket,
                "name": self.name,
                "zone_ids": [Command.set(self.zone_ids.ids)],
                "ticket_type_ids": [Command.set(self.ticket_type_id.ids)],
            }
        }
        if self.leader_point_ids:
            rights["leader"] = {
                **by_ticket,
                "name": self.env._("%(name)s, leader", name=self.name),
                "point_ids": [Command.set(self.leader_point_ids.ids)],
                "ticket_type_ids": [Command.set(self.leader_ticket_type_id.ids)],
            }
        return rights


class AccessAdmissionLine(models.Model):
    """For whom how many bands are given, and what pays for them."""

    _name = "access.admission.line"
    _description = "Bands of an Admission"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    admission_id = fields.Many2one(
        "access.admission", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="admission_id.company_id", store=True, index=True
    )
    tariff_id = fields.Many2one(related="admission_id.tariff_id")
    kind_id = fields.Many2one(
        "access.customer.kind",
        string="For",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    count = fields.Integer(string="Bands", required=True, default=1)
    cover_id = fields.Many2one(
        "access.tariff.cover",
        string="Paid by",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('tariff_id', '=', tariff_id)]",
        help="What was bought with the ticket, so that its time is not charged again. "
        "Empty: all of the stay is paid at the exit.",
    )
    is_leader = fields.Boolean(
        string="Leader", help="Opens what is only for the leader of the group."
    )

    _count_positive = models.Constraint(
        "CHECK (count > 0)", "At least one band is given."
    )

    @api.depends("kind_id.name", "count")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.count} × {line.kind_id.name or ''}"

    @api.constrains("cover_id", "admission_id")
    def _check_cover(self):
        for line in self:
            if line.cover_id and line.cover_id.tariff_id != line.tariff_id:
                raise ValidationError(
                    self.env._(
                        "%(name)s is of another price list.", name=line.cover_id.name
                    )
                )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    access_admission_id = fields.Many2one(
        "access.admission",
        string="Admission",
        index="btree_not_null",
        ondelete="restrict",
        help="Who buys it at a till gets bands or a card of this admission.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("access_admission_id") for vals in vals_list):
            self._check_may_sell_admissions()
        return super().create(vals_list)

    def write(self, vals):
        if "access_admission_id" in vals:
            self._check_may_sell_admissions()
        return super().write(vals)

    def _check_may_sell_admissions(self):
        """Refuse those who edit products, but do not say what opens doors."""
        is_manager = self.env.user.has_group("access_base.group_manager")
        if not (self.env.su or is_manager):
            raise AccessError(
                self.env._("Only managers may say which product lets guests in.")
            )
