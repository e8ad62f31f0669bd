"""The shared cases, answered by the package itself."""

from collections import Counter

import pytest

from access_policy import Attempt, Reason

from ..vectors import DecisionCase, decision_cases
from .builders import decided

CASES = decision_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decision(case: DecisionCase):
    decision = decided(case.document, Attempt(**case.attempt))
    answer = {
        "granted": decision.granted,
        "reason": decision.reason.value,
        "person": decision.person,
        "credential": decision.credential,
        "right": decision.right,
    }
    assert answer == case.expect


def test_every_reason_has_a_case():
    assert {case.expect["reason"] for case in CASES} == {r.value for r in Reason}


def test_names_are_unique():
    names = Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
