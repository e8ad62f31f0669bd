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

    def test_interlocked_points_are_at_one_gateway(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        far = self._device("Far reader", "serial_reader", gateway=annex)
        inner = self._point("Inner door", interlock_point_ids=self.turnstile.ids)
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            inner.reader_id = far
        inner.reader_id = near = self._device("Near reader", "serial_reader")
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            near.gateway_id = annex
        outer = self._point("Outer door", reader_id=far.id)
        with self.assertRaisesRegex(ValidationError, "the same gateway"):
            outer.interlock_point_ids = self.turnstile

    def test_device_of_a_point_is_not_archived(self):
        with self.assertRaisesRegex(ValidationError, "choose another one"):
            self.relays.action_archive()

    @mute_logger("odoo.sql_db")
    def test_reader_is_at_one_point(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._point("Other", reader_id=self.reader.id)

    def test_modbus_settings(self):
        self.relays.write({"unit": 7, "baudrate": 19200})
        self.assertEqual(
            self.relays._document()["settings"], {"baudrate": 19200, "unit": 7}
        )
