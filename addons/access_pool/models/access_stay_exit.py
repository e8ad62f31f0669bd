from datetime import timedelta, timezone
from secrets import randbelow

from odoo import api, fields, models
from odoo.exceptions import UserError

from .lock import lock

EXIT_CODE_DIGITS = 14

# For so long who comes late to the gate is told to pay, not that the code is unknown.
CODE_OUTLIVES = timedelta(hours=2)


class AccessStay(models.Model):
    """The way out: the band comes back, and a ticket opens the gate once."""

    _inherit = "access.stay"

    def _settle(self, at):
        """Note when those paid last who owe nothing now: from then on they leave."""
        owed = self._owed(at)
        settled = self.filtered(lambda stay: owed[stay.id].is_nothing)
        settled.write({"settled_at": fields.Datetime.now()})
        return settled

    def _leave(self, at=None, ignore_lockers=False):
        """Take the bands back of those who owe nothing, and give them exit tickets.

        :return: those who have a ticket now; the others stay as they are
        """
        lock(self)
        owed, locked = self._owed(at), self._locked()
        leaving = self.filtered(
            lambda stay: stay.state != "cancelled"
            and owed[stay.id].is_nothing
            and (ignore_lockers or not locked.get(stay.id))
        )
        leaving._draw_cards(owed)
        leaving._return_bands()
        for stay in leaving:
            stay._ensure_exit_ticket()
        return leaving

    def _return_bands(self):
        out = self.filtered("is_open")
        credentials = out.credential_ids.filtered(
            lambda one: one.kind == "wristband" and one.state in ("active", "blocked")
        )
        credentials.with_context(tracking_disable=True).action_return()
        # What could still open would keep the guest from becoming another one.
        out._cancel_entries()
        out.write({"state": "settled", "ended_at": fields.Datetime.now()})

    def _cancel_entries(self):
        """Take out of the rules what let them in, which they would tell for long."""
        tickets = self.ticket_ids.filtered(lambda one: not one.is_cancelled)
        tickets -= self._exit_ticket_of_each()
        tickets.with_context(tracking_disable=True).action_cancel()

    def _exit_ticket_of_each(self):
        exit_types = self.company_id.access_exit_ticket_type_id
        return self.ticket_ids.filtered(lambda one: one.type_id in exit_types)

    @api.autovacuum
    def _gc_exit_tickets(self):
        """Take exit tickets out of the rules that open nothing any more."""
        types = self.env["res.company"].search([]).access_exit_ticket_type_id
        before = fields.Datetime.now() - timedelta(days=1)
        known = [("type_id", "in", types.ids), ("is_cancelled", "=", False)]
        over = self.env["access.ticket"].search([*known, ("valid_to", "<", before)])
        over.with_context(tracking_disable=True).action_cancel()

    def _draw_cards(self, owed):
        """Take from the cards what these stays took, as the price list counts."""
        for stay in self.filtered(lambda one: one.card_id):
            taken = {draw.cover: draw.quantity for draw in owed[stay.id].bill.draws}
            cover = stay.card_id.admission_id.cover_id.name
            stay.card_id._draw(stay, taken.get(cover, 0))

    def _exit_ticket(self):
        """Give the last ticket that opens the exit, and its barcode."""
        exit_type = self.company_id._access_exit_ticket_type()
        tickets = self.ticket_ids.filtered(lambda one: one.type_id == exit_type)
        codes = self.credential_ids.filtered(lambda one: one.kind == "barcode")
        return tickets.sorted("id")[-1:], codes.sorted("id")[-1:]

    def _ensure_exit_ticket(self):
        """Give a ticket that opens the exit once; one that is good is given again."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self._exit_ticket()[0].state == "valid":
            return
        until = now + timedelta(minutes=self.venue_id.exit_minutes)
        quiet = self.sudo().with_context(tracking_disable=True).env
        quiet["access.ticket"].create(
            {
                "partner_id": self.guest_id.id,
                "type_id": self.company_id._access_exit_ticket_type().id,
                "valid_to": until,
                "access_stay_id": self.id,
            }
        )
        quiet["access.credential"].create(
            {
                "partner_id": self.guest_id.id,
                "company_id": self.company_id.id,
                "kind": "barcode",
                "value": f"{randbelow(10**EXIT_CODE_DIGITS):0{EXIT_CODE_DIGITS}d}",
                "valid_to": until + CODE_OUTLIVES,
                "access_stay_id": self.id,
            }
        )

    def _ticket_slip(self):
        """Give the exit ticket as a till prints it; nothing where there is none."""
        self.ensure_one()
        ticket, code = self._exit_ticket()
        if not ticket or self.state != "settled":
            return {}
        until = ticket.valid_to.replace(tzinfo=timezone.utc)
        local = fields.Datetime.context_timestamp(
            self.with_context(tz=self.venue_id.tz), ticket.valid_to
        )
        return {
            "stay": self.band_number,
            "code": code.value,
            "valid_to": until.isoformat(),
            "lines": [
                self.env._("Exit ticket, good once"),
                self.env._("Leave until %(time)s", time=local.strftime("%H:%M")),
            ],
        }

    def _refuse_to_leave(self, ignore_lockers=False):
        """Say why these may not go yet."""
        owed, locked = self._owed(), self._locked()
        for stay in self:
            if stay._exit_ticket()[0].used:
                raise UserError(
                    self.env._(
                        "The guest of band %(band)s has left already.",
                        band=stay.band_number,
                    )
                )
            if not owed[stay.id].is_nothing:
                raise UserError(
                    self.env._(
                        "Band %(band)s is not paid for yet: read it again.",
                        band=stay.band_number,
                    )
                )
            if locked.get(stay.id) and not ignore_lockers:
                raise UserError(
                    self.env._(
                        "Locker %(lockers)s of band %(band)s is locked. Ask the guest "
                        "to empty it, then read the band again.",
                        lockers=", ".join(locked[stay.id]),
                        band=stay.band_number,
                    )
                )

    # -- lost, cancelled ------------------------------------------------------

    def _lose(self, band=None, reason=None):
        """Block a lost band at once; its fee is due. The guest may get another one."""
        self.ensure_one()
        lock(self)
        if not self.is_open:
            raise UserError(
                self.env._("Band %(band)s is back already.", band=self.band_number)
            )
        lost = self.wristband_id
        if band and band == lost:
            # The till did not hear that it was done.
            return
        active = self.credential_ids.filtered(
            lambda one: one.kind == "wristband" and one.state in ("active", "blocked")
        )
        active.action_report_lost()
        lost.is_lost = True
        now = fields.Datetime.now()
        self.write({"is_lost": True, "lost_at": now, "lost_reason": reason})
        if band:
            band._check_free(self.kind_id)
            self.write({"wristband_id": band.id, "band_number": band.number})
            self._issue_bands()

    def _has_band(self):
        return any(
            one.kind == "wristband" and one.state == "active"
            for one in self.credential_ids
        )

    def _cancel(self):
        """Take back what was sold, of guests who have not come in."""
        lock(self)
        passages = self._passages()
        for stay in self:
            if passages.get(stay.id):
                raise UserError(
                    self.env._(
                        "The guest of band %(band)s has come in already: correct the "
                        "bill at the exit instead.",
                        band=stay.band_number,
                    )
                )
        self._return_bands()
        self.write({"state": "cancelled"})
