from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import TransactionCase, freeze_time

from odoo.addons.access_base.models import access_policy_difference
from odoo.addons.access_base.models.access_policy_change import Changes

from .common import GatewayCommon
from .gateway_side import GatewaySide

FIELDS = ("policy", "devices", "wiring", "pin_keys", "qr_key")


class DifferenceCommon(GatewayCommon):
    def setUp(self):
        super().setUp()
        self._pair()
        self.card = self._card()
        self.right = self._right()
        self.side = GatewaySide(self.gateway)
        self._forget_changes()
        self.assertEqual(self.side.poll(), "whole")
        self.person = str(self.anna.access_person_ids.id)

    def _differs(self):
        """Take a difference; what is in force then is what a whole would say."""
        self.assertEqual(self.side.poll(), "difference")
        self._forget_changes()
        whole = self.side.whole()
        for name in FIELDS:
            self.assertEqual(getattr(self.side.rules, name), getattr(whole, name))
        return self.side.document

    def _sections(self):
        head = {"format", "gateway", "base", "version", "issued_at", "expires_at"}
        return set(self._differs()) - head - {"pin_keys", "qr_key"}


class TestPolicyDifference(DifferenceCommon):
    def test_blocked_card_is_all_that_is_sent(self):
        self.card.action_block()
        document = self._differs()
        self.assertEqual(set(document["persons"]), {self.person})
        [[issued]] = document["credentials_of"][self.person].values()
        self.assertEqual(issued["status"], "blocked")
        self.assertNotIn("rights", document)
        self.assertNotIn("points", document)

    def test_tokens_are_sealed(self):
        self.card.action_block()
        self.assertNotIn(self.card.value, str(self._differs()))

    def test_changed_right_is_sent_alone(self):
        self.right.early_entry = 10
        self.assertEqual(self._sections(), {"rights"})

    def test_plan_stage_and_program_are_sent_with_their_persons(self):
        plan = self._plan()
        stage = self._subscription(plan).stage_id
        yoga = {"name": "Yoga", "access_is_program": True}
        program = self.env["calendar.event.type"].create(yoga)
        event = {"name": "Yoga", "categ_ids": program.ids}
        self.env["calendar.event"].create(event | {"partner_ids": self.anna.ids})
        self._differs()
        for record, values in (
            (plan, {"access_right_ids": self.right.ids}),
            (stage, {"type": "draft"}),
            (program, {"access_is_program": False}),
        ):
            before = dict(self.side.policy.persons)
            record.write(values)
            self.assertEqual(self._sections(), {"persons", "credentials_of"})
            self.assertNotEqual(self.side.policy.persons, before)

    def test_right_that_went_is_gone(self):
        number = self.right.id
        self.right.unlink()
        self.assertIsNone(self._differs()["rights"][str(number)])

    def test_lockdown_is_sent_with_the_venues(self):
        self._order(self.turnstile, kind="emergency", mode="lockdown")
        venues = {"venues", "bands", "zones", "points", "orders"}
        wired = {"devices", "wiring", "inputs", "banks", "lockers", "words"}
        self.assertEqual(self._sections(), venues | wired)

    def test_points_of_others_stay_with_them(self):
        self._point("Side door")
        self._differs()
        self.assertEqual(set(self.side.policy.points), set(self.turnstile.ids))

    def test_person_without_credential_is_gone(self):
        self.card.unlink()
        self.assertIsNone(self._differs()["persons"][self.person])

    def test_contact_that_was_deleted_is_gone(self):
        self.card.unlink()
        self.anna.unlink()
        self.assertIsNone(self._differs()["persons"][self.person])

    def test_merged_contact_has_one_name(self):
        twin = self.env["res.partner"].create({"name": "Anna Nowak"})
        self._card(twin, "04D4E5F6")
        self._differs()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((twin | self.anna).ids, self.anna)
        self._differs()
        self.assertEqual(len(self.side.policy.persons), 1)

    def test_card_goes_to_another_and_back(self):
        other = self.env["res.partner"].create({"name": "Jan Kowalski"})
        self.card.action_return()
        self._differs()
        second = self._card(other)
        self._differs()
        second.action_block()
        self._differs()
        second.unlink()
        self._differs()

    def test_lost_answer_is_made_up_for_by_a_difference(self):
        self.card.action_block()
        self.side.poll(lost=True)
        self._forget_changes()
        self.gateway.invalidate_recordset()
        self.env["access.policy.change"]._mark(partners=self.anna.ids)
        self._differs()

    def test_gateway_with_another_version_gets_the_whole(self):
        self.card.action_block()
        self.assertIn("base", self._document(self.gateway.policy_version))
        self.assertNotIn("base", self._document(1_000))

    def _document(self, version):
        side = GatewaySide(self.gateway)
        side.rules = side.rules.__class__(version=version)
        side.poll(lost=True)
        return side.document

    def test_lost_whole_is_sent_again(self):
        with freeze_time(Datetime.now() + timedelta(hours=25)):
            self.assertEqual(self.side.poll(lost=True), "whole")
            self.assertEqual(self.side.poll(), "whole")
            self.assertIsNone(self.side.poll())

    def test_many_changed_persons_are_the_whole(self):
        self.card.action_block()
        with patch.object(access_policy_difference, "MOST_PERSONS", 0):
            self.assertEqual(self.side.poll(), "whole")

    def test_change_of_everything_is_the_whole(self):
        self.env["access.policy.change"]._mark()
        self.assertEqual(self.side.poll(), "whole")

    def test_clock_of_the_company_is_the_whole(self):
        self.env.company.partner_id.tz = "Asia/Tokyo"
        self.assertEqual(self.side.poll(), "whole")

    def test_keys_of_pins_and_codes_go_along(self):
        self.assertEqual(
            self.side.rules.pin_keys, {self.venue.id: self.venue._pin_key()}
        )
        verifies = self.side.rules.qr_key
        self.assertEqual(len(verifies), 32)

    def test_snapshots_that_are_no_base_any_more_are_not_kept(self):
        kept = self.env["access.policy.change"]._kept_snapshots
        self.assertIn(self.gateway.policy_snapshot, kept())
        with freeze_time(Datetime.now() + timedelta(hours=25)):
            self.assertNotIn(self.gateway.policy_snapshot, kept())


class TestDifferenceConcurrent(TransactionCase):
    """Two members of staff at once; who began first is done last."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _transaction in range(3)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)

    def test_late_change_comes_with_the_next_difference(self):
        late, early, gateway = (
            self.env(cr=cr)["access.policy.change"] for cr in self.cursors
        )
        late._mark(partners=[1])
        early._mark(partners=[2])
        start = gateway._snapshot()
        gateway.env.cr.rollback()
        early.env.cr.commit()
        told = gateway._since(start)
        self.assertEqual(told, Changes(partners=frozenset({2})))
        after_first = gateway._snapshot()
        gateway.env.cr.rollback()
        late.env.cr.commit()
        told = gateway._since(after_first)
        self.assertEqual(told, Changes(partners=frozenset({1})))
        after_both = gateway._snapshot()
        gateway.env.cr.rollback()
        self.assertIsNone(gateway._since(after_both))
