"""Credentials as readers give them, brought to one form.

A token names a credential independently of the device that read it: the medium and the
canonical value, as in ``rfid:04A1B2C3D4E580``. A gateway never gets tokens to keep,
only their seals under a key of its own.
"""

import hashlib
import hmac
import re

MAX_LENGTH = 64

# Cards and wristbands carry the same chips and are read by the same readers.
MEDIUM = {
    "card": "rfid",
    "wristband": "rfid",
    "barcode": "barcode",
}

_SEPARATORS = re.compile(r"[\s:.\-]")
_UID = re.compile(r"(?:[0-9A-Fa-f]{2}){4,16}")
_BARCODE = re.compile(rf"[!-~]{{1,{MAX_LENGTH}}}")


class CredentialError(ValueError):
    """A value that no reader of its medium can have read; the text says why."""


def credential_token(kind: str, value: str) -> str:
    """Give the token of a credential kind (or medium) and the value as it was read.

    >>> credential_token("card", "04:a1:b2:c3 d4:e5:80")
    'rfid:04A1B2C3D4E580'
    >>> credential_token("barcode", "  T0012345678 ")
    'barcode:T0012345678'
    """
    medium = MEDIUM.get(kind, kind)
    if len(value) > 2 * MAX_LENGTH:
        raise CredentialError(f"longer than {MAX_LENGTH} characters")
    if medium == "rfid":
        uid = _SEPARATORS.sub("", value)
        if not _UID.fullmatch(uid):
            raise CredentialError("a chip number is 8 to 32 digits of 0-9 and A-F")
        return f"rfid:{uid.upper()}"
    if medium == "barcode":
        text = value.strip()
        if not _BARCODE.fullmatch(text):
            raise CredentialError(
                f"not a barcode: 1 to {MAX_LENGTH} printable ASCII characters"
            )
        return f"barcode:{text}"
    raise CredentialError(f"unknown kind of credential {kind!r}")


def seal_token(key: bytes, token: str) -> str:
    """Give the HMAC-SHA256 of a token under a gateway's key, in hexadecimal."""
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
