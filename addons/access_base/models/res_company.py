from datetime import datetime, time, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    access_rules_version = fields.Integer(
        readonly=True,
        help="Raised whenever venues, zones, time bands or holidays change.",
    )

    def _access_venues_changed(self):
        """Outdate what is kept in memory of the companies' venues."""
        for company in self.sudo():
            company.access_rules_version += 1

    def _access_tz(self):
        """Give the clock by whose days plans and tickets end.

        It is that of the company's contact, else that of its first venue, else UTC.
        """
        self.ensure_one()
        if tz := self.sudo().partner_id.tz:
            return tz
        venues = self.env["access.venue"].sudo()
        return venues.search([("company_id", "=", self.id)], limit=1).tz or "UTC"

    def _access_today(self):
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        return now.astimezone(ZoneInfo(self._access_tz())).date()

    def _access_midnight(self, day):
        """Give when a day of the company begins, in UTC as the ORM has it."""
        return midnight(day, self._access_tz()).replace(tzinfo=None)


@lru_cache(maxsize=10_000)
def midnight(day, tz):
    """Give when a day begins by a clock, as an aware time in UTC."""
    begin = datetime.combine(day, time.min, tzinfo=ZoneInfo(tz))
    return begin.astimezone(timezone.utc)
