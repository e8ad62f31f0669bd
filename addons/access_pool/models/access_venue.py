from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class AccessVenue(models.Model):
    _inherit = "access.venue"
    _check_company_auto = True

    currency_id = fields.Many2one(related="company_id.currency_id")
    band_credit_limit = fields.Monetary(
        string="Credit Limit",
        default=50,
        help="So much may be put on a band before it is paid at the cash desk.",
    )
    exit_minutes = fields.Integer(
        string="Exit Ticket Good for",
        default=15,
        help="For how many minutes an exit ticket opens the gate.",
    )

    self_service_config_id = fields.Many2one(
        "pos.config",
        string="Guests Pay at",
        ondelete="set null",
        domain="[('company_id', '=', company_id)]",
        check_company=True,
        help="The till that takes what guests pay on their own phones. It needs an "
        "online payment method and an open session; without, guests pay at the desk.",
    )

    _band_credit_limit_not_negative = models.Constraint(
        "CHECK (coalesce(band_credit_limit, 0) >= 0)",
        "A credit limit cannot be negative.",
    )
    _exit_minutes_range = models.Constraint(
        "CHECK (coalesce(exit_minutes, 0) BETWEEN 1 AND 1440)",
        "An exit ticket is good for a minute at least, and for a day at most.",
    )

    def _online_till(self):
        """Give the till whose open session takes what is paid on phones."""
        config = self.self_service_config_id
        is_open = config.current_session_id.state == "opened"
        return config if is_open and config._access_takes_online() else config.browse()

    def _opening_day_starts(self):
        """Give how many hours after midnight the day begins: with the latest list."""
        lists = self.env["access.tariff"].sudo().search([("venue_id", "in", self.ids)])
        return max(lists.mapped("day_starts"), default=0)

    def _opening_day(self, moment):
        """Give the day to which a time in UTC belongs by the venue's clock."""
        clock = ZoneInfo(self.tz or "UTC")
        local = moment.replace(tzinfo=timezone.utc).astimezone(clock)
        starts = timedelta(hours=self._opening_day_starts())
        return (local.replace(tzinfo=None) - starts).date()

    def _opening_span(self, day):
        """Give when a day begins and ends, in UTC as the ORM has it."""
        clock = ZoneInfo(self.tz or "UTC")
        starts = timedelta(hours=self._opening_day_starts())
        midnights = (
            datetime.combine(day + timedelta(days=n), time.min) for n in (0, 1)
        )
        return [
            (midnight + starts)
            .replace(tzinfo=clock)
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
            for midnight in midnights
        ]
