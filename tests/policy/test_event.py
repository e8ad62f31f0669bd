"""What stands in the log about a decision."""

from datetime import datetime, timedelta, timezone

import pytest

from access_policy import Decision, PassageEvent, Reason
from access_policy.event import shown, utc_text

from .builders import attempt

GRANTED = Decision(True, Reason.RIGHT, person=51, credential=101, right=21)


def test_event_of_a_decision():
    event = PassageEvent.of(attempt(), GRANTED, seen="rfid:…E580", policy=7)
    assert event == PassageEvent(
        time="2026-11-23T09:00:00.000Z",
        point=1,
        granted=True,
        reason="right",
        person=51,
        credential=101,
        right=21,
        seen="rfid:…E580",
        user=None,
        policy=7,
    )


def test_event_of_staff():
    decision = Decision(True, Reason.RELEASED_BY_STAFF)
    event = PassageEvent.of(attempt(credential=None, user=2), decision, seen=None)
    assert (event.user, event.seen, event.policy) == (2, None, 0)


def test_record_has_no_token_of_its_own():
    record = PassageEvent.of(attempt(), GRANTED, seen=None).record(1)
    assert attempt().credential not in record


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 23, 9, 0), "2026-11-23T09:00:00.000Z"),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999), "2026-12-31T23:59:59.999Z"),
        (datetime(2028, 2, 29, 0, 0, 0, 1_000), "2028-02-29T00:00:00.001Z"),
    ],
)
def test_time_is_cut_to_milliseconds(at: datetime, text: str):
    assert utc_text(at.replace(tzinfo=timezone.utc)) == text


def test_time_of_another_zone():
    tokyo = timezone(timedelta(hours=9))
    at = datetime(2026, 11, 24, 1, 0, tzinfo=tokyo)
    assert utc_text(at) == "2026-11-23T16:00:00.000Z"


def test_known_card_is_shown_by_its_end():
    assert shown("rfid:04A1B2C3D4E580", known=True) == "rfid:…E580"


def test_unknown_card_is_shown_whole():
    assert shown("rfid:04A1B2C3D4E580", known=False) == "rfid:04A1B2C3D4E580"


def test_barcode_with_a_colon_is_shown_by_its_end():
    assert shown("barcode:A:B:123456", known=True) == "barcode:…3456"
