import re
from contextlib import contextmanager
from unittest.mock import patch

from lxml import html

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import root
from odoo.tests import new_test_user, tagged
from odoo.tools.translate import CodeTranslations

from .guest_common import GuestCommon

LANG = "fr_FR"
OURS = "access_pool", "access_base"


class Marked(dict):
    """Translations that mark each text, so that what has none stands out."""

    def get(self, source, _default=None):
        return f"‹{source}›"


@tagged("post_install", "-at_install")
class TestLanguages(GuestCommon):
    """Whoever looks is shown their own language, to the last word."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(LANG)
        views = cls.env["ir.ui.view"].search(
            [("key", "=like", "access_%"), ("type", "=", "qweb")]
        )
        field = views._fields["arch_db"]
        for view in views:
            terms = set(field.get_trans_terms(view.arch_db))
            marked = {term: f"‹{term}›" for term in terms}
            view.update_field_translations("arch_db", {LANG: marked})

    def setUp(self):
        super().setUp()
        # What a new session takes from the browser; the test's own begins in English.
        self.session.context["lang"] = LANG
        root.session_store.save(self.session)

    @contextmanager
    def _marked(self):
        known = CodeTranslations.get_python_translations

        def translations(self, module, lang):
            is_ours = module in OURS and lang == LANG
            return Marked() if is_ours else known(self, module, lang)

        with patch.object(CodeTranslations, "get_python_translations", translations):
            yield

    def _assert_marked(self, text, part, *names):
        """Find no word that is not translated, but names that staff gave."""
        place = html.fromstring(text).find_class(part)[0]
        words = " ".join(place.xpath(".//text()[not(ancestor::script)]"))
        self.assertIn("‹", words)
        while words != (rest := re.sub("‹[^‹›]*›", "", words)):
            words = rest
        for name in (self.venue.name, "Adult, 60 minutes", *names):
            words = words.replace(name, "")
        self.assertEqual(re.findall("[A-Za-z]{2,}", words), [])

    def _follow(self, path):
        with self._marked():
            response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return response.text

    def _owe(self):
        with self._minutes_ago(80):
            self._pass(self.stay)
        self._put_on(self.stay)

    def test_guest_who_owes(self):
        self._owe()
        text = self._follow(self.stay._page_path())
        self._assert_marked(text, "o_access_stay", "Beer")

    def test_guest_of_a_group(self):
        family = self._admission("Family", (self.adult, 2))
        with self._minutes_ago(90):
            first, second = self._sell(family, *self.bands[1:3]).sorted("id")
        self._put_on(second)
        names = "Family", "Adult", "Beer"
        for stay in (first, second):
            text = self._follow(stay._page_path())
            self._assert_marked(text, "o_access_stay", *names)

    def test_guest_wherever_they_stand(self):
        pages = [self._follow(self.stay._page_path())]
        self._pass(self.stay)
        self.desk.action_access_lost(self.stay.id, self.bands[1].id)
        self.desk.action_access_correct(self.stay.id, 50, "Found")
        pages.append(self._follow(self.stay._page_path()))
        for text in pages:
            self._assert_marked(text, "o_access_stay", "Correction: Found")

    def test_guest_who_may_leave(self):
        self.desk.action_access_exit(self.stay.ids)
        text = self._follow(self.stay._page_path())
        self.assertIn("‹Exit ticket A-001›", text)
        self._assert_marked(text, "o_access_stay")

    def test_guest_who_may_not_pay_is_told_why(self):
        self._owe()
        self._follow(self.stay._page_path())
        with self._marked():
            text = self._post(f"{self.stay._page_path()}/pay").text
        self.assertIn("‹Please pay at the desk.›", text)
        self._assert_marked(text, "o_access_stay", "Beer")

    def test_terminal(self):
        self._owe()
        text = self._follow(f"/pool/terminal/{self.terminal.sudo().token}")
        self._assert_marked(text, "o_access_terminal")
        with self._marked():
            for value in (self.bands[0].value, "04FFFFFF"):
                text = f"<div class='answer'>{self._read(value).text}</div>"
                self._assert_marked(text, "answer", "Beer")

    def test_cards_in_the_portal(self):
        cover = self.env["access.tariff.cover"].create(
            {"name": "10 hours", "type": "minutes", "tariff_id": self.tariff.id}
        )
        season = self._admission(
            "Season", (self.adult, 1), type="card", cover_id=cover.id
        )
        user = new_test_user(
            self.env,
            "zofia",
            groups="base.group_portal",
            password="zofia-password",
            lang=LANG,
            company_id=self.env.company.id,
            company_ids=self.env.company.ids,
        )
        card = {"partner_id": user.partner_id.id, "admission_id": season.id}
        cards = self.env["access.pool.card"].create([card, card])
        moves = [Command.create({"quantity": quantity}) for quantity in (100, -35)]
        for card, move in zip(cards, moves, strict=True):
            card.sudo().move_ids = [move]
        cards[0].sudo()._hand_out(self.bands[1].sudo())
        self.authenticate("zofia", "zofia-password")
        text = self._follow("/my/access/cards")
        self._assert_marked(text, "o_access_page", "Season", "Adult", "CARD")

    def test_refusal_at_a_till(self):
        self._owe()
        till = self.desk.with_context(lang=LANG)
        with self._marked(), self.assertRaises(UserError) as caught:
            till.action_access_exit(self.stay.ids)
        self.assertEqual(
            str(caught.exception), "‹Band A-001 is not paid for yet: read it again.›"
        )
