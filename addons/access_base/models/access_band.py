from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_duration

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
HOLIDAY = "7"


class AccessBand(models.Model):
    """A named part of the week, such as "Day time"; each venue sets its own hours."""

    _name = "access.band"
    _inherit = ["mail.thread", "access.rehearsal.rule", "access.venue.part"]
    _description = "Time Band"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    period_ids = fields.One2many(
        "access.band.period", "band_id", string="Hours", copy=True
    )
    hours_summary = fields.Char(
        string="Hours in Words", compute="_compute_hours_summary"
    )

    _name_of_its_own = models.UniqueIndex(
        "(company_id, name) WHERE rehearsal_id IS NULL",
        "There is a time band of this name already.",
    )

    @api.depends(
        "period_ids.venue_id.name",
        "period_ids.weekday",
        "period_ids.hour_from",
        "period_ids.hour_to",
    )
    def _compute_hours_summary(self):
        for band in self:
            venues = [
                f"{venue.name}: {periods._summary()}"
                for venue, periods in band.period_ids.grouped("venue_id").items()
            ]
            band.hours_summary = "; ".join(venues) or self.env._("never")

    @api.constrains("period_ids")
    def _check_no_overlap(self):
        """Refuse hours within others of their day: one of the two is a slip."""
        periods = self.period_ids.grouped(
            lambda one: (one.band_id, one.venue_id, one.weekday)
        )
        for day in periods.values():
            for one, after in pairwise(day.sorted(AccessBandPeriod._minutes)):
                if after._minutes()[0] < one._minutes()[1]:
                    raise ValidationError(
                        self.env._(
                            "%(one)s and %(other)s at %(venue)s overlap.",
                            one=one.display_name,
                            other=after.display_name,
                            venue=one.venue_id.name,
                        )
                    )

    @api.constrains("active")
    def _check_archived_not_in_use(self):
        self.filtered(lambda band: not band.active)._check_not_in_use()

    @api.ondelete(at_uninstall=False)
    def _check_not_in_use(self):
        """Refuse to take the hours from a right: a prohibition would end unseen."""
        for band in self:
            if user := band._user_of_hours():
                raise ValidationError(
                    self.env._(
                        "%(band)s gives the hours of %(right)s: "
                        "take it out there first.",
                        band=band.name,
                        right=user.name,
                    )
                )

    def _user_of_hours(self):
        return (
            self._right_in_hours()
            or self._ticket_type_in_hours()
            or self._order_in_hours()
        )

    def _order_in_hours(self):
        orders = self.env["access.order"].sudo().with_context(active_test=False)
        return orders.search([("band_ids", "in", self.ids)], limit=1)

    def _right_in_hours(self):
        lines = self.env["access.right.band"].sudo()
        return lines.search([("band_id", "in", self.ids)], limit=1).right_id

    def _ticket_type_in_hours(self):
        types = self.env["access.ticket.type"].sudo().with_context(active_test=False)
        return types.search([("band_ids", "in", self.ids)], limit=1)

    def _hours(self):
        """Give the periods by venue, as the policy has them."""
        return {
            str(venue.id): [period._period_document() for period in periods]
            for venue, periods in self.period_ids.grouped("venue_id").items()
        }

    def _rule_lines(self):
        return "period_ids", ("venue_id", "weekday", "hour_from", "hour_to")

    def _rule_words(self):
        return self.hours_summary.replace("; ", "\n")

    def _policy_fields(self):
        return super()._policy_fields() | {"active"}


class AccessBandPeriod(models.Model):
    _name = "access.band.period"
    _inherit = "access.venue.part"
    _description = "Hours of a Time Band"
    _order = "venue_id, weekday, hour_from"
    _check_company_auto = True

    band_id = fields.Many2one(
        "access.band", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="band_id.company_id", store=True, index=True)
    venue_id = fields.Many2one(
        "access.venue",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        default=lambda self: self.env["access.venue"].search([], limit=1),
    )
    weekday = fields.Selection(
        [*WEEKDAYS, (HOLIDAY, "Holidays")],
        required=True,
        default="0",
        help="The hours of holidays hold for rights that ask for them.",
    )
    hour_from = fields.Float(string="From", required=True)
    hour_to = fields.Float(
        string="To",
        required=True,
        default=24.0,
        help="Hours that end before they begin end on the next day.",
    )

    _hours_of_a_day = models.Constraint(
        "CHECK (round(hour_from * 60) BETWEEN 0 AND 1439"
        " AND round(hour_to * 60) BETWEEN 0 AND 1440)",
        "Hours of a time band lie between 00:00 and 24:00.",
    )
    _hours_last = models.Constraint(
        "CHECK (round(hour_from * 60) <> round(hour_to * 60))",
        "Hours begin and end at the same minute. The whole day is 00:00 to 24:00.",
    )

    @api.depends("weekday", "hour_from", "hour_to")
    def _compute_display_name(self):
        for period in self:
            period.display_name = period._summary()

    def _summary(self):
        """Name the hours with their days, such as "Monday–Friday 06:00–22:00"."""
        names = dict(self._fields["weekday"]._description_selection(self.env))
        return ", ".join(
            f"{_day_words(periods.mapped('weekday'), names)} {hours}"
            for hours, periods in self.grouped(AccessBandPeriod._hour_words).items()
        )

    def _hour_words(self):
        return f"{format_duration(self.hour_from)}–{format_duration(self.hour_to)}"

    def _period_document(self):
        """Give ``[weekday, start, end]`` in minutes, as the policy has it."""
        self.ensure_one()
        start, end = (round(hour * 60) for hour in (self.hour_from, self.hour_to))
        return [int(self.weekday), start, end]

    def _minutes(self):
        """Give the minutes of its day in which it begins and ends, perhaps the next."""
        _weekday, start, end = self._period_document()
        return start, end if end > start else end + 24 * 60

    def _policy_records(self):
        periods = super()._policy_records()
        return periods.filtered(lambda period: period.band_id._policy_records())

    def _policy_fields(self):
        return super()._policy_fields() | {
            "band_id",
            "venue_id",
            "weekday",
            "hour_from",
            "hour_to",
        }


def _day_words(weekdays, names):
    """Join weekdays; three or more in a row become "first–last"."""
    runs = []
    for day in sorted({int(weekday) for weekday in weekdays if weekday}):
        if runs and runs[-1][-1] == day - 1 and str(day) != HOLIDAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        run_names = [names[str(day)] for day in run]
        words += [f"{run_names[0]}–{run_names[-1]}"] if len(run) > 2 else run_names
    return ", ".join(words)
