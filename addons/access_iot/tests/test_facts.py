import json
from unittest.mock import patch

from odoo.tests import TransactionCase, freeze_time

from odoo.addons.access_base.access_policy import (
    GENESIS,
    PassageEvent,
    event_of,
    link,
    state_from_document,
    state_of,
)
from odoo.addons.access_base.models import access_fact, access_snapshot

from .common import GatewayCommon

TIME = "2026-11-21T07:30:00.000Z"


@freeze_time("2026-11-21 12:00:00")
class TestFacts(GatewayCommon):
    def setUp(self):
        super().setUp()
        self.anna._ensure_access_person()
        self.person = self.anna.access_person_ids
        self.right = self._right(bands=[(self._band("Early", (5, 8, 12)), 8)])
        self.use = {
            "person": self.person.id,
            "right": self.right.id,
            "band": self.right.band_line_ids.band_id.id,
            "day": "2026-11-21",
        }
        self.cursor = self.gateway._facts(None)["cursor"]

    def _told(self, cursor=None):
        return self.gateway._facts(cursor or self.cursor)

    def test_nothing_new_is_nothing(self):
        self.assertIsNone(self._told())

    def test_entry_elsewhere_is_told(self):
        event = self._passage(**self.use)
        told = self._told()
        self.assertEqual(told["events"], [event.record])
        self.assertIsNone(told["state"])

    def test_only_what_counts_of_an_entry_is_told(self):
        """Other gateways keep it: no card, and nothing that staff have noted."""
        staff = {"user": self.env.uid, "note": "forgot the card", "credential": 5}
        event = self._passage(seen="rfid:…E580", warnings=("x",), **staff, **self.use)
        [told] = self._told()["events"]
        plain = dict.fromkeys((*staff, "seen")) | {"warnings": ()}
        self.assertEqual(event_of(told), event_of(event.record)._replace(**plain))

    def test_what_does_not_count_is_not_told(self):
        self._passage(granted=False, person=self.person.id)
        self._passage(reason="point_unlocked", zone=self.gym.id)
        self.assertIsNone(self._told())

    def test_own_events_are_known(self):
        self.gateway.journal_id._append(
            PassageEvent(TIME, self.turnstile.id, True, "right", **self.use)
        )
        self.assertIsNone(self._told())

    def test_events_of_another_company_are_theirs(self):
        company = self.env["res.company"].create({"name": "Other"})
        journal = self.env["access.journal"].create(
            {"name": "Other", "company_id": company.id}
        )
        event = PassageEvent(TIME, 0, True, "right", person=self.person.id, zone=0)
        journal._append(event)
        self.assertIsNone(self._told())
        self.assertFalse(self._told("forgotten")["state"]["presence"])

    def test_who_knows_nothing_gets_the_state(self):
        self._passage(zone=self.gym.id, **self.use)
        for cursor in (None, "", "1 10:10: 0", "nonsense", "1 10:10:10 x"):
            told = self.gateway._facts(cursor)
            self.assertEqual(told["events"], [])
            self.assertIn(str(self.person.id), told["state"]["presence"])

    def test_too_many_events_are_the_state(self):
        self._passage(**self.use)
        with patch.object(access_fact, "MOST_EVENTS", 0):
            self.assertTrue(self._told()["state"])

    def test_many_events_that_are_no_news_are_passed(self):
        self._passage(granted=False)
        with patch.object(access_fact, "MOST_PASSED", 1):
            told = self._told()
        self.assertEqual((told["state"], told["events"]), (None, []))

    def test_state_is_what_follows_from_the_log(self):
        ticket = self._ticket(self._ticket_type())
        used = {"person": self.person.id, "ticket": ticket.id, "day": "2026-11-20"}
        passages = [
            {"zone": self.gym.id, **self.use},
            {"zone": self.gym.id, **self.use, "at": "2026-11-21 08:30"},
            {"zone": 0, **used, "at": "2026-11-21 09:30:00.250"},
            {**self.use, "day": "2026-10-01"},
        ]
        events = [event_of(self._passage(**one).record) for one in passages]
        told = json.loads(json.dumps(self.gateway._facts(None)["state"]))
        state, expected = state_from_document(told), state_of(events)
        for name in ("uses", "ticket_uses", "presence", "occupancy"):
            self.assertEqual(getattr(state, name), getattr(expected, name), name)

    def test_uses_of_long_ago_count_no_more(self):
        self._passage(**self.use | {"day": "2026-09-30"})
        self.assertFalse(self.gateway._facts(None)["state"]["uses"])

    def test_merged_contact_is_told_by_the_name_in_the_rules(self):
        twin = self.env["res.partner"].create({"name": "Anna Nowak"})
        twin._ensure_access_person()
        other = twin.access_person_ids
        self._passage(**self.use | {"person": other.id})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (twin | self.anna).ids, self.anna
        )
        told = self._told()
        self.assertEqual(list(told["state"]["uses"]), [str(self.person.id)])
        self.assertEqual(told["names"], {other.id: self.person.id})
        self._passage(**self.use | {"person": other.id, "day": "2026-11-20"})
        told = self._told(told["cursor"])
        persons = {event_of(record).person for record in told["events"]}
        self.assertEqual(persons, {self.person.id})

    def test_cursor_stays_short(self):
        with patch.object(access_snapshot, "MOST_SIGNS", 0):
            cursor = self.gateway._facts(None)["cursor"]
        self.assertIsNone(self._told(cursor))
        self._passage(**self.use)
        self.assertTrue(self._told(cursor)["events"])

    def test_numbers_of_another_cluster_say_nothing(self):
        """As in a database that was moved to a younger one."""
        self.env.cr.execute(
            "ALTER TABLE access_event ALTER transaction_number"
            " SET DEFAULT '9000000000000000000'::xid8"
        )
        self._passage(**self.use)
        self.assertIsNone(self._told())

    def test_entry_at_a_point_that_is_unknown_counts(self):
        ticket = self._ticket(self._ticket_type())
        used = {"person": self.person.id, "ticket": ticket.id, "day": "2026-11-20"}
        event = PassageEvent(TIME, 2**31 - 1, True, "right", **used)
        self.gateway.journal_id._append(event)
        token = self._card().token
        _policy, state = self.env["access.policy"]._for_attempt(self.turnstile, token)
        told = state_from_document(self.gateway._facts(None)["state"])
        self.assertEqual(len(state.ticket_uses[ticket.id]), 1)
        self.assertEqual(told.ticket_uses, state.ticket_uses)


class TestFactsConcurrent(TransactionCase):
    """Events of two gateways arrive at once; what began first is done last.

    Committed for good: the log keeps them, so they are in a journal of their own.
    """

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _transaction in range(3)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)

    def _told(self, env, cursor):
        env.cr.rollback()
        journal = env["access.journal"].browse(self.asking)
        return env["access.fact"]._since(env.company, journal, cursor)

    def test_late_event_is_told_with_the_next_answer(self):
        late, early, gateway = (self.env(cr=cursor) for cursor in self.cursors)
        names = {"early": early, "late": late}
        persons = {name: early["access.person"].create({}).id for name in names}
        made = {
            name: early["access.journal"].create({"name": name}).id
            for name in (*names, "asking")
        }
        self.asking = made["asking"]
        early.cr.commit()
        start = self._told(gateway, None)["cursor"]
        records = {}
        for name in ("late", "early"):
            event = PassageEvent(TIME, 0, True, "right", persons[name], zone=0)
            records[name] = event.record(1)
            journal = names[name]["access.journal"].browse(made[name])
            log = names[name]["access.event"]
            log._ingest(journal, [(records[name], link(GENESIS, records[name]))])
        early.cr.commit()
        first = self._told(gateway, start)
        self.assertEqual(first["events"], [records["early"]])
        late.cr.commit()
        second = self._told(gateway, first["cursor"])
        self.assertEqual(second["events"], [records["late"]])
        self.assertIsNone(self._told(gateway, second["cursor"]))
