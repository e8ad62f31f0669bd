from contextlib import suppress

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .security_common import SecurityCommon


class TestGuards(SecurityCommon):
    """Whoever works with contacts, sales or the calendar opens no door by that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts = "base.group_user,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "clerk", groups=contacts)
        cls.employee = cls.users["employee"]
        cls.tag = cls.env["res.partner.category"].create({"name": "Gym members"})
        cls.tagged = cls._right(partner_ids=False, category_ids=cls.tag.ids)
        cls.by_clerk = cls.anna.with_user(cls.clerk)

    # -- contacts --------------------------------------------------------------------

    def test_employee_reads_contacts_and_nothing_of_access(self):
        self._card()
        anna = self.anna.with_user(self.employee)
        self.assertEqual(anna.read(["name"])[0]["name"], "Anna Nowak")
        for field in ("credential", "right", "ticket", "person", "last_event"):
            self._refused(anna.read, [f"access_{field}_ids"])
        for field in ("value", "state"):
            self._refused(
                self.env["res.partner"].with_user(self.employee).search,
                [(f"access_credential_ids.{field}", "!=", False)],
            )

    def test_archived_tag_gives_its_rights_and_is_guarded(self):
        self.tag.active = False
        self._refused(self.by_clerk.write, {"category_id": [Command.link(self.tag.id)]})

    def test_archived_right_is_not_given_for_later(self):
        self.tagged.active = False
        link = {"access_right_ids": [Command.link(self.tagged.id)]}
        self._refused(self.by_clerk.write, link)

    def test_archived_contact_is_not_tagged_for_later(self):
        self.anna.active = False
        tag = self.tag.with_user(self.clerk)
        self._refused(tag.write, {"partner_ids": [Command.link(self.anna.id)]})

    def test_through_the_company_of_a_contact(self):
        company = self.env["res.partner"].create({"name": "Nowak Ltd"})
        self.anna.write({"parent_id": company.id, "access_suspended": True})
        company = company.with_user(self.clerk)
        # Lines of contacts are written as who began the transaction.
        self.patch(self.env.transaction, "default_env", company.env)
        for command in (
            Command.update(self.anna.id, {"access_suspended": False}),
            Command.update(self.anna.id, {"category_id": [Command.link(self.tag.id)]}),
            Command.create({"name": "Jan", "access_right_ids": self.tagged.ids}),
            Command.create({"name": "Jan", "category_id": self.tag.ids}),
        ):
            with self.subTest(str(command)):
                self._refused(company.write, {"child_ids": [command]})
        company.write({"child_ids": [Command.update(self.anna.id, {"phone": "1"})]})

    def test_through_the_lines_of_a_contact(self):
        ticket = {"type_id": self._ticket_type().id}
        for values in (
            {"access_credential_ids": [Command.create({"value": "04A1B2C3"})]},
            {"access_ticket_ids": [Command.create(ticket)]},
            {"access_person_ids": [Command.create({})]},
        ):
            self._refused(self.by_clerk.write, values)
            self._refused(self.by_clerk.create, {"name": "Jan", **values})

    def test_through_an_import(self):
        for field, value in (
            ("access_suspended", "True"),
            ("access_identity", "passed"),
            ("access_right_ids/.id", str(self.tagged.id)),
            ("category_id/.id", str(self.tag.id)),
        ):
            with self.subTest(field), suppress(AccessError), self.env.cr.savepoint():
                found = self.by_clerk.load(["name", field], [["Jan", value]])
                self.assertFalse(found["ids"])
            self.assertFalse(self.anna.search([("name", "=", "Jan")]), field)

    def test_through_a_copy(self):
        self.anna.category_id = self.tag
        self._refused(self.by_clerk.copy)

    def test_who_moves_to_another_company_keeps_what_they_may(self):
        self.anna.access_suspended = True
        company = self.env["res.partner"].create({"name": "Nowak Ltd"})
        self.by_clerk.parent_id = company
        self.assertTrue(self.anna.access_suspended)
        self.assertFalse(self.anna.access_right_ids)

    def test_merge_of_who_is_known_to_access_is_for_operators(self):
        make = self.env["res.partner"].create
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.clerk)
        twin = make({"name": "Twin"})
        for values in (
            {"access_right_ids": self.tagged.ids},
            {"category_id": self.tag.ids},
            {"access_suspended": True},
            {"access_identity": "pending"},
            {"access_person_ids": [Command.create({})]},
        ):
            pair = make({"name": "Jan", **values}) | twin
            self._refused(wizard._merge, pair.ids, twin, extra_checks=False)
        wizard._check_may_merge_access(make({"name": "Jan"}) | twin)

    # -- what gives rights -----------------------------------------------------------

    def test_who_keeps_a_right_is_not_said_by_hand(self):
        """It is told by name: that would tell the name of any record there is."""
        rights = self.env["access.right"].with_user(self.users["operator"])
        source = {"source_model": "res.partner.bank", "source_id": 1}
        self._refused(self.tagged.with_env(rights.env).write, source)
        self._refused(rights.create, {"name": "Mine", **source})
        defaults = {f"default_{name}": value for name, value in source.items()}
        self._refused(rights.with_context(**defaults).create, {"name": "Mine"})

    def test_seller_gives_no_right_to_a_plan(self):
        sales = "sales_team.group_sale_salesman"
        seller = new_test_user(self.env, "seller", groups=sales)
        plans = self.env["sale.subscription.template"].with_user(seller)
        rights = [Command.set(self.tagged.ids)]
        self._refused(plans.create, {"name": "Mine", "access_right_ids": rights})
        plans = plans.with_context(default_access_right_ids=rights)
        self._refused(plans.create, {"name": "Mine"})
        sold = self._plan()
        self._refused(sold.with_user(seller).write, {"access_right_ids": rights})

    def test_seller_starts_a_subscription(self):
        """To sell what a plan opens is their business."""
        sales = "sales_team.group_sale_salesman"
        seller = new_test_user(self.env, "seller", groups=sales)
        self._card()
        plan = self._plan()
        sold = self._subscription(plan, active=False)
        self.assertEqual(self._decide(), "no_right")
        sold.with_user(seller).active = True
        self.assertEqual(self._decide(), "right")

    def test_who_edits_products_makes_no_tickets_of_them(self):
        groups = "base.group_user,product.group_product_manager"
        editor = new_test_user(self.env, "editor", groups=groups)
        ticket = {"access_ticket_type_id": self._ticket_type().id}
        products = self.env["product.template"].with_user(editor)
        product = products.create({"name": "Towel"})
        self._refused(product.write, ticket)
        self._refused(products.create, {"name": "Mine", **ticket})
        variants = self.env["product.product"].with_user(editor)
        self._refused(variants.create, {"name": "Mine", **ticket})
        operator = new_test_user(
            self.env, "shop", groups=f"{groups},access_base.group_operator"
        )
        product.with_user(operator).write(ticket)
        product.with_user(editor).name = "Ten entries"

    def test_accountant_makes_no_ticket_by_hand(self):
        groups = "account.group_account_manager"
        accountant = new_test_user(self.env, "accountant", groups=groups)
        tickets = self.env["access.ticket"].with_user(accountant)
        values = {"partner_id": self.anna.id, "type_id": self._ticket_type().id}
        self._refused(tickets.create, values)

    # -- booked programs -------------------------------------------------------------

    def test_employee_books_no_program_for_anybody(self):
        program = self.env["calendar.event.type"].create(
            {"name": "Yoga", "access_is_program": True}
        )
        times = {"start": "2026-11-21 08:00:00", "stop": "2026-11-21 09:00:00"}
        lesson, talk = self.env["calendar.event"].create(
            [
                {
                    "name": name,
                    "partner_ids": [Command.link(self.anna.id)],
                    "categ_ids": [Command.set(programs.ids)],
                    **times,
                }
                for name, programs in (("Yoga", program), ("Talk", program[:0]))
            ]
        )
        me = self.employee.partner_id.id
        booked = lesson.attendee_ids.with_user(self.employee)
        other = talk.attendee_ids.with_user(self.employee)
        self._refused(booked.create, {"event_id": lesson.id, "partner_id": me})
        self._refused(booked.write, {"partner_id": me})
        self._refused(other.write, {"event_id": lesson.id})
        self._refused(booked.unlink)
        self._refused(
            talk.with_user(self.employee).write,
            {"categ_ids": [Command.set(program.ids)]},
        )
        self._refused(program.with_user(self.employee).write, {"name": "Mine"})
        other.write({"partner_id": me})

    # -- the log ---------------------------------------------------------------------

    def test_manager_chooses_no_journal_of_a_point(self):
        journal = self.env["access.journal"].create({"name": "Other"})
        point = self.turnstile.with_user(self.users["manager"])
        self._refused(point.write, {"journal_id": journal.id})
        self._refused(
            point.create,
            {"name": "Mine", "venue_id": self.venue.id, "journal_id": journal.id},
        )

    def test_token_follows_from_the_number_alone(self):
        card = self._card()
        by_reception = card.with_user(self.users["reception"])
        new = {"partner_id": self.anna.id, "value": "11223344"}
        for forged in ({"token": "rfid:DEADBEEF"}, {"pin_attempt": 1}):
            self._refused(by_reception.create, {**new, **forged})
        by_reception.write({"token": "rfid:DEADBEEF"})
        by_default = by_reception.with_context(default_token="rfid:DEADBEEF")
        self._refused(by_default.create, new)
        self.assertEqual(card.token, "rfid:04A1B2C3")
