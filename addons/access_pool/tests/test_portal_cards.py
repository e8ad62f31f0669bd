from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestPortalCards(DeskCommon, HttpCase):
    """A member's season cards in the portal."""

    def setUp(self):
        super().setUp()
        cover = self.env["access.tariff.cover"].create(
            {"name": "10 hours", "type": "minutes", "tariff_id": self.tariff.id}
        )
        self.season = self._admission(
            "Ten hours", (self.adult, 1), type="card", cover_id=cover.id
        )
        self.member = self._card_of("zofia")
        self.stranger = self._card_of("jan")
        self.authenticate("zofia", "zofia-password")

    def _card_of(self, login):
        user = new_test_user(
            self.env,
            login,
            groups="base.group_portal",
            password=f"{login}-password",
            company_id=self.env.company.id,
            company_ids=self.env.company.ids,
        )
        card = self.env["access.pool.card"].create(
            {"partner_id": user.partner_id.id, "admission_id": self.season.id}
        )
        card.sudo().move_ids = [Command.create({"quantity": 480})]
        return card

    def _text(self):
        response = self.url_open("/my/access/cards", allow_redirects=False)
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_own_cards_with_balance_and_nobody_elses(self):
        text = self._text()
        self.assertIn(self.member.number, text)
        self.assertIn("8 h 0 min", text)
        self.assertNotIn(self.stranger.number, text)

    def test_bands_that_are_out_lead_to_their_pages(self):
        stay = self.member.sudo()._hand_out(self.bands[0].sudo())
        theirs = self.stranger.sudo()._hand_out(self.bands[1].sudo())
        text = self._text()
        self.assertIn(stay._page_path(), text)
        self.assertNotIn(theirs._page_path(), text)

    def test_band_that_is_back_is_not_listed(self):
        stay = self.member.sudo()._hand_out(self.bands[0].sudo())
        self.desk.action_access_exit(stay.ids)
        self.assertNotIn(stay._page_path(), self._text())

    def test_cards_come_after_access_in_the_breadcrumbs(self):
        text = self._text()
        crumbs = [text.index(name) for name in (">Access</a>", "Season Cards\n")]
        self.assertEqual(crumbs, sorted(crumbs))

    def test_who_has_no_card_is_told_where_to_get_one(self):
        self.member.partner_id = self.stranger.partner_id
        self.assertIn("Ask for one at the desk", self._text())

    def test_who_has_no_card_is_not_led_there(self):
        self.member.partner_id = self.stranger.partner_id
        self.assertNotIn("/my/access/cards", self.url_open("/my/access").text)

    def test_who_is_not_logged_in_is_asked_to(self):
        self.authenticate(None, None)
        response = self.url_open("/my/access/cards", allow_redirects=False)
        self.assertIn("/web/login", response.headers["Location"])
