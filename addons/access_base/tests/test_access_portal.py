import re
from datetime import date, datetime, timedelta, timezone
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..access_policy.rotating_qr import STEP_SECONDS, rotating_token, step_at
from ..models.access_portal import CODES, drawing
from .portal_common import PortalCommon

PAGES = ["", "/rights", "/visits", "/check"]
ACTS = ["/qr", "/qr/new", "/pin/1", "/lost/1", "/add", "/remove/1"]


@tagged("post_install", "-at_install")
class TestAccessPortal(PortalCommon, HttpCase):
    def _log_in(self, login="anna"):
        self.authenticate(login, f"{login}-password")

    def _get(self, path=""):
        return self.url_open(f"/my/access{path}", allow_redirects=False)

    def _post(self, path, **values):
        values["csrf_token"] = http.Request.csrf_token(self)
        url = f"/my/access{path}"
        return self.url_open(url, data=values, allow_redirects=False)

    def _held(self, kind, partner=None):
        partner = partner or self.anna
        self.env.invalidate_all()
        return partner.access_credential_ids.filtered(lambda key: key.kind == kind)

    def _assert_to_login(self, response):
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    # -- who ----------------------------------------------------------------------

    def test_who_is_not_logged_in_is_asked_to(self):
        self.authenticate(None, None)
        for path in PAGES:
            self._assert_to_login(self._get(path))
        for path in ACTS:
            self._assert_to_login(self._post(path))

    def test_members_see_their_own_pages_only(self):
        self._key("plate", "WA 12345")
        self._key("plate", "WA 99999", self.bob)
        self._log_in()
        for path in PAGES:
            self.assertEqual(self._get(path).status_code, 200, path)
        text = self._get().text
        self.assertIn("WA12345", text)
        self.assertNotIn("WA99999", text)

    def test_others_keys_are_not_found(self):
        theirs = {
            "pin": self._key("pin", partner=self.bob),
            "lost": self._card(self.bob, "04DEADBEEF"),
            "remove": self._key("plate", "WA 99999", self.bob),
        }
        self._log_in()
        for act, key in theirs.items():
            self.assertEqual(self._post(f"/{act}/{key.id}").status_code, 404, act)
            self.assertEqual(key.state, "active")

    def test_others_visits_are_not_found(self):
        self.bob._ensure_access_person()
        visit = self._passage(granted=False, person=self.bob.access_person_ids.id)
        self._log_in()
        self.assertEqual(self._get(f"/visits/{visit.id}").status_code, 404)

    def test_a_key_of_another_company_is_not_found(self):
        other = self.env["res.company"].create({"name": "Other"})
        key = self._card(value="04DEADBEEF", company_id=other.id)
        self._log_in()
        self.assertEqual(self._post(f"/lost/{key.id}").status_code, 404)
        self.assertNotIn("BEEF", self._get().text)

    # -- how ----------------------------------------------------------------------

    def test_pages_change_nothing(self):
        """A link cannot make a member do something."""
        plate = self._key("plate", "WA 12345")
        self._log_in()
        for path in [*ACTS, f"/remove/{plate.id}", f"/lost/{self.card.id}"]:
            self.assertEqual(self._get(path).status_code, 405, path)
        execute = type(self.env.cr).execute
        written = []

        def watch(cursor, query, *args, **kwargs):
            text = str(getattr(query, "code", query))
            if re.match(r"\s*(INSERT|UPDATE|DELETE)", text) and "access_" in text:
                written.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", watch):
            for path in [*PAGES, f"/check?point={self.turnstile.id}"]:
                self.assertEqual(self._get(path).status_code, 200)
            self.assertFalse(written)
            self._post(f"/remove/{plate.id}")
            self.assertTrue(written)

    def test_without_csrf_token_nothing_is_done(self):
        self._log_in()
        with mute_logger("odoo.http"):
            for path in [*ACTS, f"/lost/{self.card.id}"]:
                response = self.url_open(f"/my/access{path}", data={"kind": "plate"})
                self.assertEqual(response.status_code, 400, path)
        self.assertEqual(self.card.state, "active")

    def test_keys_stay_in_no_cache(self):
        self._log_in()
        headers = self._post("/qr").headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")

    # -- cards --------------------------------------------------------------------

    def test_a_card_is_reported_lost(self):
        self._log_in()
        self._post(f"/lost/{self.card.id}")
        self.assertEqual(self._held("card").state, "lost")
        self.assertNotIn("Yes, it is lost", self._get().text)

    def test_a_lost_card_is_not_reported_again(self):
        self.card.action_block()
        self._log_in()
        self.assertEqual(self._post(f"/lost/{self.card.id}").status_code, 404)
        self.assertEqual(self.card.state, "blocked")

    # -- phone numbers and plates -------------------------------------------------

    def test_a_plate_is_added_and_removed(self):
        self._log_in()
        response = self._post("/add", kind="plate", value="wa 12-345")
        self.assertTrue(response.headers["Location"].endswith("/my/access#plate"))
        plate = self._held("plate")
        self.assertEqual((plate.value, plate.state), ("WA12345", "active"))
        self.assertEqual(plate.company_id, self.company)
        self._post(f"/remove/{plate.id}")
        self.assertEqual(self._held("plate").state, "returned")

    def test_what_was_removed_in_another_tab(self):
        plate = self._key("plate", "WA 12345")
        self._log_in()
        self._post(f"/remove/{plate.id}")
        answer = self._post(f"/remove/{plate.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("It is removed already", answer.text)

    def test_a_phone_number_is_that_of_the_companys_country(self):
        self._log_in()
        self._post("/add", kind="phone", value="601 234 567")
        self.assertEqual(self._held("phone").value, "+48601234567")

    def test_what_is_wrong_is_said_beside_the_field(self):
        self._key("plate", "WA 99999", self.bob)
        self._log_in()
        for kind, value, words in (
            ("phone", "12", "This is not a phone number of Poland"),
            ("plate", "?", "A number plate has 2 to 12 letters and digits"),
            ("plate", "WA 99999", "It is registered already"),
        ):
            text = self._post("/add", kind=kind, value=value).text
            [error] = re.findall(r'id="error-(\w+)"[^>]*>([^<]*)', text)
            self.assertEqual(error[0], kind)
            self.assertIn(words, error[1])
            self.assertIn(f'value="{value}"', text)
            self.assertFalse(self._held(kind))

    def test_members_add_no_other_kind(self):
        self._log_in()
        for kind in ("card", "pin", "qr", "mobile_key"):
            response = self._post("/add", kind=kind, value="04A1B2C3D4")
            self.assertEqual(response.status_code, 404)

    def test_as_many_as_the_company_allows(self):
        self.company.access_portal_plates = 2
        self._log_in()
        for value in ("WA 1", "WA 2", "WA 3"):
            self._post("/add", kind="plate", value=value)
        self.assertEqual(self._held("plate").mapped("value"), ["WA2", "WA1"])

    def test_a_blocked_plate_is_not_added_anew(self):
        plate = self._key("plate", "WA 12345")
        plate.action_block()
        self._log_in()
        self.assertEqual(self._post(f"/remove/{plate.id}").status_code, 404)
        self._post("/add", kind="plate", value="WA 12345")
        self.assertEqual(self._held("plate").mapped("state"), ["blocked"])

    # -- who may make none --------------------------------------------------------

    def test_suspended_members_make_no_keys(self):
        self._key("rotating_qr")
        pin = self._key("pin")
        self.anna.access_suspended = True
        self._log_in()
        self._post("/add", kind="plate", value="WA 12345")
        self.assertFalse(self._held("plate"))
        self.assertIn("suspended", self._post("/qr").json()["error"])
        self.assertIn("suspended", self._post(f"/pin/{pin.id}").json()["error"])
        self.assertIn("Your access is suspended", self._get().text)

    def test_suspended_members_may_report_a_loss(self):
        self.anna.access_suspended = True
        self._log_in()
        self._post(f"/lost/{self.card.id}")
        self.assertEqual(self._held("card").state, "lost")

    def test_who_was_given_nothing_makes_no_keys(self):
        """Else whoever signs up had the rights of everybody with a credential."""
        self._log_in("bob")
        self._post("/qr/new")
        text = self._post("/add", kind="plate", value="WA 12345").text
        self.assertFalse(self.bob.access_credential_ids)
        self.assertIn("You have no plan, ticket or card yet", text)

    # -- PIN and QR ---------------------------------------------------------------

    def test_a_generated_pin_is_shown_on_request(self):
        pin = self._key("pin")
        self._log_in()
        digits = pin._reveal_pin()
        self.assertNotIn(digits, self._get().text)
        self.assertEqual(self._post(f"/pin/{pin.id}").json(), {"pin": digits})

    def test_no_log_tells_pins_and_codes(self):
        pin, key = self._key("pin"), self._key("rotating_qr")
        self._log_in()
        with self.assertLogs(level="DEBUG") as logs:
            self._post(f"/pin/{pin.id}")
            self._post("/qr")
        text = "\n".join(logs.output)
        self.assertIn("/my/access/qr", text)
        self.assertNotIn(pin._reveal_pin(), text)
        self.assertNotIn(f"A1:{key.id}:", text)

    def test_a_chosen_pin_is_not_shown(self):
        pin = self._key("pin", "47110815")
        self._log_in()
        self.assertIn("chose", self._post(f"/pin/{pin.id}").json()["error"])
        self.assertIn("You chose this PIN yourself", self._get().text)

    def test_a_duress_pin_is_not_told(self):
        pin = self._key("pin", is_duress=True)
        self._log_in()
        self.assertEqual(self._post(f"/pin/{pin.id}").status_code, 404)
        self.assertNotIn("Show PIN", self._get().text)

    def test_the_first_qr_code_is_made_by_the_member(self):
        self._log_in()
        self.assertIn("Get my QR code", self._get().text)
        self._post("/qr/new")
        self._post("/qr/new")
        self.assertEqual(len(self._held("rotating_qr")), 1)
        self.assertNotIn("Get my QR code", self._get().text)

    def test_a_blocked_qr_code_is_not_made_anew(self):
        self._key("rotating_qr").action_block()
        self._log_in()
        self._post("/qr/new")
        self.assertEqual(self._held("rotating_qr").mapped("state"), ["blocked"])
        self.assertIn("error", self._post("/qr").json())

    def test_codes_of_the_next_half_minutes(self):
        key = self._key("rotating_qr")
        self._log_in()
        answer = self._post("/qr").json()
        first = step_at(datetime.fromtimestamp(answer["now"] / 1000, timezone.utc))
        steps = [code["step"] for code in answer["codes"]]
        self.assertEqual(steps, list(range(first, first + CODES)))
        for step, code in zip(steps, answer["codes"], strict=True):
            at = datetime.fromtimestamp(step * STEP_SECONDS, timezone.utc)
            text = key._rotating_qr(at)
            verifies = self.company._access_qr_verifies
            self.assertEqual(rotating_token(text, at, verifies), key.token)
            self.assertEqual(code["path"], drawing(text)["path"])

    # -- can I get in? ------------------------------------------------------------

    def _asked(self, **asked):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        response = self._get(f"/check?{query}")
        return re.sub(r"\s+", " ", response.text) if response.ok else ""

    def test_members_are_told_whether_they_get_in(self):
        self._log_in()
        self.assertIn("May pass: Has the right", self._asked(point=self.turnstile.id))
        self.right.hours = "bands"  # and none is chosen
        text = self._asked(point=self.turnstile.id)
        self.assertIn("May not pass: Outside the hours of the right", text)

    def test_a_time_is_one_of_the_venues_clock(self):
        band = self._band("Day", *[(weekday, 8, 16) for weekday in range(7)])
        self.right.unlink()
        self._right(bands=[band])
        day = date.today() + timedelta(days=7)
        self._log_in()
        for clock, words in (("07:59", "May not pass"), ("08:00", "May pass")):
            text = self._asked(point=self.turnstile.id, at=f"{day}T{clock}")
            self.assertIn(words, text)

    def test_a_time_that_is_none_is_said(self):
        self._log_in()
        text = self._asked(point=self.turnstile.id, at="soon")
        self.assertIn("Choose a day and a time.", text)
        text = self._asked(point=self.turnstile.id, at="2999-01-01T10:00")
        self.assertIn("Choose a time in the next 45 days.", text)
        self.assertNotIn("May pass", text)

    def test_doors_that_are_nobodys_business_are_not_told(self):
        plant = self._point("Plant door", zone_to_id=self._zone("Plant").id)
        self._log_in()
        self.assertNotIn("Plant door", self._asked())
        for point in (plant.id, "x", 0x7FFFFFFF + 1):
            self.assertEqual(self._get(f"/check?point={point}").status_code, 404)

    def test_who_has_nothing_yet_is_told_what_to_do(self):
        self.right.everyone = True
        self._log_in("bob")
        text = self._asked(point=self.turnstile.id)
        self.assertIn("You have no plan, ticket or card yet.", text)
        self.assertIn(
            "You have no card yet. Reception gives you one.", self._get().text
        )
        self.assertIn("No door opens to you yet.", self._get("/rights").text)

    def test_a_refusal_says_what_would_have_helped(self):
        person = self.anna.access_person_ids.id
        self.card.action_report_lost()
        refused = self._passage(
            granted=False,
            person=person,
            credential=self.card.id,
            reason="credential_lost",
        )
        granted = self._passage(person=person)
        self._log_in()
        text = self._get(f"/visits/{refused.id}").text
        self.assertIn("The card is reported lost: ask for a new one.", text)
        self.assertEqual(self._get(f"/visits/{granted.id}").status_code, 404)

    # -- by hand ------------------------------------------------------------------

    def test_phone(self):
        """A member with a phone walks through everything."""
        self.browser_size = "390x844"
        self.touch_enabled = True
        self._key("pin")
        self._ticket(self._ticket_type(), valid_from="2020-01-01 00:00:00")
        person = self.anna.access_person_ids.id
        self._passage(granted=False, person=person, reason="outside_hours")
        self._passage(person=person, right=self.right.id)
        self.start_tour("/my", "access_portal", login="anna")
        self.assertEqual(self._held("plate").state, "returned")
        self.assertEqual(self._held("card").state, "lost")
        self.assertTrue(self._held("rotating_qr"))
