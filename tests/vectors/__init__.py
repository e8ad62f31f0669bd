"""Cases that the pure packages and the gateway must answer alike.

Standard library only and no import of what is tested: whoever decides reads them here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class DecisionCase:
    """One attempt under one policy document, and what must be decided.

    ``state`` is what happened before; ``attempt`` holds the fields of
    ``access_policy.Attempt``; ``expect`` holds those of ``Decision`` that count.
    """

    name: str
    document: Mapping[str, Any]
    state: Mapping[str, Any]
    attempt: Mapping[str, Any]
    expect: Mapping[str, Any]

    def answer(self, decision: Any) -> dict[str, Any]:
        """Give what a decision says of the fields that count, as in ``expect``."""
        answer = {name: getattr(decision, name) for name in self.expect}
        if answer.get("first") is not None:
            answer["first"] = list(answer["first"])
        return answer | {
            "reason": decision.reason.value,
            "warnings": [warning.value for warning in decision.warnings],
        }


def decision_cases() -> list[DecisionCase]:
    content = json.loads((FOLDER / "decision.json").read_text(encoding="utf-8"))
    return [_decision_case(entry, content["policies"]) for entry in content["cases"]]


def _decision_case(
    entry: Mapping[str, Any], policies: Mapping[str, Any]
) -> DecisionCase:
    policy, attempt = entry["policy"], entry["attempt"]
    document = policies[policy] if isinstance(policy, str) else policy
    at = datetime.fromisoformat(attempt["at"].replace("Z", "+00:00"))
    names = ("person", "credential", "right", "day", "ticket")
    unnamed = {**dict.fromkeys(names), "warnings": []}
    return DecisionCase(
        name=entry["name"],
        document=merge_patch(document, entry.get("with", {})),
        state=entry.get("state", {}),
        attempt={**attempt, "at": at},
        expect={**unnamed, **entry["expect"]},
    )


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch (RFC 7396) and leave the target as it is.

    >>> merge_patch({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}})
    {'a': {'c': 2, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


@dataclass(frozen=True)
class RecurringCase:
    """What person 1 may do at point 1 under a document, as weekly recurring keys.

    Each key is its weekdays, start and end minute, first and last day (ISO dates), and
    band or ``None``.
    """

    name: str
    document: Mapping[str, Any]
    first_day: date
    last_day: date
    keys: list[list[Any]]


def recurring_cases() -> list[RecurringCase]:
    content = json.loads((FOLDER / "recurring.json").read_text(encoding="utf-8"))
    november = ["2026-11-01", "2026-11-30"]
    return [
        RecurringCase(
            entry["name"],
            merge_patch(content["club"], entry.get("with", {})),
            *map(date.fromisoformat, entry.get("days", november)),
            keys=entry["keys"],
        )
        for entry in content["cases"]
    ]


@dataclass(frozen=True)
class TariffCase:
    """What a stay costs under a tariff at a time.

    ``lines`` are code, name, product, zone, quantity, unit price, amount and minutes;
    ``draws`` what is taken from packages.
    """

    name: str
    tariff: Mapping[str, Any]
    stay: Mapping[str, Any]
    at: datetime
    lines: list[list[Any]]
    total: int
    owed: int
    draws: list[list[Any]]


def tariff_cases() -> list[TariffCase]:
    content = json.loads((FOLDER / "tariff.json").read_text(encoding="utf-8"))
    return [
        TariffCase(
            **{
                **entry,
                "tariff": content["tariffs"][entry["tariff"]],
                "at": datetime.fromisoformat(entry["at"].replace("Z", "+00:00")),
            }
        )
        for entry in content["cases"]
    ]
