from odoo import api, fields, models
from odoo.tools import format_list

from .access_right import WEEKDAY_FIELDS


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
        days = [name for name in WEEKDAY_FIELDS if self[name]]
        words = []
        if len(days) < len(WEEKDAY_FIELDS):
            labels = self.fields_get(days, ["string"])
            words += [format_list(self.env, [labels[day]["string"] for day in days])]
        for name in ("holidays", "holiday_eves"):
            if self[name] != "as_weekday":
                options = dict(self._fields[name]._description_selection(self.env))
                words.append(options[self[name]])
        return words

    def _policy_fields(self):
        return super()._policy_fields() | {*WEEKDAY_FIELDS, "holidays", "holiday_eves"}
