"""When it would work, found without trying every minute."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from access_policy import policy_from_document, state_from_document
from access_policy.outlook import next_grant

from .builders import CARD, MONDAY, attempt, club

DAY_TIME = {"rights": {"1": {"bands": [1]}}}  # Mondays 8 to 16 in Warsaw
EVENING = MONDAY + timedelta(hours=10)


def outlook(patch: dict[str, Any], state: dict[str, Any] | None = None, **tried: Any):
    policy = policy_from_document(club(patch))
    return next_grant(policy, state_from_document(state or {}), attempt(**tried))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def test_the_next_hours_of_the_band():
    assert outlook(DAY_TIME, at=EVENING) == utc("2026-11-30 07:00")


def test_early_entry_counts():
    early = {"rights": {"1": {"bands": [1], "early_entry": 15}}}
    assert outlook(early, at=EVENING) == utc("2026-11-30 06:45")


def test_after_the_clocks_went_forward():
    before = utc("2026-03-24 20:00")  # a Tuesday
    assert outlook(DAY_TIME, at=before) == utc("2026-03-30 06:00")


def test_a_month_without_entries_left():
    limited = {"rights": {"1": {"bands": [1], "limits": {"1": 1}}}}
    used = {"uses": {"1": [[1, 1, "2026-11-16"]]}}
    assert outlook(limited, used) == utc("2026-12-07 07:00")


def test_a_booking_opens_at_its_begin():
    at = "2026-11-24T17:30:00Z"
    booked = {
        "rights": {"1": {"bands": [1], "exempt": []}},
        "persons": {"1": {"bookings": [[None, at, "2026-11-24T18:30:00Z"]]}},
    }
    assert outlook(booked, at=EVENING) == utc("2026-11-24 17:30")


def test_a_card_that_is_not_yet_valid():
    later = {"credentials": {CARD: {"valid_from": "2026-11-25T00:00:00Z"}}}
    assert outlook(later) == utc("2026-11-25 00:00")


@pytest.mark.parametrize(
    "patch",
    [
        {"persons": {"1": {"suspended": True}}},
        {"persons": {"1": {"rights": []}}},
        {"credentials": {CARD: {"status": "lost"}}},
    ],
)
def test_what_time_does_not_heal(patch: dict[str, Any]):
    assert outlook(patch) is None


def test_a_point_that_nobody_knows():
    assert outlook({}, point=99) is None


def test_a_venue_that_nobody_knows():
    assert outlook({"points": {"1": {"venue": 99}}}) is None


@pytest.mark.parametrize(
    "zone",
    [
        {"antipassback": "timed", "antipassback_minutes": 15},
        {"antipassback": "refused", "max_stay": 15},
    ],
)
def test_who_is_inside_enters_again_when_that_counts_no_more(zone: dict[str, Any]):
    inside = {"presence": {"1": [1, "2026-11-23T08:59:20.000Z"]}}
    expected = utc("2026-11-23 09:14:20")
    assert outlook({"zones": {"1": zone}}, inside) == expected
