"""Each add-on goes without leaving anything behind in the database."""

import pytest

from devtools import databases, odoo_conf, paths, postgres
from devtools.steps import run

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "uninstall"
LEFT_OVERS = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'access_%'
     UNION
    SELECT proname FROM pg_proc WHERE proname LIKE 'access_%'
     UNION
    SELECT model FROM ir_model WHERE model LIKE 'access.%'
"""
SCRIPT = """
point = env["access.point"].create({
    "name": "Door",
    "venue_id": env["access.venue"].create({"name": "Venue", "tz": "UTC"}).id,
})
point._decide("card", "04A1B2C3")
env.cr.commit()
addon = env["ir.module.module"].search([("name", "=", "access_base")])
addon.button_immediate_uninstall()
"""


@pytest.mark.parametrize("addon", paths.own_addons())
def test_addon_with_events_in_the_log_is_uninstalled(addon):
    with postgres.running() as server:
        odoo_conf.write(server)
        databases.database(server, DATABASE, databases.Recipe((addon,)))
        try:
            _shell(SCRIPT)
            assert server.query(LEFT_OVERS, DATABASE) == []
        finally:
            databases.drop(server, DATABASE)


def _shell(script: str) -> None:
    command = odoo_conf.command("shell", "--no-http")
    run(command, "uninstall", env=odoo_conf.variables(DATABASE), input=script)
