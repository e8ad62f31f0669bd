from datetime import datetime, timedelta

from odoo.fields import Command

from ..access_policy import Reason
from .common import AccessCommon

SATURDAY = "2026-11-21 07:30"  # 08:30 in Warsaw


class TestAccessExplanation(AccessCommon):
    """What the ERP says about a decision, sentence by sentence."""

    def _told(self, at=SATURDAY, credential=None, point=None):
        return self.env["access.explanation"]._explain(
            self.anna, point or self.turnstile, datetime.fromisoformat(at), credential
        )

    def _assert_told(self, reason, *words, advice="", **asked):
        told = self._told(**asked)
        text = "\n".join(sentence for sentence, _found in told.steps)
        self.assertEqual(told.decision.reason, Reason(reason), text)
        for part in words:
            self.assertIn(part, text)
        self.assertIn(advice, told.advice)

    # -- the person and what they hold ------------------------------------------------

    def test_right_that_opens(self):
        self._right()
        self._assert_told("right", "Opens: Gym (Gym; at any hour; without limit).")

    def test_no_right(self):
        self._assert_told(
            "no_right",
            "No right of Anna Nowak covers Gym turnstile.",
            advice="A plan, ticket or booking for this place is needed.",
        )

    def test_suspended(self):
        self._right()
        self.anna.access_suspended = True
        self._assert_told(
            "person_suspended",
            "Anna Nowak is suspended.",
            advice="speak with reception",
        )

    def test_archived(self):
        self._right()
        self.anna.active = False
        self._assert_told("person_suspended", "Anna Nowak is archived.")

    def test_right_that_asks_for_no_certain_ticket(self):
        self._right(limiting="ticket")
        self._assert_told("no_ticket", "asks for a ticket, but says of which type")

    def test_identity(self):
        self._right()
        self.anna.access_identity = "pending"
        self._assert_told(
            "identity_unchecked",
            "Nobody has checked yet who Anna Nowak is.",
            advice="Show an identity document",
        )

    def test_card(self):
        self._right()
        card = self._card()
        self._assert_told("right", "Card …B2C3 is good.", credential=card)
        card.action_block()
        self._assert_told(
            "credential_blocked",
            "Card …B2C3: Credential is blocked.",
            credential=card,
            advice="Ask reception",
        )

    def test_card_that_has_expired(self):
        card = self._card(valid_to="2026-11-20 11:00:00")
        self._assert_told(
            "credential_expired",
            "Credential has expired (Friday 20 November, 12:00)",
            credential=card,
        )

    def test_nothing_secret_is_told(self):
        self._right()
        card = self._card()
        told = self._told(credential=card)
        self.assertNotIn("04A1B2C3", str(told.steps))
        self.assertNotIn(card.token, str(told.steps))

    def test_right_that_denies(self):
        self._right(name="Keep out", effect="deny")
        self._assert_told("denied", "Refused by: Keep out (Gym; at any hour).")

    def test_right_that_denies_at_other_times(self):
        self._right()
        self._right(name="Keep out", effect="deny", valid_to="2026-11-20 11:00:00")
        self._assert_told(
            "right",
            "Does not refuse now: Keep out (Gym; at any hour): "
            "ended on Friday 20 November, 12:00.",
        )

    # -- when -------------------------------------------------------------------------

    def test_hours_here_and_the_time_there(self):
        self._right(bands=[self._band("Day time", (5, 10, 16), (0, 6, 22))])
        self._assert_told(
            "outside_hours",
            "Gym (Gym; Day time; without limit): "
            "at Aqua & Sport on Saturday: Day time 10:00–16:00; it is 08:30 there.",
            advice="It opens from Saturday 21 November, 10:00.",
        )

    def test_no_hours_on_this_day(self):
        self._right(bands=[self._band("Day time", (0, 6, 22))])
        self._assert_told("outside_hours", "no hours at Aqua & Sport on Saturday.")

    def test_weekday_that_is_not_chosen(self):
        self._right(on_saturday=False)
        self._assert_told(
            "outside_hours",
            "not on this day of the week (Saturday 21 November).",
            advice="It opens from Sunday 22 November, 00:00.",
        )

    def _holiday(self, day):
        self.env["calendar.public.holiday"].create(
            {
                "year": int(day[:4]),
                "country_id": self.venue.country_id.id,
                "line_ids": [Command.create({"name": "Holiday", "date": day})],
            }
        )

    def test_holidays(self):
        self._holiday("2026-11-21")
        right = self._right(holidays="closed")
        self._assert_told(
            "outside_hours", "not on holidays, and Saturday 21 November is one."
        )
        right.write({"holidays": "as_weekday", "holiday_eves": "closed"})
        self._assert_told(
            "outside_hours",
            "not on days before holidays, and Friday 20 November is one.",
            at="2026-11-20 07:30",
        )

    def test_own_hours_of_holidays(self):
        self._holiday("2026-11-21")
        band = self._band("Day time", (5, 6, 22), (7, 12, 14))
        self._right(bands=[band], holidays="own_hours")
        self._assert_told(
            "outside_hours", "on a holiday (Saturday): Day time 12:00–14:00"
        )

    def test_validity(self):
        right = self._right(valid_from="2026-11-23 05:00:00")
        self._assert_told(
            "right_not_yet_valid",
            "good from Monday 23 November, 06:00.",
            advice="It opens from Monday 23 November, 06:00.",
        )
        right.partner_ids = False
        plan = self.env["sale.subscription.template"].create({"name": "Plan"})
        right.plan_ids = plan
        self._subscription(plan, date_start="2026-12-01")
        self._assert_told("right_not_yet_valid", "good from Tuesday 1 December, 00:00.")
        right.write({"plan_ids": False, "partner_ids": self.anna.ids})
        right.write({"valid_from": False, "valid_to": "2026-11-20 11:00:00"})
        self._assert_told("right_expired", "ended on Friday 20 November, 12:00.")

    # -- plans ------------------------------------------------------------------------

    def test_plan_that_ended(self):
        self.venue.grace_days = 3
        self._subscription(self._plan(), date="2026-11-10")
        self._assert_told(
            "plan_ended",
            "ended on Wednesday 11 November",
            "The 3 days of grace are over.",
            advice="The plan has ended: renew it.",
        )

    def test_plan_that_is_not_paid(self):
        subscription = self._subscription(self._plan())
        subscription.access_unpaid_due = "2026-11-10"
        self._assert_told(
            "plan_unpaid",
            "the plan is not paid since 10 November 2026.",
            advice="Pay the open invoice",
        )

    def test_plan_that_is_paused(self):
        days = {"access_paused_on": "2026-11-20", "paused_until": "2026-12-01"}
        self._subscription(self._plan(), is_paused=True, **days)
        self._assert_told(
            "plan_paused", "the plan is paused until Tuesday 1 December, 00:00."
        )

    # -- how often --------------------------------------------------------------------

    def test_entries_of_the_month(self):
        band = self._band("Day time", (5, 6, 22))
        right = self._right(bands=[(band, 2)])
        self._use(right, band, "2026-11-18")
        self._assert_told("right", "This is entry 2 of 2 of Day time in November.")
        self._use(right, band, "2026-11-19")
        self._assert_told(
            "limit_reached",
            "2 of 2 entries of Day time used in November.",
            advice="It opens from Saturday 5 December, 06:00.",
        )

    def test_entries_of_a_night_are_of_the_month_in_which_it_began(self):
        band = self._band("Night", (0, 22, 5))
        right = self._right(bands=[(band, 2)])
        self._use(right, band, "2026-11-09", "2026-11-16")
        self._assert_told(
            "limit_reached",
            "2 of 2 entries of Night used in November.",
            at="2026-12-01 00:30",  # Monday night still
        )

    def test_past_time_is_told_by_what_was_used_up_then(self):
        band = self._band("Day time", *((day, 6, 22) for day in range(7)))
        right = self._right(bands=[(band, 2)])
        self._use(right, band, "2026-11-17", "2026-11-18")
        self._assert_told(
            "right",
            "This is entry 1 of 2 of Day time in November.",
            at="2026-11-17 07:30",
        )

    def test_tickets(self):
        ticket_type = self._ticket_type(entries=1)
        self._right(limiting="ticket", ticket_type_ids=ticket_type.ids)
        self._assert_told("no_ticket", "none of these tickets: Gym, 10 entries.")
        ticket = self._ticket(ticket_type)
        name = ticket.display_name
        self._assert_told("right", f"Takes an entry of {name}.")
        self._passage(
            at="2026-11-20 07:30",
            person=self.anna.access_person_ids.id,
            ticket=ticket.id,
            day="2026-11-20",
        )
        self._assert_told(
            "no_ticket",
            f"no ticket is good: {name}: 1 of 1 entries used.",
            advice="A ticket with entries left is needed.",
        )

    # -- the point --------------------------------------------------------------------

    def test_order_that_locks(self):
        self._right()
        self._order(
            self.turnstile, kind="emergency", mode="lockdown", reason="Fire drill"
        )
        self._assert_told(
            "point_lockdown",
            "Gym turnstile on Saturday 21 November, 08:30: Lockdown (Emergency, ",
            ": Fire drill).",
        )

    def test_pin_is_taken_as_typed(self):
        self._right()
        self.turnstile.normal_mode = "controlled_pin"
        self._assert_told(
            "right",
            "The PIN is asked for as well.",
            "Opens: Gym",
            advice="then type the PIN",
        )

    def test_both_layers(self):
        self.turnstile.combination = "both"
        self._right()
        self._assert_told(
            "not_at_this_device",
            "A right of the plan and one of the device are needed.",
            "holds, but no right of the device does.",
        )

    def test_point_that_only_records(self):
        self.turnstile.combination = "record"
        self._assert_told(
            "recorded_only",
            "It only records, and refuses nobody.",
            "No right of Anna Nowak covers Gym turnstile.",
        )

    def _come_in(self, at="2026-11-21 07:00"):
        self.anna._ensure_access_person()
        person = self.anna.access_person_ids.id
        return self._passage(at=at, person=person, zone=self.gym.id)

    def test_passback(self):
        self.gym.antipassback = "refused"
        self._right()
        self._come_in()
        self._assert_told(
            "anti_passback",
            "in Gym since Saturday 21 November, 08:00, and no exit was seen.",
            advice="ask reception",
        )

    def test_past_time_is_told_by_where_somebody_was_then(self):
        self.gym.antipassback = "refused"
        self._right()
        self._come_in()
        self._assert_told("right", at="2026-11-21 07:00")

    def test_full_zone(self):
        self.gym.capacity = 1
        self._right()
        bob = self.env["res.partner"].create({"name": "Bob"})
        bob._ensure_access_person()
        now = datetime.now().replace(microsecond=0)
        earlier = f"{now - timedelta(minutes=2):%Y-%m-%d %H:%M}"
        person = bob.access_person_ids.id
        self._passage(at=earlier, person=person, zone=self.gym.id)
        self._assert_told(
            "zone_full", "Gym is full: there is room for 1.", at=now.isoformat()
        )

    def test_own_entry_of_just_now_does_not_fill_the_zone(self):
        self.gym.capacity = 1
        self._right()
        at = datetime.now().replace(microsecond=0) - timedelta(minutes=2)
        self._come_in(f"{at:%Y-%m-%d %H:%M:%S}")
        self._assert_told("right", at=at.isoformat())

    def test_second_person(self):
        self.turnstile.persons_needed = "2"
        self._right()
        self._assert_told(
            "second_person_needed",
            "Two must come, one right after the other.",
            advice="A second person must come along.",
        )
