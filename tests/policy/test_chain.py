"""The hash chain finds the first event that was changed."""

import hashlib
import json
from typing import Any

import pytest

from access_policy import GENESIS, PassageEvent, first_break, link
from access_policy.event import record_of, sent_form

Row = tuple[str, str]

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
    "band": 3,
    "day": "2026-11-23",
    "ticket": 71,
    "zone": 2,
    "warnings": ("duress",),
    "companion": 53,
    "note": "left the card at home",
}


def event(sequence: int) -> PassageEvent:
    return PassageEvent(
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


def journal(count: int = 6) -> list[Row]:
    rows, previous = [], GENESIS
    for sequence in range(1, count + 1):
        record = event(sequence).record(sequence)
        previous = link(previous, record)
        rows.append((record, previous))
    return rows


def tampered(rows: list[Row], sequence: int, **changes: Any) -> list[Row]:
    """Change the record of an event and leave its hash."""
    record = event(sequence)._replace(**changes).record(sequence)
    row = (record, rows[sequence - 1][1])
    return [*rows[: sequence - 1], row, *rows[sequence:]]


def test_whole_journal():
    assert first_break(journal()) is None


def test_empty_journal():
    assert first_break([]) is None


def test_journal_that_was_stored_as_json():
    assert first_break(json.loads(json.dumps(journal()))) is None


def test_journal_that_was_sent():
    sent = [json.loads(json.dumps(sent_form(*row))) for row in journal()]
    assert [(record_of(entry), entry["hash"]) for entry in sent] == journal()


def test_later_part_of_a_journal():
    rows = journal()
    assert first_break(rows[3:], previous=rows[2][1]) is None


def test_later_part_after_another_event():
    rows = journal()
    assert first_break(rows[3:], previous=rows[1][1]) == 4


@pytest.mark.parametrize("field", PassageEvent._fields)
def test_changed_field(field: str):
    assert first_break(tampered(journal(), 4, **{field: OTHER[field]})) == 4


@pytest.mark.parametrize("sequence", range(1, 7))
def test_place_of_the_change(sequence: int):
    assert first_break(tampered(journal(), sequence, point=2)) == sequence


def test_first_of_two_changes():
    rows = tampered(journal(), 3, point=2)
    rows[4] = tampered(journal(), 5, point=2)[4]
    assert first_break(rows) == 3


def test_changed_sequence_is_told_as_it_now_is():
    rows = journal()
    rows[5] = (event(6).record(9), rows[5][1])
    assert first_break(rows) == 9


@pytest.mark.parametrize("value", [1, "true", None])
def test_value_that_only_looks_alike(value: Any):
    assert first_break(tampered(journal(), 4, granted=value)) == 4


def test_changed_hash():
    rows = journal()
    rows[3] = (rows[3][0], rows[4][1])
    assert first_break(rows) == 4


def test_event_that_was_changed_with_its_hash():
    rows = journal()
    record = event(4)._replace(point=2).record(4)
    rows[3] = (record, link(rows[2][1], record))
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


def test_record_is_the_documented_text():
    assert event(1).record(1) == (
        '[1, "2026-11-23T09:00:01.000Z", 1, true, "right", 51, 101, 21, '
        '"rfid:\\u2026E580", null, 7, null, null, null, null, [], null, null]'
    )


def test_hash_covers_just_the_documented_text():
    record = event(1).record(1)
    digest = hashlib.sha256(f"{'0' * 64}\n{record}".encode("ascii")).hexdigest()
    assert link(GENESIS, record) == digest
