"""Clocks and their steps: base, overtime, tolerance, dearer zones, restarts."""

import pytest

from .builders import POOL, SAUNA, STEAM, bill, clock, short, tariff, total


def test_base_price_is_due_at_once():
    assert total(tariff(clock({"price": 2500})), 0) == 2500


def test_passages_of_the_future_cost_nothing():
    priced = tariff(clock({"price": 900}, where={"zones": [SAUNA]}))
    assert total(priced, 29, (POOL, 0), (SAUNA, 30)) == 0
    assert total(priced, 30, (POOL, 0), (SAUNA, 30)) == 900


def test_time_after_leaving_costs_nothing():
    priced = tariff(clock({"every": 1, "price": 10}))
    assert total(priced, 500, (POOL, 0), (None, 30)) == 300


@pytest.mark.parametrize(
    ("every", "cost"), [(1, 31 * 100), (15, 3 * 100), (30, 2 * 100), (60, 100)]
)
def test_overtime_is_charged_by_started_units(every: int, cost: int):
    priced = tariff(clock({"after": 60, "every": every, "price": 100}))
    assert total(priced, 90.5) == cost


def test_unit_is_started_once_its_second_is_over():
    priced = tariff(clock({"after": 60, "every": 1, "price": 60}))
    assert [total(priced, 60 + s / 60) for s in (0, 0.9, 1)] == [0, 0, 60]


def test_tolerance_stays_free_when_it_is_passed():
    priced = tariff(clock({"after": 60, "tolerance": 10, "every": 1, "price": 60}))
    assert [total(priced, m) for m in (70, 71)] == [0, 60]


def test_tolerance_that_counts_is_paid_when_it_is_passed():
    step = {"after": 60, "tolerance": 10, "every": 1, "price": 60}
    priced = tariff(clock({**step, "tolerance_counts": True}))
    assert [total(priced, m) for m in (70, 71)] == [0, 11 * 60]


def test_first_hour_costs_other_than_further_ones():
    priced = tariff(
        clock({"every": 60, "price": 500}, {"after": 60, "every": 60, "price": 200})
    )
    assert [total(priced, m) for m in (60, 61, 121)] == [500, 700, 900]


def test_unit_costs_as_the_zone_in_which_it_begins():
    dear = [{"zones": [SAUNA], "price": 900}, {"price": 300}]
    priced = tariff(clock({"every": 30, "price": dear}))
    zones = (POOL, 0), (SAUNA, 20), (POOL, 40)
    assert total(priced, 60, *zones) == 300 + 900


SAUNA_CLOCK = clock(
    {"price": 900}, {"every": 1, "price": 90}, name="sauna", where={"zones": [SAUNA]}
)


def test_dearer_zone_is_charged_on_entry_and_by_time():
    priced = tariff(clock({"price": 2500}), SAUNA_CLOCK)
    assert total(priced, 10, (POOL, 0), (SAUNA, 10)) == 2500 + 900 + 90
    assert total(priced, 20, (POOL, 0), (SAUNA, 10)) == 2500 + 900 + 10 * 90


def test_way_back_is_free():
    priced = tariff(clock({"price": 2500}), SAUNA_CLOCK)
    inside = total(priced, 20, (POOL, 0), (SAUNA, 10))
    assert total(priced, 60, (POOL, 0), (SAUNA, 10), (POOL, 20)) == inside


def test_supplement_is_due_once_for_the_stay():
    priced = tariff(clock({"price": 900}, where={"zones": [SAUNA]}))
    zones = (POOL, 0), (SAUNA, 10), (POOL, 20), (SAUNA, 30)
    assert total(priced, 40, *zones) == 900


def test_supplement_is_due_at_each_entry_where_the_clock_restarts():
    priced = tariff(clock({"price": 900}, where={"zones": [SAUNA]}, restarts="entry"))
    zones = (POOL, 0), (SAUNA, 10), (POOL, 20), (SAUNA, 30)
    assert total(priced, 40, *zones) == 2 * 900


def test_clock_that_runs_in_both_zones_does_not_restart_between_them():
    where = {"zones": [SAUNA, STEAM]}
    priced = tariff(clock({"price": 900}, where=where, restarts="entry"))
    assert total(priced, 40, (POOL, 0), (SAUNA, 10), (STEAM, 20), (SAUNA, 30)) == 900


def test_step_that_is_due_once_does_not_end_the_one_before():
    priced = tariff(clock({"every": 60, "price": 200}, {"after": 90, "price": 1000}))
    assert [total(priced, m) for m in (90, 121)] == [400, 600 + 1000]


@pytest.mark.parametrize(("zones", "cost"), [([POOL], 0), ([POOL, SAUNA], 600)])
def test_time_in_the_dearer_zone_stops_the_base_clock_or_not(
    zones: list[int], cost: int
):
    overtime = {"after": 60, "every": 1, "price": 60}
    priced = tariff(clock(overtime, where={"zones": zones}))
    assert total(priced, 70, (POOL, 0), (SAUNA, 30), (POOL, 50)) == cost


def test_zones_are_nested():
    priced = tariff(
        clock({"price": 2500}),
        clock({"price": 900}, name="sauna", where={"zones": [SAUNA, STEAM]}),
        clock({"price": 500}, name="steam", where={"zones": [STEAM]}),
    )
    assert total(priced, 30, (POOL, 0), (STEAM, 10)) == 2500 + 900 + 500
    assert total(priced, 30, (POOL, 0), (SAUNA, 10)) == 2500 + 900


def test_zone_that_was_left_in_the_same_second_was_not_entered():
    priced = tariff(clock({"price": 900}, where={"zones": [SAUNA]}))
    assert total(priced, 30, (POOL, 0), (SAUNA, 10), (POOL, 10)) == 0


def test_time_outside_stops_the_clock():
    priced = tariff(clock({"after": 60, "every": 1, "price": 60}))
    assert total(priced, 120, (POOL, 0), (None, 30), (POOL, 90)) == 0


def test_customers_have_prices_of_their_own():
    child = {"kinds": ["child"], "price": 1500}
    long = {"tickets": ["long"], "price": 4000}
    priced = tariff(clock({"price": [child, long, {"price": 2500}]}))
    assert total(priced, 0, kind="child") == 1500
    assert total(priced, 0, kind="adult", ticket="long") == 4000
    assert total(priced, 0, kind="adult") == 2500


def test_ticket_chooses_the_clock():
    priced = tariff(
        clock({"after": 60, "every": 1, "price": 60}, where={"tickets": ["short"]}),
        clock(
            {"after": 120, "every": 1, "price": 60},
            **{"name": "long", "where": {"tickets": ["long"]}},
        ),
    )
    assert total(priced, 70, ticket="short") == 600
    assert total(priced, 70, ticket="long") == 0


def test_free_entry_is_a_line():
    lines = bill(tariff(clock({"price": 0})), 10).lines
    assert [short(line) for line in lines] == [("once", "pool", POOL, 1, 0, 0)]


def test_line_tells_what_it_is_paid_for():
    [line] = bill(tariff(clock({"after": 60, "every": 15, "price": 100})), 80).lines
    assert (line.quantity, line.minutes) == (2, 30)
    assert (line.start.minute, line.end.minute) == (0, 30)
