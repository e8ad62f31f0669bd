from odoo import fields, models


class AccessDeviceReplacement(models.TransientModel):
    """Puts another unit in the place of a broken one; all settings stay."""

    _name = "access.device.replacement"
    _description = "Replacement of a Device"

    device_id = fields.Many2one("access.device", required=True, readonly=True)
    address = fields.Char(
        string="Address of the New Unit",
        required=True,
        help="The same as before where it is plugged into the same place.",
    )
    secret_label = fields.Char(related="device_id.secret_label")
    secret = fields.Char(help="Empty: the new unit gets the one that is set.")

    def action_replace(self):
        """Go on with the new unit; what was known of the old one is forgotten."""
        self.ensure_one()
        device = self.device_id
        old = device.serial or device.address
        values = {"address": self.address}
        if self.secret:
            values["secret"] = self.secret
        device.write(values)
        device.sudo().write(
            dict.fromkeys(("model", "serial", "firmware", "tamper", "gone_at"), False)
        )
        device.message_post(body=self.env._("The unit %(old)s was replaced.", old=old))
        if device.gateway_id.state == "online":
            device.action_restart()
