"""Tokens and seals of credentials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_policy import CredentialError, credential_token, seal_token

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
        *("", "04A1B2", "04A1B2C", "04A1B2C3D", "04A1B2CG", "00" * 17, "04" * 65),
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


@pytest.mark.parametrize("size", [4, 7, 10, 16])
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


@given(st.sampled_from(["card", "barcode"]), st.text(max_size=150))
@examples(300)
def test_whatever_is_read_gives_a_token_or_its_error(kind: str, value: str):
    try:
        token = credential_token(kind, value)
    except CredentialError:
        return
    medium, _colon, canonical = token.partition(":")
    assert credential_token(medium, canonical) == token


def test_seal():
    # printf barcode:T1 | openssl dgst -sha256 -hmac key
    digest = "bdf940707a7f7110f3a1c195d5088d98f0fcc7839d3383b1d1c3af62a2a5074c"
    assert seal_token(b"key", "barcode:T1") == digest


def test_seals_of_two_gateways_differ():
    assert seal_token(b"one", "barcode:T1") != seal_token(b"two", "barcode:T1")
