from odoo.tests import HttpCase, tagged

from .log_common import LogCommon


@tagged("post_install", "-at_install")
class TestAccessLogScreens(LogCommon, HttpCase):
    """In a real browser, by the roles that use them."""

    def test_reception_corrects_presence(self):
        self._user("reception", password="reception")
        self._send(self._event())
        self.start_tour(
            f"/odoo/res.partner/{self.anna.id}",
            "access_correct_presence",
            login="reception",
        )
        event = self.env["access.event"].search([], order="id desc", limit=1)
        self.assertEqual(event.note, "Left by the fire door")

    def test_auditor_checks_the_log(self):
        self._user("auditor", password="auditor")
        self._send(self._event())
        action = self.env.ref("access_base.access_check_action")
        self.start_tour(
            f"/odoo/action-{action.id}", "access_check_log", login="auditor"
        )

    def test_guard_sees_duress_first(self):
        self._user("reception", password="reception")
        self._send(self._event(1, warnings=("duress",)), self._event(2))
        self.start_tour("/odoo/access-passages", "access_passages", login="reception")
