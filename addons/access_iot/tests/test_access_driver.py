import json

from odoo.tools import file_open

from odoo.addons.access_iot.controllers.driver_schema import MAX_DRIVERS, MAX_SETTINGS
from odoo.addons.access_iot.models.access_driver import SHIPPED

from .common import GatewayCommon

KEY = {"name": "key", "label": "Key", "type": "str", "default": "", "secret": True}
KIND = {
    "name": "kind",
    "label": "Kind",
    "type": "str",
    "default": "a",
    "choices": [["a", "One"], ["b", "Two"]],
}
ALARM = {
    "code": "alarm",
    "title": "Alarm panel",
    "roles": ["alarm_panel"],
    "address_help": "tcp://HOST:PORT",
    "settings": [KEY, KIND],
}


class TestAccessDriver(GatewayCommon):
    """Drivers are for all gateways: what one tells must not change them for others."""

    def _tell(self, **changes):
        self.gateway._report(0, {"drivers": [ALARM | changes]}, [])
        return self.env["access.driver"]._of("alarm")

    def test_a_driver_that_nobody_knew_is_taken(self):
        kind = self._tell()
        self.assertEqual((kind.name, kind.is_alarm_panel), ("Alarm panel", True))

    def test_a_secret_goes_to_the_gateway_and_nowhere_else(self):
        kind = self._tell(settings=[KEY])
        device = self._device("Panel", "alarm", secret="open sesame")
        self.assertEqual(device._document()["settings"]["key"], "open sesame")
        self.assertFalse(device.secret)
        self.assertTrue(device.has_secret)
        self.assertNotIn("open sesame", str(device.copy_data()))
        self.assertFalse(kind.settings_definition)

    def test_a_shipped_driver_is_changed_by_no_gateway(self):
        with file_open(SHIPPED) as shipped:
            drivers = json.load(shipped)
        names = set(self.env["access.driver"]._fields) - {"write_date", "write_uid"}
        before = self.env["access.driver"].search([]).read(names)
        bad = [one | {"title": "X", "roles": [], "settings": []} for one in drivers]
        self.gateway._report(0, {"drivers": bad}, [])
        self.assertEqual(self.env["access.driver"].search([]).read(names), before)

    def test_a_release_without_a_setting_takes_it_from_nobody(self):
        self._tell()
        device = self._device("Panel", "alarm", secret="open sesame")
        device.settings = {"kind": "b"}
        for settings in (
            [],
            [KEY | {"secret": False}],
            [KEY | {"name": "other"}],
            [KIND | {"type": "int", "default": 1, "choices": []}],
            [KIND | {"secret": True}],
        ):
            self._tell(settings=settings, roles=[])
            kept = {"key": "open sesame", "kind": "b"}
            self.assertEqual(device._document()["settings"], kept, settings)
        self.assertTrue(device.driver_id.is_alarm_panel)

    def test_a_release_with_more_is_told_of(self):
        self._tell(settings=[])
        more = KIND | {"choices": [["b", "Too"], ["c", "Three"]]}
        unit = {"name": "unit", "label": "Unit", "type": "int", "default": 1}
        for settings in ([KIND], [more, KEY], [unit], [KIND, KEY, unit]):
            kind = self._tell(settings=settings, roles=["inputs"])
        self.assertEqual((kind.secret_name, kind.is_inputs), ("key", True))
        [choice, number] = kind.settings_definition
        self.assertEqual(
            choice["selection"], [["a", "One"], ["b", "Two"], ["c", "Three"]]
        )
        self.assertEqual((number["name"], number["default"]), ("unit", 1))

    def test_a_number_may_be_one_of_a_few(self):
        speed = {"name": "speed", "label": "Speed", "type": "int", "default": 9600}
        self._tell(settings=[speed | {"choices": [["9600", "9600"], ["300", "300"]]}])
        device = self._device("Panel", "alarm")
        self.assertEqual(device._document()["settings"], {"speed": "9600"})

    def test_nobody_fills_the_lists_of_all(self):
        for number in range(2 * MAX_SETTINGS):
            kind = self._tell(settings=[KEY, KIND | {"name": f"kind{number}"}])
        self.assertEqual(len(kind.settings_definition), MAX_SETTINGS)
        for number in range(MAX_DRIVERS):
            self._tell(code=f"alarm{number}")
        self.assertEqual(self.env["access.driver"].search_count([]), MAX_DRIVERS)
