from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .access_policy_change import MOST_PERSONS

# What says who holds a right; the rest is told once, with the right itself.
_WHO = {"active", "category_ids", "partner_ids", "plan_ids"}


class AccessRight(models.Model):
    """Who may (or may not) pass where, when, and how often.

    What it says in words is in ``access_right_words.py``.
    """

    _name = "access.right"
    _inherit = ["mail.thread", "access.schedule.mixin", "access.rehearsal.rule"]
    _description = "Access Right"
    _order = "effect desc, name"
    _check_company_auto = True

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
    layer = fields.Selection(
        [("plan", "Plan"), ("device", "Device")],
        string="Given by",
        required=True,
        default="plan",
        tracking=True,
        help="Plan: what somebody has bought or was given.\n"
        "Device: what the lock itself may let through. A point can ask for one of "
        "both, or for both.",
    )
    # who
    everyone = fields.Boolean(
        tracking=True, help="Everybody who holds a credential of the company."
    )
    plan_ids = fields.Many2many(
        "sale.subscription.template",
        string="Plans",
        ondelete="restrict",
        help="Every holder of a running subscription to one of these plans.",
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        ondelete="restrict",
        string="Tags",
        help="Every contact with one of these tags.",
    )
    partner_ids = fields.Many2many("res.partner", string="Persons", check_company=True)
    # where
    zone_ids = fields.Many2many(
        "access.zone",
        ondelete="restrict",
        check_company=True,
        string="Zones",
        help="All points that lead into these zones or zones inside them, and out.",
    )
    point_ids = fields.Many2many(
        "access.point",
        string="Single Points",
        ondelete="restrict",
        check_company=True,
    )
    # when
    hours = fields.Selection(
        [("always", "At any hour"), ("bands", "In time bands")],
        required=True,
        default="always",
        tracking=True,
    )
    band_line_ids = fields.One2many(
        "access.right.band",
        "right_id",
        string="Time Bands",
        copy=True,
        help="The hours are those of the venue where the point is.",
    )
    holidays = fields.Selection(
        [
            ("as_weekday", "Like their weekday"),
            ("closed", "Closed"),
            ("own_hours", "Own hours of the time bands"),
        ],
        tracking=True,
        help="Holidays are those of the venue's country and state. Their own hours "
        'are the hours that time bands have for "Holidays".',
    )
    holiday_eves = fields.Selection(
        [
            ("as_weekday", "Like its weekday"),
            ("open", "Open, also when the weekday is not chosen"),
            ("closed", "Closed"),
        ],
        string="The Day Before",
        tracking=True,
        help="What holds on the day before a holiday.",
    )
    early_entry = fields.Integer(
        help="Minutes before the hours of a time band that one may enter already."
    )
    late_exit = fields.Integer(
        help="Minutes after the hours of a time band that one may still leave."
    )
    valid_from = fields.Datetime(tracking=True)
    valid_to = fields.Datetime(string="Valid Until", tracking=True)
    # how often
    limiting = fields.Selection(
        [
            ("month", "As the plan says, per calendar month"),
            ("ticket", "As long as a ticket lasts"),
        ],
        required=True,
        default="month",
        tracking=True,
        help="Either the limits of the time bands count, or tickets do; never both.",
    )
    ticket_type_ids = fields.Many2many(
        "access.ticket.type",
        string="Tickets",
        ondelete="restrict",
        check_company=True,
        help="Each entry takes one from a ticket of these types; that of the "
        "earliest end first.",
    )
    exemption = fields.Selection(
        [
            ("none", "No"),
            ("any", "To any program"),
            ("chosen", "To chosen programs"),
        ],
        string="Booked Entries are Free",
        required=True,
        default="none",
        tracking=True,
        help="While somebody has booked a program, they may enter at any hour and it "
        "uses up nothing.",
    )
    program_ids = fields.Many2many(
        "calendar.event.type",
        string="Programs",
        ondelete="restrict",
        domain="[('access_is_program', '=', True)]",
    )
    # kept by something else
    source_model = fields.Char(readonly=True, copy=False)
    source_id = fields.Many2oneReference(
        model_field="source_model", readonly=True, copy=False
    )
    source_key = fields.Char(readonly=True, copy=False)
    source_name = fields.Char(string="Kept by", compute="_compute_source_name")

    _validity_order = models.Constraint(
        "CHECK (valid_to > valid_from)", "A right cannot end before it begins."
    )
    _margin_range = models.Constraint(
        "CHECK (coalesce(early_entry, 0) BETWEEN 0 AND 1440"
        " AND coalesce(late_exit, 0) BETWEEN 0 AND 1440)",
        "Early entry and late exit are 0 to 1440 minutes.",
    )
    _source_unique = models.UniqueIndex(
        "(source_model, source_id, source_key) WHERE source_id IS NOT NULL",
        "A right is kept twice for the same reason.",
    )
    _everyone_idx = models.Index("(company_id) WHERE everyone")

    @api.constrains("layer", "limiting", "band_line_ids")
    def _check_layer(self):
        """Where a point asks for both, only the plan's right uses up something."""
        for right in self.filtered(lambda right: right.layer == "device"):
            limits = any(line.monthly_limit for line in right.band_line_ids)
            if limits or right.limiting == "ticket":
                raise ValidationError(
                    self.env._(
                        "%(right)s is given by a device, so it has no limits and asks "
                        "for no ticket: those are of a plan.",
                        right=right.name,
                    )
                )

    @api.constrains("limiting", "ticket_type_ids", "band_line_ids")
    def _check_limiting(self):
        """The database refuses limits beside tickets too, see ``AccessRightBand``."""
        for right in self:
            if right.limiting == "month" and right.ticket_type_ids:
                raise ValidationError(
                    self.env._(
                        "%(right)s has its own limits, so it takes no tickets.",
                        right=right.name,
                    )
                )
            limits = any(line.monthly_limit for line in right.band_line_ids)
            if right.limiting == "ticket" and limits:
                raise ValidationError(
                    self.env._(
                        "%(right)s asks for a ticket, so it has no limits of its own.",
                        right=right.name,
                    )
                )

    @api.depends("source_model", "source_id")
    def _compute_source_name(self):
        for right in self:
            source = right._source()
            right.source_name = source.display_name if source else False

    @api.onchange("limiting")
    def _onchange_limiting(self):
        if self.limiting == "ticket":
            self.band_line_ids.monthly_limit = 0
        else:
            self.ticket_type_ids = False

    @api.model_create_multi
    def create(self, vals_list):
        rights = super().create(vals_list)
        rights._holders_changed()
        return rights

    def write(self, vals):
        if _WHO.isdisjoint(vals):
            return super().write(vals)
        self._holders_changed()
        result = super().write(vals)
        self._holders_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("right_id", self.env._("Archive it instead."))

    def unlink(self):
        self._holders_changed()
        return super().unlink()

    def _holders_changed(self):
        """Outdate those who hold the rights."""
        self.env.flush_all()
        rights = self._policy_records()  # nobody holds a draft
        query = SQL(_HOLDERS, rights=rights.ids, most=MOST_PERSONS + 1)
        holders = [partner for [partner] in self.env.execute_query(query)]
        self.env["access.policy.change"].sudo()._mark(partners=holders)

    def _source(self):
        """Give the record that keeps this right, as far as it exists still."""
        if not self.source_id or self.source_model not in self.env:
            return None
        return self.env[self.source_model].sudo().browse(self.source_id).exists()

    def _bring_to(self, values):
        """Write only what differs, so that nothing is announced that is not new."""
        self.ensure_one()
        changed = {name: v for name, v in values.items() if self._differs(name, v)}
        if changed:
            self.write(changed)

    def _differs(self, name, value):
        field = self._fields[name]
        if field.type == "many2many":
            return set(self[name].ids) != set(field.convert_to_cache(value, self))
        return field.convert_to_write(self[name], self) != value

    def _end(self):
        """Delete them; archive those that the log names."""
        named = (
            self.env["access.event"]
            .sudo()
            ._read_group([("right_id", "in", self.ids)], ["right_id"])
        )
        in_log = self.browse([right.id for [right] in named])
        in_log.active = False
        (self - in_log).unlink()

    def _changed_parts(self):
        return {"rights": self.ids}

    def _system_fields(self):
        # The source is told by name: that would tell the name of any record there is.
        return super()._system_fields() | {"source_model", "source_id", "source_key"}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "company_id",
            "effect",
            "layer",
            "everyone",
            "plan_ids",
            "partner_ids",
            "category_ids",
            "zone_ids",
            "point_ids",
            "hours",
            "band_line_ids",
            "early_entry",
            "late_exit",
            "valid_from",
            "valid_to",
            "limiting",
            "ticket_type_ids",
            "exemption",
            "program_ids",
        }


_HOLDERS = """
SELECT res_partner_id FROM access_right_res_partner_rel
 WHERE access_right_id = ANY(%(rights)s)
 UNION
SELECT tag.partner_id
  FROM access_right_res_partner_category_rel
  JOIN res_partner_res_partner_category_rel AS tag
       ON tag.category_id = res_partner_category_id
 WHERE access_right_id = ANY(%(rights)s)
 UNION
SELECT subscription.partner_id
  FROM access_right_sale_subscription_template_rel
  JOIN sale_subscription AS subscription
       ON subscription.template_id = sale_subscription_template_id
 WHERE access_right_id = ANY(%(rights)s)
 LIMIT %(most)s
"""
