"""The command that checks the passage log, as an administrator runs it."""

import subprocess
from collections.abc import Iterator

import pytest

from devtools import databases, odoo_conf, postgres
from devtools.steps import run

# A machine that has never run it prepares its databases first.
pytestmark = pytest.mark.timeout(900)

DATABASE = "access_verify"
PASSAGES = """
venue = env["access.venue"].create({"name": "Venue", "tz": "UTC"})
point = env["access.point"].create({"name": "Door", "venue_id": venue.id})
for _passage in range(3):
    point._decide("card", "04A1B2C3")
env.cr.commit()
"""
BREAK = """
env.cr.execute("ALTER TABLE access_event DISABLE TRIGGER USER")
env.cr.execute("UPDATE access_event SET hash = repeat('0', 64) WHERE sequence = 2")
env.cr.execute("ALTER TABLE access_event ENABLE TRIGGER USER")
env.cr.commit()
"""


@pytest.fixture
def database() -> Iterator[None]:
    with postgres.running() as server:
        odoo_conf.write(server)
        databases.database(server, DATABASE, databases.Recipe(("access_base",)))
        yield
        databases.drop(server, DATABASE)


def _shell(script: str) -> None:
    command = odoo_conf.command("shell", "--no-http")
    run(command, DATABASE, env=odoo_conf.variables(DATABASE), input=script)


def _verify() -> tuple[int, str]:
    """Give the exit code and what is said."""
    done = subprocess.run(
        odoo_conf.command("access_verify"),
        env=odoo_conf.variables(DATABASE),
        capture_output=True,
        check=False,
        text=True,
    )
    return done.returncode, done.stdout


def test_command_names_the_first_break_of_the_log(database):
    _shell(PASSAGES)
    assert _verify() == (0, "The passage log is whole.\n")
    _shell(BREAK)
    code, words = _verify()
    assert code == 1
    assert "Journal Door breaks at number 2, " in words
