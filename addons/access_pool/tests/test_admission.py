from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestAdmission(DeskCommon):
    """Where the bands of an admission open, at the ERP's own decision."""

    def _opens(self, point, band):
        return point._decide("wristband", band.value).reason.value

    def test_a_ticket_to_the_pool_opens_no_sauna_to_which_another_one_leads(self):
        cheap = self._admission(
            "Pool only", (self.adult, 1), zone_ids=[Command.set(self.pool.ids)]
        )
        self._pass(self._sell(cheap, self.bands[0]))
        self._pass(self._sell(self.adult_ticket, self.bands[1]))
        found = [self._opens(self.sauna_gate, band) for band in self.bands[:2]]
        self.assertEqual(found, ["no_ticket", "right"])

    def test_inside_a_locker_takes_no_entry(self):
        lockers = self._point("Lockers", kind="locker_bank", zone_to_id=self.pool.id)
        self._pass(self._sell(self.adult_ticket, self.bands[0]))
        self.assertEqual(self._opens(lockers, self.bands[0]), "right")

    def test_a_room_is_the_leaders_alone(self):
        room = self._group_room(self._zone("Room", parent_id=self.wet.id))
        group = self._admission(
            "Group",
            (self.adult, 1),
            (self.child, 1),
            leader_point_ids=[Command.set(room.ids)],
        )
        group.line_ids[0].is_leader = True
        self._sell(group, *self.bands[:2])
        self.assertEqual(self._opens(room, self.bands[0]), "right")
        self.assertNotIn(self._opens(room, self.bands[1]), ("right", "no_right_needed"))

    def test_the_leader_may_get_their_band_after_members_of_the_same_kind(self):
        group = self._admission("Group", (self.adult, 1), (self.adult, 1))
        leader, member = group.line_ids
        leader.is_leader = True
        self._sell(group)
        order = self.env["pos.order"].search([], limit=1, order="id desc")
        for band, line in zip(self.bands, (member, leader), strict=False):
            self.desk.action_access_give(order.id, [{"id": band.id, "line": line.id}])
        self.assertEqual(order.access_missing_bands, 0)
        self.assertEqual(order.lines.access_stay_ids.mapped("is_leader"), [False, True])
        told = [band["line"] for band in order.lines.access_bands]
        self.assertEqual(told, [member.id, leader.id])

    def test_zones_that_a_band_enters_for_several_people_are_told(self):
        self.assertEqual(self.adult_ticket.open_zones, "Pool, Sauna")
        self.pool.antipassback = "refused"
        self.assertEqual(self.adult_ticket.open_zones, "Sauna")
        self.wet.antipassback = "timed"
        self.assertFalse(self.adult_ticket.open_zones)

    def test_a_room_where_all_bands_may_go_is_refused(self):
        room = self._group_room(self._zone("Room", parent_id=self.pool.id))
        with self.assertRaisesRegex(ValidationError, "every band"):
            self.adult_ticket.leader_point_ids = room

    def _group_room(self, zone):
        return self._point("Room", kind="locker_bank", zone_to_id=zone.id)
