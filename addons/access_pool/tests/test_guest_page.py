from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import mute_logger, new_test_user, tagged

from .guest_common import GuestCommon


@tagged("post_install", "-at_install")
class TestGuestPage(GuestCommon):
    def _settle(self):
        self._pass(self.stay, at=self._now() - timedelta(minutes=30))
        self.desk.action_access_exit(self.stay.ids)

    # -- what it tells ------------------------------------------------------

    def test_before_the_gate_no_time_runs(self):
        self.assertIn("Your time starts when you go in", self._page())

    def test_time_inside_and_until_when_nothing_more_is_due(self):
        self._pass(self.stay, at=self._now() - timedelta(minutes=50))
        values = self.stay._page_values()
        self.assertEqual(values["inside"], "50 min")
        self.assertEqual(values["next"]["left"], "20 min")
        self.assertEqual(values["next"]["amount"], 0.6)
        self.assertIn("Nothing to pay now", self._page())

    def test_hours_are_told_as_hours(self):
        self.assertEqual(self.stay._minutes_words(125), "2 h 5 min")

    def test_what_is_owed_stands_line_by_line(self):
        self._pass(self.stay, at=self._now() - timedelta(minutes=80))
        self._put_on(self.stay, qty=2)
        values = self.stay._page_values()
        self.assertEqual(values["lines"], [("Pool: 10 min", 6), ("Beer", 24)])
        self.assertEqual((values["owed"], values["tab"]), (30, 24))
        self.assertIn("26.00", values["limit_words"])
        self.assertIn("Beer", self._page())

    def test_what_is_due_soon_is_the_same_as_the_bill(self):
        self._pass(self.stay, at=self._now() - timedelta(minutes=80))
        self._put_on(self.stay)
        bill = self._bill_of(self.stay)
        billed = sum(line["price_unit"] * line["qty"] for line in bill)
        self.assertEqual(self.stay._page_values()["owed"], billed)

    def test_after_the_exit_desk_until_when_to_leave(self):
        self._settle()
        self.assertIn("your band is back", self._page())
        self.assertIn("Leave until 13:15", self._page())

    def test_blocked_band(self):
        self.desk.action_access_lost(self.stay.id)
        self.assertIn("reported lost", self._page())

    def test_what_has_changed_comes_by_itself(self):
        self.start_tour(self.stay._page_path(), "access_pool_stay")

    def test_styles_are_ones_that_the_compiler_takes(self):
        """It has no ``min`` of several units, and then all pages look bare."""
        styles = self.env["ir.qweb"]._get_asset_bundle("web.assets_frontend", js=False)
        styles.css()
        self.assertFalse(styles.css_errors)

    # -- who sees it ------------------------------------------------------

    def test_page_is_no_longer_there_a_day_after_the_end(self):
        self._settle()
        with self._in_minutes(24 * 60 - 1):
            self.assertEqual(self._get(self.stay._page_path()).status_code, 200)
        with self._in_minutes(24 * 60 + 1):
            self.assertEqual(self._get(self.stay._page_path()).status_code, 404)

    def test_open_stay_has_its_page_however_long_it_lasts(self):
        with self._in_minutes(3 * 24 * 60):
            self.assertEqual(self._get(self.stay._page_path()).status_code, 200)

    def test_no_other_address_shows_a_stay(self):
        token = self.stay.sudo().token
        for wrong in (token[:-1], token.swapcase(), str(self.stay.id), "False", "%25"):
            for path in (f"/pool/stay/{wrong}", f"/pool/stay/{wrong}/pay"):
                response = self._post(path) if "pay" in path else self._get(path)
                self.assertEqual(response.status_code, 404, path)

    def test_address_cannot_be_guessed(self):
        other = self._sell(self.adult_ticket, self.bands[1])
        tokens = self.stay.sudo().token, other.sudo().token
        self.assertTrue(all(len(token) >= 32 for token in tokens))
        self.assertNotEqual(*tokens)

    def test_page_names_neither_chip_nor_card(self):
        self.assertNotIn(self.bands[0].value, self._page())

    def test_kept_by_no_cache_search_engine_or_frame(self):
        headers = self._get(self.stay._page_path()).headers
        self.assertEqual(headers["X-Robots-Tag"], "noindex, nofollow")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")

    @mute_logger("odoo.http")
    def test_nothing_is_paid_from_another_site(self):
        path = f"{self.stay._page_path()}/pay"
        self.assertEqual(self.url_open(path, data={"x": 1}).status_code, 400)
        self.assertEqual(self._get(path).status_code, 405)


@tagged("post_install", "-at_install")
class TestInfoTerminal(GuestCommon):
    def test_shows_what_is_on_the_band_and_the_way_to_its_page(self):
        self._pass(self.stay, at=self._now() - timedelta(minutes=80))
        response = self._read(self.bands[0].value)
        self.assertEqual(response.status_code, 200)
        for words in ("A-001", "1 h 20 min", "QR code of your page"):
            self.assertIn(words, response.text)
        self.assertNotIn(self.bands[0].value, response.text)

    def test_guests_hold_their_bands_to_the_reader(self):
        path = f"/pool/terminal/{self.terminal.sudo().token}"
        self.start_tour(path, "access_pool_terminal")

    def test_unknown_free_or_unreadable_band_is_told_alike(self):
        values = "04FFFFFF", self.bands[1].value, "?", ""
        answers = {self._read(value).text for value in values}
        self.assertEqual(len(answers), 1)
        self.assertIn("not known here", answers.pop())

    def test_printed_number_says_nothing(self):
        """It can be read on any wrist; the chip must be in the hand."""
        self.assertIn("not known here", self._read("A-001").text)

    def test_number_of_the_chip_is_in_no_log(self):
        with self.assertLogs(level="DEBUG") as logs, mute_logger("odoo.sql_db"):
            self._read(self.bands[0].value)
        text = "\n".join(logs.output)
        self.assertIn("/pool/terminal/", text)
        self.assertNotIn(self.bands[0].value, text)

    def test_old_address_shows_nothing_after_renewal(self):
        token = self.terminal.sudo().token
        self.terminal.action_renew()
        self.assertNotEqual(self.terminal.sudo().token, token)
        self.assertEqual(self._get(f"/pool/terminal/{token}").status_code, 404)
        response = self._post(f"/pool/terminal/{token}/read", value=self.bands[0].value)
        self.assertEqual(response.status_code, 404)
        url = f"/pool/terminal/{self.terminal.sudo().token}"
        self.assertEqual(self._get(url).status_code, 200)

    def test_archived_terminal_shows_nothing(self):
        self.terminal.active = False
        self.assertEqual(self._read(self.bands[0].value).status_code, 404)

    @mute_logger("odoo.http")
    def test_asks_by_post_with_its_own_token_only(self):
        path = f"/pool/terminal/{self.terminal.sudo().token}/read"
        value = self.bands[0].value
        self.assertEqual(self.url_open(path, data={"value": value}).status_code, 400)
        self.assertEqual(self._get(f"{path}?value=1").status_code, 405)

    def test_address_is_for_managers(self):
        """Whoever has it may ask for any band."""
        staff = new_test_user(
            self.env,
            "reception",
            groups="access_base.group_reception",
            company_id=self.env.company.id,
            company_ids=self.env.company.ids,
        )
        terminal = self.terminal.with_user(staff)
        for name in ("url", "token"):
            with self.assertRaises(AccessError):
                terminal.read([name])
        with self.assertRaises(AccessError):
            self.stay.with_user(staff).read(["token"])

    def test_band_of_another_company_is_not_known(self):
        other = self.env["res.company"].create({"name": "Other"})
        venue = self.env["access.venue"].create(
            {"name": "Theirs", "tz": "UTC", "company_id": other.id}
        )
        theirs = self.terminal.create({"name": "Theirs", "venue_id": venue.id})
        self.assertIn("not known here", self._read(self.bands[0].value, theirs).text)
