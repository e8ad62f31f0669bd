"""What a difference does to a policy, and that the policy is then as if built anew."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_policy import (
    DocumentError,
    apply_difference,
    difference_from_document,
    policy_from_document,
)
from access_policy.policy import _FOLLOWS_FROM

DERIVED = tuple(_FOLLOWS_FROM)
KEYS = st.integers(1, 4).map(str)
NUMBERS = st.integers(1, 4)

POINTS = st.fixed_dictionaries(
    {"venue": st.just(1)},
    optional={"zone_from": NUMBERS, "zone_to": NUMBERS},
)
RIGHTS = st.fixed_dictionaries(
    {"zones": st.lists(NUMBERS, max_size=2)}, optional={"everyone": st.booleans()}
)
PERSONS = st.fixed_dictionaries(
    {"rights": st.lists(NUMBERS, max_size=3)}, optional={"suspended": st.booleans()}
)
ORDERS = st.fixed_dictionaries(
    {
        "points": st.lists(NUMBERS, max_size=2),
        "mode": st.sampled_from(["locked", "unlocked"]),
        "priority": st.sampled_from([10, 20]),
    }
)
# By number of the credential: its token, person and status.
ISSUED = st.dictionaries(
    st.integers(1, 9),
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        NUMBERS,
        st.sampled_from(["active", "returned"]),
    ),
)


@st.composite
def documents(draw):
    """A whole policy, ordered as the ERP makes it."""
    credentials = {}
    for number, (token, person, status) in draw(ISSUED).items():
        entry = {"id": number, "person": person, "status": status}
        credentials.setdefault(token, []).append(entry)
    for entries in credentials.values():
        entries.sort(key=lambda one: (one["status"] == "returned", -one["id"]))
    return {
        "expires_at": draw(st.sampled_from([None, "2026-12-21T00:00:00Z"])),
        "venues": {"1": {"timezone": "Europe/Warsaw"}},
        "zones": draw(
            st.dictionaries(KEYS, st.builds(lambda p: {"parent": p}, NUMBERS))
        ),
        "points": draw(st.dictionaries(KEYS, POINTS)),
        "orders": draw(st.dictionaries(KEYS, ORDERS)),
        "rights": draw(st.dictionaries(KEYS, RIGHTS)),
        "persons": draw(st.dictionaries(KEYS, PERSONS)),
        "credentials": credentials,
    }


def difference(before, after):
    """Give what leads from one document to another."""
    found = {
        name: after[name]
        for name in ("expires_at", "venues", "zones", "points", "orders")
        if after[name] != before[name]
    }
    for name in ("rights", "persons"):
        keys = before[name].keys() | after[name].keys()
        found[name] = {
            key: after[name].get(key)
            for key in keys
            if before[name].get(key) != after[name].get(key)
        }
    old, new = by_person(before), by_person(after)
    found["credentials_of"] = {
        person: new.get(person, {})
        for person in old.keys() | new.keys()
        if old.get(person) != new.get(person)
    }
    return found


def by_person(document):
    found = {}
    for token, entries in document["credentials"].items():
        for entry in entries:
            issued = found.setdefault(str(entry["person"]), {})
            issued.setdefault(token, []).append(entry)
    return found


def derived(policy):
    found = {name: getattr(policy, name) for name in DERIVED}
    # The order of a person's tokens says nothing.
    found["tokens_of"] = {key: set(value) for key, value in policy.tokens_of.items()}
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(documents(), min_size=2, max_size=5))
def test_after_each_difference_the_policy_is_as_if_built_anew(sequence):
    policy = policy_from_document(sequence[0])
    derived(policy)
    for before, after in zip(sequence, sequence[1:], strict=False):
        change = difference_from_document(difference(before, after))
        policy = apply_difference(policy, change)
        anew = policy_from_document(after)
        assert policy == anew
        assert derived(policy) == derived(anew)


def whole(**sections):
    return policy_from_document(
        {
            "venues": {"1": {"timezone": "Europe/Warsaw"}},
            "points": {"1": {"venue": 1, "zone_to": 1}},
            "zones": {"1": {}},
            "persons": {"1": {}, "2": {}},
            "credentials": {
                "t": [{"id": 2, "person": 2}, {"id": 1, "person": 1}],
            },
            **sections,
        }
    )


def after(policy, **document):
    return apply_difference(policy, difference_from_document(document))


def test_what_a_difference_does_not_touch_is_not_worked_out_again():
    policy = whole()
    ways, orders = policy.ways, policy.orders_of
    changed = after(
        policy, orders={"1": {"points": [1], "mode": "locked", "priority": 1}}
    )
    assert changed.ways is ways
    assert changed.orders_of is not orders


def test_a_difference_copies_no_persons_and_no_credentials():
    policy = whole()
    changed = after(policy, persons={"3": {}}, credentials_of={"1": {}})
    assert changed.persons is policy.persons
    assert changed.credentials is policy.credentials


def test_the_credentials_of_others_stay_with_a_token():
    changed = after(whole(), credentials_of={"1": {}})
    assert [one.person for one in changed.credentials["t"]] == [2]


def test_of_one_token_those_returned_come_last_and_the_latest_first():
    given = [{"id": 3, "person": 3}, {"id": 9, "person": 3, "status": "returned"}]
    changed = after(whole(), credentials_of={"3": {"t": given}})
    assert [one.id for one in changed.credentials["t"]] == [3, 2, 1, 9]


def test_a_difference_without_an_expiry_leaves_it():
    policy = whole(expires_at="2026-12-21T00:00:00Z")
    assert after(policy).expires_at == policy.expires_at


def test_an_entry_that_is_gone_may_be_gone_already():
    assert after(whole(), rights={"9": None}).rights == {}


@pytest.mark.parametrize(
    "document",
    [
        {"rights": []},
        {"rights": {"x": None}},
        {"rights": {"01": None}},
        {"persons": {"1": 5}},
        {"persons": {"1": {"rights": ["1"]}}},
        {"points": None},
        {"points": {"1": {}}},
        {"credentials_of": []},
        {"credentials_of": {"x": {}}},
        {"credentials_of": {"1": []}},
        {"credentials_of": {"1": {"t": []}}},
        {"credentials_of": {"1": {"t": [{"id": 1, "person": 2}]}}},
        {"expires_at": "tomorrow"},
    ],
    ids=json.dumps,
)
def test_what_is_malformed_is_no_difference(document):
    with pytest.raises(DocumentError):
        difference_from_document(document)
