from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError

from .common import AccessCommon

EIGHT = datetime(2026, 11, 21, 8, 0)


class TestToggle(AccessCommon):
    """A point that one reading unlocks and the next one locks again."""

    def setUp(self):
        super().setUp()
        self.turnstile.write({"release_mode": "toggle", "toggle_hours": 2})
        self._card()
        self._right()

    def _show(self, minute=0, value="04A1B2C3"):
        with freeze_time(EIGHT + timedelta(minutes=minute)):
            return self.turnstile._decide("card", value).reason.value

    def _unlocked_until(self, minute=0):
        self.turnstile.invalidate_recordset()
        with freeze_time(EIGHT + timedelta(minutes=minute)):
            return self.turnstile.unlocked_until

    def test_one_reading_unlocks_it_and_the_next_one_locks_it(self):
        found = [self._show(minute) for minute in range(3)]
        self.assertEqual(
            found, ["unlocked_until_read", "locked_again", "unlocked_until_read"]
        )

    def test_locking_is_neither_granted_nor_refused(self):
        self._show(0), self._show(1)
        locked = self.env["access.event"].search([], order="date desc, id desc")[0]
        self.assertEqual((locked.reason, locked.result), ("locked_again", "noted"))
        self.assertEqual(locked.partner_id, self.anna)

    def test_who_looks_at_the_point_sees_until_when_it_is_unlocked(self):
        self.assertFalse(self._unlocked_until())
        self._show()
        self.assertEqual(self._unlocked_until(1), EIGHT + timedelta(hours=2))
        self._show(2)
        self.assertFalse(self._unlocked_until(3))

    def test_it_is_unlocked_no_more_after_the_longest_time(self):
        self._show()
        self.assertFalse(self._unlocked_until(120))

    def test_who_locked_it_for_all_is_shown(self):
        self._show()
        self.turnstile.normal_mode = "locked"
        self.assertFalse(self._unlocked_until(1))

    def test_another_one_interlocked_with_it_stays_shut(self):
        inner = self._point("Inner", interlock_point_ids=self.turnstile.ids)
        self._show()
        with freeze_time(EIGHT + timedelta(minutes=30)):
            found = inner._decide("card", "04A1B2C3").reason.value
        self.assertEqual(found, "point_interlocked")

    def test_a_way_out_is_no_such_point(self):
        with self.assertRaisesRegex(ValidationError, "leads out"):
            self._point("Out", zone_from_id=self.gym.id, release_mode="toggle")
