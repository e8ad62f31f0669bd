"""QR codes that are good for half a minute, so that a photo of one is worth nothing.

The text is ``A1:NUMBER:STEP:SIGNATURE``: the credential's number, the half minute since
1970, and the Ed25519 signature of all before it in Base32. Only signs of the compact
alphanumeric mode of QR codes are used. How to sign and verify is handed in, as there is
no cryptography with public keys in the standard library.
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from .credential import CredentialError, credential_token

STEP_SECONDS = 30
TOLERANCE = 1

_PREFIX = "A1"
_SHAPE = re.compile(
    rf"({_PREFIX}:([1-9][0-9]{{0,17}}):(0|[1-9][0-9]{{0,17}})):([A-Z2-7]{{103}})"
)

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]


class RotatingQr(NamedTuple):
    """What a code says; nothing of it is true before ``signature`` was verified."""

    number: int
    step: int
    message: bytes
    signature: bytes


def step_at(at: datetime) -> int:
    """Give the half minute of an aware time."""
    if at.tzinfo is None:
        raise ValueError(f"time without zone: {at}")
    return int(at.timestamp() // STEP_SECONDS)


def rotating_payload(number: int, at: datetime, sign: Sign) -> str:
    """Give the text of the code of a credential now."""
    message = f"{_PREFIX}:{number}:{step_at(at)}"
    signature = base64.b32encode(sign(message.encode())).decode().rstrip("=")
    return f"{message}:{signature}"


def is_rotating(text: str) -> bool:
    """Tell whether a scanned text claims to be a rotating code."""
    return text.startswith(f"{_PREFIX}:")


def parse_rotating(text: str) -> RotatingQr:
    """Take a code apart, without believing it."""
    match = _SHAPE.fullmatch(text.strip())
    if not match:
        raise CredentialError("not a rotating QR code")
    message, number, step, signature = match.groups()
    try:
        data = base64.b32decode(f"{signature}=")
    except binascii.Error as error:
        raise CredentialError("not a rotating QR code") from error
    return RotatingQr(int(number), int(step), message.encode(), data)


def rotating_token(text: str, at: datetime, verify: Verify) -> str:
    """Give the token of a code that is genuine and of now.

    ``verify`` takes signature and message. A clock that is a little wrong is forgiven:
    the half minutes beside the present one are good as well.
    """
    code = parse_rotating(text)
    if not verify(code.signature, code.message):
        raise CredentialError("a QR code with a wrong signature")
    if abs(code.step - step_at(at)) > TOLERANCE:
        raise CredentialError("a QR code of another time")
    return credential_token("rotating_qr", str(code.number))
