from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

# What a slip would open nothing with any more; it may still be paid, or begin.
OVER = ("used_up", "expired", "cancelled")


class AccessTicket(models.Model):
    _inherit = "access.ticket"

    def action_print(self):
        """Ask on which printer, then print it."""
        self.ensure_one()
        self.check_access("write")
        self._check_not_over()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Print %(ticket)s", ticket=self.display_name),
            "res_model": "access.ticket.print",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def _check_not_over(self):
        """Refuse to print what would send its holder to a door that stays shut."""
        if self.state in OVER:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(ticket)s is not printed, as it opens nothing any more: "
                    "%(state)s.",
                    ticket=self.display_name,
                    state=states[self.state],
                )
            )

    def _slip(self, credential):
        """Give what a printer prints of it, in its holder's language."""
        self.ensure_one()
        ticket = self.with_context(lang=self.partner_id.lang or self.env.lang)
        kind = ticket.type_id
        hours = ", ".join(kind.band_ids.mapped("name"))
        lines = [
            kind.name,
            ticket.env._("Entries: %(count)s", count=ticket.left),
            hours and ticket.env._("Only in: %(hours)s", hours=hours),
            ticket.env._("Valid from %(day)s", day=ticket._day(ticket.valid_from)),
            ticket._end_words(),
            ticket.number,
        ]
        slip = {"title": ticket.partner_id.name, "lines": list(filter(None, lines))}
        code = {"barcode": "barcode", "qr": "qr"}.get(credential.kind)
        return slip | ({code: credential.value} if code else {})

    def _end_words(self):
        if not self.valid_to:
            return self.env._("Valid without end")
        last = self.valid_to - timedelta(seconds=1)
        if self._local(last).date() < self._local(self.valid_to).date():
            return self.env._("Valid until %(day)s", day=self._day(last))
        tz = self.company_id._access_tz()
        time = format_datetime(self.env, self.valid_to, tz=tz, dt_format="short")
        return self.env._("Valid until %(day)s", day=time)

    def _day(self, at):
        return format_date(self.env, self._local(at).date())

    def _local(self, at):
        at = at.replace(tzinfo=timezone.utc)
        return at.astimezone(ZoneInfo(self.company_id._access_tz()))
