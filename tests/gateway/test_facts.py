"""What happened elsewhere and here: known, kept, and noted once."""

import asyncio
import json
import random
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest

from access_gateway import facts as facts_module
from access_gateway.facts import Facts
from access_gateway.journal import Head, Journal
from access_gateway.sealing import Sealing
from access_policy import Policy, State, state_of
from access_policy.state import Toggle

from .world import CARD, event, eventually, open_venue, policy, venue

GATE = 9
inside = partial(event, person=1, zone=1)
entry = partial(event, person=1, right=1, band=1, day="2026-11-21", point=GATE)


def at(minute):
    return f"2026-11-21T08:{minute:02}:00.000Z"


def told(cursor, *events, state=None):
    records = [one.record(number) for number, one in enumerate(events, 1)]
    return {"cursor": cursor, "state": state, "events": records}


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.continue_from("g", Head())
    yield journal
    journal.close()


@pytest.fixture
def opened(tmp_path, journal):
    return lambda: Facts(tmp_path / "facts.json", journal, on(21))


@pytest.fixture
def facts(opened):
    """Facts that go on from a state in which person 5 is in zone 2."""
    facts = opened()
    take(facts, told("a", state={"presence": {"5": [2, at(0)]}}))
    return facts


def take(facts, *answers, contained=0):
    async def scenario():
        for answer in answers:
            await facts.take(answer, contained)

    asyncio.run(scenario())


def test_what_happened_elsewhere_is_known(facts):
    take(facts, told("b", inside(time=at(1))))
    assert facts.state.presence[1].zone == 1
    assert facts.state.presence[5].zone == 2
    assert facts.cursor == "b"


def test_nothing_new_changes_nothing(facts):
    take(facts, None)
    assert (facts.cursor, facts.problem) == ("a", None)


def test_it_is_known_after_a_start(facts, opened):
    take(facts, told("b", inside(time=at(1))), told("c", entry(time=at(2))))
    assert opened().state == facts.state
    assert opened().cursor == "c"


def test_what_somebody_without_the_machines_key_wrote_does_not_count(
    facts, tmp_path, journal
):
    sealed = Facts(tmp_path / "facts.json", journal, on(21), Sealing(bytes(32)))
    assert (sealed.state.presence, sealed.cursor) == ({}, None)


def test_pins_stay_refused_after_a_start_and_whatever_is_told(opened, journal):
    """A power cut gives nobody five more tries."""
    for minute in range(5):
        wrong = event(time=at(minute), granted=False, reason="pin_wrong")
        journal.append(wrong)
    facts = opened()
    assert facts.state.wrong_pins == {wrong.point: tuple(map(at, range(5)))}
    take(facts, told("a", state={}))
    assert facts.state.wrong_pins == {wrong.point: tuple(map(at, range(5)))}


def test_what_happened_here_is_known_after_a_start(opened, journal):
    journal.append(inside())
    journal.append(entry())
    assert opened().state == state_of([inside(), entry()])


def test_a_batch_that_is_repeated_or_reordered_changes_nothing(opened):
    events = [inside(time=at(n), zone=n % 3, person=n % 4 + 1) for n in range(20)]
    events += [entry(time=at(n), day=f"2026-11-{1 + n % 5:02}") for n in range(20)]
    expected = state_of(events)
    for seed in range(5):
        random.Random(seed).shuffle(events)
        facts = opened()
        take(
            facts, told("b", *events[:25]), told("b", *events[10:]), told("b", *events)
        )
        assert facts.state == expected


def test_a_new_state_stands_in_place_of_the_former_one(facts, opened):
    take(facts, told("b", entry()), told("c", state={}))
    assert facts.state == opened().state == State()


def test_with_a_new_state_the_own_events_count_again(facts, journal, monkeypatch):
    monkeypatch.setattr(facts_module, "SLICE", 2)
    for minute in range(5):
        journal.append(entry(day=f"2026-11-0{minute + 1}"))
    take(facts, told("c", state={}))
    assert len(facts.state.uses[1]) == 5


async def test_an_event_during_a_new_state_is_not_lost(facts, journal, monkeypatch):
    monkeypatch.setattr(facts_module, "SLICE", 1)
    for day in (1, 2):
        journal.append(entry(day=f"2026-11-0{day}"))
    taking = asyncio.create_task(facts.take(told("c", state={})))
    former = facts.state
    for day in range(3, 7):
        one = entry(day=f"2026-11-0{day}")
        journal.append(one)
        facts.state.note(one)
        await asyncio.sleep(0)
    await taking
    assert facts.state is not former
    assert len(facts.state.uses[1]) == 6


def test_an_opening_is_known_with_a_new_state_that_has_its_entry(facts, journal):
    journal.append(entry())
    take(facts, told("c", state={}), contained=1)
    assert (facts.state.uses, list(facts.state.last_granted)) == ({}, [GATE])


def test_what_is_unlocked_for_long_is_known_with_a_new_state_and_after_a_start(
    facts, opened, journal, monkeypatch
):
    monkeypatch.setattr("access_gateway.facts.MOMENTS", 1)
    unlocking = entry(reason="unlocked_until_read")
    journal.append(unlocking, inside(point=GATE + 1))
    facts.state.note(unlocking)
    take(facts, told("c", state={}), contained=2)
    for known in (facts, opened()):
        assert known.state.toggled == {GATE: Toggle(unlocking.time, False)}


def test_what_the_state_on_disk_does_not_have_is_not_deleted(facts, journal):
    journal.append(entry())
    take(facts, told("b", inside()), contained=1)
    assert facts.spared(1) == 0
    assert facts.cursor is None
    take(facts, told("c", state={}), contained=1)
    assert (facts.spared(1), facts.cursor) == (1, "c")


def test_what_was_deleted_is_known_after_a_start(facts, opened, journal):
    journal.append(entry())
    journal.append(entry(day="2026-11-22"))
    journal.acknowledge(1)
    told_of_it = {"uses": {"1": [[1, 1, "2026-11-21"]]}}
    take(facts, told("b", state=told_of_it), contained=1)
    journal.prune(facts.spared(1))
    found = opened()
    assert found.state.uses == facts.state.uses
    assert len(found.state.uses[1]) == 2
    assert found.cursor == "b"


def test_all_is_asked_for_when_the_journal_lost_more_than_the_state_has(
    facts, opened, journal
):
    journal.continue_from("g", Head(7, "e" * 64))
    assert opened().cursor is None


def test_a_passage_by_a_clock_far_ahead_does_not_outlast_the_next_one(facts, opened):
    ahead = inside(time="2036-01-01T00:00:00.000Z")
    take(facts, told("b", ahead), told("c", inside(time=at(30), zone=0)))
    assert facts.state.presence[1].time == "2026-11-21T12:00:00.000Z"
    take(facts, told("d", inside(time="2026-11-21T12:00:00.000Z", zone=0)))
    assert facts.state.presence[1].zone == 0
    assert opened().state.presence[1].zone == 0


def test_own_passages_by_a_clock_far_ahead_are_forgiven(facts, journal):
    take(facts, told("b", inside(time=at(1))))
    facts.state.note(inside(time="2036-01-01T00:00:00.000Z"))
    forgiven = {"reason": "presence_corrected", "granted": False, "zone": 0}
    take(facts, told("c", inside(time="2036-01-01T00:00:00.001Z", **forgiven)))
    assert facts.state.presence[1].zone == 0
    facts.state.note(inside(time="2026-11-21T12:00:01.000Z"))
    assert facts.state.presence[1].zone == 1


def test_own_events_go_by_the_names_that_merged_contacts_have(facts, opened, journal):
    for companion in (None, 53):
        journal.append(inside(person=52, companion=companion))
    journal.append(entry(person=52))
    names = {"names": {"52": 51, "53": 51}}
    take(facts, told("b", state={}) | names)
    assert facts.state.occupancy == {1: 1}
    assert list(facts.state.uses) == [51]
    assert opened().state == facts.state


def test_facts_of_another_gateway_count_no_more(facts, opened, journal):
    journal.continue_from("h", Head())
    found = opened()
    assert (found.cursor, found.state) == (None, State())
    take(found, told("z", state={}))
    assert (opened().cursor, found.problem) == ("z", None)


BAD = [
    5,
    {},
    told(7),
    told("b", state=[]),
    told("b", state={"presence": {"1": [1]}}),
    told("b", state={"presence": {"1": [1, "noon"]}}),
    told("b", state={"last_granted": {"1": 7}}),
    told("b") | {"events": 5},
    told("b") | {"names": {"1": "2"}},
    told("b") | {"names": 5},
    told("b") | {"events": ["["]},
    told("b") | {"events": ["[1, 2]"]},
    told("b", inside(time=at(1)), inside(time=7)),
]


@pytest.mark.parametrize("answer", BAD, ids=json.dumps)
def test_what_is_malformed_changes_nothing_and_asks_for_all(facts, opened, answer):
    before = opened().state
    take(facts, answer)
    assert facts.state == opened().state == before
    assert "facts refused" in facts.problem
    assert facts.cursor is None
    take(facts, told("z", state={}))
    assert (facts.problem, facts.cursor) == (None, "z")


def test_facts_damaged_on_disk_are_told_and_asked_for(facts, opened, journal, tmp_path):
    journal.append(entry())
    (tmp_path / "facts.json").write_text("{")
    found = opened()
    assert (found.cursor, len(found.state.uses)) == (None, 1)
    assert "stored facts refused" in found.problem


def test_wherever_writing_breaks_off_the_cursor_fits_what_is_known(
    facts, opened, tmp_path
):
    days = ["2026-11-01", "2026-11-02"]
    for number, day in enumerate(days, 1):
        take(facts, told(str(number), entry(day=day)))
    path = tmp_path / "facts.json.changes"
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        found = opened()
        known = {use.day for use in found.state.uses.get(1, ())}
        assert known == set(days[: int(found.cursor) if found.cursor != "a" else 0])


def test_what_cannot_be_kept_is_known_and_asked_for_again(facts, opened, tmp_path):
    obstacle = tmp_path / "facts.json.changes"
    obstacle.mkdir()
    take(facts, told("b", entry()))
    obstacle.rmdir()
    take(facts, told("c", inside(time=at(1))))
    assert facts.state.uses and facts.cursor == "c"
    assert "not kept on disk" in facts.problem
    # On disk nothing stands after what is missing.
    assert opened().cursor == "a"
    facts.upkeep(Policy(), datetime(2026, 11, 21, tzinfo=timezone.utc))
    assert facts.cursor is None
    take(facts, told("d", state={}))
    assert (facts.problem, opened().cursor) == (None, "d")


def test_when_changes_weigh_much_all_is_asked_for(facts, monkeypatch):
    monkeypatch.setattr(facts_module, "LIGHT_CHANGES", 500)
    take(facts, told("b", entry()))
    assert facts.cursor == "b"
    take(facts, told("c", *[entry()] * 5))
    assert facts.cursor is None


def test_uses_are_forgotten_after_the_previous_month(facts):
    take(facts, told("b", *[entry(day=f"2026-{month}-01") for month in (10, 11, 12)]))
    facts.upkeep(Policy(), datetime(2026, 12, 31, tzinfo=timezone.utc))
    assert {use.day for use in facts.state.uses[1]} == {"2026-11-01", "2026-12-01"}


# The running gateway

LIMITED = {
    "bands": {"1": {"hours": {"1": [[day, 0, 1440] for day in range(7)]}}},
    "rights": {"1": {"zones": [1], "bands": [1], "limits": {"1": 2}}},
}


def use(day):
    """A record of another gateway's letting the member in."""
    return entry(day=f"2026-11-{day:02}").record(day)


def on(day):
    return lambda: datetime(2026, 11, day, 12, tzinfo=timezone.utc)


async def test_what_another_gateway_used_up_counts_here(tmp_path):
    async with open_venue(tmp_path, **LIMITED) as place:
        place.now = on(21)
        place.erp.tell(state={})
        place.erp.tell(use(1), use(2))
        await eventually(lambda: place.gateway.facts.cursor == "2")
        await place.hold(CARD)
        await place.erp.until(lambda: place.erp.events)
        assert place.erp.events[0]["reason"] == "limit_reached"


async def test_counts_and_presence_are_known_after_a_start_without_network(tmp_path):
    async with venue(tmp_path, **LIMITED) as place:
        place.erp.tell(use(1), state={})
        place.now = on(21)
        async with place.gateway_running():
            await eventually(lambda: place.gateway.facts.cursor == "1")
            await place.up()
            await place.hold(CARD)
            state = place.gateway.facts.state
        await place.erp.stop()
        place.now = on(22)
        async with place.gateway_running():
            assert place.gateway.facts.state == state
            assert len(state.uses[1]) == 2
            assert state.presence[1].zone == 1
            await place.up()
            await place.hold(CARD)
            (last,) = place.gateway.journal.pending(5)[-1:]
            assert last["reason"] == "limit_reached"


async def test_used_up_entries_outlive_the_journal(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.runtime.UPKEEP_EVERY_S", 0.01)
    async with venue(tmp_path, **LIMITED) as place:
        place.now = on(21)
        async with place.gateway_running(retention=timedelta(0)):
            await place.up()
            await place.hold(CARD)
            uses, journal = place.gateway.facts.state.uses, place.gateway.journal
            await eventually(lambda: not journal.pending_count)
            place.now = on(22)
            await asyncio.sleep(0.05)
            assert (len(uses[1]), journal.floor) == (1, 0)
            place.erp.tell(state={"uses": {"1": [[1, 1, "2026-11-21"]]}})
            await eventually(lambda: journal.floor == 1)
        await place.erp.stop()
        async with place.gateway_running():
            assert place.gateway.facts.state.uses == uses


async def test_stays_end_while_the_gateway_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("access_gateway.runtime.UPKEEP_EVERY_S", 0.01)
    zones = {"1": {"max_stay": 60}}
    async with open_venue(tmp_path, zones=zones) as place:
        place.erp.tell(inside(time=at(0)).record(1), state={})
        await eventually(lambda: 1 in place.gateway.facts.state.presence)
        occupancy = place.gateway.facts.state.occupancy
        await eventually(lambda: not occupancy.get(1))


async def test_malformed_facts_do_not_keep_rules_away(place):
    place.erp.facts.append({"cursor": "1", "events": ["["]})
    await place.erp.until(lambda: "facts refused" in place.erp.problem())
    place.erp.publish(policy())
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
