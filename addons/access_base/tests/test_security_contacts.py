from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .security_common import SecurityCommon


class TestContacts(SecurityCommon):
    """Who may read contacts learns nothing of their access by that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts = "base.group_user,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "clerk", groups=contacts)

    def _refused(self, call, *args):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call(*args)
        self.env.invalidate_all()

    def _names(self):
        names = {
            name
            for name, field in self.anna._fields.items()
            if name.startswith("access_") and field.relational
        }
        self.assertIn("access_ticket_ids", names)
        return names

    def test_nobody_learns_who_has_any(self):
        """Whether a list is empty tells as much as what is in it."""
        names = self._names()
        for user in (self.clerk, self.users["employee"], self.users["portal"]):
            partners = self.env["res.partner"].with_user(user)
            users = partners.env["res.users"]
            self.assertFalse(names & set(partners.fields_get()))
            for name in names:
                self._refused(self.anna.with_user(user).read, [name])
                for records, path in (
                    (partners, name),
                    (partners, f"child_ids.{name}"),
                    (users, name),
                    (users, f"partner_id.{name}"),
                ):
                    with self.subTest(path=path, user=user.login):
                        self._refused(records.search, [(path, "!=", False)])

    def test_everybody_opens_contacts(self):
        self._card()
        for role, is_told in (("employee", False), ("user", True)):
            anna = self.anna.with_user(self.users[role])
            views = anna.get_views(
                [(False, "list"), (False, "form"), (False, "search")]
            )
            for kind in ("list", "form"):
                shown = etree.fromstring(views["views"][kind]["arch"])
                names = shown.xpath("//field[not(ancestor::field)]/@name")
                [read] = anna.web_read(dict.fromkeys(names, {}))
                self.assertEqual(read["id"], anna.id)
            self.assertEqual("access_credential_ids" in names, is_told)

    def test_clerk_edits_and_makes_contacts(self):
        with Form(self.anna.with_user(self.clerk)) as form:
            form.phone = "+48 22 123 45 67"
        self.assertTrue(self.anna.phone)
        with Form(self.env["res.partner"].with_user(self.clerk)) as form:
            form.name = "Jan"
        self.assertTrue(form.record.copy())
