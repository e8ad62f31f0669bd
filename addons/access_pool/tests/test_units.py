from odoo.tests import HttpCase, tagged

from odoo.addons.access_base.tests.test_access_event_live import run_units


@tagged("post_install", "-at_install")
class TestUnits(HttpCase):
    def test_unit_desktop(self):
        run_units(self, "@access_pool")
