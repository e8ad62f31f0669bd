"""Price lists that venues publish come out to the cent.

Amounts are in the smallest unit: 0.60 zl is 60, 60 Kc is 6000.
"""

import pytest

from .builders import POOL, SAUNA, bill, clock, short, tariff, total

# 60 minutes, ten more to change in, then 0.60 a minute, 0.90 in the sauna zone.
BY_THE_MINUTE = tariff(
    clock(
        {"price": 2900},
        {
            **{"after": 60, "tolerance": 10, "every": 1, "product": "overtime"},
            "price": [{"price": 90, "zones": [SAUNA]}, {"price": 60}],
        },
    )
)


@pytest.mark.parametrize(
    ("minutes", "cost"),
    [(0, 2900), (60, 2900), (70, 2900), (70.1, 2960), (71, 2960), (130, 6500)],
)
def test_overtime_by_the_minute(minutes: float, cost: int):
    assert total(BY_THE_MINUTE, minutes) == cost


def test_overtime_costs_more_in_the_sauna():
    lines = bill(BY_THE_MINUTE, 100, (POOL, 0), (SAUNA, 80), (POOL, 90)).lines
    assert [short(line) for line in lines] == [
        ("once", "pool", POOL, 1, 2900, 2900),
        ("time", "pool", POOL, 20, 60, 1200),
        ("time", "pool", SAUNA, 10, 90, 900),
    ]
    assert [line.product for line in lines] == ["pool", "overtime", "overtime"]


def test_sauna_within_the_base_time_costs_nothing_more():
    assert total(BY_THE_MINUTE, 60, (POOL, 0), (SAUNA, 20)) == 2900


# The same list where the sauna is charged by the minute from its gate on.
BY_THE_GATE = tariff(
    clock(
        {"price": 2900},
        {
            **{"after": 60, "tolerance": 10, "every": 1},
            "price": [{"price": 0, "zones": [SAUNA]}, {"price": 60}],
        },
    ),
    clock({"every": 1, "price": 90}, name="sauna", where={"zones": [SAUNA]}),
)


def test_sauna_by_the_minute_from_its_gate_on():
    assert total(BY_THE_GATE, 60, (POOL, 0), (SAUNA, 20), (POOL, 30)) == 2900 + 900
    zones = (POOL, 0), (SAUNA, 65), (POOL, 75)
    assert total(BY_THE_GATE, 80, *zones) == 2900 + 900 + 300


# 25 minutes of tolerance, then started half hours; the sauna pauses the pool's clock.
BY_HALF_HOURS = tariff(
    clock(
        {"price": 12000},
        {"after": 90, "tolerance": 25, "every": 30, "price": 3000},
        where={"zones": [POOL]},
    ),
    clock({"every": 30, "price": 5000}, name="sauna", where={"zones": [SAUNA]}),
)


@pytest.mark.parametrize(
    ("minutes", "cost"), [(115, 12000), (116, 15000), (145, 15000), (146, 18000)]
)
def test_overtime_by_half_hours(minutes: int, cost: int):
    assert total(BY_HALF_HOURS, minutes) == cost


def test_sauna_pauses_the_clock_of_the_pool():
    zones = (POOL, 0), (SAUNA, 60), (POOL, 120)
    assert total(BY_HALF_HOURS, 175, *zones) == 12000 + 2 * 5000
    assert total(BY_HALF_HOURS, 176, *zones) == 12000 + 2 * 5000 + 3000


# A lost band costs what can be put on it: 150.00, 30.00 for children under 14.
CREDIT_LIMIT = tariff(clock({"price": 2500}), lost={"price": None, "instead": True})
FEE = tariff(
    clock({"price": 2500}),
    lost={"price": [{"kinds": ["child"], "price": 3000}, {"price": 15000}]},
)


@pytest.mark.parametrize("limit", [15000, 3000])
def test_lost_band_costs_the_whole_credit_limit(limit: int):
    found = bill(CREDIT_LIMIT, 60, lost=True, credit_limit=limit)
    assert [short(line) for line in found.lines] == [
        ("lost", "lost", None, 1, limit, limit)
    ]


def test_lost_band_costs_a_fee_beside_the_time():
    assert total(FEE, 60, kind="adult", lost=True) == 2500 + 15000
    assert total(FEE, 60, kind="child", lost=True) == 2500 + 3000
    assert total(FEE, 60, kind="child") == 2500


# 2 hours for 20 each, then 5 for each started 5 minutes.
STEPS = tariff(
    clock({"every": 60, "price": 2000}, {"after": 120, "every": 5, "price": 500})
)


@pytest.mark.parametrize(
    ("minutes", "cost"), [(1, 2000), (61, 4000), (120, 4000), (121, 4500), (126, 5000)]
)
def test_steps(minutes: int, cost: int):
    assert total(STEPS, minutes) == cost


# The best ticket found at the exit: 1.5 h 125, 2 h 155, 3 h 185, each further hour 50.
BEST_TICKET = tariff(
    clock(
        {"price": 12500},
        {"after": 90, "price": 3000},
        {"after": 120, "price": 3000},
        {"after": 180, "every": 60, "price": 5000},
    )
)


@pytest.mark.parametrize(
    ("minutes", "cost"),
    [(90, 12500), (91, 15500), (121, 18500), (180, 18500), (181, 23500), (241, 28500)],
)
def test_best_ticket_is_found_at_the_exit(minutes: int, cost: int):
    assert total(BEST_TICKET, minutes) == cost


# 7.00 an hour, each minute more a sixtieth of it, the sum rounded to 0.10.
SIXTIETHS = tariff(
    clock({"price": 700}, {"after": 60, "every": 1, "per": 60, "price": 700}),
    rounding=10,
)


@pytest.mark.parametrize(
    ("minutes", "cost"), [(60, 700), (61, 710), (62, 720), (63, 740), (64, 750)]
)
def test_shares_of_a_price_are_rounded_at_the_end(minutes: int, cost: int):
    assert total(SIXTIETHS, minutes) == cost


def test_rounding_is_a_line_of_its_own():
    assert [short(line) for line in bill(SIXTIETHS, 63).lines] == [
        ("once", "pool", POOL, 1, 700, 700),
        ("time", "pool", POOL, 1, 35, 35),
        ("rounding", "rounding", None, 1, 5, 5),
    ]


# Who settles the band after 22:05 pays 20.00 more.
AFTER_HOURS = tariff(
    clock({"price": 2900}),
    clock({"price": 2000}, name="late", where={"hours": [[1325, 300]]}),
)


def test_fee_after_hours():
    assert total(AFTER_HOURS, 12 * 60 + 5) == 2900
    assert total(AFTER_HOURS, 12 * 60 + 6) == 2900 + 2000
