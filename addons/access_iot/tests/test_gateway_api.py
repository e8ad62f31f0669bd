import base64

from odoo.fields import Datetime
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.access_base.access_policy import GENESIS
from odoo.addons.access_base.access_policy.event import record_of
from odoo.addons.access_iot.models.access_picture import MAX_BYTES
from odoo.addons.access_iot.models.ir_http import WAKE

from .common import GatewayCommon

JPEG = b"\xff\xd8\xff\xe0 a picture"


@tagged("post_install", "-at_install")
class TestGatewayApi(GatewayCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.token = self._pair()["token"]

    @mute_logger("odoo.http")
    def _post(self, route, token=None, **body):
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.url_open(f"/access/gateway/v1/{route}", json=body, headers=headers)

    def _events(self, events, **body):
        gateway = body.pop("gateway", self.gateway.identifier)
        return self._post("events", gateway=gateway, events=events, **body)

    def _sequences(self):
        events = self.env["access.event"].search(
            [("journal_id", "=", self.gateway.journal_id.id)], order="sequence"
        )
        return events.mapped("sequence")

    # -- pairing

    def test_pair(self):
        answer = self._post("pair", code=self._code(), hardware="box", software="1")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["gateway"], self.gateway.identifier)

    def test_wrong_code_is_told_what_to_do(self):
        answer = self._post("pair", code="AAAA-AAAA")
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.json()["error"], "pairing_code_invalid")
        self.assertIn("Make a new one", answer.json()["message"])

    def test_used_code_is_refused(self):
        code = self._code()
        self._post("pair", code=code)
        self.assertEqual(self._post("pair", code=code).status_code, 401)

    def test_guessing_is_slowed_down(self):
        for _guess in range(5):
            self._post("pair", code="AAAA-AAAA")
        answer = self._post("pair", code=self._code())
        self.assertEqual(answer.status_code, 429)
        self.assertEqual(answer.json()["error"], "too_many_attempts")

    def test_guessing_from_many_addresses_is_slowed_down(self):
        attempts = self.env["access.pairing.attempt"]
        attempts.create([{"address": f"192.0.2.{one}"} for one in range(30)])
        answer = self._post("pair", code=self._code())
        self.assertEqual(answer.json()["error"], "too_many_attempts")

    # -- pictures

    def test_picture_of_an_event_is_kept_once(self):
        self._events(self._journal({}))
        for _twice in range(2):
            self.assertEqual(self._picture(1).status_code, 200)
        picture = self.env["access.picture"].search([])
        self.assertEqual(base64.b64decode(picture.picture), JPEG)
        event = self.env["access.event"].search([("sequence", "=", 1)], limit=1)
        self.assertIn(f"/web/image/access.picture/{picture.id}/", event.picture)

    def test_pictures_of_people_are_seen_by_few_and_for_days(self):
        self._events(self._journal({}))
        self._picture(1)
        picture = self.env["access.picture"].search([])
        events = self.env["access.event"]
        event = events.search([("journal_id", "=", self.gateway.journal_id.id)])
        for group, sees in (("reception", False), ("operator", True)):
            seen = event.with_user(self._user(group)).picture
            self.assertEqual(bool(seen), sees, group)
        self.gateway.company_id.access_picture_days = 7
        picture._gc_old()
        self.assertTrue(picture.exists())
        with freeze_time(Datetime.add(Datetime.now(), days=8)):
            self.assertEqual(picture._gc_old(), (0, False))
        self.assertFalse(picture.exists())

    def test_event_without_picture_has_none(self):
        self._events(self._journal({}))
        event = self.env["access.event"].search([("sequence", "=", 1)], limit=1)
        self.assertFalse(event.picture)

    def test_picture_of_nothing_is_refused(self):
        self.assertEqual(self._picture(7).status_code, 404)

    def test_what_is_no_picture_is_refused(self):
        self._events(self._journal({}))
        for bad in (b"<svg/>", b"", JPEG + bytes(MAX_BYTES)):
            self.assertEqual(self._picture(1, bad).status_code, 422)
        self.assertEqual(self._picture(1, encoded="%%%").status_code, 422)
        self.assertEqual(self._picture(1, encoded=None).status_code, 422)

    def _picture(self, sequence, picture=JPEG, **body):
        encoded = body.get("encoded", base64.b64encode(picture).decode())
        gateway = self.gateway.identifier
        return self._post(
            "picture", gateway=gateway, sequence=sequence, picture=encoded
        )

    # -- token

    def test_wrong_token_gets_words_and_nothing_else(self):
        answer = self._post("sync", token="forged", gateway="", policy_version=0)
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(set(answer.json()), {"error", "message"})
        self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))

    def test_token_opens_nothing_else(self):
        answer = self.url_open(
            "/json/2/res.partner/search_read",
            json={"domain": []},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        self.assertEqual(answer.status_code, 401)

    def test_no_route_speaks_for_another_gateway(self):
        """What it asks for, and writes, is its own: on each route it has to say so."""
        bodies = {
            "sync": {"policy_version": 0},
            "events": {"events": []},
            "picture": {"sequence": 1},
            "compare": {"command": "", "version": 1, "sections": {}},
            "release": {"version": "1"},
        }
        named = {("POST", f"/access/gateway/v1/{route}") for route in bodies}
        self.assertEqual(self._routes(), named | {("GET", WAKE)})
        other = self.env["access.gateway"].create({"name": "Annex"})
        for route, body in bodies.items():
            answer = self._post(route, gateway=other.identifier, **body)
            self.assertEqual(answer.json()["error"], "wrong_gateway", route)

    def test_session_is_no_token(self):
        self.authenticate("admin", "admin")
        answer = self.url_open("/access/gateway/v1/sync", json={"policy_version": 0})
        self.assertEqual(answer.status_code, 401)

    # -- sync

    def test_sync_brings_rules_once(self):
        self._forget_changes()
        body = {"gateway": self.gateway.identifier, "policy_version": 0}
        first = self._post("sync", **body).json()
        self.assertTrue(first["policy"]["signature"])
        version = self.gateway.policy_version
        again = self._post("sync", **body | {"policy_version": version}).json()
        self.assertIsNone(again["policy"])
        self.assertEqual(self.gateway.policy_version_there, version)

    def test_sync_brings_what_staff_ordered(self):
        self.gateway._report(0, {}, [])
        self.turnstile.with_user(self._user("operator")).action_release()
        body = {"gateway": self.gateway.identifier, "policy_version": 0}
        [command] = self._post("sync", **body).json()["commands"]
        self.assertEqual(command["point"], self.turnstile.id)
        result = {"command": command["id"], "ok": True, "message": None}
        answer = self._post("sync", **body, results=[result]).json()
        self.assertEqual(answer["commands"], [])

    def test_sync_tells_who_has_which_locker_of_a_bank_that_is_asked_for(self):
        first, _second = self._lockers()
        point = first.bank_id.point_id
        card = self._card().id
        given = {"reason": "locker_assigned", "granted": False, "credential": card}
        self._events(self._journal({**given, "point": point.id, "note": "A1"}))
        body = {"gateway": self.gateway.identifier, "policy_version": 0}
        told = self._post("sync", **body, banks=[point.id]).json()["lockers"]
        self.assertEqual(told, {str(point.id): {str(first.id): [card, None]}})
        self.assertEqual(self._post("sync", **body).json()["lockers"], {})

    def test_banks_that_are_no_numbers_are_named(self):
        body = {"gateway": self.gateway.identifier, "policy_version": 0}
        for banks in ([0], ["1"], [True], [2**31], [None]):
            answer = self._post("sync", **body, banks=banks)
            self.assertEqual(answer.status_code, 422)

    def test_malformed_request_is_named(self):
        answer = self._post("sync", gateway=self.gateway.identifier)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("policy_version", answer.json()["message"])

    @mute_logger("odoo.addons.access_iot.models.ir_http")
    def test_fault_of_ours_shows_nothing_of_us(self):
        self.gateway.signing_key = "not a key"
        answer = self._post("sync", gateway=self.gateway.identifier, policy_version=0)
        self.assertEqual(answer.status_code, 500)
        self.assertEqual(set(answer.json()), {"error", "message"})
        self.assertNotIn("Traceback", answer.text)

    # -- events

    def test_events_are_kept_once(self):
        events = self._journal({}, {}, {})
        for _time in range(2):
            self.assertEqual(self._events(events).json(), {"acknowledged": 3})
        self.assertEqual(self._sequences(), [1, 2, 3])

    def test_overlapping_batch_goes_on(self):
        events = self._journal({}, {}, {}, {})
        self._events(events[:2])
        self.assertEqual(self._events(events[1:]).json(), {"acknowledged": 4})
        self.assertEqual(self._sequences(), [1, 2, 3, 4])

    def test_events_after_a_gap_are_asked_for_again(self):
        events = self._journal({}, {}, {})
        answer = self._events([events[0], events[2]])
        self.assertEqual(answer.json(), {"acknowledged": 1})
        self.assertEqual(self._sequences(), [1])

    def test_changed_event_breaks_the_chain(self):
        events = self._journal({}, {}, {})
        events[1]["granted"] = True
        answer = self._events(events)
        self.assertEqual(answer.status_code, 409)
        self.assertEqual(answer.json()["error"], "journal_broken")
        self.assertIn("2", answer.json()["message"])
        self.assertEqual(self._sequences(), [])

    def test_other_events_of_the_same_numbers_are_refused(self):
        self._events(self._journal({}, {}))
        answer = self._events(self._journal({"granted": True}, {}, {}))
        self.assertEqual(answer.status_code, 409)
        self.assertEqual(answer.json()["error"], "journal_forked")
        self.assertNotIn("acknowledged", answer.json())
        self.assertEqual(self._sequences(), [1, 2])

    def test_a_forked_journal_is_noted_where_staff_see_it(self):
        self._events(self._journal({}, {}))
        self.assertFalse(self.gateway.forked_at)
        self._events(self._journal({"granted": True}, {}, {}))
        self.assertTrue(self.gateway.forked_at)
        self._pair()
        self.assertFalse(self.gateway.forked_at)

    # -- restored from a backup

    def test_sync_tells_where_the_journal_ends(self):
        body = {"gateway": self.gateway.identifier, "policy_version": 0}
        end = self._post("sync", **body).json()["journal"]
        self.assertEqual(end, {"sequence": 0, "hash": GENESIS})
        events = self._journal({}, {})
        self._events(events)
        end = self._post("sync", **body).json()["journal"]
        self.assertEqual(end, {"sequence": 2, "hash": events[1]["hash"]})

    def test_events_that_the_gateway_deleted_are_noted_and_the_rest_is_kept(self):
        events = self._journal({}, {}, {}, {}, {})
        self._events(events[:2])
        floor = {"sequence": 4, "hash": events[3]["hash"]}
        for _time in range(2):
            answer = self._events(events[4:], floor=floor)
            self.assertEqual(answer.json(), {"acknowledged": 5})
        self.assertEqual(self._sequences(), [1, 2, 5])
        gap = self.gateway.gap_ids
        self.assertEqual((gap.first, gap.last), (3, 4))
        self.assertIn("Events 3 to 4 are missing", self.gateway.message_ids[0].body)
        self.assertFalse(self.env["access.verify"]._breaks(self.env.companies))

    def test_deleted_events_are_noted_before_any_other_comes(self):
        events = self._journal({}, {}, {})
        floor = {"sequence": 2, "hash": events[1]["hash"]}
        self.assertEqual(self._events([], floor=floor).json(), {"acknowledged": 2})
        self.assertEqual(self._events(events[2:]).json(), {"acknowledged": 3})

    def test_a_floor_that_the_log_knows_changes_nothing(self):
        events = self._journal({}, {}, {})
        self._events(events)
        floor = {"sequence": 2, "hash": events[1]["hash"]}
        self.assertEqual(self._events([], floor=floor).json(), {"acknowledged": 3})
        self.assertFalse(self.gateway.gap_ids)

    def test_a_floor_that_is_another_event_is_a_fork(self):
        self._events(self._journal({}, {}, {}))
        answer = self._events([], floor={"sequence": 2, "hash": "f" * 64})
        self.assertEqual(answer.json()["error"], "journal_forked")

    def test_a_floor_that_is_none_is_named(self):
        for floor in ({"sequence": 0, "hash": "f" * 64}, {"sequence": 2, "hash": "x"}):
            answer = self._events([], floor=floor)
            self.assertEqual(answer.json()["error"], "event_malformed")

    def test_no_floor_uses_up_the_numbers_of_the_box_that_comes_after(self):
        floor = {"sequence": 2**31 - 1, "hash": "f" * 64}
        answer = self._events([], floor=floor)
        self.assertEqual(answer.json()["error"], "event_malformed")
        self.assertEqual(self.gateway.journal_id._end()[0], 0)

    # -- a copy of a box

    def test_what_a_copy_of_the_box_sent_is_not_kept_again(self):
        events = self._journal({}, {}, {})
        copy = self.env["access.gateway"].create({"name": "Copy"})
        rows = [(record_of(event), event["hash"]) for event in events[:2]]
        self.env["access.event"]._ingest(copy.journal_id, rows)
        self.assertEqual(self._events(events).json(), {"acknowledged": 3})
        self.assertEqual(self._sequences(), [3])
        gap = self.gateway.gap_ids
        self.assertEqual((gap.first, gap.last), (1, 2))
        self.assertIn("Copy", self.gateway.message_ids[0].body)
        self.assertFalse(self.env["access.verify"]._breaks(self.env.companies))

    def test_what_another_box_wrote_alike_by_its_number_is_kept(self):
        copy = self.env["access.gateway"].create({"name": "Other"})
        rows = [(record_of(one), one["hash"]) for one in self._journal({"policy": 2})]
        self.env["access.event"]._ingest(copy.journal_id, rows)
        self._events(self._journal({}))
        self.assertEqual(self._sequences(), [1])

    def test_event_of_a_forged_gateway_is_refused(self):
        other = self.env["access.gateway"].create({"name": "Annex"})
        answer = self._events(self._journal({}), gateway=other.identifier)
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(answer.json()["error"], "wrong_gateway")
        self.assertEqual(self._sequences(), [])
        self.assertTrue(self.gateway.misused_at)

    def test_event_at_a_point_of_others_names_no_point(self):
        company = self.env["res.company"].create({"name": "Other"})
        venue = self.env["access.venue"].create(
            {"name": "Other", "tz": "UTC", "company_id": company.id}
        )
        point = self.env["access.point"].create({"name": "X", "venue_id": venue.id})
        self._events(self._journal({"point": point.id}, {}))
        self.assertEqual(self._sequences(), [1, 2])
        events = self.env["access.event"].search([("point_id", "=", point.id)])
        self.assertFalse(events)

    def test_event_of_a_deleted_point_is_kept(self):
        self.assertEqual(
            self._events(self._journal({"point": 2**31 - 1})).json(),
            {"acknowledged": 1},
        )

    def test_malformed_event_is_named_and_nothing_is_kept(self):
        events = self._journal({}, {"time": "yesterday"})
        answer = self._events(events)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Event 1 of the batch", answer.json()["message"])
        self.assertEqual(self._sequences(), [])
