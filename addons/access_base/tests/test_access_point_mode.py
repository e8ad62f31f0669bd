from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Datetime
from odoo.tests import Form, freeze_time

from .common import AccessCommon

NOON = "2026-11-23 12:00:00"  # a Monday, 13:00 at the venue


@freeze_time(NOON)
class TestAccessPointMode(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = cls._user("operator", name="Marek")
        cls.point = cls.turnstile.with_user(cls.operator)

    def _dialog(self, mode="unlocked", points=None):
        points = (points or self.point).with_context(access_mode=mode)
        action = points.action_set_mode()
        dialog = self.env[action["res_model"]].with_user(self.operator)
        return Form(dialog.with_context(**action["context"]))

    def _set_mode(self, mode="unlocked", points=None, **answers):
        dialog = self._dialog(mode, points)
        for name, answer in {"reason": "Delivery", **answers}.items():
            setattr(dialog, name, answer)
        dialog.save().action_order()
        return self.env["access.order"].search([], limit=1)

    def test_operator_says_until_when_and_why(self):
        for until, end in (
            ("hour", "2026-11-23 13:00:00"),
            ("midnight", "2026-11-23 23:00:00"),  # of the venue, in UTC
            ("end", False),
        ):
            order = self._set_mode(until=until)
            self.assertRecordValues(
                order,
                [
                    {
                        "kind": "staff",
                        "mode": "unlocked",
                        "valid_to": Datetime.to_datetime(end),
                        "reason": "Delivery",
                        "user_id": self.operator.id,
                    }
                ],
            )
        self.assertEqual(self.point.mode, "unlocked")

    @freeze_time("2026-11-23 12:00:40")
    def test_ends_on_the_minute_that_is_shown(self):
        self._set_mode(until="hour")
        self.assertEqual(self.point.mode_reason, "Marek until 14:00: Delivery")
        self.assertEqual(self.point.mode_next, "14:00 Controlled")

    def test_own_time_lies_ahead(self):
        order = self._set_mode(until="time", valid_to="2026-11-23 17:00:00")
        self.assertEqual(order.valid_to, Datetime.to_datetime("2026-11-23 17:00:00"))
        with self.assertRaisesRegex(ValidationError, "still to come"):
            self._set_mode(until="time", valid_to=NOON)

    @freeze_time("2026-10-24 22:30:00")
    def test_midnight_also_on_the_day_when_clocks_change(self):
        order = self._set_mode(until="midnight")
        self.assertEqual(order.valid_to, Datetime.to_datetime("2026-10-25 23:00:00"))

    def test_points_chosen_together_end_one_by_one(self):
        other = self._point("Other").with_user(self.operator)
        self._set_mode(points=self.point | other)
        self.point.action_back_to_schedule()
        self.assertEqual((self.point.mode, other.mode), ("controlled", "unlocked"))

    def test_back_to_schedule_ends_what_staff_ordered_and_no_more(self):
        schedule = self._order(self.turnstile, mode="locked")
        self._set_mode("unlocked")
        self._set_mode("controlled_pin")
        self.assertTrue(self.point.has_staff_order)
        self.point.action_back_to_schedule()
        self.assertEqual((self.point.mode, self.point.order_id), ("locked", schedule))
        self.assertFalse(self.point.has_staff_order)

    def test_reception_sees_the_mode_and_does_not_set_it(self):
        point = self.turnstile.with_user(self._user("reception"))
        self._set_mode("unlocked")
        self.assertEqual(point.mode, "unlocked")
        self.assertEqual(point.mode_reason, "Marek until 14:00: Delivery")
        for action in ("action_set_mode", "action_back_to_schedule"):
            with self.assertRaisesRegex(AccessError, "Only operators"):
                getattr(point.with_context(access_mode="locked"), action)()

    def test_points_are_found_by_what_holds_now(self):
        Point = self.env["access.point"]
        mine = [("venue_id", "=", self.venue.id)]
        self._order(self.turnstile, mode="unlocked", valid_to="2026-11-23 13:00:00")
        unlocked = [("mode", "=", "unlocked"), *mine]
        self.assertEqual(Point.search(unlocked), self.turnstile)
        self.assertFalse(Point.search([("mode", "!=", "unlocked"), *mine]))
        with freeze_time("2026-11-23 13:00:00"):
            Point.invalidate_model()
            self.assertFalse(Point.search(unlocked))

    def test_says_why_it_holds(self):
        self.assertFalse(self.point.mode_reason)
        self._order(self.turnstile, name="Opening hours")
        self.assertEqual(self.point.mode_reason, "Opening hours")
        self._set_mode(until="end")
        self.assertEqual(self.point.mode_reason, "Marek, until ended: Delivery")

    def test_says_what_comes_next_today(self):
        band = self._band("Opening", (0, 8, 16), (1, 0, 24))
        self._order(self.turnstile, hours="bands", band_ids=band.ids)
        self._set_mode("locked", until="hour")
        self.assertEqual(self.point.mode_next, "14:00 Unlocked, 16:00 Controlled")

    def test_new_point_has_its_normal_mode(self):
        form = Form(self.env["access.point"])
        form.normal_mode = "locked"
        self.assertEqual(form.mode, "locked")
