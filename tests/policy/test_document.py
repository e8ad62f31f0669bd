"""What is no policy is refused, and the place of the error is told."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from access_policy import (
    DocumentError,
    Policy,
    State,
    policy_from_document,
    state_from_document,
)

from .builders import CARD, club

MALFORMED = [
    ("venues", {}),
    ("venues", {"timezone": None}),
    ("venues", {"timezone": "Mars/Olympus"}),
    ("venues", {"timezone": "America"}),
    ("venues", {"timezone": "../../etc/passwd"}),
    ("venues", []),
    ("bands", {}),
    ("bands", {"hours": []}),
    ("bands", {"hours": {"Warsaw": []}}),
    ("bands", {"hours": {"1": [[0, 480]]}}),
    ("bands", {"hours": {"1": [[0, "8:00", 960]]}}),
    ("bands", {"hours": {"1": [[0, 480.5, 960]]}}),
    ("bands", {"hours": {"1": [[8, 480, 960]]}}),
    ("bands", {"hours": {"1": [[0, -1, 960]]}}),
    ("bands", {"hours": {"1": [[0, 480, 1441]]}}),
    ("zones", None),
    ("zones", {"parent": "1"}),
    ("zones", {"parent": [1]}),
    ("points", {"zone_to": 1}),
    ("points", {"venue": "1"}),
    ("points", {"venue": 1, "zone_from": True}),
    ("points", {"venue": 1, "zone_to": {}}),
    ("venues", {"timezone": "UTC", "holidays": ["25.12.2026"]}),
    ("venues", {"timezone": "UTC", "grace_days": -1}),
    ("zones", {"capacity": -1}),
    ("zones", {"antipassback": True}),
    ("points", {"venue": 1, "combination": "neither"}),
    ("points", {"venue": 1, "interlock": [None]}),
    ("venues", {"timezone": "UTC", "grace_days": 1001}),
    ("venues", {"timezone": "UTC", "pin_tries": 21}),
    ("venues", {"timezone": "UTC", "pin_lock_minutes": 1441}),
    ("zones", {"max_stay": 1_000_001}),
    ("zones", {"antipassback_minutes": 10**12}),
    ("points", {"venue": 1, "persons": 0}),
    ("points", {"venue": 1, "persons": 3}),
    ("points", {"venue": 1, "open_seconds": -1}),
    ("points", {"venue": 1, "open_seconds": float("inf")}),
    ("points", {"venue": 1, "open_seconds": float("nan")}),
    ("points", {"venue": 1, "open_seconds": "5"}),
    ("points", {"venue": 1, "open_seconds": True}),
    ("points", {"venue": 1, "on_expiry": "unlocked"}),
    ("points", {"venue": 1, "keep_hours": 745}),
    ("points", {"venue": 1, "toggle_minutes": 1441}),
    ("persons", {"rights": [{"right": 1, "then": "right"}]}),
    ("persons", {"rights": [{"right": 1, "then": "denied"}]}),
    ("orders", {"points": [1], "priority": 10}),
    ("orders", {"points": [1], "mode": "unlocked", "priority": "high"}),
    ("rights", {"layer": "third"}),
    ("rights", {"limits": {"1": -1}}),
    ("rights", {"holidays": "open"}),
    ("rights", {"holiday_eves": "own_hours"}),
    ("rights", {"early_entry": 1441}),
    ("rights", {"everyone": 1}),
    ("rights", {"exempt": 5}),
    ("rights", {"effect": "maybe"}),
    ("rights", {"zones": 1}),
    ("rights", {"zones": ["1"]}),
    ("rights", {"points": [[1]]}),
    ("rights", {"bands": [None]}),
    ("rights", {"weekdays": [7]}),
    ("rights", {"weekdays": None}),
    ("rights", {"valid_from": "2026-11-23T09:00:00"}),
    ("rights", {"valid_from": "2026-02-29T09:00:00Z"}),
    ("rights", {"valid_to": "0001-01-01T00:00:00+14:00"}),
    ("persons", {"rights": "12"}),
    ("persons", {"rights": [[1], [2]]}),
    ("persons", {"rights": [True]}),
    ("persons", {"suspended": "false"}),
    ("persons", {"suspended": None}),
    ("persons", {"rights": [{"valid_to": "2026-11-23T09:00:00Z"}]}),
    ("persons", {"rights": [{"right": 1, "then": "tomorrow"}]}),
    ("persons", {"bookings": [[1, None, "2026-11-23T09:00:00Z"]]}),
    ("persons", {"tickets": {"1": {}}}),
    ("persons", {"tickets": {"1": {"type": 1, "entries": "ten"}}}),
]
MALFORMED_CREDENTIALS = [
    {},
    {"id": 1},
    {"person": 1},
    {"id": 1, "person": []},
    {"id": "1", "person": 1},
    {"id": 1, "person": 1, "status": "stolen"},
    {"id": 1, "person": 1, "status": None},
    {"id": 1, "person": 1, "valid_to": 20261123},
    {"id": 1, "person": 1, "valid_to": "2026-11-23"},
    "active",
    5,
]
SECTIONS = [
    *("venues", "bands", "zones", "points", "orders"),
    *("rights", "persons", "credentials"),
]


def error_of(document: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        policy_from_document(document)
    return str(caught.value)


@pytest.mark.parametrize(("section", "entry"), MALFORMED)
def test_malformed_entry_is_named(section: str, entry: Any):
    assert error_of({**club(), section: {"17": entry}}).startswith(f"{section}/17: ")


@pytest.mark.parametrize("entry", MALFORMED_CREDENTIALS)
def test_malformed_credential_is_named_by_its_position(entry: Any):
    document = club({"credentials": {"rfid:99": entry}})
    document["credentials"]["rfid:99"] = entry
    assert error_of(document).startswith("credentials/entry 2: ")


@pytest.mark.parametrize("entry", MALFORMED_CREDENTIALS)
def test_no_token_is_shown(entry: Any):
    assert CARD not in error_of({**club(), "credentials": {CARD: entry}})


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("content", [None, [], "1", 1])
def test_section_that_is_no_object(section: str, content: Any):
    assert error_of({**club(), section: content}) == f"{section}: not an object"


@pytest.mark.parametrize("label", ["anna", "", "01", " 1", "1_0", "1.0", "١"])
def test_label_that_is_no_plain_number(label: str):
    assert error_of({"persons": {label: {}}}).startswith(f"persons/{label}: ")


@pytest.mark.parametrize("text", ["tomorrow", "2026-12-21T00:00:00", 5, [], ""])
def test_malformed_expiry(text: Any):
    assert error_of({"expires_at": text}).startswith("expires_at: ")


@pytest.mark.parametrize("document", [None, [], "{}", 1])
def test_document_that_is_no_object(document: Any):
    assert error_of(document) == "not an object"


@pytest.mark.parametrize("mode", ["open", None, 1, []])
def test_malformed_mode(mode: Any):
    with pytest.raises(DocumentError, match="^points/17: "):
        policy_from_document({"points": {"17": {"venue": 1, "mode": mode}}})


MALFORMED_STATES = [
    ("uses", [[1, 1]]),
    ("uses", [[1, None, "2026-11-23"]]),
    ("uses", [[1, 1, "23.11.2026"]]),
    ("uses", 1),
    ("ticket_uses", [["2026-11-23", "2026-11-23", 1]]),
    ("ticket_uses", [["2026-11-23", "2026-11-23T09:00:00Z", "1"]]),
    ("presence", [1]),
    ("presence", ["1", "2026-11-23T09:00:00Z"]),
    ("presence", [1, None]),
    ("presence", [1, "2026-11-23T09:00:00"]),
    ("waiting", {}),
    ("waiting", [True, "2026-11-23T09:00:00Z"]),
    ("last_granted", "yesterday"),
    ("last_granted", None),
    ("toggled", ["2026-11-23T09:00:00Z"]),
    ("toggled", ["yesterday", False]),
]


@pytest.mark.parametrize(("section", "entry"), MALFORMED_STATES)
def test_malformed_entry_of_a_state_is_named(section: str, entry: Any):
    with pytest.raises(DocumentError, match=f"^{section}/17: "):
        state_from_document({section: {"17": entry}})


@pytest.mark.parametrize("section", ["uses", "presence", "last_granted"])
def test_section_of_a_state_that_is_no_object(section: str):
    with pytest.raises(DocumentError, match=f"^{section}: not an object"):
        state_from_document({section: []})


@pytest.mark.parametrize("document", [None, [], "{}", 1])
def test_state_that_is_no_object(document: Any):
    with pytest.raises(DocumentError, match="^not an object"):
        state_from_document(document)


def test_times_of_a_state_are_brought_to_the_form_of_events():
    state = state_from_document({"last_granted": {"1": "2026-11-23T10:00+01:00"}})
    assert state.last_granted == {1: "2026-11-23T09:00:00.000Z"}


def test_empty_document_is_an_empty_policy():
    assert (policy_from_document({}), state_from_document({})) == (Policy(), State())


def test_other_sections_are_not_looked_at():
    other = {"version": 7, "devices": "any", "uses": None}
    assert policy_from_document({**club(), **other}) == policy_from_document(club())


def test_document_is_what_json_gives():
    text = json.dumps(club())
    assert policy_from_document(json.loads(text)) == policy_from_document(club())


def test_times_are_brought_to_utc():
    policy = policy_from_document({"expires_at": "2026-12-01T00:00:00+01:00"})
    assert policy.expires_at.tzinfo is timezone.utc


def test_times_keep_their_moment():
    policy = policy_from_document({"expires_at": "2026-12-01T00:00:00+01:00"})
    assert policy.expires_at == datetime(2026, 11, 30, 23, tzinfo=timezone.utc)


def test_hours_until_midnight():
    band = policy_from_document({"bands": {"1": {"hours": {"1": [[6, 0, 1440]]}}}})
    assert band.bands[1].hours[1][6] == ((0, 1440),)


def test_hours_over_midnight_end_after_the_last_minute_of_the_day():
    band = policy_from_document({"bands": {"1": {"hours": {"1": [[4, 1320, 360]]}}}})
    assert band.bands[1].hours[1][4] == ((1320, 1800),)


def test_rights_of_a_person_are_in_order():
    policy = policy_from_document({"persons": {"1": {"rights": [3, 1, 2]}}})
    assert [grant.right for grant in policy.persons[1].rights] == [1, 2, 3]


def test_members_of_one_plan_share_a_value():
    persons = {str(number): {"rights": [1, 2]} for number in range(1, 3)}
    policy = policy_from_document({"persons": persons})
    assert policy.persons[1] is policy.persons[2]


def test_what_is_wrong_with_a_card_number_is_not_told_with_it():
    credentials = {"TOKEN": {"id": 1, "person": 1, "number": 8165534}}
    with pytest.raises(DocumentError, match="no text") as caught:
        policy_from_document({"credentials": credentials})
    assert "8165534" not in str(caught.value)


def test_a_card_number_is_not_shown():
    credentials = {"TOKEN": {"id": 1, "person": 1, "number": "51FFFE"}}
    [credential] = policy_from_document({"credentials": credentials}).credentials[
        "TOKEN"
    ]
    assert credential.number == "51FFFE" and "51FFFE" not in repr(credential)
