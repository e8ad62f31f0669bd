"""`./dev demo`: a whole venue on this machine."""

from . import databases, environment, odoo_conf, odoo_server, paths, postgres, venue
from .processes import Processes, attend
from .steps import only_one

DATABASE = "demo"
CHECK_DATABASE = "check"
CHECK = "do the main job once without a browser, print one JSON line, then stop"
FRESH = "begin with a new database instead of the one that was left"


def run(check: bool, fresh: bool, port: int | None) -> int:
    """Start Odoo and the venue, until Ctrl-C; or check them once."""
    return _check() if check else _demo(fresh, port)


def _demo(fresh: bool, port: int | None) -> int:
    with only_one("demo"), postgres.running() as server, Processes() as processes:
        odoo_conf.write(server)
        if fresh:
            databases.drop(server, DATABASE)
        databases.kept_database(server, DATABASE, _recipe())
        odoo = odoo_server.start(processes, server, DATABASE, port)
        places = venue.start(processes, odoo)
        print(f"\nOdoo: {odoo.url} (log in as {odoo.login} / {odoo.password})")
        for title, address in places.items():
            print(f"{title}: {address}")
        print("Stop with Ctrl-C.", flush=True)
        processes.wait()
    return 0


def _check() -> int:
    """Run the check on a database of its own; it starts and stops the programs."""
    with only_one("demo --check"), postgres.running() as server:
        odoo_conf.write(server)
        databases.database(server, CHECK_DATABASE, _recipe())
        try:
            variables = odoo_server.Odoo("", CHECK_DATABASE, server).variables()
            command = [str(environment.PYTHON), "-m", "devtools.check"]
            return attend(command, variables, paths.ROOT)
        finally:
            databases.drop(server, CHECK_DATABASE)


def _recipe() -> databases.Recipe:
    return databases.Recipe(tuple(paths.own_addons()), demo=True)
