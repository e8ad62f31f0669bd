from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.access_order import MODES
from .access_staff_record import given_reason

EMERGENCY_MODES = ("unlocked", "locked", "lockdown")


class AccessOrderDialog(models.TransientModel):
    """Asks until when and why before staff change the mode of points."""

    _name = "access.order.dialog"
    _description = "Order a Mode"

    kind = fields.Selection(
        [("staff", "Staff"), ("emergency", "Emergency")], required=True, default="staff"
    )
    mode = fields.Selection(MODES, required=True)
    point_ids = fields.Many2many("access.point", string="Points")
    zone_ids = fields.Many2many("access.zone", string="Zones")
    until = fields.Selection(
        [
            ("hour", "For 1 hour"),
            ("midnight", "Until midnight at the venue"),
            ("end", "Until I end it"),
            ("time", "Until a time of my own"),
        ],
        required=True,
        default="hour",
    )
    valid_to = fields.Datetime(string="Time")
    reason = fields.Char(string="Why")

    @api.model
    def _open(self, kind, mode, points, zones=None):
        """Give the action that shows the dialog for some places."""
        words = dict(self._fields["mode"]._description_selection(self.env))[mode]
        is_emergency = kind == "emergency"
        title = self.env._("Mode: %(mode)s", mode=words)
        if is_emergency:
            title = self.env._("Emergency: %(mode)s", mode=words)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_mode": mode,
                "default_point_ids": points.ids,
                "default_zone_ids": zones.ids if zones else [],
                "default_until": "end" if is_emergency else "hour",
            },
        }

    def action_order(self):
        """Give the order in the name of the current user."""
        self.ensure_one()
        self.point_ids._check_operator()
        self.zone_ids.check_access("read")
        self.reason = given_reason(self.env, self.reason)
        if self.kind == "emergency":
            self._order_emergency()
        else:
            self.point_ids._order_for_a_while(
                self.mode, self.reason, lambda point: self._end_at(point.venue_id)
            )
        return {"type": "ir.actions.act_window_close"}

    def _end_at(self, venue):
        now = fields.Datetime.now()
        ends = {
            "hour": (now + timedelta(hours=1)).replace(second=0),
            "midnight": venue._start_of_day(days=1),
            "end": False,
            "time": self.valid_to,
        }
        if self.until == "time" and not (self.valid_to and self.valid_to > now):
            raise ValidationError(self.env._("Choose a time that is still to come."))
        return ends[self.until]

    def _order_emergency(self):
        if self.mode not in EMERGENCY_MODES:
            raise ValidationError(
                self.env._("An emergency unlocks points, or locks them.")
            )
        places = self.zone_ids or self.point_ids
        self.env["access.order"].sudo().create(
            {
                "kind": "emergency",
                "mode": self.mode,
                "company_id": places.company_id.id,
                "point_ids": self.point_ids.ids,
                "zone_ids": self.zone_ids.ids,
                "valid_from": fields.Datetime.now(),
                "reason": self.reason,
                "user_id": self.env.uid,
            }
        )
