"""Odoo as a running server."""

import json
from dataclasses import asdict, dataclass

from . import odoo_conf
from .postgres import Server
from .processes import Processes, answers, free_port
from .steps import UserError

PORT = 8069


@dataclass(frozen=True)
class Odoo:
    """How to reach a running Odoo and its database."""

    url: str
    database: str
    postgres: Server
    login: str = "admin"
    password: str = "admin"

    def variables(self, **more: object) -> dict[str, str]:
        """The environment of a program that works with it: ACCESS_DEV holds JSON."""
        known = {**asdict(self), **more}
        return {**odoo_conf.variables(self.database), "ACCESS_DEV": json.dumps(known)}


def start(
    processes: Processes,
    server: Server,
    database: str,
    port: int | None = None,
    options: tuple[str, ...] = (),
    name: str = "odoo",
) -> Odoo:
    """Start Odoo on one database and return when it answers."""
    if port and free_port(port) != port:
        raise UserError(f"Port {port} is taken: name another one by --port.")
    chosen = port or free_port(PORT)
    url = f"http://127.0.0.1:{chosen}"
    command = odoo_conf.command(
        "server",
        f"--http-port={chosen}",
        f"--gevent-port={free_port()}",
        f"--db-filter=^{database}$",
        "--no-database-list",
        *options,
    )
    processes.start(
        name,
        command,
        answers(f"{url}/web/health"),
        timeout=120,
        env=odoo_conf.variables(database),
    )
    return Odoo(url, database, server)
