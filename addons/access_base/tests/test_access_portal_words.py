from datetime import date

from odoo.tests import freeze_time, tagged

from .portal_common import PortalCommon

NOW = "2026-11-21 10:00:00"


@tagged("post_install", "-at_install")
class TestAccessPortalWords(PortalCommon):
    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        frozen.start()
        self.addCleanup(frozen.stop)
        self.portal, self.partner = self._portal()

    def _plan_of(self, **values):
        subscription = self._subscription(self._plan(), **values)
        self.env.flush_all()
        [plan] = self.portal._plans(self.partner)
        return subscription, plan

    def _named(self, name):
        [held] = [
            one for one in self.portal._held(self.partner) if one.right.name == name
        ]
        return held

    # -- plans --------------------------------------------------------------------

    def test_a_running_plan(self):
        _subscription, plan = self._plan_of()
        self.assertEqual((plan.is_good, plan.words, plan.todo), (True, "Running", ""))

    def test_a_plan_to_come(self):
        _subscription, plan = self._plan_of(date_start="2026-12-01")
        self.assertEqual(plan.words, "Begins on 12/01/2026")

    def test_a_paused_plan(self):
        _subscription, plan = self._plan_of(is_paused=True, paused_until="2026-12-01")
        self.assertFalse(plan.is_good)
        self.assertEqual(plan.words, "Paused until 12/01/2026")

    def test_a_plan_paused_until_yesterday_runs(self):
        _subscription, plan = self._plan_of(is_paused=True, paused_until="2026-11-20")
        self.assertTrue(plan.is_good)

    def test_an_ended_plan(self):
        subscription, _plan = self._plan_of()
        closed = self.env.ref("subscription_oca.subscription_stage_closed")
        subscription.write({"stage_id": closed.id, "access_closed_on": "2026-11-10"})
        [plan] = self.portal._plans(self.partner)
        self.assertEqual(plan.words, "Ended on 11/10/2026")
        self.assertEqual(plan.todo, "Renew it to get in again.")

    def test_an_unpaid_plan(self):
        subscription, _plan = self._plan_of()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_subscription SET access_unpaid_due = %s WHERE id = %s",
            ["2026-11-15", subscription.id],
        )
        self.env.invalidate_all()
        [plan] = self.portal._plans(self.partner)
        self.assertTrue(plan.is_unpaid)
        self.assertEqual(plan.todo, "Pay the open invoice.")

    def test_plans_of_others_are_not_told(self):
        self._subscription(self._plan(), self.bob)
        self.assertFalse(self.portal._plans(self.partner))

    # -- rights -------------------------------------------------------------------

    def test_a_right_opens_in_its_time(self):
        self.assertTrue(self._named("Gym").opens)
        self.right.valid_to = "2026-11-20 00:00:00"
        self.assertFalse(self._named("Gym").opens)

    def test_a_right_to_come_says_from_when(self):
        self.right.valid_from = "2026-12-01 00:00:00"
        self.assertEqual(self._named("Gym").begins, "From 12/01/2026")

    def test_the_right_of_an_ended_plan_lasts_as_long_as_the_grace(self):
        plan = self._plan(name="Gym plan")
        self.env["access.right"].search([("plan_ids", "=", plan.id)]).name = "By plan"
        self._subscription(plan, date="2026-11-19")
        self.assertFalse(self._named("By plan").opens)
        self.venue.grace_days = 3
        self.assertTrue(self._named("By plan").opens)

    def test_what_is_left_of_the_month(self):
        band = self._band("Day time", (0, 8, 16))
        right = self._right(name="Counted", bands=[(band, 8)])
        days = ("2026-10-31", "2026-11-02", "2026-11-02", "2026-11-03")
        self._use(right, band, *days)
        self.assertEqual(
            self._named("Counted").used,
            ["2 of 8 entries of Day time used in November"],
        )

    def test_what_is_forbidden_is_no_right(self):
        self._right(name="Not the pool", effect="deny")
        names = [held.right.name for held in self.portal._rights(self.partner)]
        self.assertEqual(names, ["Gym"])

    def test_everybodys_right_is_told_to_who_holds_a_key(self):
        self._right(name="Lobby", partner_ids=False, everyone=True)
        names = [held.right.name for held in self.portal._rights(self.partner)]
        self.assertEqual(names, ["Gym", "Lobby"])
        portal, bob = self._portal(self.stranger)
        self.assertFalse(portal._rights(bob))

    # -- tickets ------------------------------------------------------------------

    def test_a_ticket_says_what_is_left_and_its_last_day(self):
        end = self.company._access_midnight(date(2026, 12, 1))
        ticket = self._ticket(self._ticket_type(), valid_to=end)
        self.assertEqual(self.portal._ticket_left(ticket), "10 of 10 entries left")
        self.assertEqual(self.portal._ticket_until(ticket), "Until 11/30/2026")

    def test_good_tickets_come_first(self):
        kind = self._ticket_type()
        old = self._ticket(kind, valid_to="2026-11-20 00:00:00")
        good = self._ticket(kind, valid_to="2027-11-20 00:00:00")
        self.assertEqual(self.portal._tickets(self.partner), good | old)

    def test_a_right_that_asks_for_no_certain_ticket_opens_nothing_yet(self):
        right = self._right(name="Pool", limiting="ticket")
        held = self._named("Pool")
        self.assertFalse(held.opens)
        self.assertEqual(held.how_often, "With a ticket: ask reception which one.")
        right.ticket_type_ids = self._ticket_type()
        right.ticket_type_ids.active = False
        held = self._named("Pool")
        self.assertTrue(held.opens)
        self.assertEqual(held.how_often, "with a ticket: Gym, 10 entries")

    # -- visits and entrances -----------------------------------------------------

    def test_visits_are_told_on_the_venues_clock(self):
        person = self.anna.access_person_ids.id
        today = self._passage(at="2026-11-21 07:30", person=person)
        old = self._passage(at="2025-11-21 07:30", person=person)
        words = [self.portal._visit_time(visit) for visit in today | old]
        self.assertEqual(words, ["08:30", "21 Nov 2025, 08:30"])

    def test_notes_of_staff_are_no_visits(self):
        person = self.anna.access_person_ids.id
        self._passage(granted=False, person=person, reason="presence_corrected")
        visit = self._passage(person=person)
        events = self.env["access.event"].search(self.portal._visits(self.partner))
        self.assertEqual(events, visit)

    def test_only_doors_that_members_can_come_by_are_told(self):
        plant, pool = self._zone("Plant"), self._zone("Pool")
        self._point("Plant door", zone_to_id=plant.id)
        pool_gate = self._point("Pool gate", zone_to_id=pool.id)
        self._right(self.bob, zone_ids=plant.ids)
        self._right(partner_ids=False, zone_ids=pool.ids, plan_ids=self._plan().ids)
        points = self.portal._entrances(self.partner)
        self.assertEqual(points, self.turnstile | pool_gate)

    def test_the_point_of_a_refusal_may_be_asked_about(self):
        door = self._point("Plant door", zone_to_id=self._zone("Plant").id)
        self._passage(door, granted=False, person=self.anna.access_person_ids.id)
        self.assertIn(door, self.portal._entrances(self.partner))
