from odoo import fields, models


class AccessDeviceOffer(models.Model):
    """What a gateway found when it was told to look, until it is set up."""

    _name = "access.device.offer"
    _description = "Device Found"
    _order = "gateway_id, address"
    _rec_name = "address"

    gateway_id = fields.Many2one(
        "access.gateway", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    driver_id = fields.Many2one(
        "access.driver", string="Probably", required=True, ondelete="cascade"
    )
    address = fields.Char(required=True)
    words = fields.Char(string="It Says")

    def action_add(self):
        """Open the form of a new device with what is known of it."""
        self.ensure_one()
        self.env["access.device"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Device"),
            "res_model": "access.device",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_gateway_id": self.gateway_id.id,
                "default_driver_id": self.driver_id.id,
                "default_address": self.address,
                "default_name": self.words,
            },
        }
