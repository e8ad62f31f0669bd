"""PINs, cards that wait for one, and rotating QR codes at a door."""

import asyncio
import logging
from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from access_gateway.controller import PIN_WITHIN_S
from access_gateway.drivers import DeviceError, Read
from access_policy import State, seal_token
from access_policy.event import PassageEvent
from access_policy.pin import pin_token, place_key
from access_policy.rotating_qr import rotating_payload

from .fake_erp import SEAL_KEY
from .world import CARD, STRANGER, controller_of, rules

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=timezone.utc)
PIN_KEY = b"the company's"
KEYS = {"1": place_key(PIN_KEY, 1).hex()}
QR_KEY = Ed25519PrivateKey.generate()
PUBLIC = QR_KEY.public_key().public_bytes(
    serialization.Encoding.Raw, serialization.PublicFormat.Raw
)
OTHERS_CARD = "04A1B2C3D4E581"


def sealed(token):
    return seal_token(SEAL_KEY, token)


def pin(digits, venue=1):
    return sealed(pin_token(place_key(PIN_KEY, venue), venue, digits))


CREDENTIALS = {
    sealed(f"rfid:{CARD}"): {"id": 11, "person": 1},
    sealed(f"rfid:{OTHERS_CARD}"): {"id": 21, "person": 2},
    sealed("qr:14"): {"id": 14, "person": 1},
    pin("4711"): {"id": 12, "person": 1},
    pin("4712"): {"id": 22, "person": 2},
    pin("9999"): {"id": 13, "person": 1, "duress": True},
    pin("8080", venue=2): {"id": 15, "person": 1},
}


class Hall:
    """Two doors in one venue: the first has a keypad of its own."""

    def __init__(self, mode="controlled_pin", **changes):
        points = {
            "1": {"venue": 1, "zone_to": 1, "mode": mode},
            "2": {"venue": 1, "zone_to": 1, "mode": mode},
        }
        self.rules = rules(
            points=points,
            persons={"1": {"rights": [1]}, "2": {"rights": [1]}},
            credentials=CREDENTIALS,
            wiring={"1": {"reader": "r1", "keypad": "k1"}, "2": {"reader": "r2"}},
            **{"pin_keys": KEYS, "qr_key": PUBLIC.hex(), **changes},
        )
        self.state = State()
        self.events: list[PassageEvent] = []
        self.now = NOW
        self.controller = controller_of(self, lambda: self.now)

    def append(self, *events):
        self.events += events
        return len(self.events)

    def get(self, device):
        raise DeviceError(f"there is no device {device}")

    def read(self, device, kind, value, at=0.0):
        async def scenario():
            return self.controller.handle(Read(device, kind, value, 0, at))

        asyncio.run(scenario())
        return self.events[-1].reason

    def card(self, value=CARD, device="r1", **options):
        return self.read(device, "card", value, **options)

    def type(self, digits, device="k1", **options):
        return self.read(device, "pin", digits, **options)

    def scan(self, text):
        return self.read("r1", "barcode", text)


@pytest.fixture
def hall():
    return Hall()


def test_a_card_waits_for_its_pin(hall):
    assert hall.card() == "pin_missing"
    assert hall.type("4711") == "right"
    assert hall.events[-1].credential == 11


def test_the_event_shows_the_card_and_nothing_of_the_pin(hall):
    hall.card()
    hall.type("4711")
    assert [event.seen for event in hall.events] == [f"rfid:…{CARD[-4:]}"] * 2


@pytest.mark.parametrize("digits", ["4712", "0815", "8080", "1", "", None, "abcd"])
def test_a_wrong_pin_does_not_open(hall, digits):
    hall.card()
    assert hall.type(digits) == "pin_wrong"


def test_after_a_wrong_pin_the_card_is_asked_for_again(hall):
    hall.card()
    hall.type("0815")
    assert hall.type("4711") == "pin_missing"


def test_a_card_waits_only_so_long(hall):
    hall.card(at=0)
    assert hall.type("4711", at=PIN_WITHIN_S + 0.1) == "pin_missing"
    hall.card(at=100)
    assert hall.type("4711", at=100 + PIN_WITHIN_S) == "right"


def test_the_next_card_waits_in_place_of_the_first(hall):
    hall.card()
    hall.card(OTHERS_CARD)
    assert hall.type("4711") == "pin_wrong"


def test_a_card_that_is_refused_ends_the_waiting_of_the_first(hall):
    hall.card()
    assert hall.card(STRANGER) == "credential_unknown"
    assert hall.type("4711") == "pin_missing"


def test_a_card_waits_at_its_own_point_only(hall):
    hall.card()
    assert hall.type("4711", device="r2") == "pin_missing"
    assert hall.type("4711") == "right"


def test_a_reader_may_give_the_pins_itself(hall):
    hall.card(device="r2")
    assert hall.type("4711", device="r2") == "right"


def test_a_pin_typed_twice_is_no_card_and_pin(hall):
    hall.type("4711")
    assert hall.type("4711") == "pin_missing"


def test_a_pin_under_duress_opens_and_warns(hall):
    hall.card()
    assert hall.type("9999") == "right"
    assert hall.events[-1].warnings == ("duress",)


def test_a_pin_with_nothing_waiting_is_a_credential():
    hall = Hall(mode="controlled")
    assert hall.type("4711") == "right"
    assert (hall.events[-1].credential, hall.events[-1].seen) == (12, "pin:…")


@pytest.mark.parametrize("digits", ["8080", "0815"])
def test_a_pin_of_another_place_or_of_nobody_is_unknown(digits):
    hall = Hall(mode="controlled")
    assert hall.type(digits) == "credential_unknown"
    assert hall.events[-1].seen == "pin:…"


def test_without_a_key_no_pin_is_known():
    hall = Hall(mode="controlled", pin_keys={})
    assert hall.type("4711") == "credential_unreadable"


# Too many wrong PINs


@pytest.fixture
def guessed():
    """A door at which five wrong PINs were typed, a second apart."""
    hall = Hall(mode="controlled")
    for digits in range(5000, 5005):
        hall.now += timedelta(seconds=1)
        assert hall.type(str(digits)) == "credential_unknown"
    return hall


def test_after_too_many_wrong_pins_none_is_looked_at(guessed):
    assert [event.warnings for event in guessed.events[-2:]] == [(), ("pin_locked",)]
    assert guessed.type("4711") == "pin_locked"
    assert guessed.type("4711", device="r2") == "right"


def test_cards_open_while_pins_are_refused(guessed):
    assert guessed.card() == "right"


def test_pins_open_again_after_a_while(guessed):
    guessed.now += timedelta(minutes=5)
    assert guessed.type("4711") == "right"


def test_wrong_pins_after_a_card_count_as_well():
    hall = Hall()
    for _time in range(5):
        hall.now += timedelta(seconds=1)
        hall.card()
        assert hall.type("0815") == "pin_wrong"
    hall.card()
    assert hall.type("4711") == "pin_locked"


# Rotating QR codes


def code(number=14, at=NOW, key=QR_KEY):
    return rotating_payload(number, at, key.sign)


def test_a_rotating_code_of_now_opens():
    hall = Hall(mode="controlled")
    assert hall.scan(code()) == "right"
    assert (hall.events[-1].credential, hall.events[-1].seen) == (14, "qr:…")


BAD = {
    "of two minutes ago": code(at=NOW - timedelta(minutes=2)),
    "of the future": code(at=NOW + timedelta(minutes=2)),
    "signed by another": code(key=Ed25519PrivateKey.generate()),
    "with another number": code().replace("A1:14:", "A1:15:"),
    "cut off": code()[:-1],
    "made up": "A1:14",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_rotating_code_that_is_not_good_is_unreadable(text):
    hall = Hall(mode="controlled")
    assert hall.scan(text) == "credential_unreadable"
    assert hall.events[-1].seen == "qr:…"


def test_without_a_key_no_rotating_code_is_good():
    assert Hall(mode="controlled", qr_key=None).scan(code()) == "credential_unreadable"


def test_a_genuine_code_of_nobody_is_unknown():
    assert Hall(mode="controlled").scan(code(number=99)) == "credential_unknown"


def test_another_barcode_is_one_as_before():
    hall = Hall(mode="controlled")
    hall.scan("T0012345678")
    assert hall.events[-1].seen == "barcode:T0012345678"


def test_no_log_line_holds_a_pin_or_a_code(hall, caplog):
    caplog.set_level(logging.DEBUG)
    hall.card()
    for digits in ("4711", "0815"):
        hall.type(digits)
    hall.scan(code())
    assert caplog.records
    told = caplog.text + repr(hall.events) + repr(hall.rules)
    key = place_key(PIN_KEY, 1)
    secrets = ("4711", "0815", code(), key.hex(), repr(key))
    assert not any(secret in told for secret in secrets)
