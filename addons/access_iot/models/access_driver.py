import json

from odoo import api, fields, models
from odoo.tools import file_open

from ..controllers.driver_schema import ROLES

SHIPPED = "access_iot/data/drivers.json"
_TYPES = {"bool": "boolean", "int": "integer", "float": "float", "str": "char"}


class AccessDriver(models.Model):
    """A kind of device, as the gateway's program describes it.

    What the program of this version knows is shipped; a gateway tells of others.
    """

    _name = "access.driver"
    _description = "Kind of Device"
    _order = "name, code"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    address_help = fields.Char(readonly=True)
    secret_name = fields.Char(readonly=True)
    secret_label = fields.Char(readonly=True)
    settings_definition = fields.PropertiesDefinition()
    is_reader = fields.Boolean(string="Reads", readonly=True)
    is_keypad = fields.Boolean(string="Has Keys for PINs", readonly=True)
    is_outputs = fields.Boolean(string="Has Outputs", readonly=True)
    is_inputs = fields.Boolean(string="Has Inputs", readonly=True)
    is_lockers = fields.Boolean(string="Has Lockers", readonly=True)
    is_printer = fields.Boolean(string="Prints", readonly=True)
    is_camera = fields.Boolean(string="Takes Pictures", readonly=True)
    is_alarm_panel = fields.Boolean(string="Alarm Panel", readonly=True)
    is_controller = fields.Boolean(string="Decides Alone", readonly=True)

    _code_unique = models.Constraint("UNIQUE (code)", "A driver has a name of its own.")

    @api.model
    def _load_shipped(self):
        """Take over what the program of this version knows."""
        with file_open(SHIPPED) as shipped:
            self._take(json.load(shipped))

    @api.model
    def _take(self, told):
        """Take over drivers as ``access-gateway drivers`` describes them."""
        known = {driver.code: driver for driver in self.search([])}
        for one in told:
            values = _values(one)
            driver = known.get(one["code"])
            if driver is None:
                self.create(values | {"code": one["code"]})
            elif changed := {n: v for n, v in values.items() if driver[n] != v}:
                driver.write(changed)

    @api.model
    def _of(self, code):
        return self.search([("code", "=", code)], limit=1)


def _values(told):
    settings = told.get("settings", [])
    secret = next((one for one in settings if one.get("secret")), {})
    return {
        "name": told["title"],
        "address_help": told.get("address_help") or False,
        "secret_name": secret.get("name", False),
        "secret_label": secret.get("label", False),
        "settings_definition": [_property(s) for s in settings if not s.get("secret")],
        **{f"is_{role}": role in told.get("roles", ()) for role in ROLES},
    }


def _property(setting):
    kind = "selection" if setting.get("choices") else _TYPES[setting["type"]]
    known = {
        "name": setting["name"],
        "string": setting["label"],
        "type": kind,
        "default": setting["default"],
    }
    if kind == "selection":
        known["selection"] = setting["choices"]
    return known
