import inspect

from odoo.tests import new_test_user

from .common import AccessCommon

MODELS = {
    "access.venue",
    "access.zone",
    "access.point",
    "access.band",
    "access.band.period",
    "access.person",
    "access.journal",
    "access.event",
    "access.use",
    "access.presence",
    "access.limit.report",
    "access.credential",
    "access.right",
    "access.right.band",
    "access.ticket",
    "access.ticket.type",
    "access.policy.change",
    "access.order",
    "access.order.dialog",
    "access.duty",
}
READ = MODELS - {"access.policy.change", "access.order.dialog", "access.duty"}
SET_UP = {
    "access.venue",
    "access.zone",
    "access.point",
    "access.band",
    "access.band.period",
    "access.order",
    "access.ticket.type",
}
ISSUE = {"access.credential", "access.ticket"}
GIVE = {"access.right", "access.right.band"}
# What a user made in a dialog only they read.
OPERATE = {"access.order.dialog"}
AUDIT = {"access.duty"}


class TestSecurity(AccessCommon):
    def _may(self, user, operation):
        return {
            model
            for model in MODELS
            if self.env[model].with_user(user).has_access(operation)
        }

    def _assert_may(self, user, read, write, create, unlink):
        expected = {"read": read, "write": write, "create": create, "unlink": unlink}
        for operation, models in expected.items():
            self.assertEqual(self._may(user, operation), models, operation)

    def test_employee_sees_nothing(self):
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        self._assert_may(employee, set(), set(), set(), set())

    def test_portal_and_public_see_nothing(self):
        portal = new_test_user(self.env, "member", groups="base.group_portal")
        for user in (portal, self.env.ref("base.public_user")):
            self._assert_may(user, set(), set(), set(), set())

    def test_reception_issues_credentials(self):
        self._assert_may(self._user("reception"), READ, ISSUE, ISSUE, set())

    def test_operator_gives_rights_too(self):
        may = ISSUE | GIVE | OPERATE
        unlink = {"access.right.band"}
        self._assert_may(self._user("operator"), READ | OPERATE, may, may, unlink)

    def test_manager_sets_up(self):
        may = ISSUE | GIVE | SET_UP
        self._assert_may(
            self._user("manager"),
            READ | OPERATE | AUDIT,
            may | OPERATE,
            may | OPERATE,
            may,
        )

    def test_auditor_changes_nothing(self):
        self._assert_may(self._user("auditor"), READ | AUDIT, set(), set(), set())

    def test_other_companies_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other"})
        auditor = self._user("auditor", company_id=company.id, company_ids=company.ids)
        self._card()
        band = self._band("Early", (0, 8, 12))
        self._ticket(self._ticket_type())
        self._passage(
            person=self.anna.access_person_ids.id,
            right=self._right(bands=[band]).id,
            band=band.id,
            day="2026-11-21",
            zone=self.gym.id,
        )
        self._order(self.turnstile)
        self.venue.action_go_on_duty()
        for model in (READ | AUDIT) - {"access.person"}:
            self.assertTrue(self.env[model].search_count([]), model)
            self.assertFalse(self.env[model].with_user(auditor).search_count([]), model)

    def test_nothing_of_the_engine_is_called_from_outside(self):
        """Every public method is an API through /json/2: there are only buttons."""
        by_orm = {"init", "create", "write", "unlink"}
        public = {
            name
            for model in MODELS
            for cls in type(self.env[model]).__mro__
            if cls.__module__.startswith("odoo.addons.access_")
            for name, value in vars(cls).items()
            if inspect.isfunction(value) and not name.startswith("_")
        }
        self.assertIn("action_set_mode", public)
        self.assertFalse(
            [name for name in public - by_orm if not name.startswith("action_")]
        )
