import base64
import json

from ..controllers.gateway_api import keep
from ..controllers.sent_events import check_events
from .common import GatewayCommon

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a picture").decode()


class TestPicture(GatewayCommon):
    """A picture goes with the person whom it shows, though the log stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ben = cls.env["res.partner"].create({"name": "Ben Nowak"})
        (cls.anna | cls.ben)._ensure_access_person()

    def _passages(self, *passages):
        sent = json.loads(json.dumps(self._journal(*passages)))
        keep(self.gateway, check_events(sent))

    def _pictured(self, *passages):
        self._passages(*passages)
        for sequence in range(1, len(passages) + 1):
            self._send(sequence)

    def _send(self, sequence):
        pictures = self.env["access.picture"]
        pictures._take(self.gateway.journal_id, sequence, JPEG)

    def _left(self):
        return sorted(self.env["access.picture"].search([]).mapped("sequence"))

    def _person(self, partner):
        return partner.access_person_ids.id

    def test_pictures_of_who_is_erased_go(self):
        anna, ben = self._person(self.anna), self._person(self.ben)
        self._pictured(
            {"person": anna}, {"person": ben}, {"person": ben, "companion": anna}, {}
        )
        self.anna.unlink()
        self.assertEqual(self._left(), [2, 4])

    def test_picture_that_comes_later_is_not_kept(self):
        self._passages({"person": self._person(self.anna)}, {})
        self.anna.unlink()
        self._send(1)
        self._send(2)
        self.assertEqual(self._left(), [2])

    def test_pictures_of_contacts_that_are_merged_stay(self):
        self._pictured({"person": self._person(self.ben)})
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge([self.anna.id, self.ben.id], self.anna)
        self.assertFalse(self.ben.exists())
        self.assertEqual(self._left(), [1])
