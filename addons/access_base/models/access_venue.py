from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.base.models.res_partner import _tz_get


class AccessVenue(models.Model):
    _name = "access.venue"
    _inherit = "access.venue.part"
    _description = "Venue"
    _order = "sequence, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Hours of time bands are hours of this clock.",
    )
    zone_ids = fields.One2many("access.zone", "venue_id", string="Zones")
    point_ids = fields.One2many("access.point", "venue_id", string="Access Points")
    point_count = fields.Integer(compute="_compute_point_count")

    @api.depends("point_ids")
    def _compute_point_count(self):
        counts = dict(
            self.env["access.point"]._read_group(
                [("venue_id", "in", self.ids)], ["venue_id"], ["__count"]
            )
        )
        for venue in self:
            venue.point_count = counts.get(venue, 0)

    def _start_of_day(self, days=0):
        """Give when the venue's day (or one later) begins, in UTC as the ORM has it."""
        zone = ZoneInfo(self.tz or "UTC")
        now = fields.Datetime.now().replace(tzinfo=timezone.utc).astimezone(zone)
        day = now.date() + timedelta(days=days)
        midnight = datetime.combine(day, time.min, tzinfo=zone)
        return midnight.astimezone(timezone.utc).replace(tzinfo=None)

    def _local_words(self, moment):
        """Tell a time on the venue's clock, with its day where that is not today."""
        is_today = self._start_of_day() <= moment < self._start_of_day(days=1)
        form = "HH:mm" if is_today else "EEE d MMM, HH:mm"
        return format_datetime(self.env, moment, tz=self.tz, dt_format=form)

    def action_view_points(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_point_action"
        )
        return action | {
            "domain": [("venue_id", "in", self.ids)],
            "context": {"default_venue_id": self.id},
        }

    def _policy_fields(self):
        return super()._policy_fields() | {"tz", "active", "company_id"}
