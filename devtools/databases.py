"""Databases with our add-ons, copied from prepared ones instead of installed anew.

A prepared database is a PostgreSQL database and a folder of files, named by a key of
what it was made from. There are two layers: the add-ons of others, which seldom change,
and ours on top.
"""

import ast
import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import odoo_conf, odoo_log, odoo_source, paths
from .postgres import Server
from .steps import UserError, exclusive, progress, run

# How long the server's own work in a database is waited for.
PATIENCE_S = 60

# What does not end up in a database.
IGNORED_FOLDERS = {"tests", "gateway", "readme", "__pycache__"}
IGNORED_SUFFIXES = {".pyc", ".pot", ".md", ".rst"}
ASSETS = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"


@dataclass(frozen=True)
class Recipe:
    """What a prepared database is made of."""

    modules: tuple[str, ...]
    demo: bool = False
    addons: Path = paths.ADDONS

    def _needs(self, module: str) -> list[str]:
        return _manifest(self.addons / module).get("depends", [])

    def own(self) -> list[str]:
        """Our add-ons in it, those included that the wanted ones need."""
        found: list[str] = []
        queue = list(self.modules)
        while queue:
            module = queue.pop()
            if (self.addons / module).is_dir() and module not in found:
                found.append(module)
                queue += self._needs(module)
        return sorted(found)

    def foreign(self) -> list[str]:
        """The add-ons of others in it."""
        own = self.own()
        wanted = {*self.modules, *(need for one in own for need in self._needs(one))}
        return sorted(wanted.difference(own))

    def foreign_key(self) -> str:
        """Changes with Odoo, the Python packages and the list of foreign add-ons."""
        requirements = paths.ROOT / "requirements.txt"
        listed = ",".join(self.foreign())
        return paths.digest(odoo_source.version(), requirements, listed, str(self.demo))

    def key(self) -> str:
        """Changes also with what our add-ons bring into the database."""
        parts: list[str | Path] = [self.foreign_key(), ",".join(self.own())]
        for module in self.own():
            for file in _sources(self.addons / module):
                parts += [str(file.relative_to(self.addons)), file]
        return paths.digest(*parts)

    def label(self, names: list[str]) -> str:
        """Tells apart the prepared databases that live side by side."""
        return f"{'demo' if self.demo else 'plain'}_{paths.digest(*names)[:6]}"


def _manifest(addon: Path) -> dict[str, list[str]]:
    file = addon / "__manifest__.py"
    try:
        return ast.literal_eval(file.read_text())
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def _sources(addon: Path) -> Iterator[Path]:
    """The files of an add-on that count, in a fixed order."""
    for folder, names, files in os.walk(addon):
        # Those of JavaScript end up in the asset bundles that are made beforehand.
        kept = {"tests"} if Path(folder).name == "static" else set()
        names[:] = sorted(set(names) - (IGNORED_FOLDERS - kept))
        yield from (
            Path(folder) / name
            for name in sorted(files)
            if Path(name).suffix not in IGNORED_SUFFIXES
        )


def database(server: Server, name: str, recipe: Recipe) -> str:
    """A fresh database of that name, copied from the prepared one."""
    with exclusive("databases"):
        prepared = _prepare(server, recipe)
        drop(server, name)
        _copy(server, prepared, name)
        server.query(f"COMMENT ON DATABASE {_quoted(name)} IS '{recipe.key()}'")
    return name


def kept_database(server: Server, name: str, recipe: Recipe) -> str:
    """The database of that name as it was left, or a fresh one when sources changed."""
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
    if server.query(f"{comment} WHERE datname = '{name}'") != [recipe.key()]:
        database(server, name, recipe)
    return name


def copy(server: Server, origin: str, target: str) -> None:
    """Make a database a copy of another, whose connections are cut for a moment."""
    drop(server, target)
    server.query(f"ALTER DATABASE {_quoted(origin)} ALLOW_CONNECTIONS false")
    try:
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        server.query(f"{ending} WHERE datname = '{origin}'")
        _copy(server, origin, target)
    finally:
        server.query(f"ALTER DATABASE {_quoted(origin)} ALLOW_CONNECTIONS true")


def drop(server: Server, name: str) -> None:
    """Remove a database and its files, if there is one."""
    statement = f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"
    for _second in range(PATIENCE_S):
        # Who is no superuser cannot end the server's own vacuuming: it ends by itself.
        with contextlib.suppress(UserError):
            server.query(statement)
            break
        time.sleep(1)
    else:
        server.query(statement)
    shutil.rmtree(_files(server, name), ignore_errors=True)


def _prepare(server: Server, recipe: Recipe) -> str:
    """The name of the prepared database, made if need be."""
    foreign, own = recipe.foreign(), recipe.own()
    base = f"base_{recipe.label(foreign)}_{recipe.foreign_key()}"
    ours = f"ours_{recipe.label([*foreign, *own])}_{recipe.key()}"
    if own and _exists(server, ours):
        return ours
    if not _exists(server, base):
        title = f"Database with the add-ons of others ({', '.join(foreign)})"
        _build(server, base, foreign, recipe.demo, title)
    if not own:
        return base
    title = f"Database with {', '.join(own)}"
    _build(server, ours, own, recipe.demo, title, base)
    return ours


def _build(
    server: Server,
    name: str,
    modules: list[str],
    demo: bool,
    title: str,
    origin: str | None = None,
) -> None:
    """Install add-ons in a copy of another database; it gets its name at the end."""
    draft = f"draft_{name}"
    kind = name.rpartition("_")[0]
    _drop_all(server, f"draft_{kind}_")
    with progress(title), _dropped_on_failure(server, draft):
        if origin:
            _copy(server, origin, draft)
        else:
            # Made by Odoo it would ask for extensions that the server may not have.
            server.query(f"CREATE DATABASE {_quoted(draft)} TEMPLATE template0")
        _install(draft, modules, demo)
        _drop_all(server, f"{kind}_")
        shutil.rmtree(_files(server, name), ignore_errors=True)
        _files(server, draft).rename(_files(server, name))
        server.query(f"ALTER DATABASE {_quoted(draft)} RENAME TO {_quoted(name)}")
        # PostgreSQL copies only what nobody is connected to.
        server.query(f"ALTER DATABASE {_quoted(name)} ALLOW_CONNECTIONS false")


@contextlib.contextmanager
def _dropped_on_failure(server: Server, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        drop(server, name)
        raise


def _install(name: str, modules: list[str], demo: bool) -> None:
    options = ["--no-http", "--with-demo"] if demo else ["--no-http"]
    install = ["--init", ",".join(["base", *modules]), "--stop-after-init", *options]
    variables = odoo_conf.variables(name)
    try:
        run(odoo_conf.command("server", *install), "install", env=variables)
    except UserError:
        _refuse_complaints(modules)
        raise
    _refuse_complaints(modules)
    # Otherwise the first browser to come waits for these, longer than a test may.
    shell = odoo_conf.command("shell", "--no-http")
    run(shell, "assets", env=variables, input=ASSETS)


def _refuse_complaints(modules: list[str]) -> None:
    """Show what the log of the installation holds against these add-ons."""
    file = paths.LOG / "install.log"
    if found := odoo_log.complaints(file.read_text().splitlines()):
        print("", *found, sep="\n")
        count = f"{len(found)} unexpected log entries, shown above"
        raise UserError(f"Installing {', '.join(modules)}: {count} (all of it: {file})")


def _drop_all(server: Server, prefix: str) -> None:
    """Remove the databases of one kind, whatever their key."""
    listed = "SELECT datname FROM pg_database WHERE starts_with(datname, "
    for found in server.query(f"{listed} '{prefix}')"):
        drop(server, found)


def _copy(server: Server, origin: str, target: str) -> None:
    server.query(f"CREATE DATABASE {_quoted(target)} TEMPLATE {_quoted(origin)}")
    # Odoo names these files by their content and never writes into one again.
    shutil.rmtree(_files(server, target), ignore_errors=True)
    shutil.copytree(
        _files(server, origin), _files(server, target), copy_function=os.link
    )


def _exists(server: Server, name: str) -> bool:
    return bool(server.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def _files(server: Server, name: str) -> Path:
    return server.data / "filestore" / name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
