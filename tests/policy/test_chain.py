"""The hash chain finds the first event that was changed."""

import hashlib
import json
from dataclasses import fields
from typing import Any

import pytest

from access_policy import GENESIS, PassageEvent, first_break, link

Row = tuple[dict[str, Any], str]

# For every field something else than what the journal below has.
OTHER = {
    "time": "2026-11-23T09:00:04.001Z",
    "point": 2,
    "granted": False,
    "reason": "no_right",
    "person": 52,
    "credential": None,
    "right": 22,
    "seen": "rfid:…E581",
    "user": 2,
    "policy": 8,
}


def journal(count: int = 6) -> list[Row]:
    rows, previous = [], GENESIS
    for sequence in range(1, count + 1):
        event = PassageEvent(
            time=f"2026-11-23T09:00:{sequence:02}.000Z",
            point=1,
            granted=True,
            reason="right",
            person=51,
            credential=101,
            right=21,
            seen="rfid:…E580",
            policy=7,
        )
        body = {"sequence": sequence, **event.body()}
        previous = link(previous, body)
        rows.append((body, previous))
    return rows


def tampered(rows: list[Row], sequence: int, **changes: Any) -> list[Row]:
    """Change the body of an event and leave its hash."""
    body, digest = rows[sequence - 1]
    return [*rows[: sequence - 1], ({**body, **changes}, digest), *rows[sequence:]]


def test_whole_journal():
    assert first_break(journal()) is None


def test_empty_journal():
    assert first_break([]) is None


def test_journal_that_was_stored_as_json():
    assert first_break(json.loads(json.dumps(journal()))) is None


def test_later_part_of_a_journal():
    rows = journal()
    assert first_break(rows[3:], previous=rows[2][1]) is None


def test_later_part_after_another_event():
    rows = journal()
    assert first_break(rows[3:], previous=rows[1][1]) == 4


@pytest.mark.parametrize("field", [field.name for field in fields(PassageEvent)])
def test_changed_field(field: str):
    assert first_break(tampered(journal(), 4, **{field: OTHER[field]})) == 4


@pytest.mark.parametrize("sequence", range(1, 7))
def test_place_of_the_change(sequence: int):
    assert first_break(tampered(journal(), sequence, point=2)) == sequence


def test_first_of_two_changes():
    assert first_break(tampered(tampered(journal(), 5, point=2), 3, point=2)) == 3


def test_changed_sequence_is_told_as_it_now_is():
    rows = journal()
    rows[5][0]["sequence"] = 9
    assert first_break(rows) == 9


@pytest.mark.parametrize("value", [1, "true", None])
def test_value_that_only_looks_alike(value: Any):
    assert first_break(tampered(journal(), 4, granted=value)) == 4


def test_added_field():
    assert first_break(tampered(journal(), 4, note="nothing")) == 4


def test_missing_field():
    rows = journal()
    del rows[3][0]["user"]
    assert first_break(rows) == 4


def test_changed_hash():
    rows = journal()
    rows[3] = (rows[3][0], rows[4][1])
    assert first_break(rows) == 4


def test_event_that_was_changed_with_its_hash():
    rows = journal()
    body = {**rows[3][0], "point": 2}
    rows[3] = (body, link(rows[2][1], body))
    assert first_break(rows) == 5


def test_removed_event():
    rows = journal()
    assert first_break([*rows[:2], *rows[3:]]) == 4


def test_removed_beginning():
    assert first_break(journal()[1:]) == 2


def test_exchanged_events():
    rows = journal()
    assert first_break([*rows[:2], rows[3], rows[2], *rows[4:]]) == 4


def test_repeated_event():
    rows = journal()
    assert first_break([*rows[:3], *rows[2:]]) == 3


def test_order_of_fields_is_free():
    body, digest = journal()[0]
    assert link(GENESIS, dict(reversed(body.items()))) == digest


def test_hash_covers_just_the_documented_text():
    text = "0" * 64 + '\n{"seen":"rfid:…E580","sequence":1}'
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert link(GENESIS, {"sequence": 1, "seen": "rfid:…E580"}) == digest
