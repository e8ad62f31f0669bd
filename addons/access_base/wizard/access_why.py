from datetime import datetime

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..access_policy.reason import GRANTS
from ..models.access_reason import BY_KIND

# Before and after there are no rules, and clocks fail.
EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)


class AccessWhy(models.TransientModel):
    """Answers in words what the rules say about a person, a point and a time.

    The answer is computed while the question is typed; nothing is saved.
    """

    _name = "access.why"
    _description = "Why?"

    partner_id = fields.Many2one("res.partner", string="Person")
    point_id = fields.Many2one("access.point", string="Point")
    at = fields.Datetime(
        string="Time", default=fields.Datetime.now, help="By your own clock."
    )
    credential_id = fields.Many2one(
        "access.credential",
        string="Credential",
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id)]",
        help="What is held to the reader. Empty: any that is good.",
    )
    company_id = fields.Many2one(related="point_id.company_id")
    event_id = fields.Many2one("access.event", readonly=True)
    then_words = fields.Char(string="Decided Then", compute="_compute_answer")
    differs = fields.Boolean(compute="_compute_answer")
    is_answered = fields.Boolean(compute="_compute_answer")
    granted = fields.Boolean(compute="_compute_answer")
    verdict = fields.Char(string="By Today's Rules", compute="_compute_answer")
    advice = fields.Char(string="What Would Help", compute="_compute_answer")
    steps = fields.Html(
        string="Rules Looked at", compute="_compute_answer", sanitize=False
    )

    @api.depends("partner_id", "point_id", "at", "credential_id", "event_id")
    @api.depends_context("lang")
    def _compute_answer(self):
        for why in self:
            why.update(
                {
                    "then_words": why._then_words(),
                    "differs": False,
                    "is_answered": False,
                    "granted": False,
                    "verdict": False,
                    "advice": False,
                    "steps": False,
                }
            )
            if why.partner_id and why.point_id and why.at:
                why._answer()

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.credential_id.partner_id != self.partner_id:
            self.credential_id = False

    @api.onchange("partner_id", "point_id", "at", "credential_id")
    def _onchange_question(self):
        """Forget the passage once something else is asked."""
        event = self.event_id
        if event and (self.partner_id, self.point_id, self.at) != (
            event.partner_id,
            event.point_id,
            event.date.replace(microsecond=0),
        ):
            self.event_id = False

    def _answer(self):
        """Explain; what is asked about has to be the user's to see."""
        partner, point = self.partner_id._origin, self.point_id._origin
        credential = self.credential_id._origin
        for record in (partner, point, credential):
            record.check_access("read")
        if not EARLIEST <= self.at < LATEST:
            raise UserError(self.env._("Choose a time from the year 2000 to 2099."))
        credential = credential.filtered(
            lambda one: one.partner_id == partner and one.company_id == point.company_id
        )
        told = self.env["access.explanation"]._explain(
            partner, point, self.at, credential
        )
        event = self.event_id
        self.is_answered, self.granted = True, told.decision.granted
        self.verdict, self.advice = told.verdict, told.advice
        self.steps = self._as_table(told)
        self.differs = bool(
            event
            and event.reason not in BY_KIND["staff"]
            and event.granted != told.decision.granted
        )

    def _then_words(self):
        event = self.event_id
        if not event:
            return False
        event.check_access("read")
        fields_ = event._fields
        reason = dict(fields_["reason"]._description_selection(self.env))
        result = dict(fields_["result"]._description_selection(self.env))
        return f"{result[event.result]}: {reason.get(event.reason, event.reason)}"

    def _as_table(self, told):
        """Give a table of sentences and what each rule said."""
        rows = Markup("").join(
            Markup('<tr><td>%s</td><td class="text-end text-nowrap %s">%s</td></tr>')
            % (sentence, *self._result(found, told.decision))
            for sentence, found in told.steps
        )
        return (
            Markup(
                '<table class="table table-sm o_access_why"><tbody>%s</tbody></table>'
            )
            % rows
        )

    def _result(self, found, decision):
        """Give colour and words of what one rule said."""
        if found is None:
            return "text-success", self.env._("no objection")
        if found in GRANTS:
            return "text-success", self.env._("passes")
        if found is decision.reason:
            return "text-danger", self.env._("stops")
        return "text-warning", self.env._("does not help")

    @api.model
    def _open(self, **values):
        """Give the dialog, with what is known of the question."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why?"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                f"default_{name}": value.id if hasattr(value, "_name") else value
                for name, value in values.items()
                if value
            },
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_access_why(self):
        self.ensure_one()
        return self.env["access.why"]._open(partner_id=self)


class AccessPoint(models.Model):
    _inherit = "access.point"

    def action_why(self):
        self.ensure_one()
        return self.env["access.why"]._open(point_id=self)


class AccessEvent(models.Model):
    _inherit = "access.event"

    def action_why(self):
        self.ensure_one()
        credential = self.credential_id
        if credential.partner_id != self.partner_id:
            credential = credential.browse()
        return self.env["access.why"]._open(
            partner_id=self.partner_id,
            point_id=self.point_id,
            at=self.date.replace(microsecond=0),
            credential_id=credential,
            event_id=self,
        )
