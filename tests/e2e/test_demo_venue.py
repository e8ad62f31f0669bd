"""What can be tried by hand in the demo venue is as its guide says."""

import json

import pytest

from devtools import databases, odoo_conf, paths, postgres
from devtools.steps import run

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "demo_venue"
FOUND = paths.LOG / "demo_venue.json"
HELD = ("julia", "igor", "sara", "bartosz", "klara")
SCRIPT = f"""
import json
point = env.ref("access_base.point_main_entrance")
held = {{
    name: point._decide("card", env.ref(f"access_base.credential_{{name}}_card").value)
    for name in {HELD}
}}
found = {{name: [e.granted, e.reason.value] for name, e in held.items()}}
open({str(FOUND)!r}, "w").write(json.dumps(found))
"""


def test_plans_that_run_are_paused_ended_and_not_paid():
    with postgres.running() as server:
        odoo_conf.write(server)
        recipe = databases.Recipe(tuple(paths.own_addons()), demo=True)
        databases.database(server, DATABASE, recipe)
        try:
            command = odoo_conf.command("shell", "--no-http")
            variables = odoo_conf.variables(DATABASE)
            run(command, DATABASE, env=variables, input=SCRIPT)
        finally:
            databases.drop(server, DATABASE)
    assert json.loads(FOUND.read_text()) == {
        "julia": [True, "right"],
        "igor": [False, "plan_paused"],
        "sara": [False, "plan_ended"],
        "bartosz": [False, "plan_unpaid"],
        "klara": [True, "right"],
    }
