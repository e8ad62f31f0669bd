import base64
import json
from datetime import datetime, timedelta
from unittest.mock import patch

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import freeze_time

from odoo.addons.access_base.access_policy import policy_from_document, seal_token
from odoo.addons.access_base.access_policy.event import record_of

from .common import GatewayCommon


class TestPairing(GatewayCommon):
    def test_code_pairs_once(self):
        code = self._code()
        pair = self.env["access.gateway"]._pair
        self.assertEqual(pair(code, "box", "1")["gateway"], self.gateway.identifier)
        self.assertIsNone(pair(code, "box", "1"))

    def test_code_is_typed_as_people_type(self):
        code = self._code()
        typed = f" {code.replace('-', ' ').lower()} "
        self.assertTrue(self.env["access.gateway"]._pair(typed, "box", "1"))

    def test_code_is_good_for_a_quarter_of_an_hour(self):
        code = self._code()
        with freeze_time(Datetime.now() + timedelta(minutes=16)):
            self.assertIsNone(self.env["access.gateway"]._pair(code, "box", "1"))

    def test_new_code_voids_the_old_one(self):
        old = self._code()
        self._code()
        self.assertIsNone(self.env["access.gateway"]._pair(old, "box", "1"))

    def test_code_is_not_kept_readable(self):
        code = self._code()
        self.env.flush_all()
        self.env.cr.execute("SELECT g::text FROM access_gateway g")
        rows = str(self.env.cr.fetchall())
        self.assertNotIn(code, rows)
        self.assertNotIn(code.replace("-", ""), rows)

    def test_second_box_cuts_off_the_first(self):
        first = self._pair()["token"]
        second = self._pair()["token"]
        from_token = self.env["access.gateway"]._from_token
        self.assertFalse(from_token(first))
        self.assertEqual(from_token(second), self.gateway)

    def test_new_box_goes_on_with_the_journal(self):
        self._pair()
        [event] = self._journal({})
        self.env["access.event"]._ingest(
            self.gateway.journal_id, [(record_of(event), event["hash"])]
        )
        head = {"sequence": 1, "hash": event["hash"]}
        self.assertEqual(self._pair()["journal"], head)

    def test_new_box_is_not_online_before_it_talks(self):
        self._pair()
        self.gateway._report(
            0, {"devices": {str(self.reader.id): {"online": True}}}, []
        )
        self.assertEqual(self.reader.state, "online")
        self._pair()
        self.assertEqual(self.gateway.state, "offline")
        self.assertEqual(self.reader.state, "offline")

    def test_command_is_for_the_user_that_the_program_runs_as(self):
        shown = self.gateway.action_new_pairing_code()["context"]["default_command"]
        self.assertTrue(
            shown.startswith("runuser -u access-gateway -- access-gateway pair http")
        )

    def test_archived_gateway_is_not_paired(self):
        self.gateway.action_archive()
        with self.assertRaisesRegex(UserError, "unarchive it first"):
            self._code()

    def test_cut_off_gateway_is_nobody(self):
        token = self._pair()["token"]
        self.gateway.action_cut_off()
        self.assertFalse(self.env["access.gateway"]._from_token(token))
        self.assertEqual(self.gateway.state, "new")

    def test_archived_gateway_is_nobody(self):
        token = self._pair()["token"]
        self.gateway.action_archive()
        self.assertFalse(self.env["access.gateway"]._from_token(token))

    def test_keys_are_read_by_nobody(self):
        self._pair()
        manager = self._user("manager")
        manager.group_ids |= self.env.ref("base.group_allow_export")
        for name in ("token_hash", "seal_key", "signing_key", "pairing_hash"):
            with self.assertRaises(AccessError):
                self.gateway.with_user(manager).read([name])
            with self.assertRaises(AccessError):
                self.gateway.with_user(manager).export_data([name])


class TestPolicy(GatewayCommon):
    def setUp(self):
        super().setUp()
        self.identity = self._pair()
        self._forget_changes()

    def _fetch(self, version=0):
        """Fetch the policy as the gateway does; give its document, if there is one."""
        envelope = self.gateway._newer_policy(version)
        return envelope and json.loads(envelope["payload"])

    def test_signature_is_the_gateways(self):
        envelope = self.gateway._newer_policy(0)
        key = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(self.identity["policy_key"])
        )
        signature = base64.b64decode(envelope["signature"])
        key.verify(signature, envelope["payload"].encode())
        with self.assertRaises(InvalidSignature):
            key.verify(signature, envelope["payload"].encode() + b" ")

    def test_credentials_are_sealed(self):
        card = self._card()
        document = self._fetch()
        key = bytes.fromhex(self.identity["seal_key"])
        [seal] = document["credentials"]
        self.assertEqual(seal, seal_token(key, card.token))
        self.assertNotIn(card.value, json.dumps(document))

    def test_only_keys_of_its_venues_are_sent(self):
        """From the company's key all PINs that were given out could be derived."""
        hall = self.env["access.venue"].create({"name": "Hall", "tz": "UTC"})
        envelope = self.gateway._newer_policy(0)
        payload = json.loads(envelope["payload"])
        key = self.venue._pin_key().hex()
        self.assertEqual(payload["pin_keys"], {str(self.venue.id): key})
        for secret in (self.env.company._access_pin_key(), hall._pin_key()):
            self.assertNotIn(secret.hex(), envelope["payload"])

    def test_document_is_a_policy(self):
        self._card()
        self._right()
        policy = policy_from_document(self._fetch())
        self.assertEqual(set(policy.points), set(self.turnstile.ids))

    def test_wiring_and_devices(self):
        document = self._fetch()
        self.assertEqual(
            document["wiring"],
            {
                str(self.turnstile.id): {
                    "reader": self.reader.id,
                    "reader_number": 0,
                    "keypad": None,
                    "lock": self.relays.id,
                    "output": 0,
                    "release_ms": 3000,
                    "held_ms": 30000,
                    "opens_on_fire": False,
                    "camera": None,
                    "pictures": "refused",
                }
            },
        )
        self.assertEqual(
            document["devices"][str(self.reader.id)],
            {
                "name": self.reader.name,
                "driver": "serial_reader",
                "address": "reader",
                "settings": {"baudrate": "9600", "kind": "card", "framing": "crlf"},
                "stand_alone": False,
            },
        )

    def test_newest_version_is_not_sent_again(self):
        version = self._fetch()["version"]
        self.assertIsNone(self._fetch(version))

    def test_lost_answer_is_sent_again(self):
        first, again = self._fetch(), self._fetch()
        self.assertGreater(again.pop("version"), first.pop("version"))
        for name in ("issued_at", "expires_at"):
            del first[name], again[name]
        self.assertEqual(again, first)

    def test_version_grows_also_when_the_clock_is_set_back(self):
        version = self._fetch()["version"]
        with patch.object(type(self.env.cr), "now", return_value=datetime(2025, 1, 1)):
            self.assertEqual(self._fetch()["version"], version + 1)

    def test_whole_is_made_anew_each_day(self):
        version = self._fetch()["version"]
        with freeze_time(Datetime.now() + timedelta(hours=25)):
            again = self._fetch(version)
        self.assertEqual(again["version"], version + 1)
        self.assertNotIn("base", again)


class TestReport(GatewayCommon):
    def setUp(self):
        super().setUp()
        self._pair()

    def test_gateway_that_talks_is_online(self):
        self.assertEqual(self.gateway.state, "offline")
        self.gateway._report(0, {}, [])
        self.assertEqual(self.gateway.state, "online")

    def test_silent_gateway_is_offline(self):
        self.gateway._report(0, {}, [])
        with freeze_time(Datetime.now() + timedelta(minutes=1)):
            self.gateway.invalidate_recordset(["state"])
            self.assertEqual(self.gateway.state, "offline")

    def test_problem_is_shown_in_words(self):
        self.gateway._report(0, {"problem": "disk full", "pending": 3}, [])
        self.assertEqual(self.gateway.problem, "disk full")
        self.assertEqual(self.gateway.pending_count, 3)
        self.gateway._report(0, {}, [])
        self.assertFalse(self.gateway.problem)

    def test_devices_are_shown(self):
        told = {"online": True, "problem": "unplugged"}
        self.gateway._report(0, {"devices": {str(self.reader.id): told}}, [])
        self.assertEqual(self.reader.state, "trouble")
        self.assertEqual(self.reader.problem, "unplugged")
        self.assertEqual(self.relays.state, "offline")

    def test_status_alone_does_not_outdate_the_rules(self):
        version = json.loads(self.gateway._newer_policy(0)["payload"])["version"]
        self._forget_changes()
        told = {"devices": {str(self.reader.id): {"online": True}}, "problem": "x"}
        self.gateway._report(version, told, [])
        self.env.cr.execute(
            "SELECT count(*) FROM access_policy_change"
            " WHERE transaction_number = pg_current_xact_id_if_assigned()"
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
