"""A real Odoo for end-to-end tests, with a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devtools import databases, odoo_conf, odoo_server, paths, postgres
from devtools.odoo_server import Odoo
from devtools.processes import Processes


@contextmanager
def running(
    database: str, demo: bool = False, **how: Any
) -> Iterator[tuple[Odoo, Processes]]:
    """Run it, with what else is started beside it, and drop its database after.

    ``how`` is as in ``odoo_server.start``.
    """
    with postgres.running() as server, Processes(paths.LOG / database) as processes:
        odoo_conf.write(server)
        recipe = databases.Recipe(tuple(paths.own_addons()), demo=demo)
        databases.database(server, database, recipe)
        yield odoo_server.start(processes, server, database, **how), processes
        processes.stop()
        databases.drop(server, database)
