from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .security_common import SecurityCommon


class TestOtherCompany(SecurityCommon):
    """The highest role of another company sees and changes nothing of this one."""

    # Some of it is no error of access, as of a record of another company.
    refusal = UserError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        groups = "access_base.group_manager,access_base.group_auditor"
        cls.stranger = new_test_user(
            cls.env,
            "stranger",
            groups=f"{groups},base.group_allow_export",
            company_id=cls.other.id,
            company_ids=cls.other.ids,
        )
        cls.card = cls._card()
        cls.band = cls._band("Early", (0, 8, 12))
        cls.ticket = cls._ticket(cls._ticket_type())
        cls.right = cls._right(bands=[cls.band])
        cls.order = cls._order(cls.turnstile)
        cls.rehearsal = cls.env["access.rehearsal"].create({"right_id": cls.right.id})
        cls.env["access.rehearsal.line"].create(
            {
                "rehearsal_id": cls.rehearsal.id,
                "person_id": cls.anna.access_person_ids.id,
                "change": "refused",
            }
        )
        cls.venue.action_go_on_duty()

    def setUp(self):
        super().setUp()
        self._passage(
            person=self.anna.access_person_ids.id,
            right=self.right.id,
            band=self.band.id,
            day="2026-11-21",
            zone=self.gym.id,
        )
        journals = self.env["access.journal"].search([("name", "!=", False)], limit=1)
        journals._note_gap(99, "f" * 64)

    def _models(self):
        """Give the models with records of a company, which rules must keep apart."""
        return sorted(
            model
            for model in self._models_of("access_base")
            if "company_id" in self.env[model]._fields
            and not self.env[model]._transient  # for who made it alone
            and model != "access.key"  # nobody reads one
        )

    def test_sees_and_changes_no_record(self):
        self.assertGreater(len(self._models()), 15)
        for model in self._models():
            record = self.env[model].search([], limit=1)
            self.assertTrue(record, f"nothing to test of {model}")
            theirs = record.with_user(self.stranger)
            self.env.invalidate_all()
            self.assertFalse(theirs.search([]), model)
            self.assertFalse(theirs.search([("id", "in", record.ids)]), model)
            self._refused(theirs.read, ["company_id"])
            self._refused(theirs.export_data, ["company_id"])
            self._refused(theirs.web_read, {"company_id": {}})
            self._refused(theirs.write, {"display_name": "x"})
            self._refused(theirs.unlink)
            theirs = theirs.with_context(allowed_company_ids=self.env.company.ids)
            self._refused(theirs.search, [])

    def test_finds_nobody_by_what_they_may_not_read(self):
        partners = self.env["res.partner"].with_user(self.stranger)
        for domain in (
            [("access_credential_ids.value", "=", "04A1B2C3")],
            [("access_ticket_ids.number", "!=", False)],
            [("access_right_ids.name", "=", "Gym")],
        ):
            self.assertFalse(partners.search(domain), domain)
        self.env.invalidate_all()
        anna = self.anna.with_user(self.stranger)
        self.assertFalse(anna.access_credential_ids)
        self.assertFalse(anna.access_right_ids)
        self.assertFalse(anna.access_ticket_ids)
        self.assertFalse(anna.access_last_event_ids)
        self.assertFalse(anna.access_limit_ids)
        self.assertFalse(anna.access_event_count)
        self.assertEqual(anna.access_whereabouts, "Not seen yet")

    def test_dialogs_tell_nothing_of_points_and_zones(self):
        values = {"partner_id": self.anna.id, "note": "Test"}
        for model, place in (
            ("access.manual.entry", {"point_id": self.turnstile.id}),
            ("access.presence.correction", {"zone_id": self.gym.id}),
        ):
            dialog = self.env[model].with_user(self.stranger).create(values | place)
            self.env.flush_all()
            self.env.invalidate_all()
            self._refused(dialog.action_record)
            if model == "access.manual.entry":
                self._refused(dialog.read, ["advice"])
            else:
                self.assertEqual(dialog.known, "Not seen yet")

    def test_gives_no_order_there(self):
        dialogs = self.env["access.order.dialog"].with_user(self.stranger)
        for kind in ("staff", "emergency"):
            values = {"kind": kind, "mode": "unlocked", "reason": "Test"}
            for places in (
                {"point_ids": self.turnstile.ids},
                {"zone_ids": self.gym.ids},
            ):
                self._refused(
                    lambda vals=values | places: dialogs.create(vals).action_order()
                )
        self._refused(self.venue.with_user(self.stranger).action_go_on_duty)
        self._refused(self.order.with_user(self.stranger).action_end)

    def test_names_nothing_of_it_in_records_of_their_own(self):
        mine = {"company_id": self.other.id}
        partner = self.env["res.partner"].create(
            {"name": "Secret", "company_id": self.env.company.id}
        )
        for model, values in (
            ("access.right", {"name": "Mine", "zone_ids": self.gym.ids}),
            ("access.right", {"name": "Mine", "point_ids": self.turnstile.ids}),
            ("access.right", {"name": "Mine", "partner_ids": partner.ids}),
            (
                "access.right",
                {
                    "name": "Mine",
                    "band_line_ids": [Command.create({"band_id": self.band.id})],
                },
            ),
            ("access.order", {"mode": "unlocked", "point_ids": self.turnstile.ids}),
            ("access.order", {"mode": "unlocked", "band_ids": self.band.ids}),
            ("access.ticket.type", {"name": "Mine", "band_ids": self.band.ids}),
            ("access.credential", {"value": "11223344", "partner_id": partner.id}),
        ):
            records = self.env[model].with_user(self.stranger)
            self._refused(records.create, {**values, **mine})

    def test_adds_nothing_to_what_is_there(self):
        bands = self.env["access.band"].with_user(self.stranger)
        my_band = bands.create({"name": "Mine", "company_id": self.other.id})
        for model, values in (
            ("access.zone", {"name": "Mine", "venue_id": self.venue.id}),
            ("access.point", {"name": "Mine", "venue_id": self.venue.id}),
            (
                "access.ticket",
                {"type_id": self.ticket.type_id.id, "partner_id": self.anna.id},
            ),
            (
                "access.band.period",
                {
                    "band_id": my_band.id,
                    "venue_id": self.venue.id,
                    "weekday": "0",
                    "hour_from": 8,
                },
            ),
        ):
            self._refused(self.env[model].with_user(self.stranger).create, values)

    def test_replaces_no_card_of_it(self):
        defaults = {"default_replaces_id": self.card.id}
        cards = self.env["access.credential"].with_user(self.stranger)
        self._refused(
            cards.with_context(**defaults).create,
            {"value": "55667788", "partner_id": self.anna.id},
        )
