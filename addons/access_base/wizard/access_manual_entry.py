from dataclasses import replace
from datetime import datetime, timezone

from odoo import api, fields, models

from ..access_policy import Attempt, Combination, PassageEvent, Reason, decide
from ..access_policy.event import utc_text
from ..access_policy.model import OUTDOORS, Mode


class AccessManualEntry(models.TransientModel):
    """An entry that no reader saw, recorded by reception (requirement A6)."""

    _name = "access.manual.entry"
    _inherit = "access.staff.record"
    _description = "Manual Entry"

    point_id = fields.Many2one("access.point", string="Point")
    uses_entry = fields.Boolean(
        string="Use Up an Entry",
        default=True,
        help="Of the month's limit or of a ticket, as when the person had passed.",
    )
    advice = fields.Char(string="By the Rules", compute="_compute_advice")

    @api.depends("point_id", "partner_id")
    def _compute_advice(self):
        reasons = dict(
            self.env["access.event"]._fields["reason"]._description_selection(self.env)
        )
        for entry in self:
            if not entry.point_id or not entry.partner_id:
                entry.advice = False
                continue
            now = datetime.now(timezone.utc)
            decision = entry._decision(now)
            answer = entry._answer(decision, entry._decision(now, record_only=True))
            reason = reasons.get(decision.reason.value)
            entry.advice = f"{answer}: {reason}"

    def _answer(self, decision, recorded):
        """Say what would happen at the door, and what recording it uses up."""
        if decision.granted and recorded.day:
            return self.env._("Would pass and use up an entry")
        if decision.granted:
            return self.env._("Would pass and use up nothing")
        if recorded.day:
            return self.env._("Would be refused; uses up an entry all the same")
        return self.env._("Would be refused; uses up nothing")

    def _decision(self, at, record_only=False):
        """Decide as if the person stood at the point, or at one that only records.

        The latter tells the entry that is used up also where it is one too many, and
        whatever the point asks for or lets through at this time.
        """
        self.point_id.check_access("read")
        person = self._person()
        policies = self.env["access.policy"].sudo()
        policy, state = policies._for_person(self.point_id.sudo(), person)
        if record_only:
            key = self.point_id.id
            point = replace(
                policy.points[key],
                combination=Combination.RECORD,
                mode=Mode.CONTROLLED,
                interlock=(),
                persons=1,
            )
            points = {**policy.points, key: point}
            policy = policy.with_parts(points=points, orders={})
        attempt = Attempt(self.point_id.id, None, at, person=person.id)
        return decide(policy, state, attempt)

    def _company(self):
        return self.point_id.company_id

    def _event(self, at):
        decision = self._decision(at, record_only=True)
        uses = self.uses_entry
        return PassageEvent(
            time=utc_text(at),
            point=self.point_id.id,
            granted=True,
            reason=Reason.RECORDED_BY_STAFF.value,
            person=self._person().id,
            right=decision.right,
            user=self.env.uid,
            band=decision.band,
            day=decision.day if uses else None,
            ticket=decision.ticket if uses else None,
            zone=self._zone_after(),
            note=self.note,
        )

    def _zone_after(self):
        """Give where the point leads; ``None``: not from a zone, nor into one."""
        point = self.point_id
        if not (point.zone_from_id or point.zone_to_id):
            return None
        return point.zone_to_id.id or OUTDOORS
