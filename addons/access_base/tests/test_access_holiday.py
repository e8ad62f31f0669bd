from odoo.tests import freeze_time

from .common import AccessCommon


@freeze_time("2026-11-20 12:00:00")
class TestAccessHoliday(AccessCommon):
    """Friday 20 November 2026 is a working day, Saturday the 21st the holiday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.poland = cls.env.ref("base.pl")
        cls.venue.country_id = cls.poland
        cls._card()

    def _holiday(self, day="2026-11-21", country=None, **values):
        calendars = self.env["calendar.public.holiday"]
        country_id = (self.poland if country is None else country).id
        domain = [("year", "=", int(day[:4])), ("country_id", "=", country_id)]
        calendar = calendars.search(domain) or calendars.create(
            {"year": int(day[:4]), "country_id": country_id}
        )
        return self.env["calendar.public.holiday.line"].create(
            {
                "name": "Founding day",
                "date": day,
                "public_holiday_id": calendar.id,
                **values,
            }
        )

    def _days(self):
        document = self.env["access.policy"]._venue_document(self.venue.company_id)
        return document["venues"][str(self.venue.id)]["holidays"]

    def test_like_the_weekday(self):
        self._holiday()
        self._right()
        self.assertEqual(self._decide(), "right")

    def test_closed_on_holidays(self):
        self._right(holidays="closed")
        self.assertEqual(self._decide(), "right")
        holiday = self._holiday()
        self.assertEqual(self._decide(), "outside_hours")
        holiday.date = "2026-11-22"
        self.assertEqual(self._decide(), "right")
        holiday.date = "2026-11-21"
        holiday.unlink()
        self.assertEqual(self._decide(), "right")

    def test_own_hours_on_holidays(self):
        self._holiday()
        band = self._band("Day", (5, 8, 20), (7, 10, 12))
        self._right(bands=[band], holidays="own_hours")
        self.assertEqual(self._decide("2026-11-21 07:30"), "outside_hours")
        self.assertEqual(self._decide("2026-11-21 09:30"), "right")
        self.assertIn("Holidays 10:00–12:00", band.hours_summary)

    def test_day_before_a_holiday(self):
        self._holiday("2026-11-22")
        closed = self._right(holiday_eves="closed")
        self.assertEqual(self._decide(), "outside_hours")
        closed.action_archive()
        self._right(holiday_eves="open", on_saturday=False)
        self.assertEqual(self._decide(), "right")

    def test_holidays_of_the_country_and_of_all(self):
        self._holiday("2026-11-23", country=self.env.ref("base.de"))
        self._holiday("2026-11-24", country=self.env["res.country"])
        self._holiday("2026-11-25")
        self.assertEqual(self._days(), ["2026-11-24", "2026-11-25"])

    def test_holidays_of_the_state(self):
        germany = self.env.ref("base.de")
        states = self.env["res.country.state"].search(
            [("country_id", "=", germany.id)], limit=2
        )
        self.venue.write({"country_id": germany.id, "state_id": states[0].id})
        self._holiday("2026-11-23", germany, state_ids=states[0].ids)
        self._holiday("2026-11-24", germany, state_ids=states[1].ids)
        self.assertEqual(self._days(), ["2026-11-23"])

    def test_only_holidays_that_are_near(self):
        self._holiday("2026-09-01")
        self._holiday("2028-01-01")
        self._holiday("2027-12-24")
        self.assertEqual(self._days(), ["2027-12-24"])

    def test_what_is_near_changes_with_the_day(self):
        self._right(holidays="closed")
        self._holiday("2028-01-01")
        self.assertEqual(self._decide("2028-01-01 12:00"), "right")
        with freeze_time("2027-11-20 12:00:00"):
            self.assertEqual(self._decide("2028-01-01 12:00"), "outside_hours")

    def test_changes_outdate_policies(self):
        holiday = self._holiday()
        for change in (
            lambda: self._holiday("2026-11-26"),
            lambda: holiday.write({"date": "2026-11-27"}),
            lambda: holiday.public_holiday_id.write({"country_id": False}),
            lambda: self.venue.write({"country_id": self.env.ref("base.de").id}),
            holiday.unlink,
        ):
            self.assertTrue(self._marks(change))
        other = self._holiday("2026-11-28")
        self.assertFalse(self._marks(lambda: other.write({"name": "Town day"})))
