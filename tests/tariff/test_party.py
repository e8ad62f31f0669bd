"""One bill for many, and the one price of a family or a group."""

import pytest

from access_tariff import Stay, price_party

from .builders import POOL, SAUNA, at, clock, short, stay, tariff

FAMILY = {
    **{"name": "family", "clocks": ["pool"], "minutes": 60, "price": 8000},
    "places": [
        {"kinds": ["adult"], "least": 1, "most": 2},
        {"kinds": ["child"], "least": 1, "most": 3},
    ],
}
SCHOOL = {
    **{"name": "school", "clocks": ["pool"], "price": 15000, "product": "lesson"},
    "places": [{"most": 3}],
}
CHILD_PRICE = [{"kinds": ["child"], "price": 1500}, {"price": 2500}]
PRICED = tariff(
    clock({"price": CHILD_PRICE}, {"after": 60, "every": 1, "price": 60}),
    clock({"price": 900}, name="sauna", where={"zones": [SAUNA]}),
    groups=[FAMILY, SCHOOL],
)


def persons(*kinds: str, **more: object) -> tuple[Stay, ...]:
    return tuple(stay((POOL, 0), kind=kind, **more) for kind in kinds)


def test_family_has_one_price():
    party = price_party(PRICED, persons("adult", "adult", "child"), at(30), "family")
    assert [short(line) for line in party.lines] == [
        ("group", "family", None, 1, 8000, 8000)
    ]
    assert (party.total, party.in_group) == (8000, {0, 1, 2})


def test_who_finds_no_place_pays_alone():
    party = price_party(PRICED, persons(*["adult"] * 3, "child"), at(30), "family")
    assert (party.total, party.in_group) == (8000 + 2500, {0, 1, 3})


def test_too_few_are_no_family():
    party = price_party(PRICED, persons("adult", "adult"), at(30), "family")
    assert (party.lines, party.total) == ((), 5000)


def test_leader_of_a_group_is_included():
    party = price_party(PRICED, persons(*["adult", *["child"] * 3]), at(30), "school")
    assert (party.total, party.in_group) == (15000 + 1500, {0, 1, 2})
    assert party.lines[0].product == "lesson"


def test_overtime_of_a_family_is_each_ones_own():
    party = price_party(PRICED, persons("adult", "child"), at(65), "family")
    assert party.total == 8000 + 2 * 5 * 60


def test_band_of_a_family_is_priced_alone_at_the_exit():
    sold = persons("adult", "child", held=[["family", 0]])
    assert price_party(PRICED, sold, at(65)).total == 2 * 5 * 60


def test_one_pays_for_all():
    party = price_party(PRICED, persons("adult", "child"), at(65), "family", paid=8000)
    assert (party.total, party.owed) == (8000 + 600, 600)


def test_what_one_paid_too_much_pays_for_nobody_else():
    visits = persons("adult", paid=9900) + persons("child")
    assert price_party(PRICED, visits, at(5)).owed == 1500


def test_group_that_there_is_not():
    with pytest.raises(KeyError):
        price_party(PRICED, persons("adult"), at(5), "club")
