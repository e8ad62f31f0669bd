"""When members may pass at points whose lock decides alone."""

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given

from access_gateway import hours as module
from access_gateway.hours import Timetable, period_at
from access_policy import (
    Attempt,
    Credential,
    CredentialStatus,
    State,
    decide,
    policy_from_document,
)

from ..policy import strategies
from ..policy.settings import examples
from ..policy.strategies import made_by
from .world import policy

# A Wednesday, noon.
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
MONDAY = date(2026, 11, 23)
OFFICE = {"1": {"hours": {"1": [[day, 480, 1020] for day in range(5)]}}}


def timetable(**changes):
    table = Timetable()
    follow(table, **changes)
    return table


def follow(table, **changes):
    table.follow(policy_from_document(policy(**changes)), period_at(NOW))


def card(person=1, **fields):
    return Credential(id=person, person=person, **fields)


def minutes(table, point=1, **fields):
    """Give weekdays, start and end of all hours."""
    found = table.hours(card(**fields), point)
    return [(sorted(one.weekdays), one.start, one.end) for one in found]


def point(**fields):
    return {"1": {"venue": 1, "zone_to": 1, **fields}}


@pytest.mark.parametrize(
    ("day", "first"),
    [(23, date(2026, 11, 16)), (24, MONDAY), (29, MONDAY), (30, MONDAY)],
)
def test_the_period_is_that_of_the_week(day, first):
    period = period_at(datetime(2026, 11, day, 0, 30, tzinfo=timezone.utc))
    assert period == (first, first + timedelta(days=13))


def test_hours_are_those_of_the_rights():
    table = timetable(bands=OFFICE, rights={"1": {"zones": [1], "bands": [1]}})
    assert minutes(table) == [([0, 1, 2, 3, 4], 480, 1020)]


def test_whoever_is_not_in_the_rules_has_none():
    assert minutes(timetable(), person=7) == []


@pytest.mark.parametrize("flag", ["suspended", "identity_unchecked"])
def test_the_suspended_have_none(flag):
    assert minutes(timetable(persons={"1": {"rights": [1], flag: True}})) == []


@pytest.mark.parametrize(
    "field",
    [
        {"mode": "locked"},
        {"mode": "lockdown"},
        {"mode": "controlled_pin"},
        {"persons": 2},
        {"interlock": [2]},
    ],
)
def test_what_a_lock_cannot_know_gives_none(field):
    assert minutes(timetable(points=point(**field))) == []


@pytest.mark.parametrize("mode", ["locked", "lockdown", "controlled_pin"])
def test_nobody_has_any_while_an_order_locks_the_point(mode):
    order = {"points": [1], "mode": mode, "priority": 90}
    assert minutes(timetable(orders={"1": order})) == []
    ends = {**order, "valid_to": "2026-11-26T23:00:00Z"}  # midnight in Warsaw
    found = timetable(orders={"1": ends}).hours(card(), 1)
    assert min(one.valid_from for one in found) == date(2026, 11, 27)


def test_an_order_that_unlocks_changes_nothing():
    order = {"points": [1], "mode": "unlocked", "priority": 90}
    assert minutes(timetable(orders={"1": order})) == minutes(timetable())


def test_who_leaves_is_not_kept_in():
    out = {"1": {"venue": 1, "zone_from": 1}}
    persons = {"1": {"rights": []}}
    assert minutes(timetable(points=out, persons=persons)) == minutes(timetable())
    lockdown = {"points": [1], "mode": "lockdown", "priority": 90}
    assert minutes(timetable(points=out, orders={"1": lockdown})) == []


@pytest.mark.parametrize("flag", ["suspended", "identity_unchecked"])
@pytest.mark.parametrize(
    "there", [{"zone_from": 1, "zone_to": None}, {"combination": "record"}]
)
def test_nobody_who_is_known_is_kept_inside(flag, there):
    table = timetable(points=point(**there), persons={"1": {"rights": [1], flag: True}})
    assert minutes(table) == minutes(timetable())


@pytest.mark.parametrize(
    "right",
    [{"zones": [1]}, {"points": [1], "ticket_types": [9]}],
)
def test_controlled_exit_gives_none_by_zone_or_ticket(right):
    out = {"1": {"venue": 1, "zone_from": 1, "controls_exit": True}}
    assert minutes(timetable(points=out, rights={"1": right})) == []


def test_controlled_exit_gives_those_of_rights_for_it():
    out = {"1": {"venue": 1, "zone_from": 1, "controls_exit": True}}
    rights = {"1": {"points": [1]}}
    assert minutes(timetable(points=out, rights=rights)) == minutes(timetable())


def test_hours_end_with_the_card_and_with_the_rules():
    ends = datetime(2026, 11, 27, 11, tzinfo=timezone.utc)  # noon in Warsaw
    last = [
        (MONDAY, date(2026, 11, 26), 1440),
        (date(2026, 11, 27), date(2026, 11, 27), 720),
    ]
    for table, valid_to in (
        (timetable(), ends),
        (timetable(expires_at=ends.isoformat()), None),
    ):
        found = table.hours(card(valid_to=valid_to), 1)
        assert [(one.valid_from, one.valid_to, one.end) for one in found] == last


def test_hours_begin_with_the_card():
    begins = datetime(2026, 11, 26, 23, tzinfo=timezone.utc)
    found = timetable().hours(card(valid_from=begins), 1)
    assert min(one.valid_from for one in found) == date(2026, 11, 27)


@pytest.fixture
def worked_out(monkeypatch):
    """The persons whose hours were worked out and not known."""
    asked = []

    def noted(policy, *args):
        asked.append(args)
        return module_keys(policy, *args)

    module_keys = module.recurring_keys
    monkeypatch.setattr(module, "recurring_keys", noted)
    return asked


def test_members_of_one_plan_are_worked_out_once(worked_out):
    """Though their plans end at different times, all far off."""
    persons = {
        str(n): {"rights": [{"right": 1, "valid_to": f"2027-01-{n:02}T00:00:00Z"}]}
        for n in range(1, 20)
    }
    table = timetable(persons=persons)
    assert len({table.hours(card(n), 1) for n in range(1, 20)}) == 1
    assert len(worked_out) == 1


def test_after_a_change_only_who_changed_is_worked_out(worked_out):
    persons = {"1": {"rights": [1]}, "2": {"rights": [1]}}
    table = timetable(persons=persons)
    minutes(table)
    follow(table, persons={**persons, "2": {"rights": []}}, version=2)
    assert minutes(table) and not minutes(table, person=2)
    assert len(worked_out) == 2


def test_after_a_change_of_what_all_share_all_is_worked_out(worked_out):
    table = timetable()
    minutes(table)
    follow(table, rights={"1": {"zones": [1], "weekdays": [5]}})
    assert minutes(table) == [([5], 0, 1440)]


@given(made_by(strategies.document))
@examples(150)
def test_nobody_has_hours_in_which_the_decision_refuses(document):
    for right in document["rights"].values():
        right["limits"] = {}  # which a lock does not count
    rules = policy_from_document(document)
    table = Timetable()
    period = period_at(strategies.BUSY)
    table.follow(rules, period)
    for token, [credential] in rules.credentials.items():
        if credential.status is not CredentialStatus.ACTIVE:
            continue
        for place in strategies.NUMBERS:
            lines = table.hours(credential, place)
            for at in moments_of(period) if lines else ():
                if not lets_in(lines, at, rules.venues[rules.points[place].venue]):
                    continue
                decision = decide(rules, State(), Attempt(place, token, at))
                assert decision.granted


def moments_of(period):
    begin = datetime.combine(period.first, time.min, timezone.utc)
    return [begin + timedelta(minutes=97) * step for step in range(200)]


def lets_in(lines, at, venue):
    local = at.astimezone(venue.timezone)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        return False  # an hour that comes twice belongs to either
    return any(
        line.start <= minute < line.end
        and line.valid_from <= day <= line.valid_to
        and day.weekday() in line.weekdays
        for line in lines
        for back in (0, 1)
        for day in [local.date() - timedelta(days=back)]
        for minute in [local.hour * 60 + local.minute + 1440 * back]
    )
