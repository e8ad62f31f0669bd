"""The same passages by two sets of rules: each side follows its own counts."""

from datetime import timedelta

from access_policy import PassageEvent, policy_from_document
from access_policy.event import utc_text
from access_policy.rehearsal import replay, side_of

from .builders import MONDAY, club

LIMITED = {"rights": {"1": {"bands": [1], "limits": {"1": 1}}}}


def came(week=0, reason="right", **values):
    at = utc_text(MONDAY + timedelta(weeks=week))
    return PassageEvent(at, 1, reason == "right", reason, 1, **values)


def played(patch, *events, since=MONDAY):
    sides = (side_of(policy_from_document(club(rules))) for rules in ({}, patch))
    return [
        (twice.position, twice.before.reason.value, twice.after.reason.value)
        for twice in replay(*sides, events, since)
    ]


def test_each_side_counts_what_it_lets_in():
    assert played(LIMITED, came(0), came(1)) == [
        (0, "right", "right"),
        (1, "right", "limit_reached"),
    ]


def test_what_is_older_counts_as_it_was():
    older = came(0, right=1, band=1, day="2026-11-23")
    since = MONDAY + timedelta(days=1)
    assert played(LIMITED, older, came(1), since=since) == [
        (1, "right", "limit_reached")
    ]


def test_what_rights_did_not_decide_is_not_played():
    assert played(LIMITED, came(0, "credential_blocked"), came(1, "point_locked")) == []


def test_what_unlocked_a_door_until_it_was_read_again_is_played_as_an_entry():
    toggle = {"points": {"1": {"toggle_minutes": 60}}}
    assert played(toggle, came(0, "unlocked_until_read"), came(0, "locked_again")) == [
        (0, "right", "right")
    ]


def test_doors_and_persons_of_today_do_not_matter():
    today = {"persons": {"1": {"suspended": True}}, "points": {"1": {"mode": "locked"}}}
    assert played(today, came()) == [(0, "right", "right")]
