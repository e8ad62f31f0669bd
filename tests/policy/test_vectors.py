"""The shared cases, answered by the package itself."""

from collections import Counter

import pytest

from access_policy import Attempt, Reason
from access_policy.reason import NOTES

from ..vectors import DecisionCase, decision_cases
from .builders import decided

CASES = decision_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decision(case: DecisionCase):
    decision = decided(case.document, Attempt(**case.attempt), state=case.state)
    assert case.answer(decision) == case.expect


def test_every_reason_has_a_case():
    said = {case.expect["reason"] for case in CASES}
    warned = {warning for case in CASES for warning in case.expect["warnings"]}
    undecided = {
        *NOTES,
        Reason.RECORDED_BY_STAFF,
        Reason.EXIT_BUTTON,
        Reason.GRANTED_BY_DEVICE,
        Reason.REFUSED_BY_DEVICE,
        Reason.WITH_SECOND_PERSON,  # noted with the second one's
    }
    undecided = {reason.value for reason in undecided}
    assert said | warned | undecided == {reason.value for reason in Reason}


def test_names_are_unique():
    names = Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
