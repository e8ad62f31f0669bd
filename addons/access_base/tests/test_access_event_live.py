from unittest.mock import patch

from odoo import api
from odoo.tests import HttpCase, tagged

from ..models import access_event
from .common import AccessCommon


@tagged("post_install", "-at_install")
class TestAccessEventLive(AccessCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = cls._user("reception")

    def test_passages_appear_by_themselves(self):
        """A real browser gets each passage over a real websocket.

        All of it runs in the one transaction of the test: that nothing is announced
        before it is committed, and that announcements are not too many, is not shown
        here (see ``test_announcer``).
        """
        self._card()
        self._right()
        turnstile = self.turnstile

        @api.model
        def hold_card(points, value):
            turnstile.with_env(points.env)._decide("card", value)
            points.env["access.event"]._announce()

        with (
            patch.object(access_event, "_announcer"),
            patch.object(
                self.registry["access.point"], "hold_card", hold_card, create=True
            ),
        ):
            self.start_tour("/odoo/access-live", "access_live", login="reception")

        [anna, stranger] = self.env["access.event"].search(
            [("point_id", "=", turnstile.id)], order="id"
        )
        self.assertTrue(anna.granted)
        self.assertEqual(anna.partner_id, self.anna)
        self.assertEqual(stranger.reason, "credential_unknown")
        issued = self.env["access.credential"].search(
            [("token", "=", "rfid:04DEADBEEF")]
        )
        self.assertEqual(issued.partner_id, self.anna)


@tagged("post_install", "-at_install")
class TestUnits(HttpCase):
    def test_unit_desktop(self):
        """Run the tests of ``static/tests`` in a browser."""
        run_units(self, "@access_base")


def run_units(case, suite):
    """Run the tests of an add-on's ``static/tests`` in a browser."""
    case.browser_js(
        "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
        f"&id={_hoot_id(suite)}",
        code="",
        login="admin",
        timeout=300,
        success_signal="[HOOT] Test suite succeeded",
        error_checker=lambda message: "[HOOT]" not in message,
    )


def _hoot_id(suite):
    """Give the number by which Hoot selects a suite."""
    number = 0
    for letter in suite:
        number = (31 * number + ord(letter)) & 0xFFFFFFFF
    return f"{number:08x}"
