"""What was held to an OSDP reader, from the bits that it sent."""

from osdp import CardFormat

from access_policy.credential import CredentialError
from access_policy.wiegand import BY_LENGTH, parse


def card(data: bytes, length: int) -> str | None:
    """Give the number of a card that was sent as so many bits, if it can be read.

    >>> card(bytes.fromhex("80980200"), 26)
    '013004'
    >>> card(bytes.fromhex("04A1B2C3"), 32)
    '04A1B2C3'
    """
    bits = "".join(f"{byte:08b}" for byte in data)[:length]
    if len(bits) != length:
        return None
    if length in BY_LENGTH:
        try:
            return parse(bits).value
        except CredentialError:
            return None
    return data.hex().upper() if length % 8 == 0 and length >= 24 else None


def plate(form: int, data: bytes) -> str | None:
    """Give the plate that a camera sent as text (as Nedap's do).

    >>> plate(0, b"HK55EVB")
    'HK55EVB'
    """
    if form != CardFormat.Unspecified or not data.isascii():
        return None
    text = data.decode("ascii").strip(" \0")
    return text if text.isprintable() and text else None
