"""The Python environment: one folder with all that running and testing need."""

import os
import platform
import shutil
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
    base, version = _base_python()
    files = (paths.ROOT / "requirements.txt", REQUIREMENTS)
    key = paths.digest(version, str(paths.VENV), *files)
    python = Step("venv", "Python environment", key, lambda: _make(base, version))
    if not PYTHON.exists():
        # Removed, or it leads to a Python that was.
        python.stamp.unlink(missing_ok=True)
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


def _base_python() -> tuple[str, str]:
    """The Python this runs on, or the newest suitable one in PATH, and its version."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable, f"3.{sys.version_info.minor}"
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found, f"3.{minor}"
    raise UserError(
        f"Python 3.10 to 3.13 is needed; this is {platform.python_version()}"
        " and PATH has no python3.10 ... python3.13: install one."
    )


def _make(base: str, version: str) -> None:
    # One that works is brought up to date in place: programs may be running in it.
    if not (PYTHON.exists() and (paths.VENV / "lib" / f"python{version}").is_dir()):
        shutil.rmtree(paths.VENV, ignore_errors=True)
        hint = f"On Debian: apt-get install python{version}-venv."
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
