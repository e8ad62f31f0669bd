from datetime import date

from odoo import api, fields, models


class CalendarPublicHoliday(models.Model):
    _name = "calendar.public.holiday"
    _inherit = ["calendar.public.holiday", "access.policy.input"]

    @api.model
    def _this_year(self):
        year = fields.Date.context_today(self).year
        return date(year, 1, 1), date(year, 12, 31)

    def _rules_changed(self):
        result = super()._rules_changed()
        self._outdate_venues()
        return result

    def _outdate_venues(self):
        venues = self.env["access.venue"].sudo().with_context(active_test=False)
        venues.search([]).company_id._access_venues_changed()

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {"country_id"}


class CalendarPublicHolidayLine(models.Model):
    _name = "calendar.public.holiday.line"
    _inherit = ["calendar.public.holiday.line", "access.policy.input"]

    def _rules_changed(self):
        result = super()._rules_changed()
        self.public_holiday_id._outdate_venues()
        return result

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {"date", "public_holiday_id", "state_ids"}
