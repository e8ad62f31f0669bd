from datetime import timedelta, timezone

from odoo import api, fields, models

from odoo.addons.access_base.models.access_portal import drawing

# For so long after the end a guest may look at the page.
KEPT_FOR = timedelta(hours=24)


class AccessStay(models.Model):
    """The page of a stay, for whoever has its address: the guest.

    Sentences with a value in them are made here, so that they are translated whole.
    """

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
        left = self.currency_id.format(self._limit_left())
        next_values = self._next_values() if self.is_open else False
        return {
            "stay": self,
            "title": self.env._("Band %(number)s", number=self.band_number),
            "inside": self._minutes_words(self._minutes_inside()) if is_in else False,
            "since": is_in and self._since_words(),
            "lockers": self._locked().get(self.id, []),
            "lines": lines,
            "owed": owed,
            "tab": sum(self._open_tab_lines().mapped("price_subtotal_incl")),
            "limit_words": self.env._("%(amount)s left to spend", amount=left),
            "next": next_values,
            "message": self._message(bool(lines), next_values),
            "is_paying": self._is_paying(),
            "may_pay": owed > 0 and bool(self.venue_id._online_till()),
        }

    # -- the guest's own page alone ------------------------------------------------

    def _own_page_values(self):
        """Give what no screen that others see may tell: tickets, and the group."""
        group = self._group()
        owed = {stay: stay._owed_amount() for stay in group}
        together = group.filtered(lambda stay: stay.is_open or owed[stay])
        total = self.currency_id.round(sum(owed.values()))
        others = group - self
        return {
            "path": self._page_path(),
            "tickets": [one for stay in group if (one := stay._ticket_values())],
            "group": [
                {"stay": stay, "owed": owed[stay], "words": stay._group_words()}
                for stay in group
                if others and together
            ],
            "group_pay": bool(total > 0 and any(owed[one] for one in others))
            and self.env._(
                "Pay %(amount)s for all %(count)s bands of your group",
                amount=self.currency_id.format(total),
                count=len(together),
            ),
            "can_pay": bool(self.venue_id._online_till()),
            "own_pay": self._own_pay_words(owed[self], bool(others)),
            "group_page": self._group_page_words(),
            "is_paying": group._is_paying(),
        }

    def _own_pay_words(self, owed, is_group):
        if owed <= 0:
            return False
        amount = self.currency_id.format(owed)
        if is_group:
            return self.env._("Pay %(amount)s for this band only", amount=amount)
        return self.env._("Pay %(amount)s now", amount=amount)

    def _group_page_words(self):
        """Tell who came with others which page pays for all of them."""
        first = self.party_id
        if first == self or not self.is_open or self not in first._group():
            return False
        return self.env._(
            "To pay for your whole group, open the page of band %(number)s.",
            number=first.band_number,
        )

    def _group_words(self):
        if not self.is_open:
            return self.env._("Band is back")
        return self.env._("Paid") if self.settled_at else self.env._("Nothing to pay")

    def _ticket_values(self):
        """Give the exit ticket as its guest shows it at the gate."""
        leave_by = self._leave_by()
        if not leave_by or self.left_at:
            return False
        _ticket, code = self._exit_ticket()
        return {
            "title": self.env._("Exit ticket %(number)s", number=self.band_number),
            "until": self.env._("Leave until %(time)s", time=leave_by),
            "qr": drawing(code.value),
        }

    # -- in words -------------------------------------------------------------------

    def _message(self, is_owing, next_values):
        """Say where the guest stands: a pair of the kind of alert and its words."""
        if self.state == "cancelled":
            return "info", self.env._("This ticket was taken back.")
        if self.left_at:
            return "success", self.env._("Good bye, and see you again.")
        if self.state == "settled":
            return "success", self._settled_words()
        if self.is_lost and not self._has_band():
            return "warning", self.env._(
                "This band was reported lost and is blocked. Please come to the desk."
            )
        if self.settled_at and not is_owing:
            return "success", self._paid_words(next_values)
        if not self.entered_at:
            return "info", self.env._("Your time starts when you go in.")
        return False

    def _settled_words(self):
        if leave_by := self._leave_by():
            return self.env._(
                "Paid, and your band is back. Leave with your exit ticket until "
                "%(time)s.",
                time=leave_by,
            )
        return self.env._("Paid, and your band is back.")

    def _paid_words(self, next_values):
        words = self.env._(
            "Paid: hand your band in at the desk, then take your exit ticket."
        )
        if next_values:
            words = self.env._(
                "Paid: hand your band in at the desk until %(time)s, then take your "
                "exit ticket.",
                time=next_values["at"],
            )
        if self._locked().get(self.id):
            words = f"{words} {self.env._('Empty your locker first.')}"
        return words

    def _minutes_inside(self):
        return int((fields.Datetime.now() - self.entered_at).total_seconds() // 60)

    def _since_words(self):
        time = self._clock_words(self.entered_at)
        if not self.zone_id:
            return self.env._("since %(time)s", time=time)
        zone = self.zone_id.name
        return self.env._("since %(time)s, %(zone)s", time=time, zone=zone)

    def _next_values(self):
        """Tell when more is due, and how much, for who stays where they are."""
        more = self._next_charge() if self.entered_at and not self.left_at else None
        if not more:
            return False
        at = more.at.astimezone(timezone.utc).replace(tzinfo=None)
        seconds = (at - fields.Datetime.now()).total_seconds()
        amount = self._amount(more.amount)
        return {
            "at": self._clock_words(at),
            "left": self._minutes_words(max(int(seconds // 60), 0)),
            "amount": amount,
            "words": self.env._(
                "%(amount)s more from %(time)s",
                time=self._clock_words(at),
                amount=self.currency_id.format(amount),
            ),
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
