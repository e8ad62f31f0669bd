"""`./dev release`: the gateway's wheel, and the signature that gateways take it by.

The wheel trusts the key it is signed with: a gateway that was installed from it takes
later ones that the same key signs. The key stays with who makes releases.
"""

import argparse
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from access_gateway.release import statement

from . import paths

_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_NOT_SOURCES = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev release", description=__doc__)
    parser.add_argument(
        "--key", type=Path, required=True, help="made if it is not there"
    )
    parser.add_argument("--out", type=Path, default=Path("dist"), metavar="DIR")
    options = parser.parse_args()
    key = load_key(options.key) if options.key.exists() else new_key(options.key)
    wheel = build(options.out, key)
    print(wheel, sign(wheel, key), sep="\n")
    return 0


def new_key(path: Path) -> Ed25519PrivateKey:
    """Make a key that only its owner may read; it is never overwritten."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(f"{path} is no Ed25519 key")
    return key


def build(
    folder: Path, key: Ed25519PrivateKey | None = None, version: str | None = None
) -> Path:
    """Build the wheel from a copy of the sources; give its path."""
    with tempfile.TemporaryDirectory() as place:
        sources = Path(place, "access_iot", "gateway")
        shutil.copytree(paths.GATEWAY, sources, ignore=_NOT_SOURCES)
        for name in ("access_policy", "access_tariff"):
            pure = Path("access_base", name)
            shutil.copytree(paths.ADDONS / pure, place / pure, ignore=_NOT_SOURCES)
        _adapt(sources / "access_gateway", key, version)
        built = Path(place, "built")
        options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        command = [sys.executable, "-m", "pip", "wheel", *options]
        subprocess.run([*command, "--wheel-dir", built, sources], check=True)
        [wheel] = built.iterdir()
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, folder))


def sign(wheel: Path, key: Ed25519PrivateKey) -> Path:
    """Write the signature beside the wheel."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    signature = key.sign(statement(wheel.name.split("-")[1], digest))
    path = wheel.with_suffix(".sig")
    path.write_text(base64.b64encode(signature).decode() + "\n")
    return path


def _adapt(package: Path, key: Ed25519PrivateKey | None, version: str | None) -> None:
    if key:
        raw = key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        with open(package / "release.pub", "a") as file:
            file.write(base64.b64encode(raw).decode() + "\n")
    if version:
        file = package / "__init__.py"
        file.write_text(_VERSION.sub(f'__version__ = "{version}"', file.read_text()))


if __name__ == "__main__":
    sys.exit(main())
