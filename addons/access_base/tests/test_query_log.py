import psycopg2

from .common import AccessCommon


class TestQueryLog(AccessCommon):
    def test_a_refused_query_is_logged_without_numbers(self):
        domain = [("value", "=", "04A1'B2C3")]
        with self.assertLogs("odoo.sql_db", "ERROR") as logs:
            with self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                self.env["access.credential"].search(domain, limit=10**30)
        self.assertIn("bad query", logs.output[0])
        self.assertIn("access_credential", logs.output[0])
        self.assertNotIn("04A1", logs.output[0])
        self.assertNotIn("B2C3", logs.output[0])

    def test_a_value_that_the_database_refuses_is_not_logged(self):
        with self.assertLogs("odoo.sql_db", "ERROR") as logs:
            with self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
                self.env.cr.execute(
                    "SELECT id FROM access_credential WHERE id = %s", ["04A1B2"]
                )
        self.assertIn("InvalidTextRepresentation", logs.output[0])
        self.assertNotIn("04A1B2", logs.output[0])

    def test_queries_that_are_traced_show_no_numbers(self):
        with self.assertLogs("odoo.sql_db", "DEBUG") as logs:
            self.env["access.credential"].search([("value", "=", "04A1B2C3")])
        text = "\n".join(logs.output)
        self.assertIn("access_credential", text)
        self.assertNotIn("04A1B2C3", text)

    def test_queries_of_others_are_logged_as_they_are(self):
        with self.assertLogs("odoo.sql_db", "DEBUG") as logs:
            self.env["res.partner"].search([("ref", "=", "04A1B2C3")])
        self.assertIn("04A1B2C3", "\n".join(logs.output))
