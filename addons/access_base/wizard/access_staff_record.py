from datetime import datetime, timezone

from odoo import fields, models
from odoo.exceptions import AccessError, ValidationError


def given_reason(env, words):
    """Give why staff did something, in their own words; refuse none or blank ones."""
    words = (words or "").strip()
    if not words:
        raise ValidationError(env._("Say why: your words are kept."))
    return words


class AccessStaffRecord(models.AbstractModel):
    """A dialog that adds one event about a person to the log, however often pressed."""

    _name = "access.staff.record"
    _description = "Event Recorded by Staff"

    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    note = fields.Char(string="Why")
    is_done = fields.Boolean(readonly=True)

    def action_record(self):
        self.ensure_one()
        if not self.env.user.has_group("access_base.group_reception"):
            raise AccessError(self.env._("Only reception may record this."))
        # A second press finds it locked, or done.
        if self.try_lock_for_update() and not self.is_done:
            self.note = given_reason(self.env, self.note)
            self.is_done = True
            company = self._company().sudo()
            event = self._event(datetime.now(timezone.utc))
            company._ensure_staff_journal()._append(event)
        return {"type": "ir.actions.act_window_close"}

    def _person(self):
        """Give the name of the contact in the log, as rules have it."""
        self.partner_id.check_access("read")
        self.partner_id.sudo()._ensure_access_person()
        return min(self.partner_id.sudo().access_person_ids, key=lambda one: one.id)

    def _company(self):
        raise NotImplementedError

    def _event(self, at):
        """Give the ``PassageEvent`` of a time."""
        raise NotImplementedError
