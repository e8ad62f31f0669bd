"""The ERP ships the descriptions of the drivers that this program has."""

import json
from pathlib import Path

from access_gateway.installed import describe, driver_class

SHIPPED = Path(__file__).parents[2] / "addons/access_iot/data/drivers.json"


def test_the_erp_knows_the_drivers_as_they_are():
    """Written by ``access-gateway drivers``."""
    assert json.loads(SHIPPED.read_text("utf-8")) == describe()


def test_a_driver_has_one_secret_at_most():
    for found in describe():
        secrets = [one for one in found["settings"] if one.get("secret")]
        assert len(secrets) <= 1, found["code"]


def test_only_who_can_show_where_it_is_says_so():
    roles = {found["code"]: found["roles"] for found in describe()}
    assert "identify" in roles["osdp_reader"]
    assert "identify" not in roles["serial_reader"]


def test_every_driver_says_what_it_is():
    for found in describe():
        driver = driver_class(found["code"])
        assert found["title"] and found["roles"] and found["address_help"]
        for setting in driver.settings:
            assert setting.read({setting.name: setting.default}) == setting.default
