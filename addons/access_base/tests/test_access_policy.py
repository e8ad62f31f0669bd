from ..access_policy import policy_from_document
from .common import AccessCommon


class TestAccessPolicy(AccessCommon):
    """The compiled policy of many and the rules of one attempt are the same."""

    def _document(self):
        return self.env["access.policy"]._document(
            self.venue.company_id, self.turnstile
        )

    def test_whole_and_single_agree(self):
        self._card()
        self._right(bands=[self._band("Early", (5, 8, 12))])
        whole = policy_from_document(self._document())
        single, _state = self.env["access.policy"]._for_attempt(
            self.turnstile, "rfid:04A1B2C3"
        )
        self.assertEqual(single.credentials, whole.credentials)
        for section in ("venues", "bands", "zones", "points", "rights", "persons"):
            entries = getattr(single, section)
            everything = getattr(whole, section)
            self.assertEqual(entries, {key: everything[key] for key in entries})

    def test_other_company_stays_outside(self):
        company = self.env["res.company"].create({"name": "Other"})
        self._card(company_id=company.id)
        right = self._right(company_id=company.id, zone_ids=False)
        document = self._document()
        self.assertNotIn("rfid:04A1B2C3", document["credentials"])
        self.assertNotIn(str(right.id), document["rights"])
        self.assertEqual(self._decide(), "credential_unknown")

    def test_points_of_an_archived_venue_keep_their_clock(self):
        self._card()
        self._right()
        self.venue.active = False
        self.assertTrue(policy_from_document(self._document()).points)
        self.assertEqual(self._decide(), "right")

    def test_names_stay_in_the_erp(self):
        self._card()
        self._right()
        self.assertNotIn("Anna", str(self._document()))
