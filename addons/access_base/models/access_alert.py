from odoo import fields, models


class AccessVenue(models.Model):
    _inherit = "access.venue"

    alert_user_id = fields.Many2one(
        "res.users",
        string="Alerts to",
        help="Who is told when somebody passes under duress, or types too many wrong "
        "PINs. Nobody when empty.",
    )


class AccessPoint(models.Model):
    _name = "access.point"
    _inherit = ["access.point", "mail.activity.mixin"]


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _alert(self):
        """Tell who is responsible for the venue; the point itself shows nothing."""
        for event in self.sudo():
            user = event.venue_id.alert_user_id
            if user.active:
                summary, note = event._alert_words()
                event.point_id.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=summary,
                    note=note,
                    user_id=user.id,
                )

    def _alert_words(self):
        """Give the summary and the text of an alert."""
        place = {
            "point": self.point_id.display_name,
            "time": fields.Datetime.to_string(self.date),
        }
        if not self.is_duress:
            return self.env._("Too many wrong PINs"), self.env._(
                "At %(point)s, %(time)s UTC: PINs are refused there for %(minutes)s "
                "minutes. Cards work as before.",
                minutes=self.venue_id.pin_lock_minutes,
                **place,
            )
        return self.env._("Passage under duress"), self.env._(
            "%(person)s at %(point)s, %(time)s UTC.",
            person=self.person_id.display_name or self.seen,
            **place,
        )
