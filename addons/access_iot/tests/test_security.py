from odoo.tests import new_test_user

from .common import GatewayCommon

MODELS = {"access.gateway", "access.device", "access.command"}
HIDDEN = {"access.pairing.attempt"}


class TestSecurity(GatewayCommon):
    def _may(self, user, operation):
        return {
            model
            for model in MODELS | HIDDEN
            if self.env[model].with_user(user).has_access(operation)
        }

    def test_portal_and_employee_see_nothing(self):
        for group in ("base.group_portal", "base.group_user"):
            user = new_test_user(self.env, group, groups=group)
            self.assertFalse(self._may(user, "read"))

    def test_staff_see_and_do_not_change(self):
        for role in ("reception", "operator", "auditor"):
            user = self._user(role)
            self.assertEqual(self._may(user, "read"), MODELS)
            self.assertFalse(self._may(user, "write"))

    def test_manager_sets_up_but_forges_no_command(self):
        manager = self._user("manager")
        may = {"access.gateway", "access.device"}
        for operation in ("write", "create", "unlink"):
            self.assertEqual(self._may(manager, operation), may)
