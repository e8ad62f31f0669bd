from odoo import api, fields, models
from odoo.tools import format_datetime, format_list

from .access_schedule import WEEKDAY_FIELDS


class AccessRight(models.Model):
    """A right in words: who, where, when, how often."""

    _inherit = "access.right"

    who = fields.Char(compute="_compute_who")
    where = fields.Char(compute="_compute_where")
    when = fields.Char(compute="_compute_when")
    how_often = fields.Char(compute="_compute_how_often")

    @api.depends("everyone", "plan_ids.name", "category_ids", "partner_ids")
    def _compute_who(self):
        for right in self:
            if right.everyone:
                right.who = self.env._("everybody")
                continue
            # Who sees rights need not be of those who sell plans.
            names = right._names("category_ids", "partner_ids")
            plans = right.sudo().plan_ids.mapped("name")
            right.who = right._list(plans + names) or self.env._("nobody yet")

    @api.depends("zone_ids", "point_ids")
    def _compute_where(self):
        for right in self:
            names = right._names("zone_ids", "point_ids")
            right.where = right._list(names) or self.env._("nowhere yet")

    @api.depends(
        *WEEKDAY_FIELDS,
        "hours",
        "band_line_ids.band_id.name",
        "holidays",
        "holiday_eves",
        "early_entry",
        "late_exit",
    )
    def _compute_when(self):
        for right in self:
            parts = [right._hour_words(), *right._days_words(), right._margin_words()]
            right.when = ", ".join(filter(None, parts))

    @api.depends(
        "effect",
        "hours",
        "limiting",
        "ticket_type_ids.name",
        "band_line_ids.band_id.name",
        "band_line_ids.monthly_limit",
        "exemption",
        "program_ids.name",
    )
    def _compute_how_often(self):
        for right in self:
            if right.effect == "deny":
                right.how_often = ""
                continue
            words = (
                right._ticket_words()
                if right.limiting == "ticket"
                else right._limit_words()
            )
            parts = [words, right._exemption_words()]
            right.how_often = ", ".join(filter(None, parts))

    def _rule_fields(self):
        own = {"active", "company_id", "band_line_ids"}
        return super()._rule_fields() | {"name"} | (self._policy_fields() - own)

    def _rule_lines(self):
        return "band_line_ids", ("band_id", "monthly_limit")

    def _rule_words(self):
        effects = dict(self._fields["effect"]._description_selection(self.env))
        words = [effects[self.effect], self.who, self.where, self.when, self.how_often]
        return "\n".join(filter(None, [*words, self._validity_words()]))

    def _validity_words(self):
        begin, end = (
            at and format_datetime(self.env, at, dt_format="short")
            for at in (self.valid_from, self.valid_to)
        )
        parts = [
            begin and self.env._("from %(time)s", time=begin),
            end and self.env._("until %(time)s", time=end),
        ]
        return ", ".join(filter(None, parts))

    def _names(self, *fields_):
        return [
            name
            for field in fields_
            for name in self[field]
            .with_context(hierarchical_naming=False)
            .mapped("display_name")
        ]

    def _list(self, names):
        return format_list(self.env, names) if names else ""

    def _hour_words(self):
        if self.hours == "always":
            return self.env._("at any hour")
        names = self.band_line_ids.band_id.mapped("name")
        return self._list(names) or self.env._("never")

    def _margin_words(self):
        parts = []
        if self.hours == "bands" and self.early_entry:
            parts.append(self.env._("in %(n)s min earlier", n=self.early_entry))
        if self.hours == "bands" and self.late_exit:
            parts.append(self.env._("out %(n)s min later", n=self.late_exit))
        return ", ".join(parts)

    def _ticket_words(self):
        # A type that is not sold any more still opens with the tickets that are left.
        types = self.with_context(active_test=False).ticket_type_ids
        names = types.mapped("name")
        if not names:
            return self.env._("opens with no ticket yet: its type is not chosen")
        return self.env._("with a ticket: %(tickets)s", tickets=self._list(names))

    def _limit_words(self):
        limited = self.band_line_ids.filtered("monthly_limit")
        if self.hours == "always" or not limited:
            return self.env._("without limit")
        if len(self.band_line_ids) == 1:
            return self.env._("%(n)s a month", n=limited.monthly_limit)
        return ", ".join(
            self.env._("%(band)s %(n)s a month", band=line.band_id.name, n=limit)
            if (limit := line.monthly_limit)
            else self.env._("%(band)s without limit", band=line.band_id.name)
            for line in self.band_line_ids
        )

    def _exemption_words(self):
        if self.exemption == "any":
            return self.env._("booked programs free")
        if self.exemption == "chosen" and self.program_ids:
            names = self.sudo().program_ids.mapped("name")
            return self.env._(
                "free when booked: %(programs)s", programs=self._list(names)
            )
        return ""
