"""From what a reader read to the token that the rules know, and to what staff see."""

from datetime import datetime
from typing import NamedTuple

from .credential import MEDIUM, CredentialError, credential_token
from .event import SEEN_PIN, shown
from .pin import pin_token
from .rotating_qr import Verify, is_rotating, rotating_token

PIN = "pin"


class Reading(NamedTuple):
    """What was read at a point: ``token`` is ``None`` for what is no credential.

    ``kind`` is the medium that the reader reads, ``value`` what it read, if anything.
    """

    kind: str
    value: str | None
    token: str | None

    def seen(self, known: bool) -> str | None:
        """Give what staff see of it: nothing of a PIN, nor of a code that was not good.

        >>> Reading("pin", "482913", "pin:1:77aa").seen(known=True)
        'pin:…'
        """
        if self.kind == PIN:
            return SEEN_PIN
        if self.token is not None:
            return shown(self.token, known)
        return "qr:…" if _claims_to_rotate(self.kind, self.value) else None


def reading(
    kind: str,
    value: str | None,
    place: int | None,
    at: datetime,
    pin_key: bytes | None,
    verify: Verify | None,
) -> Reading:
    """Tell what was read; what cannot be verified without a key has no token.

    ``place`` is the point's venue, where a PIN is good; ``verify`` that of rotating
    codes.
    """
    try:
        token = _token(kind, value, place, at, pin_key, verify)
    except CredentialError:
        token = None
    return Reading(kind, value, token)


def _token(
    kind: str,
    value: str | None,
    place: int | None,
    at: datetime,
    pin_key: bytes | None,
    verify: Verify | None,
) -> str | None:
    if value is None:
        return None
    if kind == PIN:
        known = pin_key is not None and place is not None
        return pin_token(pin_key, place, value) if known else None
    if _claims_to_rotate(kind, value):
        return rotating_token(value, at, verify) if verify is not None else None
    return credential_token(kind, value)


def _claims_to_rotate(kind: str, value: str | None) -> bool:
    if not value:
        return False
    medium = MEDIUM.get(kind, kind)
    # The bare number of a rotating code is no code: that would need no signature.
    return medium == "qr" or (medium == "barcode" and is_rotating(value))
