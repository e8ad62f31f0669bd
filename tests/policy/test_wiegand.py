"""Wiegand lines: bits, parities, facility and number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_policy import CredentialError
from access_policy.wiegand import BY_LENGTH, FORMATS, encode, parse

from .settings import examples


@st.composite
def sent(draw: st.DrawFn) -> tuple[str, int, int, str]:
    name = draw(st.sampled_from(sorted(FORMATS)))
    facility = draw(st.integers(0, 2 ** FORMATS[name].facility - 1))
    number = draw(st.integers(0, 2 ** FORMATS[name].number - 1))
    return name, facility, number, encode(name, facility, number)


@pytest.mark.parametrize(
    ("name", "facility", "number", "bits", "value"),
    [
        # By hand: ones among data bits 1-12 and 13-24 are 3 and 1.
        ("H10301", 1, 12292, "10000000100110000000001000", "013004"),
        ("H10301", 0, 0, "0" + "0" * 24 + "1", "000000"),
        ("H10306", 0x04A2, 0x32C3, f"0{0x04A232C3:032b}0", "04A232C3"),
        ("H10302", 0, 1, "0" + "0" * 34 + "1" + "0", "0000000001"),
        # The middle bit, the 18th, counts in both halves.
        ("H10304", 0, 2**17, "1" + "0" * 17 + "1" + "0" * 17 + "0", "0000020000"),
    ],
)
def test_known_cards(name: str, facility: int, number: int, bits: str, value: str):
    assert encode(name, facility, number) == bits
    read = parse(bits, name)
    assert read == (facility, number, value)
    assert read.token == f"rfid:{value}"


@given(sent())
@examples(300)
def test_what_is_sent_is_read(card: tuple[str, int, int, str]):
    name, facility, number, bits = card
    read = parse(bits, name)
    assert (read.facility, read.number) == (facility, number)


@given(sent(), st.data())
@examples(300)
def test_a_flipped_bit_is_never_taken(card: tuple[str, int, int, str], data):
    name, _facility, _number, bits = card
    at = data.draw(st.integers(0, len(bits) - 1))
    flipped = bits[:at] + "10"[int(bits[at])] + bits[at + 1 :]
    with pytest.raises(CredentialError, match="parity"):
        parse(flipped, name)


@given(sent())
@examples(100)
def test_length_tells_the_format(card: tuple[str, int, int, str]):
    name, _facility, _number, bits = card
    assert parse(bits).value == parse(bits, name).value
    assert BY_LENGTH[len(bits)] == name or len(bits) == 37


@pytest.mark.parametrize("bits", ["", "1" * 25, "2" * 26, "٠" * 26, "0" * 35])
def test_no_bits_of_a_card(bits: str):
    with pytest.raises(CredentialError):
        parse(bits)


def test_another_format_is_not_taken():
    with pytest.raises(CredentialError, match="not the 34 bits of H10306"):
        parse(encode("H10301", 1, 2), "H10306")


@pytest.mark.parametrize(
    ("name", "facility", "number"),
    [("H10301", 256, 1), ("H10301", 1, 65536), ("H10302", 1, 1), ("H10304", 0, -1)],
)
def test_numbers_that_no_such_card_has(name: str, facility: int, number: int):
    with pytest.raises(CredentialError):
        encode(name, facility, number)
