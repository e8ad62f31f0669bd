"""The database server that is worked with: a private one, or the user's own.

The private one runs while any `./dev` uses it; the last one stops it.
"""

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import paths
from .cluster import Cluster, client
from .steps import UserError, exclusive


@dataclass(frozen=True)
class Server:
    """How to reach a server."""

    host: str
    port: int = 5432
    user: str = "odoo"
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> "Server":
        parts = urlsplit(url)
        if parts.scheme not in ("postgresql", "postgres") or not parts.hostname:
            raise UserError(
                "ACCESS_DATABASE_URL must be postgresql://user:password@host:5432/postgres"
            )
        return cls(
            parts.hostname,
            parts.port or cls.port,
            unquote(parts.username or cls.user),
            unquote(parts.password or ""),
        )

    @property
    def data(self) -> Path:
        """Odoo's folder; it holds files of databases, by the database's name."""
        if self.host.startswith("/"):
            return paths.STATE / "data"
        return paths.STATE / f"data-{paths.digest(self.host, str(self.port))}"

    def variables(self, database: str = "postgres") -> dict[str, str]:
        """What PostgreSQL's programs read from the environment."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": database,
        }

    def query(self, sql: str, database: str = "postgres") -> list[str]:
        """The rows of a statement, as psql prints them."""
        done = subprocess.run(
            [client(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql],
            env={**os.environ, **self.variables(database)},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            reason = (done.stderr.strip() or "it gave no reason").splitlines()[0]
            raise UserError(f"The database server refused: {reason}")
        return done.stdout.splitlines()


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server for as long as it is needed."""
    if url := os.environ.get("ACCESS_DATABASE_URL"):
        server = Server.from_url(url)
        server.query("SELECT 1")
        yield server
        return
    cluster = Cluster.here()
    with (paths.STATE / "postgres.users").open("w") as users:
        with exclusive("postgres"):
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster.start()
        try:
            yield Server(str(cluster.sockets))
        finally:
            with exclusive("postgres"):
                cluster.stop_unless_used(users)
