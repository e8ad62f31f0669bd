from odoo import fields, models

from .access_reason import REASONS


class AccessRehearsalLine(models.Model):
    """Passages of one person that a change would decide otherwise."""

    _name = "access.rehearsal.line"
    _description = "Person whom a Change Concerns"
    _order = "change desc, passage_count desc, id"
    _rec_name = "person_id"

    rehearsal_id = fields.Many2one(
        "access.rehearsal", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="rehearsal_id.company_id", store=True, index=True
    )
    change = fields.Selection(
        [("refused", "Newly refused"), ("admitted", "Newly admitted")], required=True
    )
    person_id = fields.Many2one("access.person", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="person_id.partner_id", string="Contact")
    passage_count = fields.Integer(string="Passages")
    day_count = fields.Integer(string="Days")
    last_date = fields.Datetime(string="Last Passage")
    reason_before = fields.Selection(REASONS, string="By Today's Rules")
    reason_after = fields.Selection(REASONS, string="By the Draft")
    event_ids = fields.Many2many(
        "access.event", string="Passages Concerned", exportable=False
    )

    def action_view_events(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_event_action"
        )
        return action | {"domain": [("id", "in", self.event_ids.ids)], "context": {}}
