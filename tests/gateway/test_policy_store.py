"""Which policies are taken, and which are refused with words."""

import base64
import gc
import json

import pytest

from access_gateway.policy_store import MANY

from .fake_erp import FakeErp
from .world import envelope, policy


@pytest.fixture
def store(erp, open_store):
    """A store in which version 5 is in force."""
    store = open_store()
    assert store.accept(envelope(erp, version=5))
    return store


def refused(store, given, words):
    assert not store.accept(given)
    assert words in store.problem
    assert store.rules.version == 5


def test_before_the_first_policy_no_point_is_known(open_store):
    assert open_store().rules.policy.points == {}


def test_a_good_policy_is_in_force(store):
    assert set(store.rules.policy.points) == {1}


def test_a_newer_policy_takes_over(store, erp):
    assert store.accept(envelope(erp, version=6, points={}))
    assert store.rules.policy.points == {}


def test_many_members_are_not_looked_through_for_garbage(store, erp):
    before = gc.get_freeze_count()
    persons = {str(number): {"rights": [1]} for number in range(1, MANY + 1)}
    assert store.accept(envelope(erp, version=6, persons=persons))
    assert gc.get_freeze_count() > before
    gc.unfreeze()


def test_a_bad_signature_is_refused(store, erp):
    given = envelope(erp, version=6)
    given["payload"] = given["payload"].replace("30", "99")
    refused(store, given, "bad signature")


def test_the_signature_of_another_key_is_refused(store):
    refused(store, envelope(FakeErp(), version=6), "bad signature")


@pytest.mark.parametrize("version", [4, 5])
def test_a_version_that_is_not_newer_is_refused(store, erp, version):
    refused(store, envelope(erp, version=version), "not newer")


@pytest.mark.parametrize("version", ["6", True, 0, 6.5, None])
def test_a_version_that_is_no_count_is_refused(store, erp, version):
    refused(store, envelope(erp, version=version), "not a positive integer")


def test_the_policy_of_another_gateway_is_refused(store, erp):
    refused(store, envelope(erp, version=6, gateway="other"), "another gateway")


def test_a_format_of_the_future_is_refused(store, erp):
    refused(store, envelope(erp, version=6, format=3), "format 3")


def test_an_entry_that_is_malformed_is_named(store, erp):
    given = envelope(erp, version=6, points={"1": {"zone_to": 1}})
    refused(store, given, "points/1")


def test_wiring_that_is_malformed_is_refused(store, erp):
    refused(store, envelope(erp, version=6, wiring={"x": {}}), "malformed")


@pytest.mark.parametrize("payload", ["", "[]", "null", "{", '{"gateway": 1}'])
def test_a_payload_that_is_no_policy_is_refused(store, erp, payload):
    refused(store, erp.sign(payload), "refused")


@pytest.mark.parametrize(
    "given", [{}, [], None, {"payload": 1, "signature": ""}, {"payload": "{}"}]
)
def test_what_is_no_envelope_is_refused(store, given):
    refused(store, given, "no envelope")


def test_the_problem_ends_with_the_next_good_policy(store, erp):
    store.accept({})
    store.accept(envelope(erp, version=6))
    assert store.problem is None


def test_a_policy_is_in_force_again_after_a_start(store, open_store):
    assert open_store().rules == store.rules


@pytest.fixture
def obstacle(store, tmp_path):
    """What keeps policies from being written, as a full disk does."""
    path = tmp_path / "policy.json.new"
    path.mkdir()
    return path


def test_a_policy_that_cannot_be_kept_is_in_force(store, erp, obstacle):
    assert store.accept(envelope(erp, version=6, points={}))
    assert store.rules.policy.points == {}
    words = "rules version 6 are in force, but not kept on disk: "
    assert store.problem.startswith(words)


@pytest.mark.usefixtures("obstacle")
def test_after_a_start_the_policy_that_was_kept_is_in_force(store, erp, open_store):
    store.accept(envelope(erp, version=6))
    assert open_store().rules.version == 5


def test_a_policy_is_kept_when_there_is_room_again(store, erp, open_store, obstacle):
    store.accept(envelope(erp, version=6))
    store.keep()
    assert store.is_unkept
    obstacle.rmdir()
    store.keep()
    assert (store.is_unkept, store.problem) == (False, None)
    assert open_store().rules.version == 6


def test_a_newer_policy_is_kept_in_place_of_one_that_was_not(
    store, erp, open_store, obstacle
):
    store.accept(envelope(erp, version=6))
    obstacle.rmdir()
    store.accept(envelope(erp, version=7))
    store.keep()
    assert store.problem is None
    assert open_store().rules.version == 7


@pytest.mark.usefixtures("obstacle")
def test_a_refused_policy_does_not_hide_that_one_is_not_kept(store, erp):
    store.accept(envelope(erp, version=6))
    assert not store.accept({})
    assert "not kept on disk" in store.problem and "no envelope" in store.problem


def test_a_policy_changed_on_disk_is_not_in_force_after_a_start(
    store, open_store, tmp_path
):
    kept = json.loads((tmp_path / "policy.json").read_text())
    kept["payload"] = json.dumps(policy(version=9))
    for name in ("policy.json", "policy.json.copy"):
        (tmp_path / name).write_text(json.dumps(kept))
    assert open_store().rules.version == 0
    assert "bad signature" in open_store().problem


def test_a_damaged_file_is_not_in_force_after_a_start(store, open_store, tmp_path):
    (tmp_path / "policy.json").write_text("{")
    assert "stored policy refused" in open_store().problem


def test_of_a_damaged_policy_the_copy_is_in_force(store, erp, open_store, tmp_path):
    store.accept(envelope(erp, version=6))
    (tmp_path / "policy.json").write_text("{")
    again = open_store()
    assert (again.rules.version, again.version_told) == (6, 0)
    assert "its copy is in force" in again.problem


def test_rules_that_were_replaced_do_not_come_back_from_the_copy(
    store, erp, open_store, tmp_path
):
    (tmp_path / "policy.json.copy.new").mkdir()  # so that none can be written
    store.accept(envelope(erp, version=6))
    (tmp_path / "policy.json").write_text("{")
    assert open_store().rules.version == 0


def test_a_policy_is_kept_from_others_on_the_box(store, tmp_path):
    assert (tmp_path / "policy.json").stat().st_mode & 0o777 == 0o600


def test_the_signature_is_over_the_bytes_of_the_text(store, erp):
    payload = json.dumps(policy(version=6, note="Łódź"), ensure_ascii=False)
    signature = erp.key.sign(payload.encode())
    assert store.accept(
        {"payload": payload, "signature": base64.b64encode(signature).decode()}
    )
