from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .common import AccessCommon


class TestAccessZone(AccessCommon):
    def test_entry_for_the_policy(self):
        sauna = self._zone(
            "Sauna",
            parent_id=self.gym.id,
            capacity=24,
            antipassback="timed",
            antipassback_minutes=10,
            max_stay=1.5,
        )
        self.assertEqual(
            sauna._policy_entry(),
            {
                "parent": self.gym.id,
                "capacity": 24,
                "antipassback": "timed",
                "antipassback_minutes": 10,
                "max_stay": 90,
            },
        )

    def test_policy_has_the_zones_rules(self):
        self.gym.capacity = 7
        document = self.env["access.policy"]._venue_document(self.venue.company_id)
        self.assertEqual(document["zones"][str(self.gym.id)]["capacity"], 7)

    def test_change_of_its_rules_reaches_what_is_kept_in_memory(self):
        company = self.venue.company_id
        for change in (
            {"capacity": 7},
            {"antipassback": "logged"},
            {"antipassback_minutes": 7},
            {"max_stay": 7},
        ):
            version = company.access_rules_version
            self.gym.write(change)
            self.assertGreater(company.access_rules_version, version, change)

    @mute_logger("odoo.sql_db")
    def test_timed_says_for_how_long(self):
        with self.assertRaises(IntegrityError):
            self.gym.write({"antipassback": "timed", "antipassback_minutes": 0})
