from psycopg2.errors import SerializationFailure

from odoo.fields import Command
from odoo.tests import TransactionCase, mute_logger, tagged


@tagged("post_install", "-at_install")
class TestTwoTillsAtOnce(TransactionCase):
    """With transactions of their own, as two tills have."""

    def setUp(self):
        super().setUp()
        self.cursors = [self.registry.cursor() for _till in range(2)]
        for cursor in self.cursors:
            self.addCleanup(cursor.close)
        env = self.env(cr=self.cursors[0], context={"tracking_disable": True})
        venue = env["access.venue"].create(
            {"name": "Aqua", "tz": "UTC", "band_credit_limit": 20}
        )
        zone = env["access.zone"].create({"name": "Pool", "venue_id": venue.id})
        kind = env["access.customer.kind"].create({"name": "A", "code": "two-tills"})
        tariff = env["access.tariff"].create({"name": "Two", "venue_id": venue.id})
        admission = env["access.admission"].create(
            {
                "name": "Adult",
                "tariff_id": tariff.id,
                "zone_ids": [Command.set(zone.ids)],
                "line_ids": [Command.create({"kind_id": kind.id})],
            }
        )
        self.bands = env["access.wristband"].create(
            [{"number": f"two-{n}", "value": f"04BB000{n}"} for n in (1, 2)]
        )
        self.values = {"admission_id": admission.id, "kind_id": kind.id}
        self.stay = env["access.stay"]._begin([(self.bands[0], self.values)])
        self.made = [self.bands, admission, tariff, kind, zone, venue]
        self.cursors[0].commit()
        self.addCleanup(self._remove)

    def _remove(self):
        for cursor in self.cursors:
            cursor.rollback()
        cursor = self.cursors[0]
        env = self.env(cr=cursor)
        stays = env["access.stay"].search([("venue_id", "=", self.stay.venue_id.id)])
        guests, tickets = stays.guest_id, env["access.ticket"]
        tickets.search([("partner_id", "in", guests.ids)]).unlink()
        stays.credential_ids.unlink()
        versions = stays.version_id
        stays.party_id = False
        stays.unlink()
        cursor.execute("ALTER TABLE access_tariff_version DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM access_tariff_version WHERE id = ANY(%s)", [versions.ids]
        )
        cursor.execute("ALTER TABLE access_tariff_version ENABLE TRIGGER USER")
        env.invalidate_all()
        types = self.made[1].ticket_type_id
        for records in self.made[:2]:
            records.with_env(env).unlink()
        env["access.right"].with_context(active_test=False).search(
            [("ticket_type_ids", "in", types.ids)]
        ).unlink()
        types.with_env(env).unlink()
        for records in self.made[2:]:
            records.with_env(env).unlink()
        guests.access_person_ids.unlink()
        guests.unlink()
        cursor.commit()

    def _of(self, till, record):
        env = self.env(cr=self.cursors[till])
        env.invalidate_all()
        return record.with_env(env)

    def _second_is_tried_anew(self, act):
        """Who comes second fails to serialize: Odoo repeats it, and it sees all."""
        self.cursors[1].execute("SELECT 1 FROM access_stay")  # it has begun
        act(0)
        self.cursors[0].commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            act(1)
        self.cursors[1].rollback()

    def test_two_tills_do_not_pass_the_limit_together(self):
        def put_on(till):
            stay = self._of(till, self.stay)
            values = {"amount_total": 5, "currency_id": stay.currency_id.id}
            stay.env["pos.order"].new(values)._access_put_on(stay)

        self._second_is_tried_anew(put_on)

    def test_nothing_is_put_on_while_the_desk_makes_the_bill(self):
        self._second_is_tried_anew(
            lambda till: self._of(till, self.stay)._bill(f"order-{till}")
        )

    def test_one_band_is_given_once(self):
        def give(till):
            stays = self._of(till, self.stay).browse()
            stays._begin([(self._of(till, self.bands[1]), self.values)])

        self._second_is_tried_anew(give)
