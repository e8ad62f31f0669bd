"""Who this gateway is to the ERP: what pairing gave it, and the keys that come next.

Kept as ``identity.json`` (mode 0600): ``url`` and the ERP's answer to ``/pair``. Where
the machine has a key of its own (``sealing.py``), the secrets in it are sealed.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .files import write_atomically
from .journal import Head
from .sealing import Sealing, SealingError

NOT_PAIRED = "run `access-gateway pair URL CODE` with a code from the ERP"

_FILE = "identity.json"
_SECRETS = ("token", "seal_key", "next")


class IdentityError(Exception):
    """No identity that can be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the ERP renews: ``policy_key`` is the raw Ed25519 public key (32 bytes)."""

    token: str = field(repr=False)
    seal_key: bytes = field(repr=False)
    policy_key: bytes

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Keys":
        """Raise ``IdentityError`` for one that is malformed."""
        try:
            policy_key = base64.b64decode(document["policy_key"], validate=True)
            if len(policy_key) != 32:
                raise ValueError("policy_key is not 32 bytes")
            token, seal_key = document["token"], bytes.fromhex(document["seal_key"])
            if not (isinstance(token, str) and token and seal_key):
                raise ValueError("empty keys")
            return cls(token, seal_key, policy_key)
        except (binascii.Error, KeyError, TypeError, ValueError) as error:
            # What it was is not told: it would be in the log.
            raise IdentityError(f"malformed keys: {type(error).__name__}") from None

    def document(self) -> dict[str, str]:
        return {
            "token": self.token,
            "seal_key": self.seal_key.hex(),
            "policy_key": base64.b64encode(self.policy_key).decode(),
        }


@dataclass(frozen=True, slots=True)
class Identity:
    """``next`` are keys that the ERP gave out and that are not in force here yet."""

    url: str
    gateway: str
    keys: Keys
    journal: Head
    next: Keys | None = None

    @property
    def token(self) -> str:
        return self.keys.token

    @property
    def seal_key(self) -> bytes:
        return self.keys.seal_key

    @property
    def policy_key(self) -> bytes:
        return self.keys.policy_key

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Identity":
        try:
            later = document.get("next")
            return cls(
                url=str(document["url"]),
                gateway=str(document["gateway"]),
                keys=Keys.from_document(document),
                journal=Head(
                    int(document["journal"]["sequence"]),
                    str(document["journal"]["hash"]),
                ),
                next=Keys.from_document(later) if later else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise IdentityError(f"malformed identity: {error!r}") from error

    def with_next(self, keys: Keys) -> "Identity":
        return replace(self, next=keys)

    def renewed(self) -> "Identity":
        """The next keys stand in place of the old ones, which are forgotten."""
        return replace(self, keys=self.next, next=None)

    def save(self, directory: Path, sealing: Sealing | None = None) -> None:
        """Write it durably; the directory must be private already."""
        document: dict[str, Any] = {
            "url": self.url,
            "gateway": self.gateway,
            **self.keys.document(),
            "journal": self.journal._asdict(),
            "next": self.next and self.next.document(),
        }
        if sealing and sealing.is_on:
            secrets = {name: document.pop(name) for name in _SECRETS}
            document["sealed"] = sealing.seal(json.dumps(secrets), _FILE)
        write_atomically(directory / _FILE, json.dumps(document, indent=1))

    @classmethod
    def load(cls, directory: Path, sealing: Sealing | None = None) -> "Identity":
        """Read it back; raise ``IdentityError`` if there is none or it is damaged."""
        document = read_document(directory)
        try:
            if sealed := document.pop("sealed", None):
                document |= json.loads((sealing or Sealing()).open(sealed, _FILE))
            return cls.from_document(document)
        except SealingError as error:
            words = f"{_FILE}: {error}: give it back its key, or pair again"
            raise IdentityError(words) from error
        except (IdentityError, TypeError, ValueError) as error:
            raise IdentityError(f"{_FILE} is damaged ({error}): pair again") from error


def read_document(directory: Path) -> dict[str, Any]:
    """Give what the file says, its secrets perhaps sealed; raise ``IdentityError``."""
    try:
        document = json.loads((directory / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IdentityError(f"not paired yet: {NOT_PAIRED}") from None
    except ValueError as error:
        raise IdentityError(f"{_FILE} is damaged ({error}): pair again") from error
    if not isinstance(document, dict):
        raise IdentityError(f"{_FILE} is damaged: pair again")
    return document


def sealing_of_service(else_from: Path | None = None) -> Sealing:
    """Give ``Sealing.of_service``; raise ``IdentityError`` for a key that is none."""
    try:
        return Sealing.of_service(else_from)
    except (OSError, SealingError) as error:
        words = f"the machine's key: {error}: make another one, then pair again"
        raise IdentityError(words) from error


def load_for_service(directory: Path) -> tuple[Identity, Sealing]:
    """Give the identity, sealed on the disk from now on if the machine has a key."""
    sealing = sealing_of_service()
    identity = Identity.load(directory, sealing)
    if sealing.is_on and "sealed" not in read_document(directory):
        # On a full disk the doors come first; the next start tries again.
        with suppress(OSError):
            identity.save(directory, sealing)
    return identity, sealing
