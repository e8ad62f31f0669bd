from odoo import api, fields, models
from odoo.tools import format_list

WEEKDAY_FIELDS = (
    "on_monday",
    "on_tuesday",
    "on_wednesday",
    "on_thursday",
    "on_friday",
    "on_saturday",
    "on_sunday",
)


class AccessScheduleMixin(models.AbstractModel):
    """On which days something holds: weekdays, holidays and the days before them."""

    _name = "access.schedule.mixin"
    _description = "Days of a Schedule"

    on_monday = fields.Boolean(string="Mon", default=True)
    on_tuesday = fields.Boolean(string="Tue", default=True)
    on_wednesday = fields.Boolean(string="Wed", default=True)
    on_thursday = fields.Boolean(string="Thu", default=True)
    on_friday = fields.Boolean(string="Fri", default=True)
    on_saturday = fields.Boolean(string="Sat", default=True)
    on_sunday = fields.Boolean(string="Sun", default=True)
    holidays = fields.Selection(
        [
            ("as_weekday", "As on any other day"),
            ("closed", "Not on holidays"),
            ("own_hours", "In the holiday hours of the time bands"),
        ],
        string="On Holidays",
        required=True,
        default="as_weekday",
    )
    holiday_eves = fields.Selection(
        [
            ("as_weekday", "As on any other day"),
            ("open", "Always, whatever the weekday"),
            ("closed", "Not on the day before a holiday"),
        ],
        string="On the Day Before",
        required=True,
        default="as_weekday",
    )

    @api.model
    def _schedule_entry(self, values):
        """Give the days as the policy has them; ``values`` is a record or a row."""
        return {
            "weekdays": [
                day for day, name in enumerate(WEEKDAY_FIELDS) if values[name]
            ],
            "holidays": values["holidays"],
            "holiday_eves": values["holiday_eves"],
        }

    def _days_words(self):
        """Name the weekdays and what is special about holidays; none if all alike."""
        words = [
            self._weekday_words(),
            self._holiday_words(),
            self._holiday_eve_words(),
        ]
        return [word for word in words if word]

    def _weekday_words(self):
        days = [name for name in WEEKDAY_FIELDS if self[name]]
        if len(days) == len(WEEKDAY_FIELDS):
            return ""
        if not days:
            return self.env._("on no weekday")
        labels = self.fields_get(days, ["string"])
        return format_list(self.env, [labels[day]["string"] for day in days])

    def _holiday_words(self):
        return {
            "closed": self.env._("not on holidays"),
            "own_hours": self.env._("on holidays at their own hours"),
        }.get(self.holidays, "")

    def _holiday_eve_words(self):
        return {
            "open": self.env._("also on days before holidays"),
            "closed": self.env._("not on days before holidays"),
        }.get(self.holiday_eves, "")

    def _policy_fields(self):
        return super()._policy_fields() | {*WEEKDAY_FIELDS, "holidays", "holiday_eves"}
