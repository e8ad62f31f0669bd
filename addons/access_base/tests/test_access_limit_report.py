from freezegun import freeze_time

from .log_common import LogCommon


class TestAccessLimitReport(LogCommon):
    def _report(self):
        return self.env["access.limit.report"].search([])

    def test_days_of_a_month_are_counted(self):
        self._send(
            self._event(1, day="2026-11-20"),
            self._event(2, day="2026-11-21"),
            self._event(3, day="2026-12-01"),
        )
        self.assertEqual(
            [(str(row.month), row.used, str(row.last_day)) for row in self._report()],
            [("2026-12-01", 1, "2026-12-01"), ("2026-11-01", 2, "2026-11-21")],
        )

    def test_each_band_and_right_for_itself(self):
        self._send(
            self._event(1),
            self._event(2, band=self.bands[1].id),
            self._event(3, right=self.rights[1].id),
        )
        self.assertEqual(self._report().mapped("used"), [1, 1, 1])

    def test_merged_contact_is_one_person(self):
        self._send(
            self._event(1),
            self._event(2, person=self.persons[1].id),
            self._event(3, person=self.persons[1].id, day="2026-11-20"),
        )
        self.persons[1].partner_id = self.anna
        self.assertEqual(self._report().used, 2)
        self.assertEqual(self._report().partner_id, self.anna)

    def test_who_is_over_the_limit_or_has_reached_it(self):
        right = self._right(bands=[(self.bands[0], 2)])
        other = {"person": self.persons[1].id}
        entry = {"right": right.id}
        self._send(
            self._event(1, **entry, **other, day="2026-11-19"),
            self._event(2, **entry, day="2026-11-20"),
        )
        self.assertEqual(self._report().mapped("state"), ["1_within"] * 2)
        self._send(self._event(3, **entry))
        self.assertEqual(self._state_of(self.anna), "2_reached")
        self._send(self._event(4, **entry, day="2026-11-22"))
        self.assertEqual(self._state_of(self.anna), "3_over")
        self.assertEqual(self._state_of(self.bob), "1_within")

    def _state_of(self, partner):
        return self._report().filtered(lambda row: row.partner_id == partner).state

    def test_no_limit_is_never_reached(self):
        self._send(self._event())
        self.assertEqual(self._report().state, "1_within")

    @freeze_time("2026-11-22 12:00")
    def test_member_form_shows_this_month(self):
        self._send(self._event(1), self._event(2, day="2026-10-31"))
        self.assertEqual(self.anna.access_limit_ids.used, 1)
        self.assertEqual(self.anna.access_last_event_ids.mapped("day")[0].day, 31)
        self.assertIn("Gym, since", self.anna.access_whereabouts)
        self.assertEqual(self.bob.access_whereabouts, "Not seen yet")

    def test_member_form_tells_others_nothing(self):
        self._send(self._event())
        report = self._report()
        self.assertTrue(report.with_user(self._user("reception")).has_access("read"))
