"""Credentials as readers give them, brought to one form.

A token names a credential independently of the device that read it: the medium and the
canonical value, as in ``rfid:04A1B2C3D4E580``. A gateway never gets tokens to keep,
only their seals under a key of its own.
"""

import hashlib
import hmac
import re
import unicodedata
from typing import NamedTuple

MAX_LENGTH = 64

# Cards and wristbands carry the same chips and are read by the same readers; so are a
# printed barcode and a printed QR code. A rotating QR code is something else: what it
# holds is checked (see ``rotating_qr.py``) and then only its number counts.
MEDIUM = {
    "card": "rfid",
    "wristband": "rfid",
    "barcode": "barcode",
    "qr": "barcode",
    "rotating_qr": "qr",
    "pin": "pin",
    "phone": "phone",
    "plate": "plate",
    "mobile_key": "mobile",
}

_SEPARATORS = re.compile(r"[\s:.\-]")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_DECIMAL = re.compile(r"[0-9]{1,40}")
_UID = re.compile(r"(?:[0-9A-Fa-f]{2}){3,16}")
_TEXT = re.compile(rf"[!-~]{{1,{MAX_LENGTH}}}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PLATE = re.compile(r"[A-Z0-9]{2,12}")
_PIN = re.compile(r"[1-9][0-9]{0,17}:[0-9a-f]{64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")

# Letters that are no letter with an accent to Unicode, and Cyrillic ones that stand on
# plates because Latin ones look like them.
_PLATE_LETTERS = str.maketrans(
    {
        **{"Ł": "L", "Ø": "O", "Đ": "D", "Ħ": "H", "Æ": "AE", "Œ": "OE", "Þ": "TH"},
        **dict(zip("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI", strict=True)),
    }
)


class CredentialError(ValueError):
    """A value that no reader of its medium can have read; the text says why."""


def credential_token(kind: str, value: str) -> str:
    """Give the token of a credential kind (or medium) and the value as it was read.

    >>> credential_token("card", "04:a1:b2:c3 d4:e5:80")
    'rfid:04A1B2C3D4E580'
    >>> credential_token("barcode", "  T0012345678 ")
    'barcode:T0012345678'
    >>> credential_token("plate", "wa 12-345")
    'plate:WA12345'
    """
    medium = MEDIUM.get(kind, kind)
    canonical = _CANONICAL.get(medium)
    if canonical is None:
        raise CredentialError(f"unknown kind of credential {kind!r}")
    if len(value) > 2 * MAX_LENGTH:
        raise CredentialError(f"longer than {MAX_LENGTH} characters")
    return f"{medium}:{canonical(value)}"


def _chip_number(value: str) -> str:
    uid = _SEPARATORS.sub("", value)
    return _only(_UID, uid, "a chip number is 6 to 32 digits of 0-9 and A-F").upper()


def _barcode(value: str) -> str:
    why = f"not a barcode: 1 to {MAX_LENGTH} printable ASCII characters"
    return _only(_TEXT, value.strip(), why)


def _phone(value: str) -> str:
    why = "a phone number is + and 7 to 15 digits, beginning with the country's"
    return _only(_PHONE, value.strip(), why)


def _plate(value: str) -> str:
    # What a code of compatibility stands for can be longer than the code.
    letters = unicodedata.normalize("NFKD", value).upper().translate(_PLATE_LETTERS)
    marks = ("M", "Z", "P", "C")
    kept = [sign for sign in letters if unicodedata.category(sign)[0] not in marks]
    return _only(_PLATE, "".join(kept), "a plate has 2 to 12 letters and digits")


def _mobile(value: str) -> str:
    why = f"a mobile key has 1 to {MAX_LENGTH} printable ASCII characters"
    return _only(_TEXT, value.strip(), why)


def _pin(value: str) -> str:
    return _only(_PIN, value, "not the hash of a PIN of a place")


def _rotating(value: str) -> str:
    return _only(_NUMBER, value, "a rotating QR code is known by its number")


def _only(pattern: re.Pattern[str], value: str, why: str) -> str:
    if not pattern.fullmatch(value):
        raise CredentialError(why)
    return value


_CANONICAL = {
    "rfid": _chip_number,
    "barcode": _barcode,
    "qr": _rotating,
    "pin": _pin,
    "phone": _phone,
    "plate": _plate,
    "mobile": _mobile,
}


class ReaderFormat(NamedTuple):
    """How a reader writes chip numbers, where it is not plain hexadecimal.

    ``size`` is the number of bytes that it gives: of a longer number the last ones,
    a shorter one gets zeros in front. A decimal number is one of 4 bytes where no size
    is set, as printed on most cards.
    """

    decimal: bool = False
    reversed: bool = False
    size: int | None = None

    def uid(self, text: str) -> str:
        """Give the chip number in hexadecimal.

        >>> ReaderFormat(decimal=True).uid("0077738691")
        '04A232C3'
        >>> ReaderFormat(reversed=True).uid("C3:32:A2:04")
        '04A232C3'
        """
        if len(text) > 2 * MAX_LENGTH:
            raise CredentialError(f"longer than {MAX_LENGTH} characters")
        data = self._decimal(text.strip()) if self.decimal else self._hex(text)
        if self.reversed:
            data = data[::-1]
        if self.size is not None:
            data = data[-self.size :].rjust(self.size, b"\0")
        return data.hex().upper()

    def _decimal(self, text: str) -> bytes:
        number = int(_only(_DECIMAL, text, "not a decimal number"))
        try:
            return number.to_bytes(self.size or 4, "big")
        except OverflowError:
            why = f"not a decimal number of {self.size or 4} bytes"
            raise CredentialError(why) from None

    def _hex(self, text: str) -> bytes:
        digits = _SEPARATORS.sub("", text)
        _only(_HEX, digits, "not a number of digits 0-9 and A-F")
        if len(digits) % 2:
            if self.size is None:
                raise CredentialError("an odd number of digits 0-9 and A-F")
            digits = f"0{digits}"
        return bytes.fromhex(digits)


def seal_token(key: bytes, token: str) -> str:
    """Give the HMAC-SHA256 of a token under a gateway's key, in hexadecimal."""
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
