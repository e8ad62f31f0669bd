"""Keys are renewed while the doors work, whatever happens in between."""

import json

import pytest

from access_gateway import files
from access_gateway.identity import Identity, IdentityError, load_for_service
from access_gateway.runtime import Runtime, Settings
from access_gateway.sealing import CREDENTIAL, Sealing
from access_policy import seal_token

from .fake_erp import SEAL_KEY, TOKEN, FakeErp
from .world import CARD, eventually, open_venue, policy, venue

NEW_TOKEN = "the-new-token"
NEW_SEAL_KEY = bytes(range(32, 64))
NEVER = 3600.0


def new_policy(**changes):
    """The same rules, sealed by the new key."""
    credentials = {
        seal_token(NEW_SEAL_KEY, f"rfid:{CARD}"): {"id": 11, "person": 1},
    }
    return policy(credentials=credentials, **changes)


def renew(erp):
    erp.renew(NEW_TOKEN, NEW_SEAL_KEY, new_policy())


def kept(directory):
    """What a start finds."""
    identity = Identity.load(directory)
    return identity.token, identity.seal_key, identity.next


@pytest.fixture
async def place(tmp_path):
    """A venue whose gateway has its identity on disk, as after pairing."""
    (tmp_path / "state").mkdir(mode=0o700)
    async with open_venue(tmp_path) as opened:
        opened.erp.identity().save(opened.state_dir)
        yield opened


async def renewed(place):
    renew(place.erp)
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    await eventually(lambda: kept(place.state_dir)[2] is None)


async def test_new_keys_take_the_place_of_the_old_ones(place):
    await renewed(place)
    assert place.erp.token == NEW_TOKEN
    assert kept(place.state_dir) == (NEW_TOKEN, NEW_SEAL_KEY, None)
    assert place.gateway.link.tokens == (NEW_TOKEN,)


async def test_cards_open_with_the_old_keys_and_with_the_new_ones(place):
    for number in range(40):
        if number == 10:
            renew(place.erp)
        await place.hold()
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)
    await place.hold()
    await place.erp.until(lambda: len(place.erp.events) == 41)
    assert {event["reason"] for event in place.erp.events} == {"right"}


async def test_the_new_token_is_on_disk_before_it_is_used(place, monkeypatch):
    used, use_next = [], FakeErp._use_next

    def looking(erp):
        used.append(kept(place.state_dir)[2])
        use_next(erp)

    monkeypatch.setattr(FakeErp, "_use_next", looking)
    await renewed(place)
    assert [keys.token for keys in used] == [NEW_TOKEN]


async def test_new_keys_are_used_at_once(tmp_path):
    """Whoever else asks with the old token until then is told them as well."""
    async with venue(tmp_path) as place, place.gateway_running(poll=NEVER) as gateway:
        await place.erp.until(lambda: place.erp.policy_version_seen == 1)
        renew(place.erp)
        gateway.sync.wake()
        await place.erp.until(lambda: place.erp.token == NEW_TOKEN)


async def test_new_keys_that_cannot_be_kept_are_not_used(place, monkeypatch):
    def full(*_arguments):
        raise OSError("No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Identity, "save", full)
        renew(place.erp)
        await place.erp.until(lambda: "cannot be kept" in place.erp.problem())
        assert place.erp.token == TOKEN
    await place.erp.until(lambda: place.erp.policy_version_seen == 2)


async def test_malformed_keys_are_refused_and_not_told(place, caplog):
    place.erp.next = (NEW_TOKEN, b"", place.erp.key, {})
    await place.erp.until(lambda: "new keys refused" in place.erp.problem())
    assert place.erp.token == TOKEN
    assert NEW_TOKEN not in caplog.text


async def test_a_server_that_was_restored_knows_the_old_token_only(place):
    """From a backup made before the new keys were handed out."""
    erp = place.erp
    refused = policy(format="unknown")
    erp.renew(NEW_TOKEN, NEW_SEAL_KEY, refused)
    token, seal_key, key = erp.token, erp.seal_key, erp.key
    await erp.until(lambda: erp.token == NEW_TOKEN)
    await erp.until(lambda: "policy refused" in erp.problem())
    erp.token, erp.seal_key, erp.key = token, seal_key, key
    erp.publish(policy())
    await erp.until(lambda: erp.policy_version_seen == erp.version)
    await place.hold()
    await erp.until(lambda: erp.events and erp.events[-1]["reason"] == "right")


async def test_a_change_signed_with_the_next_key_is_refused(erp, open_store):
    erp.publish(policy())
    store = open_store()
    store.accept(erp.policy)
    other = FakeErp()
    store.next_key = other.identity().policy_key
    change = {"format": 2, "gateway": erp.gateway, "base": 1, "version": 2}
    assert not store.accept(other.sign(json.dumps(change)))
    assert "signed with the next key" in store.problem


async def test_old_key_signs_no_more_once_the_new_one_is_in_force(erp, open_store):
    store, other = open_store(), FakeErp()
    store.next_key = other.identity().policy_key
    other.publish(policy())
    assert store.accept(other.policy)
    assert not store.accept(erp.sign(json.dumps(policy(version=2))))


class PowerCut(BaseException):
    """Nothing after this reaches the disk."""


def cut_power_at(monkeypatch, step):
    """Let the power fail at a step of writing; give how many steps there were."""
    seen = []

    def at(name, real):
        def call(*arguments, **options):
            seen.append(name)
            if len(seen) >= step:
                raise PowerCut
            return real(*arguments, **options)

        return call

    for name in ("open", "fsync", "replace"):
        monkeypatch.setattr(files.os, name, at(name, getattr(files.os, name)))
    return seen


async def poll_until(runtime, *steps):
    """Do what a start does, then poll until each step in turn has come true."""
    await runtime.keyring.settle()
    async with runtime.link:
        for holds in steps:
            for _poll in range(8):
                await runtime.sync._exchange()
                if holds():
                    break
            else:
                raise AssertionError("it did not happen")


# Identity with the next keys (4), rules (4, their changes removed), identity without
# the old ones (4): open, fsync, replace, open and fsync of the folder each.
@pytest.mark.parametrize("step", range(1, 18))
async def test_power_cut_at_any_step_leaves_keys_that_work(tmp_path, monkeypatch, step):
    state = tmp_path / "state"
    state.mkdir(mode=0o700)

    def start():
        return Runtime(Settings(state, tmp_path), Identity.load(state))

    async with FakeErp() as erp:
        erp.publish(policy(devices={}, wiring={}))
        erp.identity().save(state)
        runtime = start()
        await poll_until(runtime, lambda: runtime.store.rules.version == 1)
        runtime.journal.close()
        erp.renew(NEW_TOKEN, NEW_SEAL_KEY, new_policy(devices={}, wiring={}))
        runtime = start()
        with monkeypatch.context() as power:
            cut_power_at(power, step)
            try:
                await poll_until(runtime, lambda: False)
            except (PowerCut, AssertionError):
                pass
        runtime.journal.close()
        runtime = start()
        seal = runtime.keyring.seal(f"rfid:{CARD}")
        assert runtime.store.rules.policy.credential(seal, runtime._now())
        await poll_until(
            runtime,
            lambda: erp.version == 2
            and runtime.store.rules.version == 2
            and kept(state)[2] is None,
        )
        assert erp.token == NEW_TOKEN
        runtime.journal.close()


# At rest


@pytest.fixture
def machine_key(tmp_path, monkeypatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / CREDENTIAL).write_bytes(bytes(range(32)))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder / CREDENTIAL


def test_secrets_are_sealed_with_the_machines_key(tmp_path, machine_key, erp):
    erp.identity().save(tmp_path)
    identity, sealing = load_for_service(tmp_path)
    text = (tmp_path / "identity.json").read_text()
    assert TOKEN not in text and SEAL_KEY.hex() not in text
    assert identity == erp.identity() == Identity.load(tmp_path, sealing)


def test_a_copy_of_the_disk_is_not_opened_elsewhere(tmp_path, machine_key, erp):
    erp.identity().save(tmp_path)
    load_for_service(tmp_path)
    machine_key.write_bytes(bytes(32))
    with pytest.raises(IdentityError, match="another machine"):
        load_for_service(tmp_path)
    machine_key.unlink()
    with pytest.raises(IdentityError, match="only systemd has"):
        load_for_service(tmp_path)


def test_a_key_that_is_too_short_is_none(tmp_path, machine_key, erp):
    erp.identity().save(tmp_path)
    machine_key.write_bytes(b"short")
    with pytest.raises(IdentityError, match="32 bytes"):
        load_for_service(tmp_path)


async def test_new_keys_are_sealed_as_well(tmp_path, machine_key):
    async with FakeErp() as erp:
        erp.publish(policy(devices={}, wiring={}))
        erp.identity().save(tmp_path)
        identity, sealing = load_for_service(tmp_path)
        runtime = Runtime(Settings(tmp_path), identity, sealing=sealing)
        renew(erp)
        await poll_until(runtime, lambda: erp.token == NEW_TOKEN)
        assert NEW_TOKEN not in (tmp_path / "identity.json").read_text()
        assert NEW_TOKEN in runtime.link.tokens
        runtime.journal.close()


def test_what_is_sealed_for_one_purpose_is_not_opened_for_another():
    sealing = Sealing(bytes(32))
    with pytest.raises(Exception, match="another machine"):
        sealing.open(sealing.seal("text", "identity"), "journal")


async def test_rules_and_facts_are_sealed_as_well(tmp_path, machine_key):
    """They hold keys of readers, of PINs, and who was where."""
    async with FakeErp() as erp:
        rules = policy(devices={}, wiring={}, pin_key="ab" * 32)
        erp.publish(rules)
        erp.tell()
        erp.identity().save(tmp_path)

        def start():
            identity, sealing = load_for_service(tmp_path)
            return Runtime(Settings(tmp_path), identity, sealing=sealing)

        runtime = start()

        def change():
            if runtime.store.rules.version == 1:
                erp.publish_change(rules, points={"2": {"venue": 1, "zone_to": 1}})
                erp.tell()
                return True

        await poll_until(runtime, change, lambda: runtime.facts.cursor == "2")
        runtime.journal.close()
        for path in [*tmp_path.glob("policy*"), *tmp_path.glob("facts*")]:
            assert "{" not in path.read_text(), path
        runtime = start()
        assert runtime.store.rules.version == erp.version
        assert runtime.facts.cursor == "2"
        runtime.journal.close()


async def test_what_was_kept_in_clear_is_sealed_by_the_first_start_with_a_key(
    tmp_path, request
):
    async with FakeErp() as erp:
        erp.publish(policy(devices={}, wiring={}))
        erp.tell()
        erp.identity().save(tmp_path)
        runtime = Runtime(Settings(tmp_path), erp.identity())
        await poll_until(runtime, lambda: runtime.facts.cursor == "1")
        runtime.journal.close()
        request.getfixturevalue("machine_key")
        identity, sealing = load_for_service(tmp_path)
        runtime = Runtime(Settings(tmp_path), identity, sealing=sealing)
        assert runtime.store.rules.version == 1
        assert (runtime.store.version_told, runtime.facts.cursor) == (0, None)
        await poll_until(runtime, lambda: runtime.store.version_told == 1)
        runtime.journal.close()
        assert "{" not in (tmp_path / "policy.json").read_text()
