from odoo import http
from odoo.tests import HttpCase

from .desk_common import DeskCommon


class GuestCommon(DeskCommon, HttpCase):
    """A guest with a band, who is inside and has no login."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terminal = cls.env["access.pool.terminal"].create(
            {"name": "Foyer", "venue_id": cls.venue.id}
        )

    def setUp(self):
        super().setUp()
        with self._minutes_ago(90):
            self.stay = self._sell(self.adult_ticket, self.bands[0])
        self.authenticate(None, None)

    def _get(self, path):
        return self.url_open(path, allow_redirects=False)

    def _post(self, path, **values):
        values["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(path, data=values, allow_redirects=False)

    def _page(self, stay=None):
        stay = stay or self.stay
        response = self._get(stay._page_path())
        self.assertEqual(response.status_code, 200)
        return response.text

    def _read(self, value, terminal=None):
        path = f"/pool/terminal/{(terminal or self.terminal).sudo().token}/read"
        return self._post(path, value=value)
