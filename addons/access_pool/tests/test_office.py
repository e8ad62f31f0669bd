import doctest

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, mute_logger, new_test_user, tagged

from .. import next_place
from ..wizard import access_wristband_registration
from .desk_common import DeskCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class OfficeCommon(DeskCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff.cover_ids = [Command.create({"name": "Entries", "type": "entries"})]
        cls.season = cls._admission(
            "Season",
            (cls.adult, 1),
            type="card",
            cover_id=(cls.tariff.cover_ids - cls.cover).id,
        )
        cls.card = cls.env["access.pool.card"].create(
            {"partner_id": cls.anna.id, "admission_id": cls.season.id}
        )

    def _user(self, *groups, **values):
        name = f"user{len(self.env['res.users'].search([]))}"
        return new_test_user(self.env, name, groups=",".join(groups), **values)


@tagged("post_install", "-at_install")
class TestWristbands(OfficeCommon):
    def test_examples(self):
        for module in (next_place, access_wristband_registration):
            self.assertEqual(doctest.testmod(module).failed, 0)

    def test_band_after_band_gets_the_next_number(self):
        form = self._register("04BB0001", "04BB0002")
        form.save().action_register()
        made = self.env["access.wristband"].search([("value", "=like", "04BB%")])
        self.assertEqual(made.mapped("number"), ["A-009", "A-010"])

    @mute_logger("odoo.tests.form.onchange")
    def test_a_band_is_registered_once(self):
        form = self._register("04BB0001", "04BB0001", self.bands[0].value)
        self.assertEqual(len(form.save().line_ids), 1)

    def test_none_held_is_told(self):
        with self.assertRaisesRegex(UserError, "Hold a band"):
            self._register().save().action_register()

    def _register(self, *scans):
        form = Form(self.env["access.wristband.registration"])
        for scan in scans:
            form.desk_scan = scan
        return form

    def test_a_lost_band_that_is_found_is_given_again(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self.desk.action_access_lost(stay.id, self.bands[1].id)
        self.bands[0].action_found()
        self.assertEqual(self.bands[0].state, "store")


@tagged("post_install", "-at_install")
class TestSeasonCards(OfficeCommon):
    def test_a_manager_corrects_the_balance_and_says_why(self):
        self._correct(3, "Gate was stuck")
        self.assertEqual(self.card.left, 3)
        self.assertEqual(self.card.move_ids.reason, "Gate was stuck")

    def test_without_a_reason_nothing_is_corrected(self):
        with self.assertRaises(ValidationError):
            self._correct(3, "  ")

    def test_nobody_else_corrects_it(self):
        operator = self._user("access_base.group_operator")
        with self.assertRaises(AccessError):
            self.card.with_user(operator)._correct(3, "Friend")

    def test_cards_in_debt_are_found(self):
        self._correct(-2, "Hours of last year")
        debt = [("is_in_debt", "=", True)]
        self.assertEqual(self.env["access.pool.card"].search(debt), self.card)

    def test_what_is_issued_is_read_as_the_card(self):
        issued = self._issue("04C0FFEE")
        self.assertEqual(self.card.credential_id, issued)
        self.assertEqual(issued.partner_id, self.anna)

    def test_what_replaces_it_is_the_card_from_then_on(self):
        old = self._issue("04C0FFEE")
        values = {"replaces_id": old.id, "replaced_state": "lost", "value": "04C0FFEF"}
        new = self._card(**values)
        self.assertEqual(self.card.credential_id, new)

    def _issue(self, value):
        action = self.card.action_issue()
        credentials = self.env["access.credential"].with_context(**action["context"])
        return credentials.create({"value": value})

    def _correct(self, quantity, reason):
        action = self.card.action_correct_balance()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.quantity, form.reason = quantity, reason
        form.save().action_correct()


@tagged("post_install", "-at_install")
class TestGuestsScreen(OfficeCommon):
    def test_filters_find_what_they_say(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._sell(self.adult_ticket, self.bands[1])
        self._pass(stay)
        self._put_on(stay)
        for name in ("has_tab", "is_inside"):
            self.assertEqual(self._found(name), stay, name)

    def test_reception_sees_a_guest_without_being_a_cashier(self):
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._put_on(stay)
        user = self._user("access_base.group_reception")
        form = Form(stay.with_user(user))
        self.assertEqual(form.owed_amount, 12)
        self.assertEqual(self._found("has_tab", user), stay)

    def test_passages_are_those_of_the_stay(self):
        with self._minutes_ago(30):
            first = self._sell(self.adult_ticket, self.bands[0])
            self._pass(first)
            self.desk.action_access_exit(first.ids)
        stay = self._sell(self.adult_ticket, self.bands[0])
        self._pass(stay)
        action = stay.action_view_passages()
        events = self.env["access.event"].search(action["domain"])
        self.assertEqual(events.credential_id.access_stay_id, stay)
        self.assertEqual(stay.passage_count, 1)

    def test_those_who_came_together_are_shown_together(self):
        stays = self._sell(self.adult_ticket, *self.bands[:2], qty=2)
        action = stays[0].action_view_party()
        self.assertEqual(self.env["access.stay"].search(action["domain"]), stays)

    def _found(self, name, user=None):
        stays = self.env["access.stay"].with_user(user or self.env.user)
        return stays.search([(name, "=", True)])


@tagged("post_install", "-at_install")
class TestPlaces(OfficeCommon):
    def setUp(self):
        super().setUp()
        self.pool.capacity = 1

    def test_a_zone_with_room_has_a_place_at_once(self):
        self.assertEqual(self._place(), {"inside": 0, "next_free_minutes": 0})

    def test_the_next_place_is_told_by_how_long_people_stay(self):
        self._visit(self.bands[0], came=180, went=120)
        self._visit(self.bands[1], came=50)
        self.assertEqual(self._place(), {"inside": 1, "next_free_minutes": 10})
        self.assertTrue(self.pool.is_full)
        self.assertEqual(self.pool.next_free_minutes, 10)

    def test_who_moves_within_a_zone_has_not_left_it(self):
        self.wet.capacity = 1
        self._visit(self.bands[0], came=180, went=120)
        stay = self._visit(self.bands[1], came=50)
        with self._minutes_ago(5):
            self._pass(stay, self.sauna_gate)
        self.assertEqual(self._place("Wet Area")["next_free_minutes"], 10)

    def test_while_nobody_has_left_nobody_can_tell(self):
        self._visit(self.bands[0], came=50)
        self.assertEqual(self._place(), {"inside": 1, "next_free_minutes": None})

    def test_a_till_shows_the_zones_of_its_venue(self):
        self.desk.access_venue_id = self.env["access.venue"].create(
            {"name": "Other", "tz": "UTC"}
        )
        self.assertEqual(self.desk.action_access_places(), [])

    def test_a_till_knows_which_tickets_lead_there(self):
        elsewhere = self._admission("Sauna only", (self.adult, 1))
        elsewhere.zone_ids = self.sauna
        (place,) = self.desk.action_access_places()
        self.assertIn(self.adult_ticket.id, place["admission_ids"])
        self.assertNotIn(elsewhere.id, place["admission_ids"])

    def _visit(self, band, came, went=None):
        with self._minutes_ago(came):
            stay = self._sell(self.adult_ticket, band)
            self._pass(stay)
        if went is not None:
            with self._minutes_ago(went):
                self._pass(stay, self.out)
        return stay

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = cls._point("Way out", zone_from_id=cls.wet.id)

    def _place(self, zone="Pool"):
        found = {one["zone"]: one for one in self.desk.action_access_places()}
        place = found[zone]
        return {name: place[name] for name in ("inside", "next_free_minutes")}


@tagged("post_install", "-at_install")
class TestPhoto(OfficeCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.anna.image_1920 = PIXEL
        self.adult.wants_photo = True

    def test_a_till_shows_who_holds_the_card(self):
        self._log_in("point_of_sale.group_pos_user")
        response = self._photo()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertTrue(response.headers["Content-Type"].startswith("image/"))

    def test_who_is_no_cashier_is_told_of_no_card(self):
        self._log_in("base.group_user")
        self.assertEqual(self._photo().status_code, 404)

    def test_a_till_of_another_company_is_told_of_no_card(self):
        other = self.env["res.company"].create({"name": "Other"})
        company = {"company_id": other.id, "company_ids": other.ids}
        self._log_in("point_of_sale.group_pos_user", **company)
        self.assertEqual(self._photo().status_code, 404)

    def test_where_no_photo_is_wanted_none_is_shown(self):
        self.adult.wants_photo = False
        self._log_in("point_of_sale.group_pos_user")
        self.assertEqual(self._photo().status_code, 404)

    def test_nobody_sees_it_without_logging_in(self):
        self.assertIn("/web/login", self._photo().url)

    def _log_in(self, *groups, **values):
        user = self._user(*groups, **values)
        self.authenticate(user.login, user.login)

    def _photo(self):
        return self.url_open(f"/access_pool/card/{self.card.id}/photo")
