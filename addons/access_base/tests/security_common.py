import inspect
from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import AccessCommon

# The groups of each role that tests speak for.
ROLES = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "user": "access_base.group_user",
    "reception": "access_base.group_reception",
    "operator": "access_base.group_operator",
    "manager": "access_base.group_manager",
    "auditor": "access_base.group_auditor",
    "system": "base.group_system",
}
STAFF = {"user", "reception", "operator", "manager", "auditor"}
# Whom a table of calls means by a word.
WHO = {
    "anybody": {"portal", "employee", "system"} | STAFF,
    "employee": {"employee", "system"} | STAFF,
    "user": STAFF,
    "reception": {"reception", "operator", "manager"},
    "operator": {"operator", "manager"},
    "manager": {"manager"},
    "audit": {"manager", "auditor"},
    "rehearse": {"operator", "manager", "auditor"},
}
OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}


class SecurityCommon(AccessCommon):
    refusal = AccessError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"role_{role}", groups=group)
            for role, group in ROLES.items()
        }

    def _refused(self, call, *args, **kwargs):
        with self.assertRaises(self.refusal), self.env.cr.savepoint():
            call(*args, **kwargs)
        self.env.invalidate_all()

    def _assert_matrix(self, table, addon):
        """Compare what roles may do with a table that names every model of an add-on.

        Its first line names roles, each other line a model and, for each role, which
        of create, read, write and delete it may; ``-`` is nothing. Roles that it does
        not name may do nothing.
        """
        head, *lines = [line.split() for line in table.strip().splitlines()]
        expected = {model: dict(zip(head, may, strict=True)) for model, *may in lines}
        self.assertEqual(set(expected), self._models_of(addon))
        people = {**self.users, "public": self.env.ref("base.public_user")}
        found = {
            model: {role: self._may(model, user) for role, user in people.items()}
            for model in expected
        }
        for model, may in expected.items():
            wanted = {role: may.get(role, "-") for role in people}
            self.assertEqual(found[model], wanted, model)

    def _models_of(self, addon):
        return {
            name
            for name, cls in self.env.registry.items()
            if cls._original_module == addon
            and not cls._abstract
            and not name.startswith("access.test.")  # those of other tests
        }

    def _may(self, model, user):
        records = self.env[model].with_user(user)
        letters = [one for one, name in OPERATIONS.items() if records.has_access(name)]
        return "".join(letters) or "-"

    def _calls_of(self, addon):
        """Give each model and method that an add-on opens to the API, ORM apart."""
        return {
            f"{model} {name}"
            for model, registered in self.env.registry.items()
            if not registered._abstract
            for cls in registered.__mro__
            if cls.__module__.startswith(f"odoo.addons.{addon}.")
            for name, value in vars(cls).items()
            if inspect.isfunction(value)
            and not name.startswith("_")
            and name not in ("init", "create", "write", "unlink")
        }

    # -- calls through /json/2 (for those that are a HttpCase as well) ---------------

    def _keys(self):
        """Give an API key of each role."""
        until = datetime.now() + timedelta(days=1)
        keys = self.env["res.users.apikeys"]
        return {
            role: keys.with_user(user).sudo()._generate("rpc", role, until)
            for role, user in self.users.items()
        }

    def _call(self, key, model, method, **arguments):
        return self.url_open(
            f"/json/2/{model}/{method}",
            json={"context": {}, **arguments},
            headers={"Authorization": f"Bearer {key}"},
        )

    def _assert_calls(self, table, addon, records, who=None, arguments=None):
        """Call every public method of an add-on as every role.

        :param table: by model and method who may call it, a key of ``WHO``
        :param records: by model the record to call it on, or what makes it for a role
        :param who: what the table means by words that only this add-on has
        :param arguments: by model and method what it is called with
        """
        self.assertEqual(set(table), self._calls_of(addon))
        who, arguments = {**WHO, **(who or {})}, arguments or {}
        keys = self._keys()
        context = {"access_mode": "locked"}
        wrong = []
        for call, word in table.items():
            model, method = call.split()
            for role, key in keys.items():
                record = records[model]
                record = record(self.users[role]) if callable(record) else record
                asked = {"ids": record.ids, "context": context}
                asked |= arguments.get(call, {})
                answer = self._call(key, model, method, **asked)
                status = answer.status_code
                if status >= 500 or (status != 403) != (role in who[word]):
                    wrong.append(f"{call} as {role}: {status} {answer.text[:150]}")
        self.assertFalse(wrong, "\n".join(["", *wrong]))
