import json
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.access_base.access_policy import seal_token

from ..models.ir_http import WAKE
from .common import GatewayCommon

OURS = "/access/gateway/"


class TestKeys(GatewayCommon):
    def setUp(self):
        super().setUp()
        self.old = self._pair()

    def _keys(self):
        self.gateway.action_renew_keys()
        return self.gateway._next_keys_told()

    def _who(self, token):
        return self.env["access.gateway"]._from_token(token)

    def test_both_tokens_are_good_until_the_new_one_is_used(self):
        new = self._keys()
        self.assertEqual(self._who(self.old["token"]), self.gateway)
        self.assertEqual(self._who(self.old["token"]), self.gateway)
        self.assertEqual(self._who(new["token"]), self.gateway)
        self.assertFalse(self._who(self.old["token"]))
        self.assertEqual(self._who(new["token"]), self.gateway)

    def test_same_keys_are_told_until_they_are_used(self):
        new = self._keys()
        self.assertEqual(self._keys(), new)
        self.assertEqual(self.gateway._next_keys_told(), new)
        self._who(new["token"])
        self.assertIsNone(self.gateway._next_keys_told())

    def test_all_keys_are_new(self):
        new = self._keys()
        for name in ("token", "seal_key", "policy_key"):
            self.assertNotEqual(new[name], self.old[name])

    def test_rules_are_made_with_the_old_keys_before_and_with_the_new_ones_after(self):
        card = self._card()
        new = self._keys()
        for told, token in ((self.old, self.old["token"]), (new, new["token"])):
            gateway = self._who(token)
            envelope = gateway._newer_policy(gateway.policy_version)
            document = json.loads(envelope["payload"])
            key = bytes.fromhex(told["seal_key"])
            self.assertIn(seal_token(key, card.token), document["credentials"])

    def test_rules_come_whole_with_new_keys(self):
        self._forget_changes()
        version = json.loads(self.gateway._newer_policy(0)["payload"])["version"]
        self.assertIsNone(self.gateway._newer_policy(version))
        self._who(self._keys()["token"])
        document = json.loads(self.gateway._newer_policy(version)["payload"])
        self.assertNotIn("base", document)
        self.assertEqual(document["version"], version + 1)

    def test_keys_are_renewed_by_themselves(self):
        self.assertIsNone(self.gateway._next_keys_told())
        with freeze_time(Datetime.now() + timedelta(days=31)):
            new = self.gateway._next_keys_told()
            self.assertTrue(new)
            self._who(new["token"])
            self.assertIsNone(self.gateway._next_keys_told())

    def test_keys_are_not_renewed_by_themselves_where_staff_say_so(self):
        self.gateway.renew_keys_days = 0
        with freeze_time(Datetime.now() + timedelta(days=500)):
            self.assertIsNone(self.gateway._next_keys_told())

    def test_gateway_that_is_not_paired_has_none(self):
        other = self.env["access.gateway"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "not paired"):
            other.action_renew_keys()

    def test_cut_off_voids_the_keys_to_come(self):
        new = self._keys()
        self.gateway.action_cut_off()
        self.assertFalse(self._who(new["token"]))
        self.assertIsNone(self.gateway._next_keys_told())

    def test_another_box_voids_the_keys_to_come(self):
        new = self._keys()
        self._pair()
        self.assertFalse(self._who(new["token"]))


@tagged("post_install", "-at_install")
class TestCutOff(GatewayCommon, HttpCase):
    @mute_logger("odoo.http")
    def test_every_route_ends(self):
        self._pair()
        self.gateway.release_id = self._release()
        self.gateway.action_renew_keys()
        tokens = [self._pair()["token"]]
        self.gateway.action_renew_keys()
        tokens.append(self.gateway._next_keys_told()["token"])
        self.gateway.action_cut_off()
        routes = self._routes()
        known = {("POST", f"{OURS}v1/{one}") for one in ("sync", "release")}
        self.assertTrue(known | {("GET", WAKE)} <= routes)
        # In this spelling the server for tests answers, instead of hanging up.
        upgrade = {"Connection": "Upgrade", "Upgrade": "WebSocket"}
        call = {"json": {"gateway": self.gateway.identifier}, "headers": {}}
        for method, path in routes:
            # The only one that is not called is a websocket.
            sent = call if method == "POST" else {"headers": upgrade}
            for token in tokens:
                bearer = {"Authorization": f"Bearer {token}"}
                answer = self.url_open(
                    path, **sent | {"headers": sent["headers"] | bearer}, method=method
                )
                self.assertEqual(answer.status_code, 401, path)
