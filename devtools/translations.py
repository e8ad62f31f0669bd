"""`./dev translate`: the texts of each add-on, for translators to begin with."""

import re
from pathlib import Path

from . import odoo_conf, paths, postgres, testing
from .processes import attend

# What differs from day to day, and says nothing.
_DATES = re.compile(r'^"(POT-Creation|PO-Revision)-Date: .*\n|-\d{8}(?=\\n")', re.M)


def write() -> int:
    """Write `i18n/NAME.pot` of every add-on of ours."""
    names = paths.own_addons()
    with (
        postgres.running() as server,
        testing.scratch_database(server, set(names)) as database,
    ):
        export = odoo_conf.command("i18n", "export", *names)
        code = attend(export, odoo_conf.variables(database))
    for name in names:
        _drop_dates(paths.ADDONS / name / "i18n" / f"{name}.pot")
    return code


def _drop_dates(file: Path) -> None:
    file.write_text(_DATES.sub("", file.read_text()))
