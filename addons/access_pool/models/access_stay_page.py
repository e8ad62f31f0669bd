from datetime import timedelta, timezone

from odoo import api, fields, models

# For so long after the end a guest may look at the page.
KEPT_FOR = timedelta(hours=24)


class AccessStay(models.Model):
    """The page of a stay, for whoever has its address: the guest."""

    _inherit = "access.stay"

    @api.model
    def _by_token(self, token):
        """Give the stay of a page, as long as there is one.

        The database finds it by an index: how long that takes tells nothing of tokens
        that are nearly right.
        """
        stays = self.sudo()
        stay = stays.search([("token", "=", token)], limit=1) if token else stays
        since = fields.Datetime.now() - KEPT_FOR
        return stay if not stay.ended_at or stay.ended_at > since else stays

    def _page_path(self):
        return f"/pool/stay/{self.sudo().token}"

    def _page_url(self):
        return self.get_base_url() + self._page_path()

    def _page_values(self):
        """Give what the guest is told, in their language and by the venue's clock."""
        self.ensure_one()
        lines = self._owed_lines()
        owed = self.currency_id.round(sum(amount for _words, amount in lines))
        is_in = bool(self.entered_at and not self.left_at)
        return {
            "stay": self,
            "number": self.band_number,
            "zone": self.zone_id.name,
            "inside": self._minutes_words(self._minutes_inside()) if is_in else False,
            "since": is_in and self._clock_words(self.entered_at),
            "lockers": self._locked().get(self.id, []),
            "lines": lines,
            "owed": owed,
            "tab": sum(self._open_tab_lines().mapped("price_subtotal_incl")),
            "limit_left": self._limit_left(),
            "next": self._next_values() if self.is_open else False,
            "is_paid": bool(self.is_open and self.settled_at and not lines),
            "is_paying": self._is_paying(),
            "is_blocked": self.is_open and self.is_lost and not self._has_band(),
            "may_pay": owed > 0 and bool(self._online_till()),
            "leave_by": self._leave_by(),
        }

    def _minutes_inside(self):
        return int((fields.Datetime.now() - self.entered_at).total_seconds() // 60)

    def _next_values(self):
        """Tell when more is due, and how much, for who stays where they are."""
        more = self._next_charge() if self.entered_at and not self.left_at else None
        if not more:
            return False
        at = more.at.astimezone(timezone.utc).replace(tzinfo=None)
        seconds = (at - fields.Datetime.now()).total_seconds()
        return {
            "at": self._clock_words(at),
            "left": self._minutes_words(max(int(seconds // 60), 0)),
            "amount": self._amount(more.amount),
            "is_soon": seconds <= 600,
        }

    def _leave_by(self):
        """Give until when an exit ticket is good."""
        if self.state != "settled":
            return False
        ticket, _code = self._exit_ticket()
        return ticket.state == "valid" and self._clock_words(ticket.valid_to)

    def _clock_words(self, moment):
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=self.venue_id.tz), moment
        )
        return local.strftime("%H:%M")

    def _minutes_words(self, minutes):
        hours, rest = divmod(minutes, 60)
        if not hours:
            return self.env._("%(minutes)s min", minutes=rest)
        return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
