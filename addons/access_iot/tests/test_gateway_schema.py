from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.access_base.access_policy import PassageEvent

from ..controllers.gateway_schema import check, told_results, told_status
from ..controllers.sent_events import check_events
from ..models.ir_http import GatewayError

EVENT = {
    "sequence": 1,
    "time": "2026-11-21T07:30:00.000Z",
    "point": 1,
    "granted": True,
    "reason": "right",
    "hash": "0" * 64,
}


class TestGatewaySchema(BaseCase):
    def test_missing_fields_are_filled(self):
        [event] = check_events([EVENT])
        self.assertIsNone(event.event.person)
        self.assertEqual(event.event.policy, 0)

    def test_fields_that_are_not_known_are_left_out(self):
        events = check_events([EVENT | {"gateway": "another"}])
        self.assertEqual(events, check_events([EVENT]))

    @given(st.text(max_size=2000), st.text(st.characters(), max_size=2000))
    def test_whatever_a_device_said_is_taken_as_gateways_send_it(self, seen, note):
        sent = PassageEvent(EVENT["time"], 1, True, "alarm", seen=seen, note=note)
        sent = sent.in_one_line()._replace(warnings=[])
        [taken] = check_events([EVENT | sent._asdict()])
        self.assertEqual(taken.event, sent)

    def test_order_is_that_of_the_journal(self):
        events = check_events([EVENT | {"sequence": 2}, EVENT])
        self.assertEqual([event.sequence for event in events], [1, 2])

    def test_malformed_events_are_named(self):
        for changes, words in (
            ({"sequence": "1"}, "sequence"),
            ({"sequence": True}, "sequence"),
            ({"sequence": 0}, "below 1"),
            ({"sequence": 2**31}, "sequence"),
            ({"time": "yesterday"}, "time"),
            ({"time": "2026-02-30T25:00:00.000Z"}, "time"),
            ({"granted": "yes"}, "granted"),
            ({"point": None}, "point"),
            ({"seen": "A" * 1001}, "seen"),
            ({"seen": "rfid:\x00"}, "seen"),
            ({"seen": "\ud800"}, "seen"),
            ({"person": 1.5}, "person"),
        ):
            with self.assertRaisesRegex(GatewayError, words):
                check_events([EVENT | changes])

    def test_batch_has_an_end(self):
        with self.assertRaisesRegex(GatewayError, "1000"):
            check_events([EVENT] * 1001)

    def test_status_is_checked_to_its_devices(self):
        told_status({"pending": 3, "devices": {"7": {"online": True}}})
        for status in (
            {"pending": "3"},
            {"devices": []},
            {"devices": {"7": {"online": "yes"}}},
            {"devices": {"7": []}},
        ):
            with self.assertRaises(GatewayError):
                told_status(status)

    def test_words_are_cut_not_refused(self):
        device = {"online": True, "problem": "x" * 5000}
        told = told_status({"problem": "no answer:\n\x00two", "devices": {"7": device}})
        self.assertEqual(told["problem"], "no answer: two")
        self.assertEqual(len(told["devices"]["7"]["problem"]), 500)
        [result] = told_results([{"command": "c", "ok": False, "message": {}}])
        self.assertIsNone(result["message"])

    def test_of_cards_only_what_can_be_kept_is_taken(self):
        good = {"cards": 3, "cards_known": 4, "cards_at": "2026-11-21T07:30:00.000Z"}
        bad = {"cards": -1, "cards_known": "4", "cards_at": 5}
        for facts, count in ((good, 3), (bad, 0), ({"cards_at": "soon"}, 0)):
            told = told_status({"devices": {"7": {"online": True, "facts": facts}}})
            self.assertEqual(len(told["devices"]["7"]["facts"]), count)

    def test_body_is_an_object(self):
        with self.assertRaisesRegex(GatewayError, "object"):
            check([1], {"code": str})
