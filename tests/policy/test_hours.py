"""Hours agree with an oracle that counts minutes one by one."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from access_policy import Mode, Reason, policy_from_document

from .builders import attempt, club, decided
from .settings import examples
from .strategies import moments, periods, weekdays, zones_of_time
from .wall_clock import DAY, is_open, minute_of_week, open_minutes, wall_clock

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


rules = st.sampled_from(("as_weekday", "closed", "own_hours"))
rules_of_eves = st.sampled_from(("as_weekday", "closed", "open"))
margins = st.sampled_from((0, 1, 30, 600, DAY))
schedules = st.fixed_dictionaries(
    {
        "weekdays": weekdays,
        "holidays": rules,
        "holiday_eves": rules_of_eves,
        "early_entry": margins,
        "late_exit": margins,
    }
)
periods_of_holidays = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, DAY), st.integers(0, DAY)), max_size=4
)
days_around = st.lists(st.integers(-3, 3), max_size=4, unique=True)


@given(zones_and_moments, periods_of_holidays, schedules, days_around, st.booleans())
@examples(500)
def test_holidays_and_margins(
    where: tuple[str, datetime],
    hours: list,
    schedule: dict,
    around: list[int],
    is_leaving: bool,
):
    zone, at = where
    local = wall_clock(at, zone)
    holidays = [local.date() + timedelta(days=days) for days in around]
    venue = {"timezone": zone, "holidays": [day.isoformat() for day in holidays]}
    side = {"zone_to": None, "zone_from": 1} if is_leaving else {}
    document = club(
        {
            "venues": {"1": venue},
            "bands": {"1": {"hours": {"1": hours}}},
            "points": {"1": side},
            "rights": {"1": {"bands": [1], **schedule}},
        }
    )
    reason = decided(document, attempt(at=at)).reason
    expected = is_open(local, hours, schedule, holidays, is_leaving)
    assert (reason is Reason.RIGHT) == expected


orders = st.fixed_dictionaries(
    {
        "points": st.just([1]),
        "mode": st.sampled_from([mode.value for mode in Mode]),
        "priority": st.sampled_from((10, 20, 30, 40)),
        "bands": st.sampled_from((None, [1], [2])),
        "weekdays": weekdays,
        "holidays": rules,
        "holiday_eves": rules_of_eves,
        "from": st.integers(-90, 90),
        "to": st.integers(-90, 90),
    }
)


def in_force(
    order: dict, minutes: int, local: datetime, holidays: list, bands: dict
) -> bool:
    if not order["from"] <= minutes < order["to"]:
        return False
    hours = [(day, 0, DAY) for day in range(8)]
    if order["bands"] is not None:
        hours = bands[order["bands"][0]]
    schedule = order | {"early_entry": 0, "late_exit": 0}
    return is_open(local, hours, schedule, holidays, False)


@given(
    zones_and_moments,
    st.lists(orders, max_size=5),
    periods_of_holidays,
    periods_of_holidays,
    days_around,
)
@examples(60)
def test_modes_minute_by_minute(
    where: tuple[str, datetime], orders: list, one: list, other: list, around: list
):
    zone, middle = where
    middle = middle.replace(second=0, microsecond=0)
    today = wall_clock(middle, zone).date()
    holidays = [today + timedelta(days=days) for days in around]
    venue = {"timezone": zone, "holidays": [day.isoformat() for day in holidays]}
    document = club(
        {
            "venues": {"1": venue},
            "bands": {"1": {"hours": {"1": one}}, "2": {"hours": {"1": other}}},
        }
    )
    document["orders"] = {
        str(key): order
        | {
            "valid_from": _text(middle, order["from"]),
            "valid_to": _text(middle, order["to"]),
        }
        for key, order in enumerate(orders, 1)
    }
    policy = policy_from_document(document)
    for minutes in range(-100, 100, 7):
        at = middle + timedelta(minutes=minutes)
        local = wall_clock(at, zone)
        holding = [
            (order["priority"], key, order["mode"])
            for key, order in enumerate(orders, 1)
            if in_force(order, minutes, local, holidays, {1: one, 2: other})
        ]
        expected = max(holding)[2] if holding else "controlled"
        assert policy.mode_at(1, at).value == expected


def _text(middle: datetime, minutes: int) -> str:
    return (middle + timedelta(minutes=minutes)).isoformat()
