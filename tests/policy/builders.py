"""Documents and attempts of a small club, and what is decided about them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from access_policy import (
    Attempt,
    Decision,
    decide,
    policy_from_document,
    state_from_document,
)

from ..vectors import merge_patch

CARD = "rfid:04A1B2C3D4E580"
# A Monday, ten o'clock in Warsaw.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

_CLUB = {
    "venues": {"1": {"timezone": "Europe/Warsaw"}},
    "bands": {"1": {"hours": {"1": [[0, 480, 960]]}}},
    "zones": {"1": {}},
    "points": {"1": {"venue": 1, "zone_to": 1}},
    "rights": {"1": {"zones": [1]}},
    "persons": {"1": {"rights": [1]}},
    "credentials": {CARD: {"id": 1, "person": 1}},
}


def club(patch: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the club's document, changed by a JSON Merge Patch."""
    return merge_patch(_CLUB, patch or {})


def attempt(**changes: Any) -> Attempt:
    return Attempt(**{"point": 1, "credential": CARD, "at": MONDAY, **changes})


def decided(
    document: Mapping[str, Any],
    tried: Attempt | None = None,
    trace: bool = False,
    state: Mapping[str, Any] | None = None,
) -> Decision:
    return all_decided(document, [tried or attempt()], trace, state)[0]


def all_decided(
    document: Mapping[str, Any],
    tried: Iterable[Attempt],
    trace: bool = False,
    state: Mapping[str, Any] | None = None,
) -> list[Decision]:
    policy, before = policy_from_document(document), state_from_document(state or {})
    return [decide(policy, before, one, trace) for one in tried]
