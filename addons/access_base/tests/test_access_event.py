import json
from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..access_policy import PassageEvent, Reason, first_break
from ..models import access_event
from ..models.access_reason import BY_KIND, KINDS
from .common import AccessCommon


class TestAccessEvent(AccessCommon):
    @contextmanager
    def assertRefusedByDatabase(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            yield

    def test_every_reason_has_words(self):
        words = dict(self.env["access.event"]._fields["reason"].selection)
        self.assertEqual(set(words), {reason.value for reason in Reason})

    def test_nobody_changes_the_log_by_sql(self):
        event = self._passage()
        for query in (
            "UPDATE access_event SET granted = NOT granted WHERE id = %s",
            "DELETE FROM access_event WHERE id = %s",
        ):
            with self.assertRefusedByDatabase():
                self.env.cr.execute(query, [event.id])
        with self.assertRefusedByDatabase():
            self.env.cr.execute("TRUNCATE access_event CASCADE")

    def test_superuser_does_not_change_it_by_the_orm(self):
        event = self._passage()
        with self.assertRefusedByDatabase():
            event.sudo().write({"granted": False})
            event.flush_recordset()
        with self.assertRefusedByDatabase():
            event.sudo().unlink()

    def test_nobody_creates_events_by_rpc(self):
        manager = self._user("manager")
        events = self.env["access.event"].with_user(manager)
        for call in (
            lambda: events.create({"point_id": self.turnstile.id}),
            lambda: events.web_save({"point_id": self.turnstile.id}, {}),
            lambda: events.load(["reason"], [["right"]])["messages"]
            and events.check_access("create"),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_same_event_twice_is_once(self):
        event = self._passage()
        other = PassageEvent("2026-11-21T07:30:00.000Z", 1, False, "no_right")
        row = (other.record(event.sequence), "f" * 64)
        self.assertEqual(event._ingest(event.journal_id, [row]), 0)
        self.assertTrue(event.granted)

    def test_journal_is_a_chain(self):
        for minute in range(5):
            self._passage(at=f"2026-11-21 07:3{minute}", seen="rfid:…É")
        events = self.env["access.event"].search([], order="sequence")
        links = [(event.record, event.hash) for event in events]
        self.assertIsNone(first_break(links))
        links[2] = (links[2][0].replace("true", "false"), links[2][1])
        self.assertEqual(first_break(links), 3)

    def test_what_the_log_names_is_archived_not_deleted(self):
        right, card = self._right(), self._card()
        self._passage(right=right.id, credential=card.id)
        for record in (right, card, self.turnstile):
            with self.assertRaisesRegex(UserError, "instead"):
                record.unlink()

    def test_event_can_name_what_is_gone(self):
        """As when a right was taken away for good while a gateway was offline."""
        right = self._right()
        right.unlink()
        event = self._passage(right=right.id)
        self.assertFalse(event.right_id)
        self.assertEqual(json.loads(event.record)[7], right.id)

    def test_unknown_card_is_issued_from_its_event(self):
        event = self._passage(
            granted=False, reason="credential_unknown", seen="rfid:DEADBEEF"
        )
        context = event.action_issue_credential()["context"]
        card = (
            self.env["access.credential"]
            .with_context(**context)
            .create({"partner_id": self.anna.id})
        )
        self.assertEqual(card.token, "rfid:DEADBEEF")

    def test_found_by_person_result_and_reason(self):
        self._card()
        granted = self._passage(person=self.anna.access_person_ids.id)
        refused = self._passage(granted=False, reason="outside_hours")
        search = self.env["access.event"].search
        self.assertEqual(search([("partner_id", "ilike", "nowak")]), granted)
        self.assertEqual(search([("result", "=", "refused")]), refused)
        self.assertEqual(search([("reason", "=", "outside_hours")]), refused)

    def test_every_reason_is_of_one_kind(self):
        codes = [code for kind in BY_KIND.values() for code in kind]
        self.assertEqual(sorted(codes), sorted(reason.value for reason in Reason))
        self.assertEqual(set(BY_KIND), {kind for kind, _words in KINDS})

    def test_found_by_kind_of_reason_and_warning(self):
        late = self._passage(granted=False, reason="outside_hours")
        warned = self._passage(warnings=("not_inside",))
        search = self.env["access.event"].search
        self.assertEqual(search([("reason_kind", "=", "time")]), late)
        self.assertEqual(search([("has_warnings", "=", True)]), warned)
        self.assertEqual(warned.warning_words, "Was not inside")

    def test_what_staff_note_is_neither_granted_nor_refused(self):
        noted = self._passage(granted=False, reason="presence_corrected")
        refused = self._passage(granted=False)
        search = self.env["access.event"].search
        self.assertEqual(noted.result, "noted")
        self.assertEqual(search([("result", "=", "noted")]), noted)
        self.assertEqual(search([("result", "=", "refused")]), refused)
        self.assertEqual(search([("result", "!=", "noted")]), refused)

    def test_one_search_box_finds_person_place_and_card(self):
        self._card()
        event = self._passage(
            person=self.anna.access_person_ids.id, seen="rfid:…B2C3", zone=self.gym.id
        )
        other = self._passage(point=self._point("Back door", venue_id=self._venue().id))
        arch = self.env["access.event"].get_view(view_type="search")["arch"]
        box = etree.fromstring(arch).find("field")
        for text in ("nowak", "B2C3", "turnstile", "Aqua"):
            domain = safe_eval(box.get("filter_domain"), {"self": text})
            self.assertEqual(self.env["access.event"].search(domain), event, text)
        self.assertTrue(other)

    def _venue(self):
        return self.env["access.venue"].create({"name": "Office", "tz": "UTC"})

    def test_every_filter_of_the_search_works(self):
        arch = self.env["access.event"].get_view(view_type="search")["arch"]
        domains = [
            safe_eval(one.get("domain"))
            for one in etree.fromstring(arch).iter("filter")
            if one.get("domain")
        ]
        self.assertGreater(len(domains), 15)
        for domain in domains:
            self.env["access.event"].search(domain, limit=1)

    def test_duress_is_told_to_who_is_responsible(self):
        guard = self._user("operator")
        self.venue.alert_user_id = guard
        self._passage(warnings=("not_inside",))
        self.assertFalse(self.turnstile.activity_ids)
        event = self._passage(
            person=self._person(), reason="right", warnings=("duress",)
        )
        self.assertTrue(event.is_duress)
        self.assertEqual(self.turnstile.activity_ids.user_id, guard)
        self.assertIn("Anna Nowak", self.turnstile.activity_ids.note)

    def test_duress_sent_twice_alerts_once(self):
        self.venue.alert_user_id = self._user("operator")
        event = self._passage(warnings=("duress",))
        event._ingest(event.journal_id, [(event.record, event.hash)])
        self.assertEqual(len(self.turnstile.activity_ids), 1)

    def test_duress_where_nobody_is_responsible(self):
        self.assertTrue(self._passage(warnings=("duress",)).is_duress)
        self.assertFalse(self.turnstile.activity_ids)

    def test_a_forced_door_is_told_once_until_it_is_seen_to(self):
        self.venue.alert_user_id = self._user("operator")
        for _time in range(2):
            self._passage(reason="door_forced", granted=False, note="Contact 3")
        [told] = self.turnstile.activity_ids
        self.assertEqual(told.summary, "Door forced open")
        self.assertIn("Contact 3", told.note)
        told.action_done()
        self._passage(reason="door_forced", granted=False)
        self.assertEqual(len(self.turnstile.activity_ids), 1)

    def test_what_a_device_says_is_no_html_of_an_alert(self):
        self.venue.alert_user_id = self._user("operator")
        link = '<a href="https://x.example">here</a>'
        self._passage(reason="alarm", granted=False, note=link)
        self.assertIn("&lt;a href", self.turnstile.activity_ids.note)

    def test_what_is_told_to_who_is_responsible(self):
        self.venue.alert_user_id = self._user("operator")
        for reason in ("credential_blocked", "zone_full", "no_right", "passed"):
            self._passage(reason=reason, granted=False)
        self.assertEqual(
            self.turnstile.activity_ids.mapped("summary"),
            ["Credential is blocked", "Zone is full"],
        )

    def test_duress_comes_first_on_the_screen(self):
        duress = self._passage(warnings=("duress",), at="2026-11-21 06:00")
        self._passage(at="2026-11-21 07:00")
        arch = self.env["access.event"].get_view(view_type="list")["arch"]
        order = etree.fromstring(arch).get("default_order")
        self.assertEqual(self.env["access.event"].search([], order=order)[0], duress)

    def test_who_was_on_duty_then(self):
        first, second = self._user("reception"), self._user("operator")
        duties = self.env["access.duty"].sudo()
        for user, start, stop in (
            (first, "2026-11-21 06:00:00", "2026-11-21 07:30:00"),
            (second, "2026-11-21 07:30:00", False),
        ):
            values = {"venue_id": self.venue.id, "user_id": user.id}
            duties.create({**values, "start": start, "stop": stop})
        for at, user in (
            ("2026-11-21 05:59", self.env["res.users"]),
            ("2026-11-21 07:29", first),
            ("2026-11-21 07:30", second),
        ):
            self.assertEqual(self._passage(at=at).duty_user_id, user, at)

    def _person(self):
        self.anna._ensure_access_person()
        return self.anna.access_person_ids.id

    def test_screens_are_told_after_the_commit(self):
        with patch.object(access_event._announcer, "news") as news:
            self._passage()
            news.assert_not_called()
            self.env.cr.postcommit.run()
        news.assert_called_once_with(self.env.cr.dbname)

    def test_screens_are_told_that_there_is_news_not_what(self):
        self.env["access.event"]._announce()
        [values] = self.env.cr.precommit.data["bus.bus.values"]
        self.assertIn('"payload":{}', values["message"].replace(" ", ""))
