"""The shared cases, answered by rules as a gateway loads them: credentials sealed."""

import pytest

from access_gateway.rules import rules_from_document
from access_policy import Attempt, decide, seal_token, state_from_document

from ..vectors import DecisionCase, decision_cases

KEY = b"a gateway's own key"


@pytest.mark.parametrize("case", decision_cases(), ids=lambda case: case.name)
def test_decision(case: DecisionCase):
    credentials = case.document.get("credentials", {})
    rules = rules_from_document(
        {
            **case.document,
            "credentials": {seal_token(KEY, t): c for t, c in credentials.items()},
            "format": 2,
            "version": 1,
        }
    )
    sealed = {
        name: token and seal_token(KEY, token)
        for name, token in case.attempt.items()
        if name in ("credential", "pin")
    }
    attempt = Attempt(**{**case.attempt, **sealed})
    decision = decide(rules.policy, state_from_document(case.state), attempt)
    assert case.answer(decision) == case.expect
