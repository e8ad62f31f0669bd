"""Odoo 19, which no Python registry has: from Debian's package, or the user's own.

The packages come through apt with lists and cache of our own, so neither root nor a
change of the machine's set-up is needed, and apt checks signatures and hashes.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from . import paths
from .steps import Step, UserError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Odoo 19 and what its files link to. Later Font Awesome than 4 lacks the web fonts.
PACKAGES = {
    "sid": (
        "odoo-19",
        "fonts-montserrat",
        "fonts-ocr-b",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ),
    "trixie": ("fonts-font-awesome", "fonts-inconsolata"),
}
# Debian leaves it out for its licence; then every back-office page logs an error.
SEGMENTATION = "@mediapipe/selfie_segmentation@0.1.1675465747"
SEGMENTATION_FILE = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OWN = "set ODOO_PATH to the folder of an Odoo 19 of your own"
SEGMENTATION_SHA256 = "a4720d2d2374ec9df3510461ff186a4af427fb5bd402375e135875a991467da3"


def folder() -> Path:
    """The folder that makes `import odoo` work."""
    if own := os.environ.get("ODOO_PATH"):
        return Path(own).expanduser().resolve()
    return paths.STATE / "odoo" / "usr" / "lib" / "python3" / "dist-packages"


def addons_folders() -> list[Path]:
    """Odoo's own add-on folders; a source checkout has a second one."""
    candidates = (folder() / "odoo" / "addons", folder() / "addons")
    return [candidate for candidate in candidates if candidate.is_dir()]


def version() -> str:
    """Which Odoo it is, as exactly as can be told."""
    taken = paths.STATE / "odoo" / "VERSION"
    if taken.is_file() and not os.environ.get("ODOO_PATH"):
        return taken.read_text().strip()
    release = folder() / "odoo" / "release.py"
    return f"{folder()} {paths.digest(release)}"


def has_segmentation() -> bool:
    """Whether the file is there that Debian leaves out."""
    return any((one / SEGMENTATION_FILE).is_file() for one in addons_folders())


def steps() -> list[Step]:
    """What makes Odoo 19 available here."""
    if os.environ.get("ODOO_PATH"):
        _check_own()
        return []
    source = Step("odoo", "Odoo 19 from Debian", paths.digest(repr(PACKAGES)), _fetch)
    if shutil.which("npm"):
        script = Step(
            "segmentation",
            "Camera script for Odoo's mail from npm",
            paths.digest(source.key, SEGMENTATION),
            _add_segmentation,
        )
        return [source, script]
    if not has_segmentation():
        print("Note: npm is missing, so browser tests of the back office cannot run.")
    return [source]


def _check_own() -> None:
    release = folder() / "odoo" / "release.py"
    if not release.is_file():
        raise UserError(f"ODOO_PATH={folder()} has no odoo/release.py: name another.")
    if not re.search(r"^version_info = \(19, 0,", release.read_text(), re.MULTILINE):
        raise UserError(f"ODOO_PATH={folder()} is not Odoo 19.0, which is needed.")


def _fetch() -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UserError(f"Odoo 19 comes by apt-get, which is not here: {OWN}.")
    if not KEYRING.is_file():
        raise UserError(f"Install debian-archive-keyring, or {OWN}.")
    target = paths.STATE / "odoo"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=paths.STATE) as scratch:
        packages = _download(Path(scratch))
        for package in packages:
            run(["dpkg-deb", "-x", package, target], "setup-unpack")
    # A partial copy of `odoo/addons` that the package has beside it.
    shutil.rmtree(folder() / "addons")
    release = next(name for name in packages if name.name.startswith("odoo-19_"))
    version_taken = release.name.split("_")[1].replace("%3a", ":")
    if not version_taken.startswith("19.0"):
        raise UserError(f"Debian has Odoo {version_taken}, not 19.0: {OWN}.")
    (target / "VERSION").write_text(version_taken)


def _download(scratch: Path) -> list[Path]:
    """Fetch all packages from the first of the machine's archives that has them."""
    archives = _archives()
    if not archives:
        raise UserError(f"apt-get names no archive to fetch Odoo 19 from: {OWN}.")
    names = [f"{name}/{suite}" for suite in PACKAGES for name in PACKAGES[suite]]
    hint = f"Is the network up? Else {OWN}."
    failures: list[UserError] = []
    for archive in archives:
        apt = _apt(scratch, archive)
        try:
            run([*apt, "update"], "setup-apt", hint)
            run([*apt, "download", *names], "setup-apt", hint, cwd=scratch)
            return sorted(scratch.glob("*.deb"))
        except UserError as failure:
            failures.append(failure)
    raise failures[0]


def _archives() -> list[str]:
    """Addresses of the machine's own package archives, the likely ones first."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"],
        capture_output=True,
        text=True,
    ).stdout.split()
    return sorted(dict.fromkeys(listed), key=lambda address: "security" in address)


def _apt(scratch: Path, archive: str) -> list[str]:
    """An apt-get with lists, cache and sources of its own."""
    sources = scratch / "sources.list"
    sources.write_text(
        "".join(f"deb [signed-by={KEYRING}] {archive} {s} main\n" for s in PACKAGES)
    )
    for name in ("lists/partial", "cache/archives/partial"):
        (scratch / name).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Acquire::Languages": "none",
        # Root's apt would otherwise download as a user who may not enter our folder.
        "APT::Sandbox::User": "",
        # An unreachable archive is an error, not a warning.
        "APT::Update::Error-Mode": "any",
    }
    return ["apt-get", "-q"] + [
        part for name, value in options.items() for part in ("-o", f"{name}={value}")
    ]


def _add_segmentation() -> None:
    target = addons_folders()[0] / SEGMENTATION_FILE
    with tempfile.TemporaryDirectory(dir=paths.STATE) as scratch:
        hint = "Is the network up?"
        run(["npm", "pack", SEGMENTATION], "setup-npm", hint, cwd=Path(scratch))
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as package:
            content = package.extractfile(f"package/{target.name}").read()
    if hashlib.sha256(content).hexdigest() != SEGMENTATION_SHA256:
        raise UserError(f"{SEGMENTATION} from npm is not the file that was reviewed.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
