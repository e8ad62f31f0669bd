"""A release: our wheel and the signature of who may make one.

What is signed is the version and the wheel's SHA-256; the wheel has to say the same
version itself. A release is taken only when it is newer and when the packages that are
installed here are what it needs, for none is fetched.
"""

import base64
import hashlib
import io
import re
import sys
import zipfile
from collections.abc import Iterable
from email.message import Message
from email.parser import Parser
from importlib import metadata, resources
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

NAME = "access-gateway"
MAX_BYTES = 20_000_000

_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,7}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ReleaseError(Exception):
    """A release that is not to be run; the text says why."""


class Release(NamedTuple):
    """What is told of a release; ``signature`` is base64."""

    version: str
    sha256: str
    signature: str

    @classmethod
    def from_document(cls, document: Any) -> "Release":
        try:
            release = cls(*(document[name] for name in cls._fields))
        except (KeyError, TypeError) as error:
            raise ReleaseError(f"malformed: {error!r}") from error
        if not all(isinstance(part, str) for part in release):
            raise ReleaseError("malformed: not all of it is text")
        # The version becomes a file's name.
        require_version(release.version)
        if not _SHA256.fullmatch(release.sha256):
            raise ReleaseError("malformed: no SHA-256")
        return release

    @property
    def statement(self) -> bytes:
        return statement(self.version, self.sha256)

    def is_newer_than(self, version: str) -> bool:
        return is_newer(self.version, version)

    def verify(self, wheel: bytes, keys: Iterable[bytes]) -> None:
        """Raise ``ReleaseError`` unless somebody trusted has signed this wheel."""
        if hashlib.sha256(wheel).hexdigest() != self.sha256:
            raise ReleaseError("the file is not the one that was offered")
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:
            raise ReleaseError("the signature is none") from None
        if not any(_is_by(key, signature, self.statement) for key in keys):
            raise ReleaseError("not signed by a key that this program trusts")
        about = _metadata(wheel)
        if (about["Name"], about["Version"]) != (NAME, self.version):
            raise ReleaseError("the file is not what its signature says")

    def check_needs(self, wheel: bytes) -> None:
        """Raise ``ReleaseError`` if it would not run on what is installed here."""
        about = _metadata(wheel)
        python = ".".join(map(str, sys.version_info[:3]))
        if not SpecifierSet(about.get("Requires-Python", "")).contains(python):
            raise ReleaseError(f"it does not run on Python {python}")
        needs = map(Requirement, about.get_all("Requires-Dist", ()))
        missing = [str(need) for need in needs if not _is_met(need)]
        if missing:
            raise ReleaseError(f"it needs what is not installed: {', '.join(missing)}")


def statement(version: str, sha256: str) -> bytes:
    """Give what is signed of a release."""
    return f"{NAME} release\n{version}\n{sha256}\n".encode()


def trusted_keys() -> list[bytes]:
    """Give the public keys that this program was built with."""
    text = resources.files(__package__).joinpath("release.pub").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return [base64.b64decode(line) for line in lines if line and line[0] != "#"]


def _is_by(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _metadata(wheel: bytes) -> Message:
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as file:
            [name] = [n for n in file.namelist() if n.endswith(".dist-info/METADATA")]
            return Parser().parsestr(file.read(name).decode("utf-8"))
    except (zipfile.BadZipFile, UnicodeError, ValueError) as error:
        raise ReleaseError(f"the file is no wheel: {error}") from error


def _is_met(need: Requirement) -> bool:
    """Tell whether a need is met; what a driver needs that is not used here is."""
    own = need.name == NAME
    is_basic = need.marker is None or need.marker.evaluate({"extra": ""})
    try:
        version = "" if own else metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return not is_basic
    return own or need.specifier.contains(version, prereleases=True)


def require_version(text: str) -> str:
    """Give a text that is a version; raise ``ReleaseError`` for another."""
    if not _VERSION.fullmatch(text):
        raise ReleaseError("malformed: no version")
    return text


def is_newer(version: str, than: str) -> bool:
    return _order(version) > _order(than)


def _order(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)
