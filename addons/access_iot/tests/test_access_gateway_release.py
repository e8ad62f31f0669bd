import base64
import hashlib

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SIGNATURE, GatewayCommon, wheel


class TestRelease(GatewayCommon):
    def test_file_says_its_version(self):
        release = self._release("19.0.7.0.0")
        file = wheel("19.0.7.0.0")
        self.assertEqual(release.version, "19.0.7.0.0")
        self.assertEqual(release.size, len(file))
        self.assertEqual(release.sha256, hashlib.sha256(file).hexdigest())

    def test_what_is_typed_does_not_count(self):
        release = self._release("19.0.7.0.0", version="99", sha256="0" * 64)
        self.assertEqual(release.version, "19.0.7.0.0")
        self.assertNotEqual(release.sha256, "0" * 64)

    def test_what_is_no_release_is_refused(self):
        other = wheel("1", name="pip")
        odd = wheel("1/../../2")
        for file in (b"", b"nonsense", other, odd):
            with self.assertRaises(UserError):
                self._release(wheel=base64.b64encode(file))

    def test_what_is_no_signature_is_refused(self):
        for signature in ("", "nonsense", SIGNATURE[:-8]):
            with self.assertRaisesRegex(UserError, "signature"):
                self._release(signature=signature)

    def test_release_stays_as_it_is(self):
        release = self._release()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            release.write({"signature": SIGNATURE})
        release.notes = "Faster."

    def test_release_is_offered_until_it_is_there(self):
        release = self._release()
        self.assertIsNone(self.gateway._release_told())
        release.action_offer()
        self.assertEqual(
            self.gateway._release_told(),
            {
                "version": release.version,
                "sha256": release.sha256,
                "signature": SIGNATURE,
            },
        )
        self.gateway._report(0, {"software": release.version}, [])
        self.assertIsNone(self.gateway._release_told())


@tagged("post_install", "-at_install")
class TestReleaseApi(GatewayCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.token = self._pair()["token"]
        self.release = self._release()

    @mute_logger("odoo.http")
    def _post(self, route, **body):
        return self.url_open(
            f"/access/gateway/v1/{route}",
            json={"gateway": self.gateway.identifier, **body},
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def test_gateway_gets_what_is_offered_to_it(self):
        self.gateway.release_id = self.release
        told = self._post("sync", policy_version=0).json()["release"]
        answer = self._post("release", version=told["version"])
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(hashlib.sha256(answer.content).hexdigest(), told["sha256"])

    def test_gateway_gets_nothing_else(self):
        answer = self._post("release", version=self.release.version)
        self.assertEqual(answer.status_code, 404)

    def test_gateway_speaks_for_itself(self):
        self.gateway.release_id = self.release
        answer = self._post("release", gateway="another", version=self.release.version)
        self.assertEqual(answer.status_code, 403)
