"""From what a reader read to the token, by the keys that the rules bring."""

from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from access_policy.reading import Reading, reading
from access_policy.rotating_qr import Verify

from .drivers import Read
from .rules import Rules


def reading_of(rules: Rules, point: int, read: Read, now: datetime) -> Reading:
    place = rules.policy.points.get(point)
    return reading(
        kind=read.kind,
        value=read.value,
        place=None if place is None else place.venue,
        at=now,
        pin_key=None if place is None else rules.pin_keys.get(place.venue),
        verify=None if rules.qr_key is None else _verifier(rules.qr_key),
    )


def _verifier(key: bytes) -> Verify:
    def verify(signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
