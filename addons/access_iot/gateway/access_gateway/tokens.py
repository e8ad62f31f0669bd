"""From what a reader read to the token that the rules know."""

from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from access_policy import CredentialError, credential_token
from access_policy.event import shown
from access_policy.pin import pin_token
from access_policy.rotating_qr import Verify, is_rotating, rotating_token

from .drivers import Read
from .rules import Rules

PIN = "pin"


def token_of(rules: Rules, point: int, read: Read, now: datetime) -> str | None:
    """Give the token, or ``None`` for what is no credential, or none of now."""
    if read.value is None:
        return None
    try:
        if read.kind == PIN:
            return _pin(rules, point, read.value)
        if _claims_to_rotate(read):
            return _rotating(rules, read.value, now)
        return credential_token(read.kind, read.value)
    except CredentialError:
        return None


def seen(read: Read, token: str | None, known: bool) -> str | None:
    """Give what staff see of it: nothing of a PIN, nor of a code that was not good."""
    if read.kind == PIN:
        return "pin:…"
    if token is not None:
        return shown(token, known)
    return "qr:…" if _claims_to_rotate(read) else None


def _claims_to_rotate(read: Read) -> bool:
    return read.kind == "barcode" and bool(read.value) and is_rotating(read.value)


def _pin(rules: Rules, point: int, digits: str) -> str | None:
    place = rules.policy.points.get(point)
    if rules.pin_key is None or place is None:
        return None
    return pin_token(rules.pin_key, place.venue, digits)


def _rotating(rules: Rules, text: str, now: datetime) -> str | None:
    if rules.qr_key is None:
        return None
    return rotating_token(text, now, _verifier(rules.qr_key))


def _verifier(key: bytes) -> Verify:
    public = Ed25519PublicKey.from_public_bytes(key)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
