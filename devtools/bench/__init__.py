"""Measurements: each module is one, run by `./dev bench NAME` in the environment.

A module says in `NEEDS` what it wants running: "odoo" (with a fresh demo database),
"database" (that database alone) or nothing; it finds them in ACCESS_DEV, as JSON.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from .. import paths
from ..postgres import Server

# What is measured is no package of this environment.
sys.path[:0] = [str(paths.ADDONS / "access_base"), str(paths.GATEWAY)]
# The stand-in for an ERP is the one of the tests.
sys.path.append(str(paths.ROOT / "tests"))

Report = dict[str, Any]


def known_database() -> tuple[str, Server]:
    """The name of the database that was made for this measurement, and its server."""
    known = json.loads(os.environ["ACCESS_DEV"])
    return known["database"], Server(**known["postgres"])


def aim(value: float, at_most: float) -> dict[str, Any]:
    return {"at_most": at_most, "value": value, "met": value <= at_most}


def aim_at_least(value: float, at_least: float) -> dict[str, Any]:
    return {"at_least": at_least, "value": value, "met": value >= at_least}


def command_line(run: Callable[[], Report], show: Callable[[Report], None]) -> None:
    """Measure; print one line of JSON if asked, else a table and the aims."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    as_json = parser.parse_args().json
    report = run()
    if as_json:
        print(json.dumps(report))
        return
    show(report)
    for name, found in report["aims"].items():
        met = "met" if found["met"] else "MISSED"
        aimed = f"at most {found['at_most']}" if "at_most" in found else ""
        aimed = aimed or f"at least {found['at_least']}"
        print(f"{name}: {found['value']} (aim: {aimed}): {met}")
