"""Changes of the rules: taken one after the other, kept, and found again at a start."""

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_gateway import policy_store
from access_gateway.rules import (
    change_from_document,
    changed_rules,
    rules_from_document,
)

from .fake_erp import GATEWAY, FakeErp
from .world import envelope, open_venue, policy, venue

CHANGES = "policy.json.changes"


@pytest.fixture
def store(erp, open_store):
    """A store in which version 5 is in force."""
    store = open_store()
    assert store.accept(envelope(erp, version=5, note="x" * 5000))
    return store


def change(erp, base=5, **fields):
    document = {
        "format": 2,
        "gateway": GATEWAY,
        "base": base,
        "version": base + 1,
        **fields,
    }
    return erp.sign(json.dumps(document))


def person(number):
    return {"persons": {str(number): {"rights": [1]}}}


def take(store, erp, count):
    """Take so many changes, each of which adds one person."""
    for base in range(5, 5 + count):
        assert store.accept(change(erp, base, **person(base)))


def test_a_change_is_in_force_on_top_of_what_was(store, erp):
    assert store.accept(change(erp, persons={"2": {"rights": [1]}}))
    assert store.rules.version == 6
    assert set(store.rules.policy.persons) == {1, 2}


def test_what_a_change_does_not_name_stays(store, erp):
    before = store.rules
    store.accept(change(erp, persons={"1": None}))
    assert store.rules.wiring == before.wiring
    assert store.rules.devices == before.devices
    assert store.rules.expires_at == before.expires_at


def test_a_new_wiring_reaches_devices_that_stay(store, erp):
    store.accept(change(erp, wiring={"1": {"lock": "lock", "output": 4}}))
    assert store.rules.devices["lock"].outputs == {4}


def test_the_keys_of_pins_and_codes_are_in_whole_and_change(store, erp):
    assert (store.rules.pin_keys, store.rules.qr_key) == ({}, None)
    store.accept(change(erp, pin_keys={"1": "0a"}, qr_key="11" * 32))
    assert (store.rules.pin_keys, store.rules.qr_key) == ({1: b"\x0a"}, b"\x11" * 32)
    store.accept(change(erp, 6, pin_keys={}))
    assert (store.rules.pin_keys, store.rules.qr_key) == ({}, b"\x11" * 32)


def test_no_error_names_a_key_that_is_wrong(store, erp):
    assert not store.accept(change(erp, pin_keys={"1": "secret"}))
    assert "secret" not in store.problem


BAD = {
    "made for another version": {"base": 4, "version": 7},
    "not newer than its base": {"version": 5},
    "made for another gateway": {"gateway": "other"},
    "of an older format": {"format": 1},
    "with a malformed person": {"persons": {"1": {"rights": ["x"]}}},
    "with a malformed right after a good person": {
        "persons": {"1": None},
        "rights": {"1": {"effect": "perhaps"}},
    },
    "with malformed wiring": {"persons": {"1": None}, "wiring": {"x": {}}},
    "with a malformed device": {"persons": {"1": None}, "devices": {"x": {}}},
    "with a key that is none": {"persons": {"1": None}, "qr_key": "11"},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
def test_a_change_that_is_not_good_changes_nothing_and_asks_for_the_whole(
    store, erp, open_store, fields
):
    assert store.version_told == 5
    assert not store.accept(change(erp, **fields))
    assert "version 5 stays in force" in store.problem
    assert store.version_told == 0
    assert store.rules == open_store().rules


def test_a_badly_signed_change_asks_for_the_whole(store):
    assert not store.accept(change(FakeErp()))
    assert store.version_told == 0


def test_the_whole_that_was_asked_for_may_be_of_the_same_version(store, erp):
    store.accept(change(erp, base=9))
    assert store.accept(envelope(erp, version=5, points={}))
    assert store.rules.policy.points == {}
    assert (store.version_told, store.problem) == (5, None)


def test_an_older_whole_is_refused_also_when_asked_for(store, erp):
    store.accept(change(erp, base=9))
    assert not store.accept(envelope(erp, version=4))
    # So that an ERP from a backup hears how far the gateway is.
    assert store.version_told == 5


def test_changes_are_in_force_again_after_a_start(store, erp, open_store):
    take(store, erp, 3)
    assert open_store().rules == store.rules
    assert open_store().rules.version == 8


def test_a_whole_starts_anew(store, erp, open_store, tmp_path):
    take(store, erp, 3)
    store.accept(envelope(erp, version=20))
    assert not (tmp_path / CHANGES).exists()
    assert open_store().rules == store.rules


def test_changes_left_from_before_a_whole_do_not_count(
    store, erp, open_store, tmp_path
):
    take(store, erp, 2)
    left = (tmp_path / CHANGES).read_bytes()
    # An old version again, which those changes would fit.
    (tmp_path / "policy.json").write_text(json.dumps(envelope(erp, version=5)))
    assert (tmp_path / CHANGES).read_bytes() == left
    assert open_store().rules.version == 5


def test_wherever_writing_breaks_off_a_good_version_is_in_force(
    store, erp, open_store, tmp_path
):
    take(store, erp, 3)
    whole = (tmp_path / CHANGES).read_bytes()
    ends = [at for at, byte in enumerate(whole, 1) if byte == 0x0A]
    for size in range(len(whole) + 1):
        (tmp_path / CHANGES).write_bytes(whole[:size])
        found = open_store()
        complete = max(sum(end <= size for end in ends) - 1, 0)
        assert found.rules.version == 5 + complete
        assert set(found.rules.policy.persons) == {1, *range(5, 5 + complete)}
        assert (found.problem, found.version_told) == (None, 5 + complete)


@pytest.mark.parametrize("size", [0, 1, 64, 65, 100, -1])
def test_after_a_torn_write_the_next_change_is_kept(
    store, erp, open_store, tmp_path, size
):
    take(store, erp, 2)
    whole = (tmp_path / CHANGES).read_bytes()
    (tmp_path / CHANGES).write_bytes(whole[:size])
    again = open_store()
    assert again.accept(change(erp, again.rules.version, persons={"77": {}}))
    assert open_store().rules == again.rules
    assert 77 in open_store().rules.policy.persons


def test_a_crash_while_a_whole_is_written_leaves_the_version_before(
    store, erp, open_store, tmp_path
):
    take(store, erp, 2)
    torn = json.dumps(envelope(erp, version=8))
    for size in (0, 1, len(torn) - 1, len(torn)):
        (tmp_path / "policy.json.new").write_text(torn[:size])
        assert open_store().rules == store.rules


def test_a_crash_after_a_whole_was_written_leaves_the_new_version(
    store, erp, open_store, tmp_path
):
    take(store, erp, 2)
    changes = (tmp_path / CHANGES).read_bytes()
    store.accept(envelope(erp, version=8))
    # Not removed yet; the whole may also be one that they would fit.
    (tmp_path / CHANGES).write_bytes(changes)
    found = open_store()
    assert (found.rules, found.problem) == (store.rules, None)
    assert found.accept(change(erp, 8))
    assert open_store().rules.version == 9


def test_a_change_damaged_on_disk_asks_for_the_whole(store, erp, open_store, tmp_path):
    take(store, erp, 3)
    lines = (tmp_path / CHANGES).read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"6", b"9")
    (tmp_path / CHANGES).write_bytes(b"\n".join(lines))
    found = open_store()
    assert (found.rules.version, found.version_told) == (6, 0)
    assert "stored change refused, version 6 in force" in found.problem


def test_after_a_damaged_change_the_next_one_is_kept(store, erp, open_store, tmp_path):
    take(store, erp, 2)
    lines = (tmp_path / CHANGES).read_bytes().split(b"\n")
    lines[2] = b"\xff"
    (tmp_path / CHANGES).write_bytes(b"\n".join(lines))
    found = open_store()
    assert found.accept(change(erp, 6))
    assert (open_store().rules.version, open_store().problem) == (7, None)


def test_rules_of_an_older_format_on_disk_are_told_and_asked_for(
    erp, open_store, tmp_path
):
    kept = envelope(erp, version=5, format=1)
    (tmp_path / "policy.json").write_text(json.dumps(kept))
    assert "stored policy refused, no rules in force: format 1" in open_store().problem
    assert open_store().version_told == 0


def test_after_many_changes_the_whole_is_asked_for(store, erp, open_store, monkeypatch):
    monkeypatch.setattr(policy_store, "MAX_CHANGES", 3)
    take(store, erp, 3)
    assert store.version_told == open_store().version_told == 8
    assert store.accept(change(erp, 8))
    assert store.version_told == open_store().version_told == 0
    assert store.accept(envelope(erp, version=9))
    assert store.version_told == open_store().version_told == 9


def test_changes_heavier_than_the_whole_ask_for_it(store, erp):
    store.accept(change(erp, note="x" * 4000))
    assert store.version_told == 6
    store.accept(change(erp, 6, note="x" * 4000))
    assert store.version_told == 0


def test_changes_that_cannot_be_kept_are_in_force_and_kept_later(
    store, erp, open_store, tmp_path
):
    (tmp_path / CHANGES).mkdir()
    take(store, erp, 2)
    assert store.rules.version == 7
    assert "version 7 are in force, but not kept" in store.problem
    assert opened_version(open_store, tmp_path) == 5
    (tmp_path / CHANGES).rmdir()
    store.keep()
    assert (store.is_unkept, store.problem) == (False, None)
    assert open_store().rules == store.rules


def opened_version(open_store, folder):
    """Give the version after a crash now."""
    shutil.copytree(folder, folder / "copy")
    shutil.rmtree(folder / "copy" / CHANGES)
    return open_store(folder / "copy").rules.version


def test_changes_are_kept_from_others_on_the_box(store, erp, tmp_path):
    take(store, erp, 1)
    assert (tmp_path / CHANGES).stat().st_mode & 0o777 == 0o600


def test_nothing_is_in_force_before_it_is_enforced(store, erp):
    made = store.prepare(change(erp, persons={"1": None}))
    assert 1 in store.rules.policy.persons
    store.enforce(made)
    assert store.rules.policy.persons == {}


WIRES = st.fixed_dictionaries(
    {"lock": st.sampled_from(["a", "b", None]), "output": st.integers(0, 3)},
    optional={"keypad": st.sampled_from(["a", "b"])},
)
DEVICES = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.builds(lambda address: {"driver": "d", "address": address}, st.text("xy")),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(DEVICES, st.dictionaries(st.just("1"), WIRES)), min_size=2))
def test_devices_and_wiring_are_as_if_the_rules_were_built_anew(sequence):
    documents = [
        policy(version=version, devices=devices, wiring=wiring)
        for version, (devices, wiring) in enumerate(sequence, 1)
    ]
    rules = rules_from_document(documents[0])
    for before, after in zip(documents, documents[1:], strict=False):
        sections = {
            name: after[name]
            for name in ("devices", "wiring")
            if after[name] != before[name]
        }
        document = {"format": 2, "base": before["version"], **sections}
        document["version"] = after["version"]
        rules = changed_rules(rules, change_from_document(document))
        assert rules == rules_from_document(after)
        assert rules.point_of_reader == rules_from_document(after).point_of_reader


# The running gateway


async def test_a_change_comes_alone_and_is_told_to_the_server(tmp_path):
    async with open_venue(tmp_path, note="x" * 5000) as place:
        place.erp.publish_change(policy(persons={}), persons={"1": None})
        await place.erp.until(lambda: place.erp.policy_version_seen == 2)
        await place.hold()
        await place.erp.until(lambda: place.erp.events)
        assert place.erp.events[0]["reason"] == "credential_unknown"
        assert versions_told(place) == [0, 1, 2]


async def test_after_a_change_that_does_not_fit_the_whole_is_fetched(place):
    place.erp.publish_change(policy(points={}), base=7, version=8)
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    assert place.gateway.store.rules.policy.points == {}
    assert versions_told(place) == [0, 1, 0, 2]
    assert place.gateway.store.problem is None


async def test_a_start_without_the_server_has_the_changes(tmp_path):
    async with venue(tmp_path, note="x" * 5000) as place:
        async with place.gateway_running():
            await place.erp.until(lambda: place.erp.policy_version_seen == 1)
            place.erp.publish_change(policy(persons={}), persons={"1": None})
            await place.erp.until(lambda: place.erp.policy_version_seen == 2)
        await place.erp.stop()
        async with place.gateway_running() as gateway:
            assert gateway.store.rules.version == 2
            assert gateway.store.rules.policy.persons == {}


def versions_told(place):
    """Give the versions that polls told, each time another one."""
    told = [
        body["policy_version"] for call, body in place.erp.requests if call == "sync"
    ]
    return [new for old, new in zip([None, *told], told, strict=False) if new != old]
