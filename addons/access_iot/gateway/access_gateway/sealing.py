"""What is secret on this box's disk, readable only with a key that is not on it.

systemd hands the service a key from its credential store, which it binds to the
machine's TPM where there is one (``systemd-creds encrypt``). Without such a key the
files are protected by their permissions alone.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CREDENTIAL = "access-gateway.state-key"
LEAST_BYTES = 32

_NONCE_BYTES = 12


class SealingError(ValueError):
    """What is sealed cannot be opened here; the text says why."""


class Sealing:
    """Seals texts for this machine; ``purpose`` keeps them from standing in elsewhere.

    With no key they are kept as they are, and so is what was kept before there was one.
    """

    def __init__(self, key: bytes | None = None):
        self._cipher = AESGCM(hashlib.sha256(key).digest()) if key else None

    @classmethod
    def of_service(cls, else_from: Path | None = None) -> "Sealing":
        """Use the key that systemd hands this program, if it does.

        ``else_from`` is a folder to look in when systemd has not started us.
        """
        folder = os.environ.get("CREDENTIALS_DIRECTORY") or else_from
        path = Path(folder, CREDENTIAL) if folder else None
        if path is None or not path.exists():
            return cls()
        key = path.read_bytes()
        if len(key) < LEAST_BYTES:
            raise SealingError(f"{path} is too short: it needs {LEAST_BYTES} bytes")
        return cls(key)

    @staticmethod
    def is_by_systemd() -> bool:
        """Whether systemd has started us and hands out keys."""
        return "CREDENTIALS_DIRECTORY" in os.environ

    @property
    def is_on(self) -> bool:
        return self._cipher is not None

    def kept(self, text: str, purpose: str) -> str:
        """Give the form in which a JSON text is kept."""
        return self.seal(text, purpose) if self.is_on else text

    def read(self, kept: str, purpose: str) -> str:
        """Give the JSON text back; raise ``SealingError``."""
        return kept if kept[:1] == "{" else self.open(kept, purpose)

    def seal(self, text: str, purpose: str) -> str:
        if self._cipher is None:
            raise SealingError("there is no key to seal with")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> str:
        if self._cipher is None:
            raise SealingError("sealed with this machine's key, which only systemd has")
        try:
            data = base64.b64decode(sealed, validate=True)
            nonce, rest = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealingError("sealed with another machine's key") from error
