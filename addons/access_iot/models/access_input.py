from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccessInput(models.Model):
    """What an input of a device tells of: a door, a button, a passage, a fire."""

    _name = "access.input"
    _inherit = "access.policy.part"
    _description = "Input"
    _order = "device_id, number, id"
    _rec_name = "sense"

    device_id = fields.Many2one(
        "access.device",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('driver_id.is_inputs', '=', True)]",
    )
    gateway_id = fields.Many2one(related="device_id.gateway_id")
    company_id = fields.Many2one(related="device_id.company_id", store=True, index=True)
    number = fields.Integer(
        string="Input",
        default=0,
        required=True,
        help="The first input of the device is number 0.",
    )
    sense = fields.Selection(
        [
            ("contact", "Door is open"),
            ("exit_button", "Exit button"),
            ("passage", "Somebody passes"),
            ("reverse_passage", "Somebody passes the wrong way"),
            ("fire", "Fire alarm"),
        ],
        string="Tells of",
        required=True,
        default="contact",
    )
    point_id = fields.Many2one("access.point", index=True, ondelete="cascade")
    inverted = fields.Boolean(
        help="It means so while the circuit is open: then a cut wire counts as well."
    )

    _number_range = models.Constraint(
        "CHECK (number BETWEEN 0 AND 255)", "Inputs are counted from 0 to 255."
    )
    _point_known = models.Constraint(
        "CHECK (sense = 'fire' OR point_id IS NOT NULL)",
        "Choose the access point that this input belongs to.",
    )
    _once = models.UniqueIndex(
        "(device_id, number, sense, COALESCE(point_id, 0))",
        "This input tells of that already.",
    )

    @api.constrains("device_id", "point_id")
    def _check_gateway(self):
        for one in self:
            gateway = one.point_id.gateway_id
            if gateway and gateway != one.device_id.gateway_id:
                raise ValidationError(
                    self.env._(
                        "%(point)s is at another gateway than %(device)s.",
                        point=one.point_id.name,
                        device=one.device_id.name,
                    )
                )

    def _document(self):
        """Give the input as the gateway gets it."""
        self.ensure_one()
        return {
            "device": str(self.device_id.id),
            "input": self.number,
            "sense": self.sense,
            "point": self.point_id.id or None,
            "inverted": self.inverted,
        }

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "device_id",
            "number",
            "sense",
            "point_id",
            "inverted",
        }
