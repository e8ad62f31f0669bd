from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..access_policy import State
from ..access_policy.state import time_of


class AccessPoint(models.Model):
    """A point that one reading unlocks and the next one locks again."""

    _inherit = "access.point"

    release_mode = fields.Selection(
        [
            ("momentary", "Lets one pass"),
            ("toggle", "Unlocks until it is read again"),
        ],
        string="A Reading",
        required=True,
        default="momentary",
        help="Lets one pass: the bolt is released for some seconds.\n"
        "Unlocks until it is read again: it is unlocked for everybody until somebody "
        "who may open it is read there once more, or for the longest time. Another "
        "mode, such as a lockdown, ends it for good; a fire opens it as ever.",
    )
    toggle_hours = fields.Float(
        string="At Most For",
        default=4.0,
        help="After so many hours it locks by itself.",
    )
    unlocked_until = fields.Datetime(
        compute="_compute_unlocked_until",
        compute_sudo=True,
        help="Somebody unlocked it: until it is read again, and at most until then.",
    )

    _toggle_range = models.Constraint(
        "CHECK (release_mode <> 'toggle' OR toggle_hours * 60 BETWEEN 1 AND 1440)",
        "A point stays unlocked until it is read again for at most a day.",
    )

    @api.constrains("release_mode", "zone_from_id", "zone_to_id")
    def _check_toggle(self):
        for point in self.filtered(lambda point: point.release_mode == "toggle"):
            if point.leads_out:
                raise ValidationError(
                    self.env._(
                        "%(point)s leads out, which nobody is kept from: it cannot be "
                        "unlocked until it is read again.",
                        point=point.name,
                    )
                )

    @api.depends("release_mode", "toggle_hours", "mode")
    def _compute_unlocked_until(self):
        """Tell what the log says; it is read anew each time, as that goes on."""
        now, ends = datetime.now(timezone.utc), {}
        toggles = self._origin.filtered(lambda point: point.release_mode == "toggle")
        state = State()
        self.env["access.policy"]._note_toggles(state, toggles.ids)
        for company, points in toggles.grouped("company_id").items():
            policy = points._mode_policy(company)
            for key in points.ids:
                if since := state.unlocked_since(policy, key, now):
                    longest = timedelta(minutes=policy.points[key].toggle_minutes)
                    ends[key] = time_of(since).replace(tzinfo=None) + longest
        for point in self:
            point.unlocked_until = ends.get(point._origin.id, False)

    def _policy_entry(self):
        is_toggle = self.release_mode == "toggle"
        minutes = round(self.toggle_hours * 60) if is_toggle else 0
        return super()._policy_entry() | {"toggle_minutes": minutes}

    def _policy_fields(self):
        return super()._policy_fields() | {"release_mode", "toggle_hours"}
