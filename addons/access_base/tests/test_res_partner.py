from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .common import AccessCommon


class TestResPartner(AccessCommon):
    def setUp(self):
        super().setUp()
        self._card()
        self._right()

    def test_suspended_person_is_refused(self):
        self.anna.access_suspended = True
        self.assertEqual(self._decide(), "person_suspended")

    def test_archived_person_is_refused(self):
        self.anna.active = False
        self.assertEqual(self._decide(), "person_suspended")

    def test_merge_keeps_cards_rights_and_log(self):
        event = self._passage(person=self.anna.access_person_ids.id)
        twin = self.env["res.partner"].create({"name": "Anna Nowak-Kowal"})
        self._card(twin, value="11223344")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.anna | twin).ids, twin, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(len(twin.access_credential_ids), 2)
        self.assertEqual(self._decide(), "right")
        self.assertEqual(event.partner_id, twin)
        self.assertEqual(twin.access_event_count, 1)

    def test_erased_person_stays_a_number_in_the_log(self):
        event = self._passage(person=self.anna.access_person_ids.id)
        self.anna.access_credential_ids.unlink()
        self.anna.unlink()
        self.env.invalidate_all()
        self.assertFalse(event.partner_id)
        self.assertIn("Former person", event.person_id.display_name)

    @mute_logger("odoo.sql_db")
    def test_holder_of_a_card_is_not_deleted_by_mistake(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.anna.unlink()
