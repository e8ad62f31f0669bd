"""`./dev bench`: runs the measurements of `devtools/bench`."""

import ast
import contextlib
import os
from pathlib import Path

from . import databases, environment, odoo_conf, odoo_server, paths, postgres
from .processes import Processes, attend
from .steps import UserError

FOLDER = Path(__file__).with_name("bench")
DATABASE = "bench"


def run(name: str | None, as_json: bool) -> int:
    """Run one measurement, or all; tell whether one of them failed."""
    known = sorted(file.stem for file in FOLDER.glob("[!_]*.py"))
    if name and name not in known:
        raise UserError(f"There is no bench {name}; there are: {', '.join(known)}")
    chosen = [name] if name else known
    return max((_run_one(one, as_json) for one in chosen), default=0)


def _run_one(name: str, as_json: bool) -> int:
    command = [str(environment.PYTHON), "-m", f"devtools.bench.{name}"]
    with contextlib.ExitStack() as stack:
        variables = _provide(needs(FOLDER / f"{name}.py"), stack)
        options = ["--json"] if as_json else []
        return attend([*command, *options], variables, paths.ROOT)


def needs(file: Path) -> str:
    """The value of NEEDS, read without running the file."""
    for line in ast.parse(file.read_text()).body:
        match line:
            case ast.Assign([ast.Name("NEEDS")], ast.Constant(value)):
                return value
    return ""


def _provide(need: str, stack: contextlib.ExitStack) -> dict[str, str]:
    """Start what is needed for as long as the stack is open."""
    if not need:
        return {**os.environ, **environment.variables()}
    server = stack.enter_context(postgres.running())
    odoo_conf.write(server)
    recipe = databases.Recipe(tuple(paths.own_addons()), demo=True)
    databases.database(server, DATABASE, recipe)
    stack.callback(databases.drop, server, DATABASE)
    if need == "database":
        return odoo_server.Odoo("", DATABASE, server).variables()
    processes = stack.enter_context(Processes())
    return odoo_server.start(processes, server, DATABASE).variables()
