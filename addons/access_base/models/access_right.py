from odoo import api, fields, models
from odoo.tools import format_list

WEEKDAY_FIELDS = (
    "on_monday",
    "on_tuesday",
    "on_wednesday",
    "on_thursday",
    "on_friday",
    "on_saturday",
    "on_sunday",
)


class AccessRight(models.Model):
    """Who may (or may not) pass where, and when."""

    _name = "access.right"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Access Right"
    _order = "effect desc, name"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    effect = fields.Selection(
        [("allow", "May pass"), ("deny", "May not pass")],
        required=True,
        default="allow",
        tracking=True,
        help="What may not pass is refused, whatever other rights allow.",
    )
    # who
    partner_ids = fields.Many2many("res.partner", string="Persons")
    category_ids = fields.Many2many(
        "res.partner.category",
        ondelete="restrict",
        string="Tags",
        help="Every contact with one of these tags.",
    )
    # where
    zone_ids = fields.Many2many(
        "access.zone",
        ondelete="restrict",
        string="Zones",
        help="All points that lead into these zones or zones inside them, and out.",
    )
    point_ids = fields.Many2many(
        "access.point", string="Single Points", ondelete="restrict"
    )
    # when
    hours = fields.Selection(
        [("always", "At any hour"), ("bands", "In time bands")],
        required=True,
        default="always",
        tracking=True,
    )
    band_ids = fields.Many2many(
        "access.band",
        ondelete="restrict",
        string="Time Bands",
        help="The hours are those of the venue where the point is.",
    )
    on_monday = fields.Boolean(string="Mon", default=True)
    on_tuesday = fields.Boolean(string="Tue", default=True)
    on_wednesday = fields.Boolean(string="Wed", default=True)
    on_thursday = fields.Boolean(string="Thu", default=True)
    on_friday = fields.Boolean(string="Fri", default=True)
    on_saturday = fields.Boolean(string="Sat", default=True)
    on_sunday = fields.Boolean(string="Sun", default=True)
    valid_from = fields.Datetime(tracking=True)
    valid_to = fields.Datetime(string="Valid Until", tracking=True)

    who = fields.Char(compute="_compute_words")
    where = fields.Char(compute="_compute_words")
    when = fields.Char(compute="_compute_words")

    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "A right cannot end before it begins."
    )

    @api.depends(
        *WEEKDAY_FIELDS,
        "partner_ids",
        "category_ids",
        "zone_ids",
        "point_ids",
        "hours",
        "band_ids",
    )
    def _compute_words(self):
        for right in self:
            right.who = right._words(right.category_ids, right.partner_ids) or (
                self.env._("nobody yet")
            )
            right.where = right._words(right.zone_ids, right.point_ids) or (
                self.env._("nowhere yet")
            )
            right.when = right._when_words()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("right_id", self.env._("Archive it instead."))

    def _words(self, *recordsets):
        names = [
            name
            for records in recordsets
            for name in records.with_context(hierarchical_naming=False).mapped(
                "display_name"
            )
        ]
        return format_list(self.env, names) if names else ""

    def _when_words(self):
        if self.hours == "always":
            hours = self.env._("at any hour")
        else:
            names = self.band_ids.mapped("name")
            hours = format_list(self.env, names) if names else self.env._("never")
        days = [name for name in WEEKDAY_FIELDS if self[name]]
        if len(days) == len(WEEKDAY_FIELDS):
            return hours
        labels = self.fields_get(days, ["string"])
        return f"{hours}, {format_list(self.env, [labels[d]['string'] for d in days])}"

    def _policy_fields(self):
        return super()._policy_fields() | {
            *WEEKDAY_FIELDS,
            "active",
            "company_id",
            "effect",
            "partner_ids",
            "category_ids",
            "zone_ids",
            "point_ids",
            "hours",
            "band_ids",
            "valid_from",
            "valid_to",
        }
