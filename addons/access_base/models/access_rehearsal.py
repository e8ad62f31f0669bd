from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_ENDED = ("applied", "dropped")


class AccessRehearsal(models.Model):
    """A change of a right or time band, tried on past passages before it is made.

    The change is made in a draft: a copy that no door follows. What would be follows
    from the rules as they are compiled once the draft is taken over, see
    ``access_rehearsal_replay.py``.
    """

    _name = "access.rehearsal"
    _inherit = ["mail.thread"]
    _description = "Rehearsal of a Change"
    _order = "id desc"

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    state = fields.Selection(
        [
            ("draft", "Not played yet"),
            ("played", "Played"),
            ("applied", "Applied"),
            ("dropped", "Dropped"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    right_id = fields.Many2one("access.right", index=True, ondelete="cascade")
    band_id = fields.Many2one(
        "access.band", string="Time Band", index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._first_of_last_month(),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._first_of_last_month() + relativedelta(day=31),
        help="This day is played as well.",
    )
    original = fields.Json(readonly=True, copy=False, exportable=False)
    rule_words = fields.Text(string="Now", compute="_compute_words")
    draft_words = fields.Text(string="Draft", compute="_compute_words")
    kept_words = fields.Json(readonly=True, copy=False, exportable=False)
    played = fields.Json(readonly=True, copy=False, exportable=False)
    is_outdated = fields.Boolean(compute="_compute_is_outdated")
    is_stale = fields.Boolean(compute="_compute_is_outdated")
    line_ids = fields.One2many(
        "access.rehearsal.line", "rehearsal_id", readonly=True, copy=False
    )
    passage_count = fields.Integer(string="Passages Played", readonly=True, copy=False)
    refused_count = fields.Integer(
        string="Persons Newly Refused", compute="_compute_counts"
    )
    admitted_count = fields.Integer(
        string="Persons Newly Admitted", compute="_compute_counts"
    )

    _one_of_both = models.Constraint(
        "CHECK (num_nonnulls(right_id, band_id) = 1)",
        "Choose the right or the time band that is to change.",
    )
    _period_order = models.Constraint(
        "CHECK (date_from <= date_to)", "The period cannot end before it begins."
    )

    @api.model
    def _first_of_last_month(self):
        return self.env.company._access_today() + relativedelta(months=-1, day=1)

    @api.depends("right_id", "band_id")
    def _compute_name(self):
        for rehearsal in self:
            name = rehearsal._rule().display_name
            rehearsal.name = name and self.env._("Change of %(rule)s", rule=name)

    @api.depends("right_id", "band_id")
    def _compute_company_id(self):
        for rehearsal in self:
            rehearsal.company_id = rehearsal._rule().company_id or self.env.company

    @api.depends("state", "right_id", "band_id")
    @api.depends_context("lang")
    def _compute_words(self):
        for rehearsal in self:
            words = rehearsal.kept_words or [
                record._rule_words() if record else ""
                for record in (rehearsal._rule(), rehearsal._draft())
            ]
            rehearsal.rule_words, rehearsal.draft_words = words

    @api.depends("state", "original", "played")
    def _compute_is_outdated(self):
        """Tell whether the rule or the draft changed since the other was made of it."""
        for rehearsal in self:
            draft = rehearsal._draft()
            rehearsal.is_outdated = bool(draft) and (
                rehearsal.original != rehearsal._rule()._rule_values()
            )
            rehearsal.is_stale = (
                bool(draft)
                and rehearsal.state == "played"
                and (rehearsal.played != draft._rule_values())
            )

    @api.depends("line_ids.change", "line_ids.person_id")
    def _compute_counts(self):
        for rehearsal in self:
            by_change = rehearsal.line_ids.grouped("change")
            none = rehearsal.line_ids.browse()
            refused = by_change.get("refused", none)
            admitted = by_change.get("admitted", none)
            rehearsal.refused_count = len(refused.person_id)
            rehearsal.admitted_count = len(admitted.person_id)

    def _rule(self):
        """Give the record that is to change."""
        return self.right_id or self.band_id

    def _draft(self):
        """Give the copy that is edited; none when the rehearsal is over."""
        rules = self._rule().with_context(active_test=False)
        return rules.search([("rehearsal_id", "in", self.ids)], limit=1)

    # -- making and ending ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rehearsals = super().create(vals_list)
        for rehearsal in rehearsals:
            rehearsal._take_over()
        return rehearsals

    def write(self, vals):
        if {"right_id", "band_id"} & set(vals):
            raise UserError(self.env._("Make another rehearsal for another rule."))
        return super().write(vals)

    def unlink(self):
        self._delete_drafts()
        return super().unlink()

    def _take_over(self):
        """Make the draft anew from what holds now."""
        rule = self._rule()
        for operation in ("write", "create"):
            rule.check_access(operation)
        if not rule.active:
            raise ValidationError(
                self.env._("%(rule)s is archived.", rule=rule.display_name)
            )
        self._delete_drafts()
        values = {"name": rule.name, "active": False, "rehearsal_id": self.id}
        rule.sudo().copy(values)
        self.original = rule._rule_values()

    def _delete_drafts(self):
        for rehearsal in self:
            # Nobody else knows it, and those who give rights may not delete any.
            rehearsal._draft().sudo().unlink()

    def action_take_over_anew(self):
        """Begin again with the right or time band as it is by now."""
        for rehearsal in self:
            rehearsal._check_open()
            rehearsal._take_over()
            rehearsal._forget_result()

    def action_edit(self):
        """Open the draft in the form that rights (or time bands) always have."""
        self._check_open()
        draft = self._draft()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Draft"),
            "res_model": draft._name,
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    def action_apply(self):
        """Make the change, unless somebody else made one meanwhile."""
        for rehearsal in self:
            rehearsal._check_open()
            rule, draft = rehearsal._rule(), rehearsal._draft()
            rule.lock_for_update()
            if rehearsal.is_outdated:
                raise UserError(
                    self.env._(
                        "%(rule)s was changed since the draft was made. Take it over "
                        "anew, make your change again, and see what it does now.",
                        rule=rule.display_name,
                    )
                )
            words = [rule._rule_words(), draft._rule_words()]
            rule._change_to(draft._rule_values())
            rehearsal._end("applied", words)
            body = self.env._(
                "Changed by the rehearsal %(name)s.",
                name=rehearsal._get_html_link(),
            )
            rule.message_post(body=body)

    def action_drop(self):
        """Throw the draft away."""
        for rehearsal in self:
            rehearsal._check_open()
            words = [rehearsal._rule()._rule_words(), rehearsal._draft()._rule_words()]
            rehearsal._end("dropped", words)

    def _end(self, state, words):
        self._delete_drafts()
        self.write({"state": state, "kept_words": words})

    def _check_open(self):
        self.ensure_one()
        self.check_access("write")
        self._rule().check_access("write")
        if self.state in _ENDED:
            raise UserError(self.env._("This rehearsal is over."))

    def _forget_result(self):
        self.sudo().line_ids.unlink()
        self.write({"state": "draft", "passage_count": 0, "played": False})

    def action_view_lines(self):
        """Show the persons that the context's ``change`` is about."""
        change = self.env.context.get("access_change")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_rehearsal_line_action"
        )
        domain = [("rehearsal_id", "in", self.ids)]
        return action | {
            "domain": [*domain, ("change", "=", change)] if change else domain
        }
