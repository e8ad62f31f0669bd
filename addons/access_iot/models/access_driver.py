import json
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import file_open

from odoo.addons.base.models.res_partner import _tz_get

from ..controllers.driver_schema import MAX_DRIVERS, MAX_SETTINGS, ROLES

_logger = logging.getLogger(__name__)

SHIPPED = "access_iot/data/drivers.json"
ZONE = "time_zone"
_NUMBERS = ("integer", "float")
_TYPES = {"bool": "boolean", "int": "integer", "float": "float", "str": "char"}


class AccessDriver(models.Model):
    """A kind of device, as the gateway's program describes it.

    What the program of this version knows is shipped. A gateway tells of others that
    were installed beside it. As they are for all gateways, none may change one for
    others: what is shipped stays, and to the rest a report only adds.
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
    # By name of a setting the lowest and the highest value, null for none.
    bounds = fields.Json(readonly=True)
    # Names of settings that begin with the time zone of the venue.
    zone_settings = fields.Json(readonly=True)
    is_reader = fields.Boolean(string="Reads", readonly=True)
    is_keypad = fields.Boolean(string="Has Keys for PINs", readonly=True)
    is_outputs = fields.Boolean(string="Has Outputs", readonly=True)
    is_inputs = fields.Boolean(string="Has Inputs", readonly=True)
    is_lockers = fields.Boolean(string="Has Lockers", readonly=True)
    is_printer = fields.Boolean(string="Prints", readonly=True)
    is_camera = fields.Boolean(string="Takes Pictures", readonly=True)
    is_alarm_panel = fields.Boolean(string="Alarm Panel", readonly=True)
    is_controller = fields.Boolean(string="Decides Alone", readonly=True)

    is_identify = fields.Boolean(string="Shows Where It Is", readonly=True)

    _code_unique = models.Constraint("UNIQUE (code)", "A driver has a name of its own.")

    @api.model
    def _load_shipped(self):
        """Take over what the program of this version knows."""
        for told in _shipped():
            self._keep(told["code"], _values(told))

    @api.model
    def _learn(self, told, gateway):
        """Take over what a gateway tells of drivers that are not shipped."""
        shipped = {one["code"] for one in _shipped()}
        for one in told:
            code = one["code"]
            if code in shipped:
                continue
            driver = self._of(code)
            if not driver and self.search_count([]) >= MAX_DRIVERS:
                continue
            if self._keep(code, driver._extended(_values(one))):
                _logger.info("Driver %s is as gateway %s tells", code, gateway.id)

    @api.model
    def _keep(self, code, values):
        """Write what is new of a driver; tell whether anything is."""
        driver = self._of(code)
        if not driver:
            return self.create(values | {"code": code})
        changed = {name: v for name, v in values.items() if driver[name] != v}
        return changed and driver.write(changed)

    def _extended(self, told):
        """Give the values that are told, behind those that are known."""
        known = self.settings_definition or []
        if told["secret_name"] in {one["name"] for one in known}:
            told = told | {"secret_name": False, "secret_label": False}
        values = {name: self[name] or value for name, value in told.items()}
        more = told["settings_definition"]
        more = [one for one in more if one["name"] != values["secret_name"]]
        return values | {"settings_definition": _joined(known, more)[:MAX_SETTINGS]}

    def _defaults(self, tz):
        """Give the settings that a new device begins with, at a venue of a zone."""
        known = self.settings_definition or []
        zones = dict.fromkeys(self.zone_settings or [], tz)
        return {one["name"]: one["default"] for one in known} | zones

    def _no_choices(self, values):
        """Name the settings whose value is no choice, by what they are shown as.

        :param values: by name, as they are stored: read as a field, Odoo empties them
        """
        return {
            one["string"]: values[one["name"]]
            for one in self.settings_definition or []
            if one["type"] == "selection"
            and values.get(one["name"])
            and values[one["name"]] not in dict(one["selection"])
        }

    def _check_settings(self, settings):
        """Raise ``ValidationError`` for what the gateway would refuse.

        :param settings: as ``read`` gives properties; those without a value are left
            to the driver
        """
        for setting in settings:
            value = setting.get("value")
            low, high = (self.bounds or {}).get(setting["name"], (None, None))
            is_number = setting["type"] in _NUMBERS
            if is_number and value is not None and value is not False:
                if not _is_number(setting) or not _is_within(value, low, high):
                    raise ValidationError(self._range_words(setting, low, high))

    def _range_words(self, setting, low, high):
        told = {"setting": setting["string"], "value": setting["value"]}
        if not _is_number(setting):
            if setting["type"] == "integer":
                return self.env._("%(setting)s: %(value)s is no whole number.", **told)
            return self.env._("%(setting)s: %(value)s is no number.", **told)
        if high is None:
            return self.env._(
                "%(setting)s: %(value)s is below %(low)s.", low=low, **told
            )
        if low is None:
            return self.env._(
                "%(setting)s: %(value)s is above %(high)s.", high=high, **told
            )
        return self.env._(
            "%(setting)s: %(value)s is not from %(low)s to %(high)s.",
            low=low,
            high=high,
            **told,
        )

    @api.model
    def _of(self, code):
        return self.search([("code", "=", code)], limit=1)


def _is_number(setting):
    value = setting["value"]
    if not isinstance(value, int | float):
        return False
    return setting["type"] == "float" or float(value).is_integer()


def _is_within(value, low, high):
    return (low is None or value >= low) and (high is None or value <= high)


def _shipped():
    with file_open(SHIPPED) as shipped:
        return json.load(shipped)


def _joined(known, told):
    """Give the settings of both; what is known stays, but for more choices."""
    joined = {one["name"]: dict(one) for one in known}
    for one in told:
        setting = joined.setdefault(one["name"], dict(one))
        if "selection" in setting:
            there, more = dict(setting["selection"]), dict(one.get("selection") or ())
            setting["selection"] = [list(c) for c in (there | more | there).items()]
    return list(joined.values())


def _values(told):
    settings = told.get("settings") or []
    secret = next((one for one in settings if one.get("secret")), {})
    return {
        "name": told["title"],
        "address_help": told.get("address_help") or False,
        "secret_name": secret.get("name", False),
        "secret_label": secret.get("label", False),
        "settings_definition": [_property(s) for s in settings if not s.get("secret")],
        "bounds": {s["name"]: [s.get("low"), s.get("high")] for s in settings},
        "zone_settings": [s["name"] for s in settings if s.get("format") == ZONE],
        **{f"is_{role}": role in (told.get("roles") or ()) for role in ROLES},
    }


def _property(setting):
    choices = setting.get("choices")
    if setting.get("format") == ZONE:
        choices = [list(zone) for zone in _tz_get(None)]
    kind = "selection" if choices else _TYPES[setting["type"]]
    known = {
        "name": setting["name"],
        "string": setting["label"],
        "type": kind,
        "default": setting["default"],
    }
    if setting.get("help"):
        known["help"] = setting["help"]
    if kind == "selection":
        # Odoo chooses among texts; the driver reads them as its type.
        known |= {"selection": choices, "default": str(setting["default"])}
    return known
