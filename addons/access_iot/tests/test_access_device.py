from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import GatewayCommon


class TestAccessDevice(GatewayCommon):
    def test_reader_and_relay_are_at_one_gateway(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        relays = self._device("Far relays", "modbus_relay", gateway=other)
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.turnstile.lock_id = relays

    def test_device_of_a_point_is_not_moved_away(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        with self.assertRaisesRegex(ValidationError, "different gateways"):
            self.relays.gateway_id = other

    def test_device_of_a_point_is_not_archived(self):
        with self.assertRaisesRegex(ValidationError, "choose another one"):
            self.relays.action_archive()

    @mute_logger("odoo.sql_db")
    def test_reader_is_at_one_point(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._point("Other", reader_id=self.reader.id)

    def test_modbus_settings(self):
        self.relays.settings = {"unit": 7}
        settings = self.relays._document()["settings"]
        self.assertEqual((settings["unit"], settings["baudrate"]), (7, 19200))
