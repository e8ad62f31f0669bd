from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import AccessCommon


@freeze_time("2026-11-21 07:30:00")
class TestAccessProgram(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        types = cls.env["calendar.event.type"]
        cls.yoga = types.create({"name": "Yoga", "access_is_program": True})
        cls.judo = types.create({"name": "Judo", "access_is_program": True})
        cls.meeting = types.create({"name": "Staff meeting"})
        cls.night = cls._band("Late", (5, 22, 6))
        cls._card()

    def _event(self, tag=None, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Class",
                "start": "2026-11-21 07:00:00",
                "stop": "2026-11-21 08:00:00",
                "categ_ids": (self.yoga if tag is None else tag).ids,
                "partner_ids": self.anna.ids,
                **values,
            }
        )

    def _exempt(self, exemption="any", **values):
        return self._right(bands=[self.night], exemption=exemption, **values)

    def test_booking_opens_outside_the_hours_for_its_own_period(self):
        self._exempt()
        self._event()
        self.assertEqual(self._decide("2026-11-21 06:59"), "outside_hours")
        self.assertEqual(self._decide("2026-11-21 07:00"), "right")
        self.assertEqual(self._decide("2026-11-21 08:00"), "outside_hours")

    def test_right_without_exemption_takes_no_notice(self):
        self._exempt("none")
        self._event()
        self.assertEqual(self._decide(), "outside_hours")

    def test_only_chosen_programs(self):
        self._exempt("chosen", program_ids=self.yoga.ids)
        self._event(self.judo)
        self.assertEqual(self._decide(), "outside_hours")
        self._event(self.yoga)
        self.assertEqual(self._decide(), "right")

    def test_no_program_chosen_exempts_nothing(self):
        self._exempt("chosen")
        self._event()
        self.assertEqual(self._decide(), "outside_hours")

    def test_other_events_are_no_bookings(self):
        self._exempt()
        self._event(self.meeting)
        self._event(categ_ids=False)
        self.assertEqual(self._decide(), "outside_hours")

    def test_booking_of_another_person_is_none(self):
        self._exempt()
        self._event(partner_ids=self.env["res.partner"].create({"name": "Jan"}).ids)
        self.assertEqual(self._decide(), "outside_hours")

    def test_who_declines_has_no_booking(self):
        self._exempt()
        event = self._event()
        event.attendee_ids.do_decline()
        self.assertEqual(self._decide(), "outside_hours")
        event.attendee_ids.do_accept()
        self.assertEqual(self._decide(), "right")

    def test_archived_event_is_no_booking(self):
        self._exempt()
        self._event().active = False
        self.assertEqual(self._decide(), "outside_hours")

    def test_all_day_is_from_midnight_to_midnight_here(self):
        self.venue.company_id.partner_id.tz = "Europe/Warsaw"
        self._exempt()
        day = "2026-11-25"
        self._event(allday=True, start_date=day, stop_date=day, start=day, stop=day)
        for at, reason in (
            ("24 22:59", "outside_hours"),
            ("24 23:00", "right"),
            ("25 22:59", "right"),
            ("25 23:00", "outside_hours"),
        ):
            self.assertEqual(self._decide(f"2026-11-{at}"), reason)

    def test_only_bookings_of_these_weeks_are_compiled(self):
        for start in ("2026-11-19", "2027-01-10"):
            self._event(start=f"{start} 07:00:00", stop=f"{start} 08:00:00")
        person = self.anna.access_person_ids.id
        entries = self.env["access.policy"]._person_entries(self.env.company, [person])
        self.assertNotIn("bookings", dict(entries)[str(person)])

    def test_bookings_outdate_policies(self):
        event = self._event()
        for change in (
            lambda: self._event(),
            lambda: event.write({"stop": "2026-11-21 09:00:00"}),
            lambda: event.write({"partner_ids": [Command.clear()]}),
            lambda: event.write({"categ_ids": self.meeting.ids}),
            lambda: event.write({"categ_ids": self.judo.ids}),
            lambda: self.judo.write({"access_is_program": False}),
        ):
            self.assertTrue(self._marks(change))

    def test_other_events_do_not(self):
        event = self._event(self.meeting)
        for change in (
            lambda: self._event(categ_ids=False),
            lambda: event.write({"stop": "2026-11-21 09:00:00"}),
            event.attendee_ids.do_decline,
            event.unlink,
        ):
            self.assertFalse(self._marks(change))

    def test_who_plans_meetings_opens_no_doors(self):
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        event, meeting = self._event(user_id=employee.id), self._event(self.meeting)
        own = event.with_user(employee)
        meeting.with_user(employee).name = "Staff meeting"
        for change in (
            lambda: meeting.with_user(employee).write({"categ_ids": self.yoga.ids}),
            lambda: own.write({"partner_ids": employee.partner_id.ids}),
            lambda: own.write({"stop": "2026-11-22 09:00:00"}),
            lambda: own.attendee_ids.create(
                {"event_id": event.id, "partner_id": employee.partner_id.id}
            ),
        ):
            with self.assertRaisesRegex(AccessError, "ask reception"):
                change()
        event.with_user(self._user("reception")).stop = "2026-11-22 09:00:00"
