"""The order of checks, and the trace that tells it."""

import re
from dataclasses import replace

import pytest

from access_policy import CHECKS, Attempt, Reason, Step, decision

from ..vectors import DecisionCase, decision_cases
from .builders import club, decided

NAMES = [check.__name__.strip("_") for check in CHECKS]

every_case = pytest.mark.parametrize("case", decision_cases(), ids=lambda c: c.name)


def steps_of_checks(case: DecisionCase) -> list[Step]:
    trace = decided(case.document, Attempt(**case.attempt), True, case.state).trace
    return [step for step in trace if step.check in NAMES]


def test_docstring_of_the_file_tells_the_checks_in_their_order():
    told = re.findall(r"^ *\d+\. ([a-z ]+)", decision.__doc__, re.MULTILINE)
    assert [name.replace(" ", "_") for name in told] == NAMES


@every_case
def test_trace_does_not_change_the_answer(case: DecisionCase):
    attempt = Attempt(**case.attempt)
    traced = decided(case.document, attempt, True, case.state)
    assert replace(traced, trace=()) == decided(
        case.document, attempt, False, case.state
    )


@every_case
def test_steps_stand_in_the_order_of_checks(case: DecisionCase):
    looked_at = [step.check for step in steps_of_checks(case)]
    assert looked_at == NAMES[: len(looked_at)]


@every_case
def test_the_last_check_decides(case: DecisionCase):
    assert steps_of_checks(case)[-1].found == Reason(case.expect["reason"])


@every_case
def test_what_was_overruled_is_a_warning(case: DecisionCase):
    *others, _last = [step.found for step in steps_of_checks(case)]
    warned = {Reason(warning) for warning in case.expect["warnings"]}
    assert {found for found in others if found is not None} <= warned


def test_no_trace_unless_asked():
    assert decided(club()).trace == ()


def test_rights_that_do_not_hold_now_are_told():
    never = {"zones": [1], "bands": []}
    rights = {"2": never, "3": {**never, "effect": "deny"}}
    document = club({"rights": rights, "persons": {"1": {"rights": [1, 2, 3]}}})
    steps = decided(document, trace=True).trace
    assert Step("deny_right", Reason.OUTSIDE_HOURS, 3) in steps


def test_deciding_right_is_in_its_step():
    assert Step("allow_rights", None, 1) in decided(club(), trace=True).trace
