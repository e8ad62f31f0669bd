"""What holds for every policy and every attempt."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from access_policy import Attempt, Decision, DocumentError, Reason

from ..vectors import merge_patch
from .builders import decided
from .settings import examples
from .strategies import (
    attempt,attempts,credential,document,documents,made_by,person,right,zones_of_time)

Document = dict[str, Any]

JUNK = (None, True, 0, -1, 7, 1.5, "", "1", "x", [], [None], [[]], {}, {"1": None})
NEW = "9"


def with_right(document: Document, right: Document, effect: str) -> Document:
    """Give the document in which everybody has one more right."""
    persons = {
        key: {**person, "rights": [*person["rights"], int(NEW)]}
        for key, person in document["persons"].items()
    }
    added = {**document["rights"], NEW: {**right, "effect": effect}}
    return {**document, "rights": added, "persons": persons}


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Give the way to everything inside a document."""
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list | tuple):
        inside = enumerate(value)
    below = [place for key, entry in inside for place in places(entry, (*path, key))]
    return [path, *below]


def replaced(value: Any, path: tuple, junk: Any) -> Any:
    if not path:
        return junk
    key, *rest = path
    if isinstance(value, dict):
        return {**value, key: replaced(value[key], tuple(rest), junk)}
    return [*value[:key], replaced(value[key], tuple(rest), junk), *value[key + 1 :]]


@given(documents, attempts)
@examples(500)
def test_every_attempt_is_decided(document: Document, attempt: Attempt):
    assert isinstance(decided(document, attempt), Decision)


@given(documents, attempts)
@examples(200)
def test_the_same_again_is_decided_alike(document: Document, attempt: Attempt):
    assert decided(document, attempt) == decided(document, attempt)


@given(documents, attempts)
@examples(200)
def test_trace_changes_nothing(document: Document, attempt: Attempt):
    traced = decided(document, attempt, trace=True)
    assert replace(traced, trace=()) == decided(document, attempt)


@given(documents, attempts, zones_of_time)
@examples(200)
def test_the_zone_of_the_time_changes_nothing(
    document: Document, attempt: Attempt, zone: str
):
    elsewhere = replace(attempt, at=attempt.at.astimezone(ZoneInfo(zone)))
    assert decided(document, elsewhere) == decided(document, attempt)


@given(documents, attempts, rights)
@examples(300)
def test_deny_right_never_lets_somebody_through(
    document: Document, attempt: Attempt, right: Document
):
    after = decided(with_right(document, right, "deny"), attempt)
    assert after.granted <= decided(document, attempt).granted


@given(documents, attempts, rights)
@examples(300)
def test_allow_right_never_keeps_somebody_out(
    document: Document, attempt: Attempt, right: Document
):
    after = decided(with_right(document, right, "allow"), attempt)
    assert after.granted >= decided(document, attempt).granted


@given(documents, attempts, persons, credentials)
@examples(300)
def test_other_persons_change_nothing(
    document: Document, attempt: Attempt, person: Document, credential: Document
):
    others = {
        "persons": {NEW: person},
        "credentials": {"rfid:NEW": {**credential, "person": int(NEW)}},
    }
    more = merge_patch(document, others)
    assert decided(more, attempt) == decided(document, attempt)


@given(documents, attempts)
@examples(300)
def test_only_an_open_point_or_staff_lets_through_without_a_right(
    document: Document, attempt: Attempt
):
    decision = decided(document, attempt)
    by_right = decision.granted and decision.reason is Reason.RIGHT
    without = {Reason.POINT_UNLOCKED, Reason.RELEASED_BY_STAFF}
    assert by_right or decision.granted == (decision.reason in without)


@given(documents, st.data(), attempts)
@examples(500)
def test_malformed_document_is_refused_or_still_decides(
    document: Document, data: st.DataObject, attempt: Attempt
):
    place = data.draw(st.sampled_from(places(document)))
    junk = data.draw(st.sampled_from(JUNK))
    try:
        decision = decided(replaced(document, place, junk), attempt)
    except DocumentError:
        return
    assert isinstance(decision, Decision)
