"""Chromium and what else browser tests need; without it Odoo would skip them."""

import os
import shutil

from . import environment, odoo_source
from .steps import UserError, progress, run

# In the order in which Odoo's tests look for one.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def find() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install Chromium where that is possible, else tell how."""
    if find():
        return
    if os.geteuid() or not shutil.which("apt-get"):
        print("Note: browser tests need Chromium. On Debian: apt-get install chromium")
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with progress("Chromium from the machine's own packages"):
        try:
            run(command, "setup-chromium", env=variables)
        except UserError:
            # Most often the machine's lists of packages are old or missing.
            run(["apt-get", "update"], "setup-chromium", "Is the network up?")
            run(command, "setup-chromium", "Is the network up?", env=variables)


def require() -> None:
    """Refuse to go on without what browser tests need."""
    if not find():
        raise UserError("Tests need Chromium. On Debian: apt-get install chromium.")
    if not list(environment.site_packages().glob("websocket/__init__.py")):
        raise UserError("Tests need the Python package websocket-client: ./dev setup.")
    if not odoo_source.has_segmentation():
        raise UserError(f"Tests need {odoo_source.SEGMENTATION_FILE}: install npm.")
