"""`./dev test`: the tests, grouped by what they need, each group by one pytest."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from . import browser, databases, environment, odoo_conf, paths, postgres
from .processes import attend
from .steps import UserError

PURE, ADDONS, END_TO_END = "pure tests", "add-on tests", "end-to-end tests"
TESTS = paths.ROOT / "tests"
PYTEST = [str(environment.PYTHON), "-m", "pytest", "-p", "devtools.pytest_strict"]
# What pytest answers when it found nothing to run.
NO_TESTS = 5


def run(wanted: list[str], options: list[str]) -> int:
    """Run the tests of the wanted paths, or all; tell what pytest answered."""
    selected = select(wanted)
    if ADDONS in selected or END_TO_END in selected:
        browser.require()
    codes = {kind: _run_group(kind, selected[kind], options) for kind in selected}
    failed = [kind for kind, code in codes.items() if code not in (0, NO_TESTS)]
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
        return 1
    return 0 if 0 in codes.values() else NO_TESTS


def select(wanted: list[str], root: Path = paths.ROOT) -> dict[str, list[str]]:
    """The wanted paths by kind of test; a folder stands for all tests below it."""
    known = _places(root)
    selected: dict[str, list[str]] = {PURE: [], ADDONS: [], END_TO_END: []}
    for path in wanted or [str(root)]:
        file, *test = path.split("::", 1)
        place = Path(file).absolute()
        below = [folder for folder in known if folder.is_relative_to(place)]
        above = [folder for folder in known if place.is_relative_to(folder)]
        if not place.exists() or not (below or above):
            raise UserError(f"{path} is no test and holds none.")
        for folder in below:
            selected[known[folder]].append(str(folder))
        if not below:
            selected[known[above[0]]].append("::".join([str(place), *test]))
    return {kind: found for kind, found in selected.items() if found}


def _places(root: Path) -> dict[Path, str]:
    """Where tests are, and of which kind."""
    addons = root / "addons"
    places = {folder: PURE for folder in sorted((root / "tests").glob("*/"))}
    for name in paths.own_addons(addons):
        places[addons / name / "tests"] = ADDONS
        places[addons / name / "gateway" / "tests"] = PURE
    for name in ("e2e", "chaos"):
        places[root / "tests" / name] = END_TO_END
    return {place: places[place] for place in places if any(place.rglob("test_*.py"))}


def _run_group(kind: str, found: list[str], options: list[str]) -> int:
    print(f"\n{kind}: {' '.join(os.path.relpath(path) for path in found)}", flush=True)
    if kind == ADDONS:
        return _run_addons(found, options)
    # Left in, pytest-odoo would load Odoo for tests that have nothing to do with it.
    command = [*PYTEST, "-p", "no:odoo", *options, *found]
    variables = {**os.environ, **environment.variables()}
    return attend(command, variables, paths.ROOT)


def _run_addons(found: list[str], options: list[str]) -> int:
    inside = [Path(path).relative_to(paths.ADDONS) for path in found]
    modules = {path.parts[0] for path in inside}
    with postgres.running() as server, scratch_database(server, modules) as name:
        # Odoo's tests are imported as parts of their add-on.
        odoo = ["--import-mode=prepend", "--odoo-http", "--odoo-log-level=warn"]
        command = [*PYTEST, *odoo, "--strict-log", "--timeout=600"]
        command += [f"--odoo-config={odoo_conf.FILE}", f"--odoo-database={name}"]
        command += [*options, *found]
        return attend(command, odoo_conf.variables(name), paths.ROOT)


@contextlib.contextmanager
def scratch_database(server: postgres.Server, modules: set[str]) -> Iterator[str]:
    """A fresh database with these add-ons, for this run alone."""
    name = f"test_{os.getpid()}"
    _drop_abandoned(server)
    odoo_conf.write(server)
    recipe = databases.Recipe(tuple(sorted(modules)))
    try:
        yield databases.database(server, name, recipe)
    finally:
        databases.drop(server, name)


def _drop_abandoned(server: postgres.Server) -> None:
    """Remove what a run left behind that was killed."""
    listed = "SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+$'"
    for name in server.query(listed):
        if not Path("/proc", name.removeprefix("test_")).exists():
            databases.drop(server, name)
