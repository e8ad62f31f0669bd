from datetime import timedelta

from markupsafe import escape

from odoo import fields, models

# Silence of a moment is not worth telling: a box that restarts, a cable that is moved.
SILENT_FOR = timedelta(minutes=5)


class AccessGateway(models.Model):
    _name = "access.gateway"
    _inherit = ["access.gateway", "mail.activity.mixin"]

    alert_user_id = fields.Many2one(
        "res.users",
        string="Alerts to",
        default=lambda self: self.env.user,
        help="Who is told when the gateway or one of its devices is silent or tampered "
        "with, and of fire and alarms. Nobody when empty.",
    )
    silence_told = fields.Boolean(readonly=True, copy=False)

    def _tell_of_silence(self):
        """Tell once of each silence of a gateway, and of each of its devices."""
        long_ago = fields.Datetime.now() - SILENT_FOR
        for gateway in self.search([]).filtered("is_paired"):
            # A box that was paired just now was heard of then.
            heard = max(filter(None, (gateway.last_seen, gateway.paired_at)))
            is_silent = heard < long_ago
            if gateway.silence_told != is_silent:
                gateway.silence_told = is_silent
                gateway._tell_silence(is_silent)
            if not is_silent:
                gateway.device_ids._tell_of_trouble(long_ago)

    def _tell_silence(self, is_silent):
        """Alert to a silence; when the gateway is back nobody needs to look."""
        summary = self.env._("Gateway is silent")
        if not is_silent:
            alerts = self.activity_ids.filtered(lambda one: one.summary == summary)
            alerts.action_feedback(feedback=self.env._("It is back."))
            return
        self._alert(
            summary,
            self.env._(
                "Nothing was heard of %(name)s for five minutes. Its doors go "
                "on by the rules it has; changes do not reach them.",
                name=self.name,
            ),
        )

    def _alert(self, summary, note):
        user = self.sudo().alert_user_id
        if user.active:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=escape(note),
                user_id=user.id,
            )


class AccessDevice(models.Model):
    _inherit = "access.device"

    trouble_told = fields.Char(readonly=True, copy=False)

    def _tell_of_trouble(self, long_ago):
        """Tell once of each silence and of each tampering."""
        for device in self:
            trouble = device._trouble_to_tell(long_ago)
            if trouble == (device.trouble_told or None):
                continue
            device.trouble_told = trouble
            if trouble:
                device.gateway_id._alert(
                    {
                        "silent": self.env._("Device is silent"),
                        "tampered": self.env._("Device was tampered with"),
                    }[trouble],
                    f"{device.name}: {device.problem or ''}",
                )

    def _trouble_to_tell(self, long_ago):
        if self.tamper:
            return "tampered"
        is_silent = not self.online and (self.gone_at or self.create_date) < long_ago
        return "silent" if is_silent else None


class AccessEvent(models.Model):
    _inherit = "access.event"

    def _alert_target(self):
        """What is told of no point, as by an alarm panel, is told of its gateway."""
        if self.point_id:
            return super()._alert_target()
        gateway = self.env["access.gateway"].search(
            [("journal_id", "=", self.journal_id.id)]
        )
        return gateway, gateway.alert_user_id
