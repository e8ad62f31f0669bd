"""The Python environment: one folder with all that running and testing need."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import odoo_source, paths
from .steps import Step, UserError, run

PYTHON = paths.VENV / "bin" / "python"
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install"]
OLDEST, NEWEST = (3, 10), (3, 13)
REQUIREMENTS = paths.ROOT / "requirements-dev.txt"


def steps() -> list[Step]:
    """What makes the environment."""
    base = _base_python()
    files = (paths.ROOT / "requirements.txt", REQUIREMENTS)
    key = paths.digest(_version_of(base), str(paths.VENV), *files)
    python = Step("venv", "Python environment", key, lambda: _make(base))
    links = paths.digest(key, str(odoo_source.folder()), *_gateway_definition())
    return [python, Step("links", "Links to Odoo and the gateway", links, _link)]


def variables() -> dict[str, str]:
    """Environment for what runs in it; Odoo restarts itself by a bare `python`."""
    return {
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(paths.VENV),
    }


def site_packages() -> Path:
    return next((paths.VENV / "lib").glob("python3.*/site-packages"))


def _base_python() -> str:
    """The Python this runs on, or the newest suitable one in PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise UserError(
        f"Python 3.10 to 3.13 is needed; this is {platform.python_version()}"
        " and PATH has no python3.10 ... python3.13: install one."
    )


def _version_of(python: str) -> str:
    return subprocess.check_output([python, "--version"], text=True).strip()


def _make(base: str) -> None:
    shutil.rmtree(paths.VENV, ignore_errors=True)
    minor = re.search(r"3\.\d+", _version_of(base)).group()
    hint = f"On Debian: apt-get install python{minor}-venv."
    run([base, "-m", "venv", paths.VENV], "setup-venv", hint)
    # The file names every package. Without --no-deps pip would obey Odoo's own list,
    # which asks for PyPDF2 and for a psycopg2 that needs a compiler.
    run([*PIP, "--no-deps", "-r", REQUIREMENTS], "setup-pip", "Is the network up?")


def _gateway_definition() -> list[Path]:
    definition = paths.GATEWAY / "pyproject.toml"
    return [definition] if definition.is_file() else []


def _link() -> None:
    """Make Odoo, the pure packages and the gateway importable."""
    folders = [odoo_source.folder(), paths.ADDONS / "access_base"]
    if _gateway_definition():
        # Installed rather than linked: its drivers are found by their entry points.
        options = ["--no-deps", "--no-index", "--no-build-isolation", "--editable"]
        run([*PIP, *options, paths.GATEWAY], "setup-gateway")
    file = site_packages() / "access_dev.pth"
    file.write_text("".join(f"{folder}\n" for folder in folders))
