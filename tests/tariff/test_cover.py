"""Tickets, packages and stamps pay for the first time on clocks."""

import pytest

from access_tariff import Draw

from .builders import POOL, SAUNA, bill, clock, tariff, total

POOL_CLOCK = clock({"price": 2500}, {"after": 60, "every": 1, "price": 60})
CARD_CLOCK = clock({"every": 1, "price": 30})
SAUNA_CLOCK = clock(
    {"price": 900}, {"every": 1, "price": 90}, name="sauna", where={"zones": [SAUNA]}
)
TICKET = {"name": "ticket", "clocks": ["pool"], "minutes": 60}
HOURS = {"name": "hours", "clocks": ["pool"], "counts": "minutes"}
ENTRIES = {"name": "entries", "clocks": ["pool"], "counts": "entries", "minutes": 90}


def test_ticket_bought_before_covers_the_base():
    priced = tariff(POOL_CLOCK, covers=[TICKET])
    assert total(priced, 0, held=[["ticket", 0]]) == 0
    assert total(priced, 65, held=[["ticket", 0]]) == 5 * 60


def test_hours_are_drawn_down():
    found = bill(tariff(CARD_CLOCK, covers=[HOURS]), 65, held=[["hours", 600]])
    assert (found.total, found.draws) == (0, (Draw("hours", 65),))


def test_what_a_package_has_no_more_is_charged():
    found = bill(tariff(CARD_CLOCK, covers=[HOURS]), 65, held=[["hours", 40]])
    assert (found.total, found.draws) == (25 * 30, (Draw("hours", 40),))


def test_package_that_is_just_used_up_has_nothing_more():
    second = {**HOURS, "name": "more"}
    priced = tariff(CARD_CLOCK, covers=[HOURS, second])
    found = bill(priced, 40, held=[["hours", 40], ["more", 20]])
    assert (found.total, found.draws) == (0, (Draw("hours", 40),))


def test_used_up_package_covers_nothing():
    found = bill(tariff(POOL_CLOCK, covers=[HOURS]), 5, held=[["hours", 0]])
    assert (found.total, found.draws) == (2500, ())


def test_hours_are_drawn_by_started_units():
    priced = tariff(CARD_CLOCK, covers=[{**HOURS, "unit": 15}])
    assert bill(priced, 31, held=[["hours", 600]]).draws == (Draw("hours", 45),)
    assert bill(priced, 31, held=[["hours", 40]]).draws == (Draw("hours", 40),)


def test_entry_is_drawn_once_and_covers_its_minutes():
    found = bill(tariff(POOL_CLOCK, covers=[ENTRIES]), 100, held=[["entries", 8]])
    assert (found.total, found.draws) == (10 * 60, (Draw("entries", 1),))


def test_no_entry_left_covers_nothing():
    found = bill(tariff(POOL_CLOCK, covers=[ENTRIES]), 10, held=[["entries", 0]])
    assert (found.total, found.draws) == (2500, ())


def test_dearer_zone_is_charged_beside_the_package():
    priced = tariff(POOL_CLOCK, SAUNA_CLOCK, covers=[HOURS])
    zones = (POOL, 0), (SAUNA, 20), (POOL, 30)
    found = bill(priced, 60, *zones, held=[["hours", 600]])
    assert (found.total, found.draws) == (900 + 10 * 90, (Draw("hours", 60),))


def test_package_of_the_dearer_zone_covers_the_cheaper_one():
    both = {**HOURS, "clocks": ["pool", "sauna"]}
    priced = tariff(POOL_CLOCK, SAUNA_CLOCK, covers=[both])
    found = bill(priced, 60, (POOL, 0), (SAUNA, 20), held=[["hours", 600]])
    assert (found.total, found.draws) == (0, (Draw("hours", 60),))


def test_next_package_begins_where_the_first_one_ends():
    second = {**HOURS, "name": "more"}
    priced = tariff(CARD_CLOCK, covers=[HOURS, second])
    found = bill(priced, 65, held=[["hours", 40], ["more", 20]])
    assert found.draws == (Draw("hours", 40), Draw("more", 20))
    assert found.total == 5 * 30


def test_next_package_is_not_drawn_while_the_first_one_lasts():
    second = {**HOURS, "name": "more"}
    priced = tariff(CARD_CLOCK, covers=[HOURS, second])
    found = bill(priced, 30, held=[["hours", 40], ["more", 20]])
    assert found.draws == (Draw("hours", 30),)


def test_minutes_to_change_in_before_the_package_is_drawn():
    change = {"name": "change", "clocks": ["pool"], "minutes": 10}
    priced = tariff(CARD_CLOCK, covers=[change, HOURS])
    found = bill(priced, 65, held=[["change", 0], ["hours", 600]])
    assert found.draws == (Draw("hours", 55),)


@pytest.mark.parametrize(("minutes", "cost"), [(60, 0), (61, 200), (121, 400)])
def test_stamp_gives_an_hour_free(minutes: int, cost: int):
    steps = {"every": 60, "price": 500}, {"after": 60, "every": 60, "price": 200}
    stamp = {"name": "shop", "clocks": ["pool"], "minutes": 60}
    priced = tariff(clock(*steps), covers=[stamp])
    assert total(priced, minutes, held=[["shop", 0]]) == cost


def test_cover_of_another_tariff_covers_nothing():
    assert total(tariff(POOL_CLOCK), 10, held=[["ski pass", 5]]) == 2500
