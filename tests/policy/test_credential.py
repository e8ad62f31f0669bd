"""Tokens and seals of credentials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_policy import CredentialError, credential_token, seal_token
from access_policy.credential import MEDIUM, ReaderFormat

from .settings import examples

UID = "04A1B2C3D4E580"


@pytest.mark.parametrize(
    "value",
    [
        UID,
        UID.lower(),
        "04:A1:B2:C3:D4:E5:80",
        "04-a1-b2-c3-d4-e5-80",
        "04 A1 B2 C3 D4 E5 80\r\n",
        "04A1.B2C3.D4E5.80",
    ],
)
def test_forms_of_one_chip_number(value: str):
    assert credential_token("card", value) == f"rfid:{UID}"


@pytest.mark.parametrize("kind", ["card", "wristband", "rfid"])
def test_what_carries_a_chip_is_one_medium(kind: str):
    assert credential_token(kind, UID) == f"rfid:{UID}"


def test_barcode_keeps_its_case():
    assert credential_token("barcode", " aB-1:2\n") == "barcode:aB-1:2"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "04A1",
            "04A1B",
            "04A1B2C",
            "04A1B2C3D",
            "04A1B2CG",
            "00" * 17,
            "04" * 65,
        ),
        "ﬀ:04:A1:B2",  # a ligature whose capitals are "FF"
        "٠٤٠٤٠٤٠٤",  # digits, but not of hexadecimal
    ],
)
def test_no_chip_number(value: str):
    with pytest.raises(CredentialError):
        credential_token("card", value)


@pytest.mark.parametrize("value", ["", "  ", "a b", "tab\tin", "ä", "x" * 65, "\x00"])
def test_no_barcode(value: str):
    with pytest.raises(CredentialError):
        credential_token("barcode", value)


@pytest.mark.parametrize("size", [3, 4, 7, 10, 16])
def test_sizes_of_chip_numbers(size: int):
    assert credential_token("card", "0A" * size) == "rfid:" + "0A" * size


def test_longest_barcode():
    assert credential_token("barcode", "x" * 64) == "barcode:" + "x" * 64


def test_unknown_kind():
    with pytest.raises(CredentialError, match="unknown kind of credential 'key'"):
        credential_token("key", UID)


@pytest.mark.parametrize("kind", ["card", "barcode", "key"])
def test_error_does_not_show_the_value(kind: str):
    with pytest.raises(CredentialError) as caught:
        credential_token(kind, "secret value ä")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["barcode", "qr"])
def test_printed_barcode_and_qr_code_are_one_medium(kind: str):
    assert credential_token(kind, "T0012") == "barcode:T0012"


def test_phone_is_known_by_its_international_number():
    assert credential_token("phone", "+48601234567\n") == "phone:+48601234567"


@pytest.mark.parametrize(
    "value",
    ["601234567", "0048601234567", "+0486012345", "+48 601", "+4860", "+" + "1" * 16],
)
def test_no_international_phone_number(value: str):
    with pytest.raises(CredentialError, match="a phone number is"):
        credential_token("phone", value)


@pytest.mark.parametrize(
    "value", ["WA12345", "wa 12345", "WA-123.45", "WÄ12345", "ŴÁ12345", "ＷＡ12345"]
)
def test_forms_of_one_plate(value: str):
    assert credential_token("plate", value) == "plate:WA12345"


@pytest.mark.parametrize(
    ("value", "plate"),
    [("СВ 1234 АК", "CB1234AK"), ("łø 1", "LO1"), ("GR-ß 7", "GRSS7")],
)
def test_letters_that_are_latin_on_a_plate(value: str, plate: str):
    assert credential_token("plate", value) == f"plate:{plate}"


@pytest.mark.parametrize("value", ["", "A", "- -", "A" * 13, "横浜12", "A+B"])
def test_no_plate(value: str):
    with pytest.raises(CredentialError, match="a plate has"):
        credential_token("plate", value)


def test_mobile_key_keeps_its_case():
    assert credential_token("mobile_key", " gK:09aF ") == "mobile:gK:09aF"


def test_rotating_qr_code_is_known_by_its_number():
    assert credential_token("rotating_qr", "17") == "qr:17"
    with pytest.raises(CredentialError):
        credential_token("rotating_qr", "017")


def test_pin_is_known_by_place_and_hash():
    value = "3:" + "0a" * 32
    assert credential_token("pin", value) == f"pin:{value}"
    with pytest.raises(CredentialError):
        credential_token("pin", "4711")


@given(st.sampled_from(sorted(MEDIUM)), st.text(max_size=150))
@examples(500)
def test_whatever_is_read_gives_a_token_or_its_error(kind: str, value: str):
    try:
        token = credential_token(kind, value)
    except CredentialError:
        return
    medium, _colon, canonical = token.partition(":")
    assert medium == MEDIUM[kind]
    assert credential_token(kind, canonical) == token


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (ReaderFormat(), "04a232c3"),
        (ReaderFormat(reversed=True), "C3 32 A2 04"),
        (ReaderFormat(decimal=True), "0077738691"),
        (ReaderFormat(decimal=True, reversed=True), "3274875396"),
        (ReaderFormat(size=4), "E0FF04A232C3"),
        (ReaderFormat(size=4), "4A232C3"),
        (ReaderFormat(size=4, reversed=True), "C332A204"),
    ],
)
def test_readers_that_write_one_number_in_their_own_way(
    reader: ReaderFormat, text: str
):
    assert reader.uid(text) == "04A232C3"


def test_last_bytes_are_those_of_the_number_put_right():
    assert ReaderFormat(reversed=True, size=3).uid("C332A204") == "A232C3"


def test_decimal_number_of_three_bytes():
    assert ReaderFormat(decimal=True, size=3).uid("0000077828") == "013004"


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        *[(ReaderFormat(decimal=True), t) for t in ("4294967296", "04A1", "", "-1")],
        *[(ReaderFormat(), t) for t in ("04A1B2C", "XY", "", "F" * 200)],
        (ReaderFormat(decimal=True), "٠٤٠٤"),
    ],
)
def test_what_such_a_reader_cannot_have_written(reader: ReaderFormat, text: str):
    with pytest.raises(CredentialError):
        reader.uid(text)


@given(st.binary(min_size=4, max_size=4))
@examples(200)
def test_decimal_and_hexadecimal_readers_agree(data: bytes):
    decimal = str(int.from_bytes(data, "big")).zfill(10)
    back = data[::-1].hex()
    uid = ReaderFormat(decimal=True).uid(decimal)
    assert ReaderFormat(reversed=True).uid(back) == uid == data.hex().upper()


def test_seal():
    # printf barcode:T1 | openssl dgst -sha256 -hmac key
    digest = "bdf940707a7f7110f3a1c195d5088d98f0fcc7839d3383b1d1c3af62a2a5074c"
    assert seal_token(b"key", "barcode:T1") == digest


def test_seals_of_two_gateways_differ():
    assert seal_token(b"one", "barcode:T1") != seal_token(b"two", "barcode:T1")
