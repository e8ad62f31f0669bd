"""What a gateway tells of its drivers is checked at the edge."""

import json

from odoo.tests import BaseCase
from odoo.tools import file_open

from odoo.addons.access_iot.controllers.driver_schema import told_drivers
from odoo.addons.access_iot.models.access_driver import SHIPPED
from odoo.addons.access_iot.models.ir_http import GatewayError

UNIT = {"name": "unit", "label": "Unit", "type": "int", "default": 1}
RELAY = {"code": "relay", "title": "Relay", "roles": ["outputs"], "settings": [UNIT]}


class TestDriverSchema(BaseCase):
    def test_what_is_shipped_is_well_formed(self):
        with file_open(SHIPPED) as shipped:
            drivers = json.load(shipped)
        self.assertEqual(told_drivers(drivers), drivers)

    def test_a_good_one_is_taken(self):
        self.assertEqual(told_drivers([RELAY]), [RELAY])

    def test_what_cannot_be_is_refused(self):
        for bad in (
            {**RELAY, "code": "Relay; DROP"},
            {**RELAY, "title": None},
            {**RELAY, "settings": {}},
            {**RELAY, "roles": 1},
            {**RELAY, "settings": [{**UNIT, "type": "html"}]},
            {**RELAY, "settings": [{**UNIT, "default": "one"}]},
            {**RELAY, "settings": [{**UNIT, "name": "a b"}]},
            {**RELAY, "settings": [{**UNIT, "choices": [["a"]]}]},
            {**RELAY, "settings": [UNIT] * 51},
        ):
            with self.subTest(bad=bad), self.assertRaises(GatewayError):
                told_drivers([bad])

    def test_a_crowd_of_drivers_is_refused(self):
        with self.assertRaises(GatewayError):
            told_drivers([RELAY] * 101)
