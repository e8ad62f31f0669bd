from odoo.exceptions import UserError
from odoo.tests import tagged

from .desk_common import NOON, DeskCommon


@tagged("post_install", "-at_install")
class TestGates(DeskCommon):
    """What bands and exit tickets open, as each gateway decides it, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exit = cls._point(
            "Exit gate",
            kind="gate",
            zone_from_id=cls.pool.id,
            exit_control="ticket",
        )

    def setUp(self):
        super().setUp()
        self.stay = self._sell(self.adult_ticket, self.bands[0])

    def test_the_venue_may_have_a_ticket_type_called_exit(self):
        own = self.env["access.ticket.type"].create({"name": "Exit"})
        self.assertNotEqual(own, self.env.company._access_exit_ticket_type())

    def test_a_band_lets_in_once(self):
        self.assertEqual(self._held_to(self.gate), "right")
        with self._in_minutes(1):
            self.assertEqual(self._held_to(self.gate), "no_ticket")

    def test_inside_a_band_goes_everywhere_without_another_entry(self):
        self._held_to(self.gate)
        with self._in_minutes(1):
            self.assertEqual(self._held_to(self.sauna_gate), "right")

    def test_a_band_that_was_not_sold_opens_nothing(self):
        self.assertEqual(self._held_to(self.gate, self.bands[1]), "credential_unknown")

    def test_the_band_opens_no_exit_before_payment(self):
        self._held_to(self.gate)
        self.assertEqual(self._held_to(self.exit), "exit_not_paid")

    def test_the_ticket_opens_the_exit_once(self):
        code = self._exit_code()
        self.assertEqual(self._scan(code), "right")
        self.assertEqual(self._scan(code), "exit_not_paid")

    def test_a_copy_is_refused_later(self):
        code = self._exit_code()
        self._scan(code)
        with self._in_minutes(2):
            self.assertEqual(self._scan(code), "exit_not_paid")

    def test_a_ticket_that_ran_out_is_refused(self):
        code = self._exit_code()
        with self._in_minutes(16):
            self.assertEqual(self._scan(code), "exit_not_paid")

    def test_a_ticket_lets_nobody_in(self):
        code = self._exit_code()
        self.assertNotEqual(self._scan(code, self.gate), "right")

    def test_the_band_that_was_taken_back_opens_nothing(self):
        self._exit_code()
        self.assertEqual(self._held_to(self.gate), "credential_returned")

    def test_a_lost_band_opens_nothing(self):
        self.desk.action_access_lost(self.stay.id)
        self.assertEqual(self._held_to(self.gate), "credential_lost")

    def test_after_a_loss_the_new_band_is_inside_still(self):
        self._held_to(self.gate)
        self.desk.action_access_lost(self.stay.id, self.bands[1].id)
        with self._in_minutes(1):
            found = self._held_to(self.sauna_gate, self.bands[1])
        self.assertEqual(found, "right")
        self.assertEqual(self.stay.entered_at, NOON)

    def test_who_left_is_gone(self):
        code = self._exit_code()
        self._scan(code)
        self.stay.invalidate_recordset()
        self.assertEqual(self.stay.left_at, NOON)

    def test_who_goes_to_the_zone_around_has_left_too(self):
        self._pass(self.stay)
        out = self._point("Out", zone_from_id=self.pool.id, zone_to_id=self.wet.id)
        with self._in_minutes(1):
            self._pass(self.stay, out)
        self.assertTrue(self.stay.left_at)

    def test_whose_ticket_was_used_gets_no_other(self):
        self._scan(self._exit_code())
        with self._in_minutes(20), self.assertRaisesRegex(UserError, "left already"):
            self.desk.action_access_exit(self.stay.ids)

    def test_a_guest_who_left_is_another_one_later(self):
        self._scan(self._exit_code())
        with self._in_minutes(180):
            other = self._sell(self.adult_ticket, self.bands[0])
        self.assertEqual(other.guest_id, self.stay.guest_id)
        self.assertFalse(other.entered_at)

    def test_a_guest_who_is_inside_is_nobody_else(self):
        self._held_to(self.gate)
        self._exit_code()
        with self._in_minutes(180):
            other = self._sell(self.adult_ticket, self.bands[0])
        self.assertNotEqual(other.guest_id, self.stay.guest_id)

    def test_the_leader_alone_opens_the_groups_room(self):
        room = self._group_room()
        self.assertEqual(self._held_to(room, self.bands[1]), "no_ticket")
        for minute in range(2):
            with self._in_minutes(minute):
                self.assertEqual(self._held_to(room, self.bands[2]), "right")

    def test_the_leader_alone_opens_and_closes_the_groups_room(self):
        member, leader = self.bands[1:3]
        room = self._group_room(release_mode="toggle")
        found = []
        for minute, band in enumerate((member, leader, member, leader, member)):
            with self._in_minutes(10 * minute):
                found.append(self._held_to(room, band))
        self.assertEqual(found[::2], 3 * ["no_ticket"])
        self.assertEqual(found[1::2], ["unlocked_until_read", "locked_again"])

    # -- helpers ---------------------------------------------------------------------

    def _group_room(self, **values):
        """Give the room of a group: the second band is a member's, the third one the
        leader's."""
        zone = self._zone("Group room", parent_id=self.wet.id)
        zones = {"zone_from_id": self.pool.id, "zone_to_id": zone.id}
        room = self._point("Group room", **zones, **values)
        group = self._admission(
            "Group", (self.child, 1), (self.adult, 1), leader_point_ids=room.ids
        )
        group.line_ids[1].is_leader = True
        self._sell(group, *self.bands[1:3])
        return room

    def _held_to(self, point, band=None):
        value = (band or self.bands[0]).value
        return point._decide("wristband", value).reason.value

    def _scan(self, code, point=None):
        return (point or self.exit)._decide("barcode", code).reason.value

    def _exit_code(self):
        (slip,) = self.desk.action_access_exit(self.stay.ids)["tickets"]
        return slip["code"]
