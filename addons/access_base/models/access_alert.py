from odoo import fields, models


class AccessVenue(models.Model):
    _inherit = "access.venue"

    alert_user_id = fields.Many2one(
        "res.users",
        string="Alerts to",
        help="Who is told when somebody passes under duress. Nobody when empty.",
    )


class AccessPoint(models.Model):
    _name = "access.point"
    _inherit = ["access.point", "mail.activity.mixin"]


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _alert_duress(self):
        """Tell who is responsible for the venue; the point itself shows nothing."""
        for event in self.sudo():
            user = event.venue_id.alert_user_id
            if user.active:
                event.point_id.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=self.env._("Passage under duress"),
                    note=self.env._(
                        "%(person)s at %(point)s, %(time)s UTC.",
                        person=event.person_id.display_name or event.seen,
                        point=event.point_id.display_name,
                        time=fields.Datetime.to_string(event.date),
                    ),
                    user_id=user.id,
                )
