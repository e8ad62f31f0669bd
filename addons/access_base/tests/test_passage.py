from datetime import datetime

from odoo import Command
from odoo.tests import freeze_time

from .common import AccessCommon

SATURDAY = "2026-11-21 07:30:00"  # UTC; half past eight in Warsaw


class TestPassage(AccessCommon):
    """From what is held to a reader to the log, and from the log to what comes next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exit = cls._point("Gym exit", zone_from_id=cls.gym.id)
        cls.day = cls._band("Day time", *[(day, 8, 16) for day in range(7)])
        cls._card()

    def _hold(self, point=None, value="04A1B2C3", kind="card", at=SATURDAY, **typed):
        """Hold something to a reader; tell the reason and the warnings."""
        with freeze_time(at):
            decision = (point or self.turnstile)._decide(kind, value, **typed)
        warned = [warning.value for warning in decision.warnings]
        return decision.reason.value, *warned

    def _other(self, name="Jan Lis", value="0499887766"):
        partner = self.env["res.partner"].create({"name": name})
        self._card(partner, value)
        self.env["access.right"].search([]).partner_ids = [Command.link(partner.id)]
        return value

    def test_entries_of_a_month_are_used_up(self):
        self._right(bands=[(self.day, 2)])
        days = ["2026-11-02", "2026-11-02", "2026-11-03", "2026-11-04", "2026-12-01"]
        answers = [self._hold(at=f"{day} 10:00:00") for day in days]
        limit = ("limit_reached",)
        self.assertEqual(answers, [("right",)] * 3 + [limit, ("right",)])
        self.assertEqual(self.env["access.use"].search_count([]), 3)

    def test_ticket_is_used_up(self):
        two = self._ticket_type(entries=2)
        ticket = self._ticket(two)
        self._right(limiting="ticket", ticket_type_ids=two.ids)
        answers = [self._hold(at=f"2026-11-21 1{hour}:00:00") for hour in range(3)]
        self.assertEqual(answers, [("right",), ("right",), ("no_ticket",)])
        with freeze_time(SATURDAY):
            self.assertEqual((ticket.used, ticket.state), (2, "used_up"))

    def test_ticket_of_a_day_counts_the_days(self):
        two = self._ticket_type(entries=2, once_a_day=True)
        ticket = self._ticket(two)
        self._right(limiting="ticket", ticket_type_ids=two.ids)
        for at in ("2026-11-21 10:00", "2026-11-21 11:00", "2026-11-22 10:00"):
            self.assertEqual(self._hold(at=at), ("right",))
        self.assertEqual(self._hold(at="2026-11-23 10:00"), ("no_ticket",))
        self.assertEqual(ticket.used, 2)

    def test_who_is_inside_does_not_enter_again(self):
        self._right()
        self.gym.antipassback = "refused"
        self.assertEqual(self._hold(), ("right",))
        self.assertEqual(self._hold(), ("anti_passback",))
        self.assertEqual(self._hold(self.exit, at="2026-11-21 08:00"), ("right",))
        self.assertEqual(self._hold(at="2026-11-21 08:01"), ("right",))

    def test_correction_by_staff_forgives(self):
        self._right()
        self.gym.antipassback = "refused"
        self._hold()
        with freeze_time("2026-11-21 07:40"):
            action = self.anna.action_correct_presence()
            dialog = self.env[action["res_model"]].browse(action["res_id"])
            dialog.note = "Left by the fire door"
            dialog.action_record()
        self.assertEqual(self._hold(at="2026-11-21 07:41"), ("right",))

    def test_full_zone_waits_for_somebody_to_leave(self):
        self._right()
        self.gym.capacity = 1
        other = self._other()
        self._hold()
        self.assertEqual(self._hold(value=other), ("zone_full",))
        self._hold(self.exit, at="2026-11-21 08:00")
        self.assertEqual(self._hold(value=other, at="2026-11-21 08:01"), ("right",))

    def test_two_must_come(self):
        self._right()
        self.turnstile.persons_needed = "2"
        other = self._other()
        self.assertEqual(self._hold(), ("second_person_needed",))
        self.assertEqual(self._hold(value=other, at="2026-11-21 07:30:20"), ("right",))
        self.assertEqual(len(self.env["access.presence"].search([])), 2)

    def test_both_of_two_use_up_an_entry(self):
        """Counts made anew from the log are the same."""
        kind = self._ticket_type(entries=1)
        ticket = self._ticket(kind)
        self._right(limiting="ticket", ticket_type_ids=kind.ids)
        self.turnstile.persons_needed = "2"
        jan = self.env["res.partner"].create({"name": "Jan Lis"})
        self._card(jan, "0499887766")
        self._right(jan, bands=[(self.day, 1)])
        answers = [
            self._hold(value=value, at=f"2026-11-21 07:{at}")
            for at, value in zip(
                ("30:00", "30:10", "31:00", "31:10"),
                ["04A1B2C3", "0499887766"] * 2,
                strict=True,
            )
        ]
        waits = ("second_person_needed",)
        self.assertEqual(answers, [waits, ("right",), ("no_ticket",), waits])
        self.assertEqual(ticket.used, 1)
        uses = self.env["access.use"].search([])
        self.assertEqual(uses.partner_id, self.anna | jan)
        company = self.venue.company_id
        self.assertFalse(self.env["access.verify"]._report())
        self.assertFalse(self.env["access.verify"]._rebuild(company))

    def test_door_waits_until_the_other_is_shut(self):
        self._right()
        second = self._point("Inner door", zone_to_id=self.gym.id)
        self.turnstile.interlock_point_ids = second
        self.assertEqual(self._hold(), ("right",))
        self.assertEqual(self._hold(second), ("point_interlocked",))
        self.assertEqual(self._hold(second, at="2026-11-21 07:31"), ("right",))

    def test_door_waits_while_the_other_is_unlocked(self):
        self._right()
        second = self._point("Inner door", zone_to_id=self.gym.id)
        self.turnstile.interlock_point_ids = second
        with freeze_time(SATURDAY):
            order = self._order(second, kind="staff")
        self.assertEqual(self._hold(), ("point_interlocked",))
        with freeze_time(SATURDAY):
            order.action_end()
        self.assertEqual(self._hold(), ("right",))

    def test_card_and_pin(self):
        self._right()
        self.turnstile.normal_mode = "controlled_pin"
        self._card(kind="pin", value="482913", venue_id=self.venue.id)
        self.assertEqual(self._hold(), ("pin_missing",))
        self.assertEqual(self._hold(pin="482914"), ("pin_wrong",))
        self.assertEqual(self._hold(pin="482913"), ("right",))

    def test_two_pins_are_no_card_and_pin(self):
        self._right()
        self.turnstile.normal_mode = "controlled_pin"
        for pin in ("482913", "739150"):
            self._card(kind="pin", value=pin, venue_id=self.venue.id)
        self.assertEqual(
            self._hold(kind="pin", value="739150", pin="482913"), ("pin_wrong",)
        )

    def test_after_wrong_pins_none_is_looked_at_for_a_while(self):
        self._right()
        self.venue.pin_tries = 3
        guard = self._user("operator")
        self.venue.alert_user_id = guard
        self._card(kind="pin", value="482913", venue_id=self.venue.id)

        def typed(digits, at):
            return self._hold(kind="pin", value=digits, at=f"2026-11-21 {at}")

        answers = [typed(f"50718{n}", f"07:3{n}:00") for n in range(3)]
        unknown = ("credential_unknown",)
        self.assertEqual(answers, [unknown, unknown, (*unknown, "pin_locked")])
        self.assertEqual(typed("482913", "07:32:01"), ("pin_locked",))
        self.assertEqual(self._hold(at="2026-11-21 07:32:02"), ("right",))
        second = self._point("Side door", zone_to_id=self.gym.id)
        with freeze_time("2026-11-21 07:32:03"):
            elsewhere = second._decide("pin", "482913")
        self.assertTrue(elsewhere.granted)
        [alert] = self.turnstile.activity_ids
        self.assertEqual((alert.user_id, alert.summary), (guard, "Too many wrong PINs"))
        self.assertEqual(typed("482913", "07:36:59"), ("pin_locked",))
        self.assertEqual(typed("482913", "07:37:00"), ("right",))

    def test_wrong_pins_after_a_card_count_as_well(self):
        self._right()
        self.turnstile.normal_mode = "controlled_pin"
        self._card(kind="pin", value="482913", venue_id=self.venue.id)
        for second in range(5):
            at = f"2026-11-21 07:30:0{second}"
            self.assertEqual(self._hold(pin="507184", at=at)[0], "pin_wrong")
        locked = self._hold(pin="482913", at="2026-11-21 07:30:05")
        self.assertEqual(locked, ("pin_locked",))

    def test_duress_opens_and_is_told(self):
        self._right()
        pin = {"kind": "pin", "venue_id": self.venue.id}
        self._card(value="482913", is_duress=True, **pin)
        self.assertEqual(self._hold(kind="pin", value="482913"), ("right", "duress"))
        self.assertTrue(self.env["access.event"].search([], limit=1).is_duress)

    def test_rotating_code_of_now(self):
        self._right()
        code = self._card(kind="rotating_qr", value=False)
        with freeze_time(SATURDAY):
            text = code._rotating_qr()
        self.assertEqual(self._hold(kind="barcode", value=text), ("right",))
        late = self._hold(kind="barcode", value=text, at="2026-11-21 07:35")
        self.assertEqual(late, ("credential_unreadable",))

    def test_bare_number_of_a_rotating_code_is_none(self):
        self._right()
        code = self._card(kind="rotating_qr", value=False)
        for kind in ("rotating_qr", "qr", "barcode"):
            answer = self._hold(kind=kind, value=str(code.id))
            self.assertIn(answer[0], ("credential_unreadable", "credential_unknown"))

    def test_who_leaves_without_the_right_is_let_out(self):
        answer = self._hold(self.exit)
        self.assertEqual(answer, ("left_without_right", "no_right"))

    def test_point_that_only_records_counts(self):
        self._right(bands=[(self.day, 1)])
        self.turnstile.combination = "record"
        self.assertEqual(self._hold(), ("recorded_only",))
        over = self._hold(at="2026-11-22 07:30")
        self.assertEqual(over, ("recorded_only", "limit_reached"))
        self.assertEqual(self.env["access.use"].search_count([]), 2)

    def test_both_layers_are_asked_for(self):
        self._right()
        self.turnstile.combination = "both"
        self.assertEqual(self._hold(), ("not_at_this_device",))
        self._right(layer="device", partner_ids=False, everyone=True)
        self.assertEqual(self._hold(), ("right",))

    def test_entry_by_hand_uses_up_one_also_over_the_limit(self):
        self._right(bands=[(self.day, 1)])
        self._hold()
        with freeze_time("2026-11-22 10:00"):
            action = self.anna.action_record_entry()
            dialog = self.env[action["res_model"]].browse(action["res_id"])
            dialog.write({"point_id": self.turnstile.id, "note": "Forgot the card"})
            dialog.action_record()
        days = self.env["access.use"].search([]).mapped("day")
        self.assertIn(datetime(2026, 11, 22).date(), days)

    def test_entry_by_hand_uses_up_one_at_a_point_that_is_unlocked(self):
        self._right(bands=[(self.day, 3)])
        self._order(self.turnstile)
        self._enter_by_hand()
        self.assertEqual(len(self.env["access.use"].search([])), 1)

    def test_entry_by_hand_at_a_point_with_an_interlock_for_two(self):
        self._right(bands=[(self.day, 3)])
        self.turnstile.write(
            {"interlock_point_ids": self.exit.ids, "persons_needed": "2"}
        )
        self._passage(self.exit)
        self._enter_by_hand()
        self.assertEqual(len(self.env["access.use"].search([])), 1)

    @freeze_time("2026-11-21 07:30")
    def _enter_by_hand(self):
        action = self.anna.action_record_entry()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog.write({"point_id": self.turnstile.id, "note": "Forgot the card"})
        dialog.action_record()
