"""Rotating QR codes: text, signature and time."""

from datetime import datetime, timedelta, timezone

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from access_policy import CredentialError
from access_policy.rotating_qr import (
    is_rotating,
    parse_rotating,
    rotating_payload,
    rotating_token,
    step_at,
)

from .settings import examples

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

moments = st.datetimes(
    datetime(2026, 1, 1), datetime(2060, 1, 1), timezones=st.just(timezone.utc)
)
numbers = st.integers(1, 10**12)


def verify(signature: bytes, message: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def token(text: str, at: datetime) -> str:
    return rotating_token(text, at, verify)


@given(numbers, moments)
@examples(100)
def test_code_of_now_gives_the_credential(number: int, at: datetime):
    text = rotating_payload(number, at, KEY.sign)
    assert token(text, at) == f"qr:{number}"


@given(numbers, moments)
@examples(50)
def test_code_is_small_and_uses_signs_of_the_compact_mode(number: int, at: datetime):
    text = rotating_payload(number, at, KEY.sign)
    assert set(text) <= ALPHANUMERIC
    assert len(text) <= 154  # version 5 of QR codes, with level L


@pytest.mark.parametrize("seconds", [-30, 0, 29, 30, 59])
def test_half_minute_before_and_after_are_good(seconds: int):
    text = rotating_payload(7, NOON, KEY.sign)
    assert token(text, NOON + timedelta(seconds=seconds)) == "qr:7"


@pytest.mark.parametrize("seconds", [-31, 60, 3600])
def test_photo_of_a_code_is_worth_nothing(seconds: int):
    text = rotating_payload(7, NOON, KEY.sign)
    with pytest.raises(CredentialError, match="another time"):
        token(text, NOON + timedelta(seconds=seconds))


def test_code_of_another_company_is_refused():
    with pytest.raises(CredentialError, match="wrong signature"):
        token(rotating_payload(7, NOON, OTHER.sign), NOON)


def test_number_cannot_be_exchanged():
    text = rotating_payload(7, NOON, KEY.sign).replace("A1:7:", "A1:8:")
    with pytest.raises(CredentialError, match="wrong signature"):
        token(text, NOON)


def test_step_cannot_be_exchanged():
    later = NOON + timedelta(hours=1)
    text = rotating_payload(7, NOON, KEY.sign)
    text = text.replace(str(step_at(NOON)), str(step_at(later)))
    with pytest.raises(CredentialError, match="wrong signature"):
        token(text, later)


@given(st.integers(0, 200), st.sampled_from("ABZ270:/a"))
@examples(200)
def test_changed_code_is_never_taken_for_another_credential(at: int, sign: str):
    text = rotating_payload(7, NOON, KEY.sign)
    changed = text[:at] + sign + text[at + 1 :]
    try:
        assert token(changed, NOON) == "qr:7"
    except CredentialError:
        pass


@given(st.text(max_size=200) | st.from_regex(r"A1:[0-9]*:[0-9]*:[A-Z2-7]*"))
@examples(200)
def test_whatever_is_scanned_is_refused_with_its_error(text: str):
    with pytest.raises(CredentialError):
        token(text, NOON)


def test_scanned_line_end_does_no_harm():
    text = rotating_payload(7, NOON, KEY.sign)
    assert parse_rotating(f"{text}\r\n") == parse_rotating(text)


def test_rotating_codes_are_told_from_printed_ones():
    assert is_rotating(rotating_payload(7, NOON, KEY.sign))
    assert not is_rotating("AS-0000417-3")


def test_time_has_a_zone():
    with pytest.raises(ValueError, match="without zone"):
        step_at(datetime(2026, 11, 21))
