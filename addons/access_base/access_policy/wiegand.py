"""Card numbers as they come over Wiegand lines: bits between two parity bits.

The first bit makes the number of ones in the first part even, the last bit makes it odd
in the last part, each counted with its parity bit. Where the data has an odd number of
bits, the middle one is covered by both.
"""

from typing import NamedTuple

from .credential import CredentialError, credential_token


class Format(NamedTuple):
    """Bits of the facility and of the number that follows it."""

    facility: int
    number: int

    @property
    def length(self) -> int:
        return self.facility + self.number + 2


FORMATS = {
    "H10301": Format(8, 16),
    "H10306": Format(16, 16),  # 34 bits; readers of 4-byte chips send the chip number
    "H10302": Format(0, 35),
    "H10304": Format(16, 19),
}

# The two of 37 bits differ only in what their bits are called, not in the token.
BY_LENGTH = {26: "H10301", 34: "H10306", 37: "H10304"}


class WiegandRead(NamedTuple):
    """What was read; ``value`` is all data as one number, in hexadecimal."""

    facility: int
    number: int
    value: str

    @property
    def token(self) -> str:
        return credential_token("rfid", self.value)


def parse(bits: str, name: str | None = None) -> WiegandRead:
    """Read bits as sent; without the name of a format its length tells it.

    >>> parse("10000000100110000000001000")
    WiegandRead(facility=1, number=12292, value='013004')
    """
    name = name or BY_LENGTH.get(len(bits))
    form = FORMATS.get(name)
    if form is None:
        raise CredentialError(f"no Wiegand format of {len(bits)} bits is known")
    if len(bits) != form.length or set(bits) - {"0", "1"}:
        raise CredentialError(f"not the {form.length} bits of {name}")
    data = bits[1:-1]
    if bits != _with_parities(data):
        raise CredentialError("a parity bit is wrong")
    facility, number = data[: form.facility], data[form.facility :]
    return WiegandRead(int(facility or "0", 2), int(number, 2), _hex(data))


def encode(name: str, facility: int, number: int) -> str:
    """Give the bits that a card of this format makes a reader send."""
    form = FORMATS[name]
    if not (0 <= facility < 1 << form.facility and 0 <= number < 1 << form.number):
        raise CredentialError(f"no facility and number of {name}")
    value = facility << form.number | number
    return _with_parities(f"{value:0{form.length - 2}b}")


def _with_parities(data: str) -> str:
    half = (len(data) + 1) // 2
    even = data[:half].count("1") % 2
    odd = 1 - data[-half:].count("1") % 2
    return f"{even}{data}{odd}"


def _hex(data: str) -> str:
    size = (len(data) + 7) // 8
    return f"{int(data, 2):0{2 * size}X}"
