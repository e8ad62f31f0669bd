"""Who this gateway is to the ERP: what pairing gave it.

Kept as ``identity.json`` (mode 0600): ``url`` and the ERP's answer to ``/pair``.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .files import write_atomically
from .journal import Head

_FILE = "identity.json"


class IdentityError(Exception):
    """No identity that can be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """``policy_key`` is the raw Ed25519 public key (32 bytes)."""

    url: str
    gateway: str
    token: str = field(repr=False)
    seal_key: bytes = field(repr=False)
    policy_key: bytes
    journal: Head

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Identity":
        try:
            policy_key = base64.b64decode(document["policy_key"], validate=True)
            if len(policy_key) != 32:
                raise ValueError("policy_key is not 32 bytes")
            return cls(
                url=str(document["url"]),
                gateway=str(document["gateway"]),
                token=str(document["token"]),
                seal_key=bytes.fromhex(document["seal_key"]),
                policy_key=policy_key,
                journal=Head(
                    int(document["journal"]["sequence"]),
                    str(document["journal"]["hash"]),
                ),
            )
        except (binascii.Error, KeyError, TypeError, ValueError) as error:
            raise IdentityError(f"malformed identity: {error!r}") from error

    def save(self, directory: Path) -> None:
        """Write it durably; the directory must be private already."""
        document = {
            "url": self.url,
            "gateway": self.gateway,
            "token": self.token,
            "seal_key": self.seal_key.hex(),
            "policy_key": base64.b64encode(self.policy_key).decode(),
            "journal": self.journal._asdict(),
        }
        write_atomically(directory / _FILE, json.dumps(document, indent=1))

    @classmethod
    def load(cls, directory: Path) -> "Identity":
        """Read it back; raise ``IdentityError`` if there is none or it is damaged."""
        try:
            text = (directory / _FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise IdentityError(
                "not paired yet: run `access-gateway pair URL CODE` with a code "
                "from the ERP"
            ) from None
        try:
            return cls.from_document(json.loads(text))
        except (IdentityError, ValueError) as error:
            raise IdentityError(f"{_FILE} is damaged ({error}): pair again") from error
