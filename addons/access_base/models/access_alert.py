from markupsafe import escape

from odoo import fields, models

from .access_reason import ALERTING


class AccessVenue(models.Model):
    _inherit = "access.venue"

    alert_user_id = fields.Many2one(
        "res.users",
        string="Alerts to",
        help="Who is told of duress, forced and held doors, alarms, blocked cards, "
        "full zones and too many wrong PINs. Nobody when empty.",
    )


class AccessPoint(models.Model):
    _name = "access.point"
    _inherit = ["access.point", "mail.activity.mixin"]


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _alert(self):
        """Tell who is responsible; the reader at the point shows nothing of it.

        What goes on and on is told once, until somebody has seen to it.
        """
        for event in self.sudo().sorted("id"):
            place, user = event._alert_target()
            event = event.with_context(lang=user.lang)
            summary = event._alert_summary()
            told = place.activity_ids.filtered(lambda one, of=user: one.user_id == of)
            is_told = not event.is_duress and summary in told.mapped("summary")
            if user.active and place and not is_told:
                place.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=summary,
                    # Names and what devices say are no HTML.
                    note=escape(event._alert_note()),
                    user_id=user.id,
                )

    def _alert_target(self):
        """Give the record that the alert is of, and who is told."""
        return self.point_id, self.venue_id.alert_user_id

    def _alert_summary(self):
        if self.is_duress:
            return self.env._("Passage under duress")
        if self.reason in ALERTING:
            reasons = self._fields["reason"]._description_selection(self.env)
            return dict(reasons)[self.reason]
        return self.env._("Too many wrong PINs")

    def _alert_note(self):
        place = {
            "point": self.point_id.display_name or self.journal_id.name,
            "time": fields.Datetime.to_string(self.date),
        }
        if self.is_duress or self.reason in ALERTING:
            who = self.person_id.display_name or self.note or self.seen
            words = self.env._("At %(point)s, %(time)s UTC.", **place)
            return f"{who}. {words}" if who else words
        return self.env._(
            "At %(point)s, %(time)s UTC: PINs are refused there for %(minutes)s "
            "minutes. Cards work as before.",
            minutes=self.venue_id.pin_lock_minutes,
            **place,
        )
