"""Measurements: each module is one, run by `./dev bench NAME` in the environment.

A module says in `NEEDS` what it wants running: "odoo" (with a fresh demo database),
"database" (that database alone) or nothing; it finds them in ACCESS_DEV, as JSON.
"""

import json
import os

from ..postgres import Server


def known_database() -> tuple[str, Server]:
    """The name of the database that was made for this measurement, and its server."""
    known = json.loads(os.environ["ACCESS_DEV"])
    return known["database"], Server(**known["postgres"])
