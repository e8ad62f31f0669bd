from odoo import models
from odoo.fields import Command


class AccessPoint(models.Model):
    """A gate that one leaves by only with an exit ticket keeps the right for these."""

    _name = "access.point"
    _inherit = ["access.point", "access.right.source"]

    def _right_fields(self):
        return super()._right_fields() | {"name", "exit_control", "zone_from_id"}

    def _right_values(self):
        values = super()._right_values()
        if not self.active or self.exit_control != "ticket":
            return values
        exit_type = self.company_id._access_exit_ticket_type()
        return values | {
            "exit": {
                "company_id": self.company_id.id,
                "name": self.env._("%(point)s, with an exit ticket", point=self.name),
                "everyone": True,
                "point_ids": [Command.set(self.ids)],
                "limiting": "ticket",
                "ticket_type_ids": [Command.set(exit_type.ids)],
            }
        }
