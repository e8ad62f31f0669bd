"""Maximum, minimum and discounts, for the stay, the day and 24 hours."""

import pytest

from .builders import POOL, SAUNA, bill, clock, short, tariff, total
from .test_wall import warsaw

BY_MINUTE = clock({"every": 1, "price": 10})
HOURLY = clock({"every": 60, "price": 200})


def adjusted(per: str = "stay", **more: object) -> dict:
    return {"name": "adjustment", "clocks": ["pool"], "per": per, **more}


def test_maximum_of_the_stay():
    priced = tariff(HOURLY, adjustments=[adjusted(most=1500)])
    assert [total(priced, h * 60) for h in (7, 8, 100)] == [1400, 1500, 1500]


def test_maximum_of_the_opening_day():
    priced = tariff(HOURLY, adjustments=[adjusted("day", most=500)])
    start = warsaw("2026-11-23", 20)
    assert total(priced, 4 * 60, start=start) == 500
    assert total(priced, 5 * 60, start=start) == 700
    assert total(priced, 28 * 60, start=start) == 1000
    assert total(priced, 29 * 60, start=start) == 1200


def test_maximum_of_24_hours():
    priced = tariff(HOURLY, adjustments=[adjusted("24h", most=500)])
    start = warsaw("2026-11-23", 20)
    assert total(priced, 24 * 60, start=start) == 500
    assert total(priced, 25 * 60, start=start) == 700


def test_maximum_by_kind_of_day():
    kinds = [{"name": "weekend", "weekdays": [5, 6]}]
    most = [{"days": ["weekend"], "price": 300}, {"price": 500}]
    priced = tariff(
        HOURLY, calendar={"kinds": kinds}, adjustments=[adjusted("day", most=most)]
    )
    start = warsaw("2026-11-20", 20)
    assert total(priced, 10 * 60, start=start) == 500 + 300


def test_each_day_that_was_cut_is_a_line():
    priced = tariff(HOURLY, adjustments=[adjusted("day", most=500)])
    lines = bill(priced, 29 * 60, start=warsaw("2026-11-23", 20)).lines
    assert [short(line) for line in lines] == [
        ("time", "pool", POOL, 29, 200, 5800),
        ("most", "adjustment", None, 1, -300, -300),
        ("most", "adjustment", None, 1, -4300, -4300),
    ]
    assert [line.start.day for line in lines[1:]] == [23, 23]


def test_minimum_charge():
    priced = tariff(BY_MINUTE, adjustments=[adjusted(least=300)])
    assert [total(priced, m) for m in (1, 30, 31)] == [300, 300, 310]


def test_minimum_of_nothing_is_nothing():
    step = {"after": 15, "every": 1, "price": 10}
    priced = tariff(clock(step), adjustments=[adjusted(least=300)])
    assert [total(priced, m) for m in (15, 16)] == [0, 300]


def test_discount_in_percent_for_a_kind_of_customer():
    member = adjusted(percent=20, where={"kinds": ["member"]})
    priced = tariff(clock({"price": 2500}), adjustments=[member])
    assert total(priced, 0, kind="member") == 2000
    assert total(priced, 0, kind="adult") == 2500


@pytest.mark.parametrize(("price", "cost"), [(2555, 2300), (2550, 2295), (5, 5)])
def test_discount_is_rounded_half_up(price: int, cost: int):
    priced = tariff(clock({"price": price}), adjustments=[adjusted(percent=10)])
    assert total(priced, 0) == cost


def test_discount_to_an_amount_by_stamp():
    stamped = adjusted(most=500, where={"stamps": ["cinema"]})
    priced = tariff(HOURLY, adjustments=[stamped])
    assert total(priced, 300, stamps=["cinema"]) == 500
    assert total(priced, 300) == 1000


def test_amount_off_is_never_more_than_there_is():
    priced = tariff(HOURLY, adjustments=[adjusted(off=300)])
    assert [total(priced, h * 60) for h in (1, 2)] == [0, 100]


def test_adjustment_is_of_its_clocks_alone():
    sauna = clock({"price": 900}, name="sauna", where={"zones": [SAUNA]})
    priced = tariff(clock({"price": 2500}), sauna, adjustments=[adjusted(percent=100)])
    assert total(priced, 10, (POOL, 0), (SAUNA, 5)) == 900


def test_adjustments_stand_in_their_order():
    sauna = clock({"price": 2000}, name="sauna", where={"zones": [SAUNA]})
    cap = {"name": "cap", "clocks": ["pool", "sauna"], "most": 3000}
    priced = tariff(
        clock({"price": 2000}), sauna, adjustments=[adjusted(percent=50), cap]
    )
    assert total(priced, 10, (POOL, 0), (SAUNA, 5)) == 1000 + 2000


def test_what_was_cut_before_stays_cut():
    sauna = clock({"price": 2000}, name="sauna", where={"zones": [SAUNA]})
    both = {"clocks": ["pool", "sauna"]}
    chain = [
        {"name": "cap", "most": 3000, **both},
        {"name": "a", "percent": 50, **both},
    ]
    priced = tariff(clock({"price": 2000}), sauna, adjustments=chain)
    assert total(priced, 10, (POOL, 0), (SAUNA, 5)) == 1500


def test_total_is_rounded_as_the_currency_is():
    priced = tariff(clock({"price": 2503}), rounding=5)
    assert total(priced, 0) == 2505
