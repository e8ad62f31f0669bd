"""PINs: known by a hash under a key of their place, and made again instead of stored.

A PIN counts at one place. Its token is ``pin:PLACE:HASH``, with the HMAC-SHA256 of its
digits under the place's key. A PIN that is given out is derived from the company's key
and the credential, so that its holder can be told again; one that a person chose
cannot. A gateway has the keys of its places alone: they follow from the company's, but
neither it nor the PINs of others follow from them.
"""

import hashlib
import hmac
import re
from itertools import count

from .credential import CredentialError, credential_token

MIN_DIGITS = 4
MAX_DIGITS = 10

_DIGITS = re.compile(rf"[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}")
_RUN = "01234567890123456789"


def place_key(key: bytes, place: int) -> bytes:
    """Give the key by which the PINs of a place are hashed, from the company's."""
    # The message is neither digits nor that of a PIN that is derived.
    return _hmac(key, f"place:{place}")


def pin_token(key: bytes, place: int, digits: str) -> str:
    """Give the token of what was typed at a place, by the key of the place."""
    if not _DIGITS.fullmatch(digits):
        raise CredentialError(f"a PIN has {MIN_DIGITS} to {MAX_DIGITS} digits")
    return credential_token("pin", f"{place}:{_hmac(key, digits).hex()}")


def chosen_pin_token(key: bytes, place: int, digits: str) -> str:
    """Give the token of a PIN that a person chooses; refuse one that others guess."""
    token = pin_token(key, place, digits)
    if is_trivial(digits):
        raise CredentialError("this PIN is too easy to guess")
    return token


def derive_pin(key: bytes, credential: int, attempt: int, digits: int) -> str:
    """Give the PIN of a credential by the company's key; another for each attempt.

    The whole hash is taken modulo the number of PINs: with 256 bits, no PIN is more
    likely than another one by anything that could be told.
    """
    if not MIN_DIGITS <= digits <= MAX_DIGITS:
        raise CredentialError(f"a PIN has {MIN_DIGITS} to {MAX_DIGITS} digits")
    for turn in count():
        # The message is no digits, so it is never that of a token.
        message = f"derive:{credential}:{attempt}:{digits}:{turn}"
        number = int.from_bytes(_hmac(key, message), "big") % 10**digits
        pin = f"{number:0{digits}}"
        if not is_trivial(pin):
            return pin
    raise AssertionError("unreachable")


def is_trivial(digits: str) -> bool:
    """Tell whether a PIN is one of the first that people try.

    >>> [is_trivial(pin) for pin in ("0000", "1212", "1234", "8765", "7890", "4711")]
    [True, True, True, True, True, False]
    """
    return len(set(digits)) < 3 or digits in _RUN or digits in _RUN[::-1]


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.new(key, message.encode(), hashlib.sha256).digest()
