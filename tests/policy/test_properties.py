"""What holds for every policy and every attempt."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from access_policy import Attempt, Decision, DocumentError, Reason
from access_policy.reason import GRANTS

from .builders import all_decided
from .settings import examples
from .strategies import (
    attempts,
    credentials,
    documents,
    persons,
    rights,
    zones_of_time,
)

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
    if isinstance(value, list):
        inside = enumerate(value)
    below = [place for key, entry in inside for place in places(entry, (*path, key))]
    return [path, *below]


def replaced(value: Any, path: tuple, junk: Any) -> Any:
    if not path:
        return junk
    key, *rest = path
    changed = value.copy()
    changed[key] = replaced(value[key], tuple(rest), junk)
    return changed


@given(documents, attempts)
@examples(200)
def test_every_attempt_is_decided(document: Document, tried: list[Attempt]):
    reasons = {decision.reason for decision in all_decided(document, tried)}
    assert reasons <= set(Reason)


@given(documents, attempts)
@examples(50)
def test_the_same_again_is_decided_alike(document: Document, tried: list[Attempt]):
    assert all_decided(document, tried) == all_decided(document, tried)


@given(documents, attempts)
@examples(100)
def test_trace_changes_nothing(document: Document, tried: list[Attempt]):
    traced = all_decided(document, tried, trace=True)
    without = [replace(decision, trace=()) for decision in traced]
    assert without == all_decided(document, tried)


@given(documents, attempts, zones_of_time)
@examples(100)
def test_the_zone_of_the_time_changes_nothing(
    document: Document, tried: list[Attempt], zone: str
):
    elsewhere = [replace(one, at=one.at.astimezone(ZoneInfo(zone))) for one in tried]
    assert all_decided(document, elsewhere) == all_decided(document, tried)


@given(documents, attempts, rights)
@examples(100)
def test_deny_right_never_lets_somebody_through(
    document: Document, tried: list[Attempt], right: Document
):
    before = all_decided(document, tried)
    after = all_decided(with_right(document, right, "deny"), tried)
    assert not any(b.granted > a.granted for a, b in zip(before, after, strict=True))


@given(documents, attempts, rights)
@examples(100)
def test_allow_right_never_keeps_somebody_out(
    document: Document, tried: list[Attempt], right: Document
):
    before = all_decided(document, tried)
    after = all_decided(with_right(document, right, "allow"), tried)
    assert not any(b.granted < a.granted for a, b in zip(before, after, strict=True))


@given(documents, attempts, persons, credentials)
@examples(100)
def test_other_persons_change_nothing(
    document: Document, tried: list[Attempt], person: Document, credential: Document
):
    card = {**credential, "person": int(NEW)}
    more = {
        **document,
        "persons": {**document["persons"], NEW: person},
        "credentials": {**document["credentials"], "rfid:NEW": card},
    }
    assert all_decided(more, tried) == all_decided(document, tried)


@given(documents, attempts)
@examples(100)
def test_only_some_reasons_grant(document: Document, tried: list[Attempt]):
    decisions = all_decided(document, tried)
    assert all(d.granted == (d.reason in GRANTS) for d in decisions)


@given(documents, attempts, st.randoms(use_true_random=True), st.sampled_from(JUNK))
@examples(400)
def test_malformed_document_is_refused_or_still_decides(
    document: Document, tried: list[Attempt], chance: Any, junk: Any
):
    damaged = replaced(document, chance.choice(places(document)), junk)
    try:
        decisions = all_decided(damaged, tried)
    except DocumentError:
        return
    assert all(isinstance(decision, Decision) for decision in decisions)
