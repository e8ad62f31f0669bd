from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..access_policy import PassageEvent, Reason
from ..access_policy.event import utc_text
from ..access_policy.model import OUTDOORS
from ..models.access_use import as_utc


class AccessPresenceCorrection(models.TransientModel):
    """Says where a person really is; so it forgives a pass-back, too."""

    _name = "access.presence.correction"
    _inherit = "access.staff.record"
    _description = "Presence Correction"

    known = fields.Char(
        string="Known So Far",
        related="partner_id.access_whereabouts",
        related_sudo=False,
    )
    zone_id = fields.Many2one(
        "access.zone", string="Really In", help="Leave it empty for outside."
    )

    def _company(self):
        if self.zone_id:
            self.zone_id.check_access("read")
            return self.zone_id.company_id
        last = self.env["access.presence"].search(
            [("person_id", "=", self._person().id)], limit=1
        )
        return last.company_id or self.env.company

    def _time(self, at):
        """Give a time after all passages of the person, also by a clock that is ahead:
        the gateway with that clock would not count the correction.
        """
        [[last]] = self.env.execute_query(
            SQL(
                "SELECT max(date) FROM access_event"
                " WHERE has_moved AND person_id = ANY(%(names)s)",
                names=self.partner_id.sudo().access_person_ids.ids,
            )
        )
        if last is None:
            return utc_text(at)
        return utc_text(max(at, as_utc(last) + timedelta(milliseconds=1)))

    def _event(self, at):
        return PassageEvent(
            time=self._time(at),
            point=0,
            granted=False,
            reason=Reason.PRESENCE_CORRECTED.value,
            person=self._person().id,
            user=self.env.uid,
            zone=self.zone_id.id or OUTDOORS,
            note=self.note,
        )
