from odoo import api, fields, models
from odoo.exceptions import AccessError

from .access_policy_change import MOST_PERSONS
from .access_policy_person import BOOKINGS_BACK


class CalendarEventType(models.Model):
    """A tag of calendar events; some of them are programs that people book."""

    _name = "calendar.event.type"
    _inherit = ["calendar.event.type", "access.policy.input"]

    access_is_program = fields.Boolean(
        string="Program",
        help="Whoever is invited to an event with this tag has booked the program: "
        "rights may let them in then, and not count it.",
    )

    def _policy_records(self):
        return self.filtered("access_is_program")

    def _changed_parts(self):
        """Name who has booked one of them, but for what is over."""
        booked = [
            ("event_id.categ_ids", "in", self.ids),
            ("event_id.stop", ">", fields.Datetime.now() - BOOKINGS_BACK),
        ]
        attendees = self.env["calendar.attendee"].sudo()
        found = attendees._read_group(booked, ["partner_id"], limit=MOST_PERSONS + 1)
        return {"partners": [partner.id for [partner] in found]}

    def _policy_fields(self):
        return super()._policy_fields() | {"access_is_program"}


class CalendarEvent(models.Model):
    """An event with a program's tag is a booking of the program by its attendees."""

    _name = "calendar.event"
    _inherit = ["calendar.event", "access.policy.input"]

    def _policy_records(self):
        booked = self.sudo().filtered("attendee_ids")
        return booked.filtered("categ_ids.access_is_program").with_env(self.env)

    def _changed_parts(self):
        return {"partners": self.sudo().attendee_ids.partner_id.ids}

    def _rules_changed(self):
        result = super()._rules_changed()
        self._check_may_book_programs()
        return result

    def _check_may_book_programs(self):
        """Refuse those who plan meetings, but not who passes which door."""
        is_reception = self.env.user.has_group("access_base.group_reception")
        if self and not (self.env.su or is_reception):
            raise AccessError(
                self.env._("Booked programs open doors: ask reception to plan them.")
            )

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "allday",
            "attendee_ids",
            "categ_ids",
            "duration",
            "partner_ids",
            "start",
            "start_date",
            "stop",
            "stop_date",
        }


class CalendarAttendee(models.Model):
    _name = "calendar.attendee"
    _inherit = ["calendar.attendee", "access.policy.input"]

    @api.model_create_multi
    def create(self, vals_list):
        attendees = super().create(vals_list)
        attendees.event_id._policy_records()._check_may_book_programs()
        return attendees

    def write(self, vals):
        if {"event_id", "partner_id"}.isdisjoint(vals):
            return super().write(vals)
        self.event_id._policy_records()._check_may_book_programs()
        result = super().write(vals)
        self.event_id._policy_records()._check_may_book_programs()
        return result

    def unlink(self):
        self.event_id._policy_records()._check_may_book_programs()
        return super().unlink()

    def _policy_records(self):
        events = self.sudo().event_id._policy_records()
        return self.filtered(lambda attendee: attendee.event_id.id in events.ids)

    def _changed_parts(self):
        return {"partners": self.partner_id.ids}

    def _policy_fields(self):
        return super()._policy_fields() | {"state", "event_id", "partner_id"}
