"""Telling the ERP what is in force here, so that it can be held against the rules."""

import json
from datetime import datetime, timezone

import pytest

from access_gateway import compare
from access_policy import policy_from_document
from access_policy.digest import differences, entry_digests, policy_digests

from .world import CARD, policy

AT = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
WIRED = ("devices", "wiring")


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(compare, "PAUSE_S", 0.01)


def expected(document):
    """What a gateway with these rules should tell."""
    wired = {name: entry_digests(document[name]) for name in WIRED}
    return policy_digests(policy_from_document(document), AT) | wired


async def compared(place, key="c1"):
    place.erp.command(key, kind="compare", point=None, issued_at=AT.isoformat())
    await place.erp.until(lambda: key in place.erp.results)
    assert place.erp.results[key]["ok"], place.erp.results[key]
    return place.erp.compared[-1]


async def test_it_tells_what_it_was_given(place):
    told = await compared(place)
    assert (told["version"], told["command"]) == (1, "c1")
    assert differences(told["sections"], expected(policy())) == []


async def test_what_it_holds_otherwise_has_a_name(place):
    rules = place.gateway.store.rules
    rules.policy.persons.clear()
    told = await compared(place)
    found = differences(told["sections"], expected(policy()))
    assert found == [("persons", "1", "different")]


async def test_after_a_change_it_tells_the_rules_there_are_now(place):
    after = policy(rights={"1": {"zones": [1]}, "2": {"zones": []}})
    place.erp.publish_change(after, rights={"2": {"zones": []}})
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    told = await compared(place)
    assert differences(told["sections"], expected(after)) == []


async def test_a_change_of_the_wiring_is_told(place):
    wiring = {"1": {**policy()["wiring"]["1"], "release_ms": 40}}
    place.erp.publish_change(policy(wiring=wiring), wiring=wiring)
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    told = await compared(place)
    assert differences(told["sections"], expected(policy(wiring=wiring))) == []
    assert differences(told["sections"], expected(policy())) == [
        ("wiring", "1", "different")
    ]


async def test_newer_rules_are_fetched_before(place):
    """A rule that changes while it is compared is no difference."""
    answer = place.erp._compare

    def with_newer_rules(body):
        if place.erp.version == 1:
            place.erp.publish(policy())
        return answer(body)

    place.erp._compare = with_newer_rules
    assert (await compared(place))["version"] == 2


async def test_no_card_number_is_told(place):
    told = json.dumps(await compared(place))
    assert CARD not in told
    for token in place.gateway.store.rules.policy.credentials:
        assert token not in told


async def test_what_the_server_says_against_it_is_told(place):
    place.erp.refusals["compare"] = 404, {"error": "x", "message": "Nobody asked."}
    place.erp.command("c2", kind="compare", point=None)
    await place.erp.until(lambda: "c2" in place.erp.results)
    result = place.erp.results["c2"]
    assert (result["ok"], result["message"]) == (False, "Nobody asked.")
