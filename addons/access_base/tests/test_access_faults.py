from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import AccessCommon


class TestAccessFaults(AccessCommon):
    """What is typed or imported wrong is refused in words, before it does harm."""

    def _refused(self, words, call, *args):
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            call(*args)
            self.env.flush_all()
        self.env.invalidate_all()

    # -- clocks and names -----------------------------------------------------------

    def test_venue_has_a_clock_that_there_is(self):
        """Or else nobody could read the rules of any venue."""
        for tz in ("Nowhere/Bad", "Europe", "../etc/passwd"):
            self._refused("not a time zone", self.venue.write, {"tz": tz})
            values = {"name": "Hall", "tz": tz}
            self._refused("not a time zone", self.venue.create, values)

    def test_names_are_not_blank(self):
        self._card()
        for record in (
            self.venue,
            self.gym,
            self.turnstile,
            self._band("Day", (0, 8, 12)),
            self._right(),
            self._ticket_type(),
        ):
            self._refused("is needed", record.write, {"name": "  "})
            values = {**record.copy_data()[0], "name": "  "}
            self._refused("is needed", record.create, values)

    # -- hours ----------------------------------------------------------------------

    def test_hours_do_not_end_as_they_begin(self):
        for hours in ((10, 10), (0, 0), (10 + 0.36 / 60, 10 + 0.4 / 60)):
            with (
                self.assertRaises(IntegrityError) as refused,
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._band("Never", (0, *hours))
            words = self.env["access.band.period"]._sql_error_to_message(
                refused.exception
            )
            self.assertIn("The whole day is 00:00 to 24:00", words)

    def test_hours_of_a_day_do_not_overlap(self):
        for periods in (
            [(0, 0, 24), (0, 10, 12)],
            [(0, 22, 6), (0, 23, 24)],
            [(7, 8, 12), (7, 11, 16)],
        ):
            self._refused("overlap", self._band, "Twice", *periods)
        self._band("Twice", (0, 8, 12), (0, 12, 16), (0, 22, 6), (1, 5, 8))

    def test_hours_can_be_moved_together(self):
        band = self._band("Twice", (0, 8, 12), (0, 12, 16))
        one, other = band.period_ids
        band.period_ids = [
            Command.update(one.id, {"hour_from": 10, "hour_to": 14}),
            Command.update(other.id, {"hour_from": 14, "hour_to": 18}),
        ]
        self.assertEqual(band.period_ids.mapped("hour_to"), [14, 18])

    # -- limits ---------------------------------------------------------------------

    def test_no_limit_is_one_that_is_not_ticked(self):
        right = self._right(bands=[self._band("Day", (0, 8, 12))])
        form = Form(right)
        with form.band_line_ids.edit(0) as line:
            self.assertFalse(line.is_limited)
            line.is_limited = True
            self.assertEqual(line.monthly_limit, 1)
            line.monthly_limit = 8
        form.save()
        self.assertEqual(right.band_line_ids.monthly_limit, 8)
        with form.band_line_ids.edit(0) as line:
            line.monthly_limit = 0
            self.assertFalse(line.is_limited)  # so that 0 is seen to be none
        right.band_line_ids.is_limited = False
        self.assertFalse(right.band_line_ids.monthly_limit)

    def test_limits_are_numbers_that_the_database_has(self):
        right = self._right(bands=[self._band("Day", (0, 8, 12))])
        line = right.band_line_ids
        self._refused("at most", line.write, {"monthly_limit": 2**31})
        ticket_type = self._ticket_type()
        self._refused("at most", ticket_type.write, {"entries": 2**31})

    # -- Why ------------------------------------------------------------------------

    def test_why_asks_for_a_time_that_rules_know(self):
        asked = {"partner_id": self.anna.id, "point_id": self.turnstile.id}
        for at in ("9999-12-31 23:59:59", "0001-01-01 00:00:00", "1999-12-31 00:00:00"):
            why = self.env["access.why"].create({**asked, "at": at})
            self._refused("Choose a time", why.read, ["verdict"])
        why = self.env["access.why"].create({**asked, "at": "2099-12-31 00:00:00"})
        self.assertTrue(why.verdict)

    # -- what is in use -------------------------------------------------------------

    def test_what_is_in_use_is_not_deleted(self):
        self._card()
        pool = self._zone("Pool")
        ten = self._ticket_type()
        right = self._right(
            name="Everything",
            zone_ids=pool.ids,
            point_ids=self.turnstile.ids,
            limiting="ticket",
            ticket_type_ids=ten.ids,
        )
        for record, words in (
            (pool, f"Pool is in use: Access Right .{right.name}"),
            (self.turnstile, "in use: Access Right .Everything"),
            (self.venue, "in use: .*Archive it instead"),
            (ten, "in use: Access Right .Everything"),
            (self.anna, "in use: Credential .Card …B2C3.*Take it back"),
        ):
            self._refused(words, record.unlink)

    def test_what_is_not_in_use_is_deleted(self):
        pool = self._zone("Pool")
        cabin = self._zone("Cabin", parent_id=pool.id)
        (pool | cabin).unlink()
        self.assertFalse(pool.exists())
