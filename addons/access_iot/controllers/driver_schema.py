"""Shape of what a gateway tells of its drivers, checked at the edge."""

import re

from .gateway_schema import check, malformed

ROLES = (
    "reader",
    "keypad",
    "outputs",
    "inputs",
    "lockers",
    "printer",
    "camera",
    "alarm_panel",
    "controller",
    "identify",
)
MAX_DRIVERS = 100
MAX_SETTINGS = 50
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OPTIONAL = {"address_help": str, "roles": list, "settings": list}
_TYPES = {"bool": bool, "int": int, "float": (int, float), "str": str}


def told_drivers(drivers):
    """Give the drivers that a gateway tells of; raise ``GatewayError``."""
    if len(drivers) > MAX_DRIVERS:
        raise malformed(f"More than {MAX_DRIVERS} drivers.")
    for driver in drivers:
        check(driver, {"code": str, "title": str}, _OPTIONAL, "A driver")
        where = f"Driver {driver['code']}"
        if not NAME.fullmatch(driver["code"]):
            raise malformed(f"{where} has a code that is no name.")
        settings = driver.get("settings") or []
        if len(settings) > MAX_SETTINGS:
            raise malformed(f"{where} has more than {MAX_SETTINGS} settings.")
        for setting in settings:
            _check_setting(setting, where)
    return drivers


def _check_setting(setting, where):
    required = {"name": str, "label": str, "type": str}
    optional = {"choices": list, "help": str, "format": str}
    check(setting, required, optional, where)
    kind = _TYPES.get(setting["type"])
    if not NAME.fullmatch(setting["name"]) or kind is None:
        raise malformed(f"{where} has a setting that cannot be.")
    if not isinstance(setting.get("default"), kind):
        raise malformed(f"{where} has a setting with no default of its type.")
    for bound in (setting.get("low"), setting.get("high")):
        if type(bound) not in (int, float, type(None)):
            raise malformed(f"{where} has bounds that are no numbers.")
    for choice in setting.get("choices") or []:
        if not isinstance(choice, list) or [type(one) for one in choice] != [str, str]:
            raise malformed(f"{where} has choices that are no pairs of texts.")
