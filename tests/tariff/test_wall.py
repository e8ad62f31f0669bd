"""Hours and days are those of the wall, minutes are real."""

from datetime import datetime, timezone

import pytest

from .builders import POOL, clock, tariff, total

KINDS = [
    {"name": "holiday", "dates": ["2026-11-11", ["2026-12-24", "2027-01-01"]]},
    {"name": "school holiday", "dates": [["2026-12-20", "2027-01-03"]]},
    {"name": "weekend", "weekdays": [5, 6]},
]
BY_DAY = [
    {"days": ["holiday"], "price": 4000},
    {"days": ["school holiday"], "price": 3500},
    {"days": ["weekend"], "price": 3000},
    {"price": 2500},
]
DAY_LIST = tariff(clock({"price": BY_DAY}), calendar={"kinds": KINDS})


def warsaw(day: str, hour: int, minute: int = 0, offset: int = 1) -> datetime:
    moment = f"{day}T{hour:02}:{minute:02}:00+0{offset}:00"
    return datetime.fromisoformat(moment).astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("day", "cost"),
    [
        *(("2026-11-10", 2500), ("2026-11-11", 4000), ("2026-11-14", 3000)),
        *(("2026-12-23", 3500), ("2026-12-26", 4000), ("2027-01-02", 3500)),
    ],
)
def test_price_by_kind_of_day(day: str, cost: int):
    assert total(DAY_LIST, 30, start=warsaw(day, 10)) == cost


def test_opening_day_lasts_until_it_ends_at_night():
    calendar = {"kinds": KINDS, "day_starts": 240}
    priced = tariff(clock({"price": BY_DAY}), calendar=calendar)
    assert total(priced, 0, start=warsaw("2026-11-12", 3, 59)) == 4000
    assert total(priced, 0, start=warsaw("2026-11-12", 4)) == 2500


def test_price_by_hour_of_entry():
    early = {"hours": [[360, 480]], "price": 1800}
    priced = tariff(clock({"price": [early, {"price": 2500}]}))
    hours = {(5, 59): 2500, (6, 0): 1800, (7, 59): 1800, (8, 0): 2500}
    for (hour, minute), cost in hours.items():
        assert total(priced, 90, start=warsaw("2026-11-23", hour, minute)) == cost


NIGHT = tariff(
    clock(
        {"every": 60, "price": [{"hours": [[1320, 360]], "price": 100}, {"price": 400}]}
    )
)


def test_night_rate_over_midnight():
    start = warsaw("2026-11-23", 20)
    assert total(NIGHT, 12 * 60, start=start) == 2 * 400 + 8 * 100 + 2 * 400


def test_night_is_longer_when_clocks_go_back():
    start = warsaw("2026-10-24", 22, offset=2)
    assert total(NIGHT, 9 * 60, start=start) == 9 * 100


def test_night_is_shorter_when_clocks_go_forward():
    start = warsaw("2026-03-28", 22)
    assert total(NIGHT, 9 * 60, start=start) == 7 * 100 + 2 * 400


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2026-11-23"])
def test_real_minutes_count(day: str):
    priced = tariff(clock({"every": 1, "price": 10}))
    start = warsaw(day, 22, offset=2 if day == "2026-10-24" else 1)
    assert total(priced, 600, start=start) == 6000


def test_hour_that_comes_twice_costs_twice():
    priced = tariff(clock({"every": 30, "price": 100}, where={"hours": [[120, 180]]}))
    assert total(priced, 600, start=warsaw("2026-10-24", 22, offset=2)) == 400


def test_hour_that_is_skipped_costs_nothing():
    priced = tariff(clock({"every": 30, "price": 100}, where={"hours": [[120, 180]]}))
    assert total(priced, 600, start=warsaw("2026-03-28", 22)) == 0


def test_clock_begins_anew_each_opening_day():
    priced = tariff(clock({"price": 500}, restarts="day"))
    assert total(priced, 120, start=warsaw("2026-11-23", 23)) == 1000


def test_clock_begins_anew_each_24_hours():
    priced = tariff(clock({"price": 500}, restarts="24h"))
    start = warsaw("2026-11-23", 23)
    assert total(priced, 24 * 60, start=start) == 500
    assert total(priced, 24 * 60 + 1, start=start) == 1000


def test_only_hours_of_the_clock_count():
    paid = clock({"every": 60, "price": 200}, where={"hours": [[480, 1080]]})
    start = warsaw("2026-11-23", 17)
    assert total(tariff(paid), 16 * 60, (POOL, 0), start=start) == 2 * 200
