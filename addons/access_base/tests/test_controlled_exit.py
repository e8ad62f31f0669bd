from odoo import fields

from .common import AccessCommon


class TestControlledExit(AccessCommon):
    """A gate that lets out who has paid: once for each exit ticket."""

    def setUp(self):
        super().setUp()
        self.gate = self._point(
            "Exit gate", zone_from_id=self.gym.id, exit_control="ticket"
        )
        self.guest = self.env["res.partner"]._access_take_guests(self.env.company, 1)
        self._card(self.guest)
        self._right(partner_ids=False, everyone=True)
        self.exit = self._ticket_type(name="Exit", entries=1)

    def _lets_out(self):
        return self._right(
            name="Exit",
            partner_ids=False,
            everyone=True,
            zone_ids=False,
            point_ids=self.gate.ids,
            limiting="ticket",
            ticket_type_ids=self.exit.ids,
        )

    def _show(self):
        return self.gate._decide("card", "04A1B2C3").reason.value

    def test_band_is_refused_by_the_right_of_the_zone(self):
        self.assertEqual(self._show(), "exit_not_paid")
        self.gate.exit_control = "free"
        self.assertEqual(self._show(), "right")

    def test_exit_ticket_opens_once(self):
        self._lets_out()
        ticket = self._ticket(self.exit, self.guest)
        self.assertEqual([self._show(), self._show()], ["right", "exit_not_paid"])
        self.assertEqual(ticket.state, "used_up")
        presence = self.env["access.presence"].search([])
        self.assertEqual((presence.partner_id, presence.zone_id.id), (self.guest, 0))

    def test_exit_ticket_that_ended_opens_nothing(self):
        self._lets_out()
        self._ticket(self.exit, self.guest, valid_to=fields.Datetime.now())
        self.assertEqual(self._show(), "exit_not_paid")

    def test_why_says_where_to_pay(self):
        found = self.env["access.explanation"]._explain(
            self.guest, self.gate, fields.Datetime.now()
        )
        self.assertIn("Please go to the cash desk first.", found.advice)
        words = " ".join(words for words, _reason in found.steps)
        self.assertIn("lets nobody out but by a right for this point", words)

    def test_it_leads_out_to_outdoors_and_to_zones_around(self):
        inner = self._zone("Sauna", parent_id=self.gym.id)
        beside = self._zone("Bar")
        for zone_from, zone_to, leads_out in (
            (self.gym, None, True),
            (inner, self.gym, True),
            (self.gym, inner, False),
            (self.gym, beside, False),
            (None, self.gym, False),
        ):
            point = self._point(
                "Door",
                zone_from_id=zone_from and zone_from.id,
                zone_to_id=zone_to and zone_to.id,
            )
            self.assertEqual(point.leads_out, leads_out)
