from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import TransactionCase, freeze_time
from odoo.tools import mute_logger

from .common import AccessCommon


class TestAccessDuty(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ewa = cls._user("reception", name="Ewa")
        cls.marek = cls._user("operator", name="Marek")

    def _go(self, at, user, on=True):
        venue = self.venue.with_user(user)
        with freeze_time(at):
            venue.action_go_on_duty() if on else venue.action_go_off_duty()

    def _on_duty(self, at):
        """Give who was on duty when a passage is told of."""
        return self._passage(at=at).duty_user_id

    def test_who_was_on_duty_when(self):
        self._go("2026-11-23 06:00:00", self.ewa)
        self._go("2026-11-23 14:00:00", self.marek)
        self._go("2026-11-23 22:00:00", self.marek, on=False)
        for at, user in (
            ("2026-11-23 05:59:59", self.env["res.users"]),
            ("2026-11-23 06:00:00", self.ewa),
            ("2026-11-23 13:59:59", self.ewa),
            ("2026-11-23 14:00:00", self.marek),
            ("2026-11-23 22:00:00", self.env["res.users"]),
        ):
            self.assertEqual(self._on_duty(at), user, at)

    def test_going_twice_is_one_duty(self):
        self._go("2026-11-23 06:00:00", self.ewa)
        self._go("2026-11-23 07:00:00", self.ewa)
        duty = self.env["access.duty"].search([("venue_id", "=", self.venue.id)])
        self.assertEqual(duty.start, Datetime.to_datetime("2026-11-23 06:00:00"))

    def test_nobody_sends_somebody_else_off_duty(self):
        self._go("2026-11-23 06:00:00", self.ewa)
        self._go("2026-11-23 07:00:00", self.marek, on=False)
        self.assertEqual(self.venue.on_duty_id, self.ewa)

    def test_venues_have_each_their_own(self):
        office = self.env["access.venue"].create({"name": "Office", "tz": "UTC"})
        self._go("2026-11-23 06:00:00", self.ewa)
        office.with_user(self.marek).action_go_on_duty()
        self.assertEqual(self.venue.on_duty_id, self.ewa)
        self.assertEqual(office.on_duty_id, self.marek)

    def test_auditor_is_not_on_duty(self):
        with self.assertRaisesRegex(AccessError, "Only reception"):
            self._go("2026-11-23 06:00:00", self._user("auditor"))

    @mute_logger("odoo.sql_db")
    def test_database_keeps_it_to_one(self):
        self._go("2026-11-23 06:00:00", self.ewa)
        with self.assertRaises(IntegrityError):
            self.env["access.duty"].create(
                {
                    "venue_id": self.venue.id,
                    "user_id": self.marek.id,
                    "start": "2026-11-23 06:00:00",
                }
            )


class TestAccessDutyConcurrent(TransactionCase):
    """With transactions of their own, as two members of staff have."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _transaction in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        one = self.env(cr=self.cursors[0])
        self.venue = one["access.venue"].create({"name": "Two at once", "tz": "UTC"})
        one.cr.commit()
        self.addCleanup(self._forget)

    def _forget(self):
        for cursor in self.cursors:
            cursor.rollback()
        env = self.env(cr=self.cursors[0])
        venue = self.venue.with_env(env)
        env["access.duty"].search([("venue_id", "=", venue.id)]).unlink()
        venue.unlink()
        env.cr.commit()

    def _go(self, cursor, login):
        env = self.env(cr=cursor)
        user = env.ref(login)
        self.venue.with_env(env).with_user(user).action_go_on_duty()
        env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_second_of_two_at_once_is_tried_anew_and_takes_over(self):
        one, other = self.cursors
        other.execute("SELECT 1 FROM access_duty")  # sees nobody on duty
        self._go(one, "base.user_admin")
        one.commit()
        with self.assertRaises(SerializationFailure):  # Odoo tries those anew
            self._go(other, "base.user_root")
        other.rollback()
        self._go(other, "base.user_root")
        other.commit()
        one.rollback()
        duties = self.env(cr=one)["access.duty"].search(
            [("venue_id", "=", self.venue.id)]
        )
        self.assertEqual(duties.mapped(lambda d: bool(d.stop)), [False, True])
        self.assertEqual(duties[0].user_id.id, self.env.ref("base.user_root").id)
