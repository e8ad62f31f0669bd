from datetime import timedelta

from odoo.addons.access_base.access_policy import PassageEvent, link
from odoo.addons.access_base.models.policy_version import version_at

from ..models.access_gateway_policy import MOST_AHEAD
from .common import GatewayCommon
from .gateway_side import GatewaySide


class TestRestored(GatewayCommon):
    """This database came back from a backup; gateways know what it does not."""

    def setUp(self):
        super().setUp()
        self._pair()
        self.box = GatewaySide(self.gateway)
        self.box.poll()
        self.later = self.gateway.policy_version + 100

    def _restored(self, version=None):
        """Let the gateway report rules that this database did not make."""
        self.gateway._report(version or self.later, {}, [])

    def test_version_is_the_time_of_compiling(self):
        now = version_at(self.env.cr.now())
        self.assertLessEqual(abs(self.box.rules.version - now), 60)

    def test_gateway_that_is_ahead_gets_the_whole_under_a_newer_version(self):
        self._restored()
        envelope = self.gateway._newer_policy(self.later)
        self.assertNotIn('"base"', envelope["payload"])
        self.assertEqual(self.gateway.policy_version, self.later + 1)

    def test_restore_is_told_once(self):
        for _poll in range(2):
            self._restored()
        told = self.gateway.message_ids.filtered(lambda m: "restored" in m.body)
        self.assertEqual(len(told), 1)

    def test_all_gateways_are_told_anew_what_happened(self):
        annex = self.env["access.gateway"].create({"name": "Annex"})
        cursor = annex._facts(None)["cursor"]
        self.assertIsNone(annex._facts(cursor))
        self._restored()
        self.assertIsNotNone(annex._facts(cursor)["state"])

    def test_who_says_so_again_and_again_does_not_keep_the_others_busy(self):
        self._restored()
        told = self.env.company.access_facts_version
        self._restored(self.later + 50)
        self.assertEqual(self.gateway.policy_version, self.later + 50)
        self.assertEqual(self.env.company.access_facts_version, told)

    def test_rules_in_force_count_also_when_the_whole_is_asked_for(self):
        self.gateway._report(0, {"policy": {"version": self.later}}, [])
        self.assertEqual(self.gateway.policy_version, self.later)

    def test_numbers_of_versions_do_not_run_out(self):
        """Who has stolen a token may say any number."""
        version = self.gateway.policy_version
        self._restored(2**31 - 2)
        self.assertEqual(self.gateway.policy_version, version)
        self._restored(version_at(self.env.cr.now() + MOST_AHEAD))
        self.assertGreater(self.gateway.policy_version, version)

    def test_locker_of_somebody_unknown_stays_given_to_nobody(self):
        locker = self._lockers()[0]
        card, point = self._card(), locker.bank_id.point_id
        made = timedelta(days=1)
        events = [
            PassageEvent(
                "2026-11-21T07:30:00.000Z",
                point.id,
                False,
                "locker_assigned",
                credential=card.id,
                policy=version_at(self.env.cr.now() - 2 * made),
                note="A1",
            )
        ]
        # The bank was there before, the card is newer.
        self.env.cr.execute(
            "UPDATE access_point SET create_date = create_date - interval '9 days'"
            " WHERE id = %s",
            [point.id],
        )
        self._ingest(events)
        self.assertEqual(locker.bank_id._given(), {str(locker.id): [0, None]})

    def test_events_of_who_was_lost_are_not_of_who_got_the_number(self):
        bands = [(self._band("Early", (5, 8, 12)), 8)]
        right = self._right(bands=bands)
        self.env.flush_all()
        with self.env.cr.savepoint() as backup:
            lost = self._member("Lost")
            number = lost.access_person_ids.id
            backup.rollback()
        self.env.invalidate_all()
        self.env.cr.execute(
            "SELECT setval('access_person_id_seq', %s, FALSE)", [number]
        )
        found = self._member("New")
        self.assertEqual(found.access_person_ids.id, number)
        event = PassageEvent(
            "2026-11-21T07:30:00.000Z",
            self.turnstile.id,
            True,
            "right",
            person=number,
            right=right.id,
            band=right.band_line_ids.band_id.id,
            day="2026-11-21",
            zone=self.gym.id,
            policy=version_at(self.env.cr.now() - timedelta(hours=1)),
        )
        self._ingest([event])
        state = self.gateway._facts(None)["state"]
        self.assertNotIn(str(number), {**state["uses"], **state["presence"]})
        self.assertEqual(self.gateway.nameless_count, 1)

    def _member(self, name):
        partner = self.env["res.partner"].create({"name": name})
        partner._ensure_access_person()
        return partner

    def _ingest(self, events):
        sequence, digest = self.gateway.journal_id._end()
        rows = []
        for number, event in enumerate(events, sequence + 1):
            record = event.record(number)
            digest = link(digest, record)
            rows.append((record, digest))
        self.env["access.event"]._ingest(self.gateway.journal_id, rows)
