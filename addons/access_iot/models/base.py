from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def _additional_allowed_keys_properties_definition(self):
        # What a driver says of a setting of a device.
        return (*super()._additional_allowed_keys_properties_definition(), "help")
