from contextlib import contextmanager
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_datetime

from odoo.addons.base.models.res_partner import _tz_get

from ..access_policy.document import DAY, MOST_PIN_TRIES
from ..access_policy.pin import place_key


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
    country_id = fields.Many2one(
        "res.country",
        default=lambda self: self.env.company.country_id,
        help="Public holidays of this country are holidays of the venue.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        default=lambda self: self.env.company.state_id,
        domain="[('country_id', '=?', country_id)]",
        help="Also those that only this state has.",
    )
    grace_days = fields.Integer(
        string="Grace",
        help="How many days the rights of a plan outlive its end, the begin of a "
        "pause, or the day by which an invoice was to be paid.",
    )
    pin_tries = fields.Integer(
        string="Wrong PINs",
        default=5,
        help="After so many wrong PINs at a point, PINs are refused there for a while, "
        "and who gets the alerts of the venue is told. Cards work as before. 0 is "
        "never.",
    )
    pin_lock_minutes = fields.Integer(
        string="PINs Refused for",
        default=5,
        help="For how many minutes, and within how many that many must be wrong.",
    )
    holiday_count = fields.Integer(compute="_compute_holiday_count")
    zone_ids = fields.One2many("access.zone", "venue_id", string="Zones")
    point_ids = fields.One2many("access.point", "venue_id", string="Access Points")
    point_count = fields.Integer(compute="_compute_point_count")

    _grace_not_negative = models.Constraint(
        "CHECK (coalesce(grace_days, 0) >= 0)", "The days of grace cannot be negative."
    )

    _pin_tries_bounds = models.Constraint(
        f"CHECK (coalesce(pin_tries, 0) BETWEEN 0 AND {MOST_PIN_TRIES})",
        "Wrong PINs are counted up to 20.",
    )
    _pin_lock_minutes_bounds = models.Constraint(
        f"CHECK (coalesce(pin_lock_minutes, 0) BETWEEN 0 AND {DAY}"
        " AND (coalesce(pin_tries, 0) = 0 OR pin_lock_minutes > 0))",
        "PINs are refused for a minute at least, and for a day at most.",
    )

    @api.constrains("tz")
    def _check_tz(self):
        """Refuse what an import may bring: no rule of the company would be readable."""
        for venue in self:
            if not is_clock(venue.tz):
                raise ValidationError(
                    self.env._("%(tz)s is not a time zone.", tz=venue.tz)
                )

    @api.onchange("country_id")
    def _onchange_country_id(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False

    @api.model_create_multi
    def create(self, vals_list):
        given = {vals.get("company_id") or self.env.company.id for vals in vals_list}
        with self._clocks_watched(self.env["res.company"].browse(given)):
            return super().create(vals_list)

    def write(self, vals):
        if {"tz", "active", "sequence", "name"}.isdisjoint(vals):
            return super().write(vals)
        with self._clocks_watched(self.company_id):
            return super().write(vals)

    def unlink(self):
        with self._clocks_watched(self.company_id):
            return super().unlink()

    @contextmanager
    def _clocks_watched(self, companies):
        """Outdate everything where another venue gives its clock to the company."""
        before = [company._access_tz() for company in companies]
        yield
        if before != [company._access_tz() for company in companies]:
            self.env["access.policy.change"].sudo()._mark()

    def _compute_holiday_count(self):
        year = self.env["calendar.public.holiday"]._this_year()
        holidays = self._holidays(*year)
        for venue in self:
            venue.holiday_count = len(holidays.get(venue.id, ()))

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

    def _pin_key(self):
        """Give the key that PINs are hashed by here; it tells no PIN of elsewhere."""
        return place_key(self.sudo().company_id._access_pin_key(), self.id)

    def _local_words(self, moment):
        """Tell a time on the venue's clock, with its day where that is not today."""
        is_today = self._start_of_day() <= moment < self._start_of_day(days=1)
        form = "HH:mm" if is_today else "EEE d MMM, HH:mm"
        return format_datetime(self.env, moment, tz=self.tz, dt_format=form)

    def _holidays(self, start, end):
        """Give by venue the days between two that are holidays there, in order.

        They are those of calendars of its country or of none, and of these the ones
        for its state or for no state in particular.
        """
        self.flush_recordset(["country_id", "state_id"])
        rows = self.env.execute_query(
            SQL(_HOLIDAYS, venues=self.ids, start=start, end=end)
        )
        return {venue: days for venue, days in rows}

    def action_view_holidays(self):
        """Show the calendars that the venue's holidays come from."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Public Holidays"),
            "res_model": "calendar.public.holiday",
            "view_mode": "list,form",
            "domain": [("country_id", "in", [False, self.country_id.id])],
            "context": {"default_country_id": self.country_id.id},
        }

    def action_view_points(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_point_action"
        )
        return action | {
            "domain": [("venue_id", "in", self.ids)],
            "context": {"default_venue_id": self.id},
        }

    def _policy_fields(self):
        return super()._policy_fields() | {
            "name",  # by it and the sequence the first venue tells the company's clock
            "sequence",
            "tz",
            "active",
            "company_id",
            "country_id",
            "state_id",
            "grace_days",
            "pin_tries",
            "pin_lock_minutes",
        }


def is_clock(tz):
    """Tell whether a name is that of a time zone."""
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_HOLIDAYS = """
SELECT venue.id, array_agg(DISTINCT line.date ORDER BY line.date)
  FROM access_venue AS venue
  JOIN calendar_public_holiday AS calendar
       ON calendar.country_id IS NULL OR calendar.country_id = venue.country_id
  JOIN calendar_public_holiday_line AS line ON line.public_holiday_id = calendar.id
 WHERE venue.id = ANY(%(venues)s) AND line.date BETWEEN %(start)s AND %(end)s
   AND (NOT EXISTS (SELECT FROM public_holiday_state_rel
                     WHERE public_holiday_line_id = line.id)
        OR EXISTS (SELECT FROM public_holiday_state_rel
                    WHERE public_holiday_line_id = line.id
                      AND state_id = venue.state_id))
 GROUP BY venue.id
"""
