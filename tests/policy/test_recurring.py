"""Recurring keys let in exactly when rights and bookings do, and are the fewest."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from itertools import combinations, count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_policy import (
    Attempt,
    RecurringKey,
    State,
    decide,
    policy_from_document,
    recurring_keys,
)

from ..vectors import RecurringCase, recurring_cases
from .recurring_oracle import allowed_quarters
from .settings import examples
from .strategies import made_by

CASES = recurring_cases()
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
MONDAY = date(2026, 11, 2)

# Both clock changes, a year's end, a leap day, and a month without any of them.
BEGINS = [
    date(2026, 3, 23),
    date(2026, 10, 19),
    date(2026, 12, 24),
    date(2028, 2, 24),
    date(2027, 6, 1),
]


def keys_of(document: dict[str, Any], first: date, last: date) -> tuple:
    return recurring_keys(policy_from_document(document), 1, 1, first, last)


def days_of(key: RecurringKey) -> Iterator[date]:
    day = key.valid_from
    while day <= key.valid_to:
        if day.weekday() in key.weekdays:
            yield day
        day += DAY


def quarters_of(keys: Iterable[RecurringKey]) -> set[datetime]:
    return {
        datetime.combine(day, time.min) + timedelta(minutes=minute)
        for key in keys
        for day in days_of(key)
        for minute in range(key.start, key.end, 15)
    }


# The rules one by one


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: RecurringCase):
    keys = keys_of(case.document, case.first_day, case.last_day)
    found = [
        [
            sorted(key.weekdays),
            key.start,
            key.end,
            key.valid_from.isoformat(),
            key.valid_to.isoformat(),
            key.band,
        ]
        for key in keys
    ]
    assert found == case.keys


def test_names_are_unique():
    names = Counter(case.name for case in CASES)
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize("changed", ["persons", "points"])
def test_unknown_person_or_point_gives_none(changed: str):
    document = {**CASES[0].document, changed: {}}
    assert keys_of(document, CASES[0].first_day, CASES[0].last_day) == ()


# Any rights at all


def quarter(chance: Random, first: date, days: int) -> str:
    begin = datetime.combine(first - DAY, time.min, timezone.utc)
    return (begin + QUARTER * chance.randrange((days + 2) * 96)).isoformat()


def some_hours(chance: Random) -> list[list[int]]:
    days = [day for day in range(8) if chance.random() < 0.6]
    start, end = chance.randrange(96), chance.randrange(97)
    usual = [[day, start * 15, end * 15] for day in days]
    extra = [chance.randrange(8), chance.randrange(96) * 15, chance.randrange(97) * 15]
    return [*usual, extra] if chance.random() < 0.5 else usual


def some_right(chance: Random, first: date, days: int) -> dict[str, Any]:
    rules = ["as_weekday", "closed", "own_hours"]
    bands = [band for band in (1, 2, 3) if chance.random() < 0.5]
    right = {
        "effect": chance.choice(["allow"] * 4 + ["deny"]),
        "layer": chance.choice(["plan", "device"]),
        "zones": [1],
        "bands": None if chance.random() < 0.2 else bands,
        "weekdays": [day for day in range(7) if chance.random() < 0.7],
        "holidays": chance.choice(rules),
        "holiday_eves": chance.choice(["as_weekday", "open", "closed"]),
        "early_entry": chance.choice([0, 0, 15, 90]),
        "late_exit": 30,
        "exempt": chance.choice([None, [], [7]]),
    }
    for name in ("valid_from", "valid_to"):
        if chance.random() < 0.3:
            right[name] = quarter(chance, first, days)
    return right


def some_booking(chance: Random, first: date, days: int) -> list:
    start = quarter(chance, first, days)
    length = QUARTER * chance.choice([1, 4, 6, 40, 150])
    end = (datetime.fromisoformat(start) + length).isoformat()
    return [chance.choice([7, 8, None]), start, end]


def some_situation(chance: Random) -> tuple[dict[str, Any], date, date]:
    first, days = chance.choice(BEGINS), chance.randrange(1, 15)
    holidays = [first + DAY * chance.randrange(-1, days + 1) for _ in range(3)]
    until = quarter(chance, first, days)
    grants = [1, 2, {"right": 3, "valid_to": until, "grace": chance.random() < 0.5}]
    document = {
        "venues": {
            "1": {
                "timezone": chance.choice(["Europe/Warsaw", "America/New_York"]),
                "holidays": sorted({day.isoformat() for day in holidays}),
                "grace_days": 2,
            }
        },
        "bands": {key: {"hours": {"1": some_hours(chance)}} for key in "123"},
        "zones": {"1": {}},
        "points": {
            "1": {
                "venue": 1,
                "zone_to": 1,
                "combination": chance.choice(["either"] * 3 + ["both"]),
            }
        },
        "rights": {key: some_right(chance, first, days) for key in "123"},
        "persons": {
            "1": {
                "rights": grants[: chance.randrange(2, 4)],
                "bookings": [some_booking(chance, first, days) for _ in range(3)],
            }
        },
    }
    return document, first, first + DAY * (days - 1)


situations = made_by(some_situation)


@given(situations)
@examples(150)
def test_keys_let_in_exactly_when_rights_and_bookings_do(situation: tuple):
    document, first, last = situation
    policy = policy_from_document(document)
    expected, skipped = allowed_quarters(policy, first, last)
    found = quarters_of(recurring_keys(policy, 1, 1, first, last))
    assert found - skipped == expected


@given(situations)
@examples(50)
def test_keys_let_in_when_the_decision_does(situation: tuple):
    """Away from the ends of the days asked for; in the repeated hour either pass."""
    document, first, last = situation
    policy = policy_from_document(document)
    found = quarters_of(recurring_keys(policy, 1, 1, first - 2 * DAY, last + 2 * DAY))
    zone = policy.venues[1].timezone
    at = datetime.combine(first, time.min, zone).astimezone(timezone.utc)
    while (local := at.astimezone(zone)).date() <= last:
        other = local.replace(fold=1 - local.fold)
        if local.utcoffset() == other.utcoffset():
            decision = decide(policy, State(), Attempt(1, None, at, person=1))
            assert decision.granted == (local.replace(tzinfo=None) in found)
        at += 3 * QUARTER


@given(situations, st.randoms(use_true_random=False))
@examples(50)
def test_order_changes_nothing(situation: tuple, chance: Random):
    document, first, last = situation
    person = document["persons"]["1"]
    shuffled = {
        **document,
        "rights": dict(sorted(document["rights"].items(), reverse=True)),
        "persons": {
            "1": {
                "rights": chance.sample(person["rights"], len(person["rights"])),
                "bookings": chance.sample(person["bookings"], 3),
            }
        },
    }
    assert keys_of(shuffled, first, last) == keys_of(document, first, last)


@given(situations)
@examples(50)
def test_keys_are_what_a_lock_understands(situation: tuple):
    for key in keys_of(*situation):
        assert 0 <= key.start < 1440 and key.start < key.end <= 2880
        ends = key.valid_from.weekday(), key.valid_to.weekday()
        assert key.weekdays.issuperset(ends)
        assert {day.weekday() for day in days_of(key)} == key.weekdays


# The fewest


def keys_on(days: Iterable[int]) -> tuple[RecurringKey, ...]:
    """Give the keys for a lesson at the same hour on some days."""
    noons = [datetime.combine(MONDAY + day * DAY, time(12)) for day in sorted(days)]
    document = {
        "venues": {"1": {"timezone": "UTC"}},
        "points": {"1": {"venue": 1}},
        "rights": {"1": {"points": [1], "bands": [], "exempt": []}},
        "persons": {
            "1": {
                "rights": [1],
                "bookings": [
                    [7, f"{noon.isoformat()}Z", f"{(noon + QUARTER).isoformat()}Z"]
                    for noon in noons
                ],
            }
        },
    }
    return keys_of(document, MONDAY, MONDAY + 200 * DAY)


def fewest(days: frozenset[int]) -> int:
    """Try one key, all pairs of keys, all threes, ... of those that could help."""
    possible = set()
    for first, last in combinations(range(min(days), max(days) + 2), 2):
        inside = range(first, last)
        gaps = {day % 7 for day in inside if day not in days}
        possible.add(frozenset(day for day in inside if day % 7 not in gaps))
    useful = [one for one in possible if not any(one < other for other in possible)]
    return next(
        number
        for number in count(1)
        for keys in combinations(useful, number)
        if frozenset().union(*keys) == days
    )


few_days = st.frozensets(
    st.sampled_from([week * 7 + day for week in range(5) for day in (0, 1, 3)]),
    min_size=1,
)


@given(few_days)
@examples(300)
def test_no_smaller_number_of_keys_would_do(days: frozenset[int]):
    keys = keys_on(days)
    assert {(day - MONDAY).days for key in keys for day in days_of(key)} == days
    assert len(keys) == fewest(days)


WORKDAYS = frozenset(day for day in range(140) if day % 7 < 5)


@pytest.mark.parametrize(
    ("closed", "number"),
    [
        pytest.param((), 1, id="none"),
        pytest.param((37,), 2, id="a Wednesday: all weekdays are parted there"),
        pytest.param((37, 38), 2, id="Wednesday and Thursday: parted once"),
        pytest.param((37, 58, 79), 4, id="three Wednesdays"),
        pytest.param((35, 37, 39), 3, id="Monday, Wednesday and Friday of a week"),
        pytest.param(range(35, 40), 2, id="a whole week"),
    ],
)
def test_closed_days(closed: Iterable[int], number: int):
    assert len(keys_on(WORKDAYS.difference(closed))) == number


def test_another_weekday_for_a_while_leaves_the_long_key_whole():
    """Mondays all along and Thursdays for some weeks: two keys, one of them long."""
    mondays, thursdays = set(range(0, 140, 7)), {24, 31, 38}
    assert [len(list(days_of(key))) for key in keys_on(mondays | thursdays)] == [20, 3]


def test_keys_begin_and_end_with_what_is_shown():
    """A card from Monday noon to Wednesday noon, at a right of any hour."""
    document = {
        "venues": {"1": {"timezone": "Europe/Warsaw"}},
        "zones": {"1": {}},
        "points": {"1": {"venue": 1, "zone_to": 1}},
        "rights": {"1": {"zones": [1]}},
        "persons": {"1": {"rights": [1]}},
    }
    noon = datetime.combine(MONDAY, time(11), timezone.utc)
    found = recurring_keys(
        policy_from_document(document),
        1,
        1,
        MONDAY,
        MONDAY + 6 * DAY,
        noon,
        noon + 2 * DAY,
    )
    assert [(one.valid_from, one.start, one.end) for one in found] == [
        (MONDAY, 720, 1440),
        (MONDAY + DAY, 0, 1440),
        (MONDAY + 2 * DAY, 0, 720),
    ]
