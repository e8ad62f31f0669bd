"""PINs: hashes, derivation, and those that are too easy."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_policy import CredentialError
from access_policy.pin import (
    chosen_pin_token,
    derive_pin,
    is_trivial,
    pin_token,
    place_key,
)

from .settings import examples

KEY = b"key of the company"

lengths = st.integers(4, 10)
numbers = st.integers(1, 10**9)


def test_token_is_place_and_hash():
    # printf 4711 | openssl dgst -sha256 -hmac "key of the company"
    digest = "db944df0e32cdb1a4387fda6721378398cb3c5b8cb5801cfc5a66b20c2d0265a"
    assert pin_token(KEY, 3, "4711") == f"pin:3:{digest}"


def test_same_digits_at_another_place_or_company_are_another_token():
    tokens = {
        pin_token(key, place, "4711") for key in (KEY, b"other") for place in (3, 4)
    }
    assert len(tokens) == 4


def test_key_of_a_place_is_another_and_tells_nothing_of_the_company():
    # printf place:3 | openssl dgst -sha256 -hmac "key of the company"
    digest = "a61858dc4f64b20d650ba5d02f2c879218792d4bd59ac108cf80abbad5cdaac2"
    assert place_key(KEY, 3).hex() == digest
    assert len({KEY, place_key(KEY, 3), place_key(KEY, 4)}) == 3


def test_pin_is_not_derived_by_the_key_of_its_place():
    given_out = [derive_pin(KEY, number, 1, 8) for number in range(50)]
    guessed = [derive_pin(place_key(KEY, 3), number, 1, 8) for number in range(50)]
    assert not set(given_out) & set(guessed)


@given(lengths, numbers, numbers)
@examples(200)
def test_pin_is_given_again(digits: int, credential: int, attempt: int):
    pin = derive_pin(KEY, credential, attempt, digits)
    assert pin == derive_pin(KEY, credential, attempt, digits)
    assert len(pin) == digits and pin.isdecimal()


@given(lengths, numbers, numbers)
@examples(200)
def test_pin_that_is_given_can_be_typed(digits: int, credential: int, attempt: int):
    pin = derive_pin(KEY, credential, attempt, digits)
    assert pin_token(KEY, 1, pin) == chosen_pin_token(KEY, 1, pin)


def test_no_easy_pin_is_given():
    assert not [n for n in range(20_000) if is_trivial(derive_pin(KEY, n, 1, 4))]


def test_pins_are_spread_evenly():
    """Each first digit and each last digit comes as often as chance has it."""
    pins = [derive_pin(KEY, number, 1, 6) for number in range(20_000)]
    for position in (0, -1):
        counts = Counter(pin[position] for pin in pins)
        assert all(abs(counts[digit] - 2_000) < 220 for digit in "0123456789")


@pytest.mark.parametrize("change", [{"key": b"k"}, {"credential": 2}, {"attempt": 2}])
def test_key_credential_and_attempt_make_the_pin(change: dict):
    made_of = {"key": KEY, "credential": 1, "attempt": 1, "digits": 10}
    assert derive_pin(**made_of) != derive_pin(**{**made_of, **change})


@pytest.mark.parametrize(
    "digits",
    ["0000", "1111", "1234", "4321", "9876", "7890", "0987", "1212", "1122", "123456"],
)
def test_easy_pins_are_refused(digits: str):
    with pytest.raises(CredentialError, match="easy"):
        chosen_pin_token(KEY, 3, digits)


@pytest.mark.parametrize("digits", ["", "471", "47110815000", "47a1", "٤٧١١", "4711\n"])
def test_no_pin(digits: str):
    with pytest.raises(CredentialError, match="4 to 10 digits") as caught:
        pin_token(KEY, 3, digits)
    assert digits == "" or digits not in str(caught.value)


def test_no_pin_of_three_digits_is_given():
    with pytest.raises(CredentialError):
        derive_pin(KEY, 1, 1, 3)
