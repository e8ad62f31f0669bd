"""Where things are: the checkout, its state folder and our own add-ons."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
GATEWAY = ADDONS / "access_iot" / "gateway"
STATE = Path(os.environ.get("ACCESS_DEV_DIR") or ROOT / ".dev").expanduser().resolve()
LOG = STATE / "log"
VENV = STATE / "venv"


def own_addons(folder: Path = ADDONS) -> list[str]:
    """Names of the add-ons of this checkout."""
    return sorted(found.parent.name for found in folder.glob("*/__manifest__.py"))


def digest(*parts: str | Path) -> str:
    """One key for texts and for the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:16]
