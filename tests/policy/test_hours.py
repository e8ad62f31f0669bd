"""Hours agree with an oracle that counts minutes one by one."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from .builders import attempt, club, decided
from .settings import examples
from .strategies import moments, periods, weekdays, zones_of_time
from .wall_clock import minute_of_week, open_minutes, wall_clock

zones_and_moments = zones_of_time.flatmap(
    lambda zone: st.tuples(st.just(zone), moments(zone))
)
few_periods = st.lists(periods, max_size=4)


def is_granted(zone: str, at: datetime, right: dict, hours: list | None = None) -> bool:
    patch = {"venues": {"1": {"timezone": zone}}, "rights": {"1": right}}
    document = club({**patch, "bands": {"1": {"hours": {"1": hours}}}})
    return decided(document, attempt(at=at)).granted


@given(zones_and_moments, few_periods, weekdays)
@examples(500)
def test_bands(where: tuple[str, datetime], hours: list, days: list[int]):
    zone, at = where
    expected = minute_of_week(wall_clock(at, zone)) in open_minutes(hours, days)
    right = {"bands": [1], "weekdays": days}
    assert is_granted(zone, at, right, hours) == expected


@given(zones_and_moments, weekdays)
@examples(200)
def test_weekdays_alone(where: tuple[str, datetime], days: list[int]):
    zone, at = where
    expected = wall_clock(at, zone).weekday() in days
    assert is_granted(zone, at, {"weekdays": days}) == expected
