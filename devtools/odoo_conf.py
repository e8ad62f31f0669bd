"""The configuration file that every Odoo of the checkout is started with."""

import configparser
import os
import secrets
from pathlib import Path

from . import environment, odoo_source, paths
from .postgres import Server

FILE = paths.STATE / "odoo.conf"
COMMAND = Path(__file__).with_name("odoo_command.py")


def write(server: Server, file: Path = FILE) -> Path:
    """Write it, readable by its owner only; a master password there is kept."""
    folders = [*odoo_source.addons_folders(), paths.ADDONS]
    paths.ADDONS.mkdir(exist_ok=True)
    parser = configparser.RawConfigParser()
    parser.read(file)
    known = parser["options"] if parser.has_section("options") else {}
    parser["options"] = {
        "addons_path": ",".join(str(folder) for folder in folders),
        "admin_passwd": known.get("admin_passwd", secrets.token_urlsafe(24)),
        "data_dir": str(server.data),
        "db_host": server.host,
        "db_port": str(server.port),
        "db_user": server.user,
        "http_interface": "127.0.0.1",
        # These count address space, which threads reserve without using it.
        "limit_memory_hard": "0",
        "limit_memory_soft": "0",
        "list_db": "False",
    }
    if server.password:
        parser["options"]["db_password"] = server.password
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    with file.open("w") as output:
        parser.write(output)
    return file


def command(*arguments: str) -> list[str]:
    """A command of Odoo's."""
    return [str(environment.PYTHON), str(COMMAND), *arguments]


def variables(database: str) -> dict[str, str]:
    """The environment that such a command runs in."""
    chosen = {"ODOO_RC": str(FILE), "PGDATABASE": database}
    return {**os.environ, **environment.variables(), **chosen}
