from odoo import api, fields, models


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
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        exportable=False,
        help="Empty: the new unit gets the one that is set.",
    )
    secret_value = fields.Char(groups=fields.NO_ACCESS)

    @api.depends("device_id")
    def _compute_secret(self):
        self.secret = False

    def _inverse_secret(self):
        for replacement in self:
            replacement.sudo().secret_value = replacement.secret
        # It is not even in the memory of who has set it.
        self.invalidate_recordset(["secret"])

    def action_replace(self):
        """Go on with the new unit; what was known of the old one is forgotten."""
        self.ensure_one()
        device = self.device_id
        old = device.serial or device.address
        values = {"address": self.address}
        if secret := self.sudo().secret_value:
            values["secret"] = secret
            self.sudo().secret_value = False
        device.write(values)
        device.sudo().write(
            dict.fromkeys(("model", "serial", "firmware", "tamper", "gone_at"), False)
        )
        device.message_post(body=self.env._("The unit %(old)s was replaced.", old=old))
        if device.gateway_id.state == "online":
            device.action_restart()
