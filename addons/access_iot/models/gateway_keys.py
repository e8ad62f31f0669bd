"""The keys of a gateway: who it is, and what its rules are made with."""

import base64
import hashlib
import secrets
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class GatewayKeys(NamedTuple):
    """The token of a gateway, the key that credentials are sealed with for it
    (hexadecimal), and the private one that its rules are signed with (base64)."""

    token: str
    seal_key: str
    signing_key: str

    @classmethod
    def new(cls):
        signing_key = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(
            token=secrets.token_urlsafe(32),
            seal_key=secrets.token_hex(32),
            signing_key=base64.b64encode(signing_key).decode(),
        )

    def told(self):
        """Give what the gateway is told of them."""
        private = base64.b64decode(self.signing_key)
        public = Ed25519PrivateKey.from_private_bytes(private).public_key()
        raw = public.public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return {
            "token": self.token,
            "seal_key": self.seal_key,
            "policy_key": base64.b64encode(raw).decode(),
        }


def hashed(secret):
    """Give what a secret is known again by; it is random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
