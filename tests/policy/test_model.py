"""Values cannot be changed, and a time needs a zone."""

from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timezone

import pytest

from access_policy import (
    Attempt,
    Band,
    Credential,
    Decision,
    PassageEvent,
    Person,
    Point,
    Policy,
    Reason,
    Right,
    Step,
    Venue,
    Zone,
)

from .builders import MONDAY

VALUES = [
    Attempt(1, None, MONDAY),
    Band({}),
    Credential(1, 1),
    Decision(False, Reason.NO_RIGHT),
    PassageEvent("2026-11-23T09:00:00.000Z", 1, False, "no_right"),
    Person(),
    Point(1),
    Policy(),
    Right(),
    Step("point_known", None),
    Venue(timezone.utc),
    Zone(),
]

every_value = pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)


def names_of(value: object) -> list[str]:
    if isinstance(value, tuple):
        return list(value._fields)
    return [field.name for field in fields(value)]


@every_value
def test_no_field_can_be_set(value: object):
    settable = []
    for name in names_of(value):
        try:
            setattr(value, name, getattr(value, name))
            settable.append(name)
        except (AttributeError, FrozenInstanceError):
            pass
    assert settable == []


@pytest.mark.parametrize("value", [v for v in VALUES if not isinstance(v, Policy)])
def test_what_there_is_much_of_has_no_dict(value: object):
    assert not hasattr(value, "__dict__")


def test_attempt_without_time_zone():
    with pytest.raises(ValueError, match="time without zone"):
        Attempt(1, None, datetime(2026, 11, 23, 9, 0))
