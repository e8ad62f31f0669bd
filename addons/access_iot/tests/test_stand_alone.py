from datetime import datetime, timedelta, timezone

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from odoo.addons.access_base.access_policy import PassageEvent, link
from odoo.addons.access_base.access_policy.event import utc_text
from odoo.addons.access_base.tests.security_common import SecurityCommon

from ..controllers.gateway_schema import _told_facts as told_facts
from .common import GatewayCommon
from .gateway_side import GatewaySide
from .test_policy_difference import DifferenceCommon

CONTROLLER = "uhppote_controller"


class TestStandAlone(DifferenceCommon):
    """Card numbers go to gateways of controllers that open by themselves, no others."""

    def setUp(self):
        super().setUp()
        self.controller = self._device("Controller", CONTROLLER)
        self._forget_changes()
        self.side.poll()

    def _numbers(self):
        """Give the card numbers in the rules that the gateway holds."""
        self._forget_changes()
        issued = self.side.rules.policy.credentials.values()
        return [one.number for held in issued for one in held if one.number]

    def _switch(self, value):
        self.controller.stand_alone = value
        return self.side.poll()

    def test_by_default_no_number_leaves_the_erp(self):
        self.assertEqual(self._numbers(), [])
        document = self.gateway._policy_document()
        self.assertNotIn(self.card.value, str(document))

    def test_switched_on_all_rules_are_told_with_numbers(self):
        self.assertEqual(self._switch(True), "whole")
        self.assertEqual(self._numbers(), [self.card.value])
        device = self.side.rules.devices[str(self.controller.id)]
        self.assertTrue(device.stand_alone)

    def test_switched_off_they_are_gone_there(self):
        self._switch(True)
        self._forget_changes()
        self.assertEqual(self._switch(False), "whole")
        self.assertEqual(self._numbers(), [])

    def test_once_the_device_is_gone_they_are_gone_there(self):
        for leave in ("action_archive", "unlink"):
            self.controller = self._device("Controller", CONTROLLER, stand_alone=True)
            self.side.poll()
            self.assertEqual(self._numbers(), [self.card.value])
            getattr(self.controller, leave)()
            self.assertEqual(self.side.poll(), "whole")
            self.assertEqual(self._numbers(), [])

    def test_another_gateway_gets_none(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        self._pair(annex)
        self._switch(True)
        there = GatewaySide(annex)
        there.poll()
        self.assertTrue(there.rules.policy.credentials)
        self.assertNotIn(self.card.value, str(there.document))

    def test_with_the_device_they_move_to_another_gateway(self):
        self._switch(True)
        self._forget_changes()
        self.controller.gateway_id = self.env["access.gateway"].create({"name": "B"})
        self.assertEqual(self.side.poll(), "whole")
        self.assertEqual(self._numbers(), [])

    def test_only_cards_that_are_good_come_with_their_number(self):
        self._switch(True)
        self._forget_changes()
        self.card.action_block()
        self.side.poll()
        self.assertEqual(self._numbers(), [])

    def test_a_new_card_is_told_with_its_number_alone(self):
        self._switch(True)
        self._forget_changes()
        card = self._card(value="04AABBCCDDEE80")
        self.assertEqual(self.side.poll(), "difference")
        self.assertIn(card.value, self._numbers())
        self.assertEqual(self.side.rules.policy, self.side.whole().policy)

    def test_a_plate_is_no_card(self):
        plate = {"kind": "plate", "value": "WA12345", "partner_id": self.anna.id}
        self.env["access.credential"].create(plate)
        self._switch(True)
        self.assertEqual(self._numbers(), [self.card.value])

    def test_with_numbers_it_still_holds_what_it_should(self):
        self._switch(True)
        self._forget_changes()
        held = self.side.rules.policy
        self.assertEqual(held, self.side.whole().policy)

    def test_only_a_controller_opens_by_itself(self):
        with self.assertRaisesRegex(ValidationError, "keeps no cards"):
            self.reader.stand_alone = True
        self.controller.stand_alone = True
        kind = self.env["access.driver"]._of("serial_reader")
        with self.assertRaisesRegex(ValidationError, "keeps no cards"):
            self.controller.driver_id = kind
        with Form(self.controller) as form:
            form.driver_id = kind
        self.assertFalse(self.controller.stand_alone)

    def test_it_is_not_asked_of_other_devices(self):
        form = Form(self.reader)
        self.assertTrue(form._get_modifier("stand_alone", "invisible"))
        form = Form(self.controller)
        self.assertFalse(form._get_modifier("stand_alone", "invisible"))

    def test_a_copy_is_not_switched_on(self):
        self.controller.stand_alone = True
        self.assertFalse(self.controller.copy({"name": "Second"}).stand_alone)

    def test_who_switched_it_is_written_down(self):
        tracked = self.env["access.device"]._track_get_fields()
        self.assertIn("stand_alone", tracked)

    def test_what_is_kept_there_is_shown_until_it_is_told_no_more(self):
        facts = {
            "cards": 380,
            "cards_known": 400,
            "cards_at": "2026-11-21T07:30:00.000Z",
        }
        self._report(facts)
        shown = self.controller
        self.assertEqual((shown.cards, shown.cards_known), (380, 400))
        self.assertEqual(str(shown.cards_at), "2026-11-21 07:30:00")
        self._report({})
        self.assertFalse(shown.cards_at)

    def _report(self, facts):
        told = {"online": True, "facts": told_facts(facts)}
        self.gateway._report(0, {"devices": {str(self.controller.id): told}}, [])


class TestWhoSwitches(GatewayCommon, SecurityCommon):
    def test_by_role(self):
        controller = self._device("Controller", CONTROLLER)
        for role, user in self.users.items():
            device = controller.with_user(user)
            if role == "manager":
                device.stand_alone = True
                continue
            with self.assertRaises(AccessError, msg=role):
                device.stand_alone = True


class TestLogged(GatewayCommon):
    """A box that is new beside a controller is told what of its log is here."""

    def setUp(self):
        super().setUp()
        self.controller = self._device("Controller", "onvif_door", stand_alone=True)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        self.at = [utc_text(now - timedelta(hours=hours)) for hours in (3, 2, 1)]

    def test_a_new_box_is_told(self):
        self.assertIsNone(self._rules_of(self.gateway).logged)
        self._told(self.at[0], self.at[1], self.at[1])
        self._pair()
        logged = self._rules_of(self.gateway).logged
        self.assertEqual((utc_text(logged.until), logged.count), (self.at[1], 2))

    def test_another_gateway_is_told(self):
        self._told(self.at[0])
        annex = self.env["access.gateway"].create({"name": "Annex"})
        self._pair(annex)
        self.controller.gateway_id = annex
        self.assertEqual(utc_text(self._rules_of(annex).logged.until), self.at[0])

    def test_the_time_is_the_devices(self):
        """Its clock was ahead of the gateway's."""
        self._told(self.at[0], source=f", event 7 of {self.at[2]}")
        self.assertEqual(self.controller._last_told(), [self.at[2], 1])

    def test_other_devices_tell_of_their_own(self):
        self._told(self.at[0])
        self._told(self.at[1], device=self.reader)
        self.assertEqual(self.controller._last_told(), [self.at[0], 1])
        self.assertFalse(self.relays._last_told())

    def test_it_is_not_set_by_hand(self):
        with self.assertRaisesRegex(AccessError, "by hand"):
            self.controller.with_user(self._user("manager")).logged = [self.at[0], 1]

    def _rules_of(self, gateway):
        if not gateway.is_paired:
            self._pair(gateway)
        side = GatewaySide(gateway)
        side.poll()
        return side.rules.devices[str(self.controller.id)]

    def _told(self, *times, device=None, source=""):
        note = f"(device {(device or self.controller).id}{source})"
        journal = self.gateway.journal_id
        (last, digest), links = journal._end(), []
        for sequence, at in enumerate(times, last + 1):
            told = PassageEvent(at, 0, False, "refused_by_device", note=note)
            record = told.record(sequence)
            digest = link(digest, record)
            links.append((record, digest))
        self.env["access.event"]._ingest(journal, links)
