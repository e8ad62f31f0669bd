"""What is no tariff is refused, and the place of the error is told."""

import json
from typing import Any

import pytest

from access_tariff import DocumentError, stay_from_document, tariff_from_document

from ..vectors import merge_patch
from .builders import clock, tariff_document

COVER = {"name": "card", "clocks": ["pool"], "counts": "minutes"}
GROUP = {"name": "family", "clocks": ["pool"], "places": [{"most": 4}], "price": 1}
CAP = {"name": "cap", "clocks": ["pool"], "most": 100}
DOCUMENT = tariff_document(
    clock({"price": 2500}, where={"zones": [1, 2]}), clock({"price": 1}, name="other")
)


def error_of(**changes: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        tariff_from_document(DOCUMENT | changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("section", "entry", "place"),
    [
        ("format", 2, "tariff: ValueError('not format 1: 2')"),
        ("format", True, "tariff: TypeError"),
        ("rounding", 0, "tariff: ValueError"),
        ("exit_grace", -1, "tariff: ValueError"),
        ("exit_grace", 1.5, "tariff: TypeError"),
        ("calendar", {}, "tariff/calendar: KeyError('timezone')"),
        ("calendar", {"timezone": "Mars/Olympus"}, "tariff/calendar: "),
        ("calendar", {"timezone": "UTC", "day_starts": 1440}, "tariff/calendar: "),
        ("clocks", {}, "tariff: TypeError('clocks is not a list')"),
        ("clocks", [{}], "tariff/clocks/1: KeyError('name')"),
        ("covers", [COVER, COVER], "tariff: ValueError('two covers have one name')"),
        ("covers", [{**COVER, "unit": 0}], "tariff/covers/1/card: "),
        ("covers", [{**COVER, "minutes": 5}], "tariff: ValueError('card: its minutes"),
        ("covers", [{**COVER, "clocks": ["gym"]}], "tariff: ValueError('card: no such"),
        ("covers", [{**COVER, "clocks": "pool"}], "tariff/covers/1/card: TypeError"),
        ("groups", [{**GROUP, "places": [{}]}], "tariff/groups/1/family/places/1: "),
        ("groups", [{**GROUP, "places": [{"least": 2, "most": 1}]}], "tariff/groups/"),
        ("adjustments", [{**CAP, "off": 5}], "tariff/adjustments/1/cap: ValueError"),
        ("adjustments", [{**CAP, "per": "entry"}], "tariff/adjustments/1/cap: "),
        ("adjustments", [{**CAP, "per": "week"}], "tariff/adjustments/1/cap: "),
        ("adjustments", [{**CAP, "most": None}], "tariff/adjustments/1/cap/most: "),
        ("lost", {}, "tariff/lost: KeyError('price')"),
        ("lost", {"price": -1}, "tariff/lost/price: ValueError"),
        ("tax", 23, "tariff: ValueError('unknown: tax')"),
    ],
)
def test_malformed_section_is_named(section: str, entry: Any, place: str):
    assert error_of(**{section: entry}).startswith(place)


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({}, ": KeyError('price')"),
        ({"price": 0.6}, "/price: TypeError('not an integer: 0.6')"),
        ({"price": "0.60"}, "/price: TypeError"),
        ({"price": True}, "/price: TypeError"),
        ({"price": []}, "/price: ValueError('the last case"),
        ({"price": [{"price": 5, "kinds": ["a"]}]}, "/price: ValueError('the last"),
        ({"price": [{"price": 5, "kind": "a"}]}, "/price/case/1: ValueError('unknown"),
        (
            {"price": [{"price": 5, "hours": [[0, 1441]]}, {"price": 1}]},
            "/price/case/1",
        ),
        ({"price": 5, "per": 60}, ": ValueError('per without every')"),
        ({"price": 5, "tollerance": 10}, ": ValueError('unknown: tollerance')"),
        ({"price": 5, "tolerance_counts": 1}, ": TypeError"),
    ],
)
def test_malformed_step_is_named(step: Any, place: str):
    error = error_of(clocks=[clock({"price": 1}, step)])
    assert error.startswith(f"tariff/clocks/1/pool/steps/2{place}")


@pytest.mark.parametrize(
    ("clocks", "said"),
    [
        ([clock({"price": 1}), clock({"price": 1})], "two clocks have one name"),
        ([clock({"price": 1, "after": 9}, {"price": 1})], "not in the order"),
        ([clock({"price": 1}, where={"days": ["feast"]})], "no such days: feast"),
        ([clock({"price": 1}, restarts="week")], "'week' is not a valid Period"),
        (
            [
                clock(
                    {"price": [{"price": 1, "zones": [3]}, {"price": 2}]},
                    where={"zones": [1, 2]},
                )
            ],
            "a price for a zone where it stands",
        ),
    ],
)
def test_clock_that_does_not_fit_is_named(clocks: list, said: str):
    assert said in error_of(clocks=clocks)


@pytest.mark.parametrize(
    "later",
    [
        {"clocks": ["pool"]},
        {"clocks": ["pool", "other"], "per": "day"},
        {"clocks": ["pool", "other"], "per": "24h"},
    ],
)
def test_adjustments_that_lie_across_each_other_are_refused(later: dict):
    first = {"name": "first", "clocks": ["pool", "other"], "percent": 10}
    error = error_of(adjustments=[first, {**CAP, **later}])
    assert "adjustments/cap must have all clocks of first" in error


def test_adjustments_of_other_clocks_are_not_looked_at():
    other = {**CAP, "name": "other", "clocks": ["other"], "per": "day"}
    tariff = tariff_from_document(DOCUMENT | {"adjustments": [CAP, other]})
    assert [one.name for one in tariff.adjustments] == ["cap", "other"]


def test_cover_and_group_of_one_name_are_refused():
    error = error_of(covers=[COVER], groups=[{**GROUP, "name": "card"}])
    assert "both covers and groups: card" in error


@pytest.mark.parametrize("document", [None, [], "tariff", 5])
def test_what_is_no_object_is_refused(document: Any):
    with pytest.raises(DocumentError):
        tariff_from_document(document)
    with pytest.raises(DocumentError):
        stay_from_document(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"passages": [[1]]},
        {"passages": [[1, None]]},
        {"passages": [["1", "2026-11-23T09:00:00Z"]]},
        {"passages": [[1, "2026-11-23T09:00:00"]]},
        {"passages": [[1, "2026-11-23T09:00:00Z"], [2, "2026-11-23T08:00:00Z"]]},
        {"kind": 5},
        {"stamps": "shop"},
        {"held": [["card"]]},
        {"paid": 12.5},
        {"settled_at": "14:00"},
        {"lost": "no"},
        {"credit_limit": -1},
        {"name": "Anna"},
    ],
)
def test_malformed_stay_is_refused(changes: dict):
    good = {"passages": [[1, "2026-11-23T09:00:00Z"]]}
    stay_from_document(good)
    with pytest.raises(DocumentError, match="^stay"):
        stay_from_document(merge_patch(good, {}) | changes)


def test_documents_are_plain_json():
    again = json.loads(json.dumps(DOCUMENT))
    assert tariff_from_document(again) == tariff_from_document(DOCUMENT)
