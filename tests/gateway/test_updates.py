"""A release runs only if it is signed, newer and whole, and stays if it works."""

import asyncio
import base64
import contextlib
import dataclasses
import hashlib
import io
import json
import shutil
import signal
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from access_gateway import __version__, files, launch, updates
from access_gateway.link import Link
from access_gateway.release import Release, ReleaseError, statement, trusted_keys
from access_gateway.slots import TRIES, Slots, keep_wheel, read_wheel
from access_gateway.updates import Updates

from .fake_erp import GATEWAY, TOKEN
from .world import eventually

NEWER, NEWEST = "19.0.9.0.0", "19.0.10.0.0"


def wheel(version=NEWER, needs=(), python=">=3.10", name="access-gateway"):
    lines = [f"Name: {name}", f"Version: {version}", f"Requires-Python: {python}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("access_gateway/__init__.py", f"# {version}")
        archive.writestr("access_gateway-1.dist-info/METADATA", "\n".join(lines))
    return file.getvalue()


@pytest.fixture
def key(monkeypatch):
    """The key that makes releases; the program trusts it."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    for module in (launch, updates):
        monkeypatch.setattr(module, "trusted_keys", lambda: [raw])
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return key


@pytest.fixture
def sign(key):
    def sign(file, version=NEWER, by=key):
        digest = hashlib.sha256(file).hexdigest()
        signature = by.sign(statement(version, digest))
        return Release(version, digest, base64.b64encode(signature).decode())

    return sign


@pytest.fixture
def state(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def timer(monkeypatch):
    """What the kernel's timer was set to; 0 stops it."""
    seen = []
    monkeypatch.setattr(signal, "alarm", seen.append)
    return seen


@contextlib.asynccontextmanager
async def updating(state, erp, online=()):
    restarts = []
    async with erp, Link(erp.url, TOKEN) as link:
        update = Updates(
            state, link, GATEWAY, lambda: set(online), lambda: restarts.append(1)
        )
        try:
            yield update, restarts
        finally:
            await update.close()


def offer(erp, file, release):
    erp.wheel = file
    return release._asdict()


# What is taken


async def test_a_signed_and_newer_release_goes_on_trial(state, erp, sign):
    file = wheel()
    async with updating(state, erp, online=["lock"]) as (update, restarts):
        await update.take(offer(erp, file, sign(file)))
        await eventually(lambda: restarts)
    slots = Slots.load(state)
    assert (slots.trial, slots.tries, slots.online) == (sign(file), 0, ("lock",))
    assert read_wheel(state, slots.trial) == file


async def refused(state, erp, document, words):
    async with updating(state, erp) as (update, restarts):
        await update.take(document)
        await eventually(lambda: update.problem)
        assert words in update.problem
        assert not restarts
    assert Slots.load(state) == Slots()
    assert not list(state.rglob("*.whl"))


async def test_a_tampered_file_is_refused(state, erp, sign):
    document = offer(erp, wheel(python=">=3.9"), sign(wheel()))
    await refused(state, erp, document, "not the one that was offered")


async def test_a_file_signed_by_somebody_else_is_refused(state, erp, sign):
    file = wheel()
    document = offer(erp, file, sign(file, by=Ed25519PrivateKey.generate()))
    await refused(state, erp, document, "not signed by a key")


async def test_a_signature_of_another_version_is_refused(state, erp, sign):
    file = wheel()
    document = offer(erp, file, sign(file)._replace(version=NEWEST))
    await refused(state, erp, document, "not signed by a key")


async def test_a_file_that_says_another_version_is_refused(state, erp, sign):
    file = wheel(NEWEST)
    await refused(state, erp, offer(erp, file, sign(file)), "not what its signature")


async def test_another_program_is_refused(state, erp, sign):
    file = wheel(name="pip")
    await refused(state, erp, offer(erp, file, sign(file)), "not what its signature")


@pytest.mark.parametrize("version", ["19.0.0.9.9", "1", "19"])
async def test_an_older_release_is_refused(state, erp, sign, version):
    file = wheel(version)
    document = offer(erp, file, sign(file, version))
    await refused(state, erp, document, "is not newer than")


@pytest.mark.parametrize("version", ["../../etc/x", "", "19.0.9-evil", "9" * 40])
async def test_a_version_that_is_none_is_refused(state, erp, sign, version):
    file = wheel(version)
    document = offer(erp, file, sign(file, version))
    await refused(state, erp, document, "no version")


async def test_a_release_whose_needs_are_not_met_is_refused(state, erp, sign):
    file = wheel(needs=["httpx==0.1", "not-there-at-all>=1"])
    document = offer(erp, file, sign(file))
    await refused(state, erp, document, "needs what is not installed: httpx==0.1, not-")


async def test_needs_of_drivers_that_are_not_used_do_not_count(sign):
    file = wheel(needs=['not-there-at-all>=1; extra == "osdp"'])
    assert sign(file).check_needs(file) is None


async def test_a_release_for_another_python_is_refused(state, erp, sign):
    file = wheel(python=">=9")
    await refused(state, erp, offer(erp, file, sign(file)), "does not run on Python")


async def test_without_a_key_nothing_is_taken(state, erp, sign, monkeypatch):
    monkeypatch.setattr(updates, "trusted_keys", trusted_keys)
    file = wheel()
    assert trusted_keys() == []  # as in the repository
    await refused(state, erp, offer(erp, file, sign(file)), "without a release key")


async def test_a_version_that_failed_is_not_tried_again(state, erp, sign):
    file = wheel()
    Slots(failed=(NEWER,)).save(state)
    async with updating(state, erp) as (update, restarts):
        await update.take(offer(erp, file, sign(file)))
        assert "was tried and did not work here" in update.problem
        await update.take(None)
        assert update.problem is None and not restarts


# What is run


def on_trial(state, sign, version=NEWER, **changes):
    file = wheel(version)
    release = sign(file, version)
    keep_wheel(state, release, file)
    slots = Slots(trial=release, **changes)
    slots.save(state)
    return release


def test_nothing_is_run_but_what_is_installed(state, key):
    assert launch.choose(state) is None


def test_a_trial_ends_after_some_starts(state, sign, timer):
    release = on_trial(state, sign)
    for _start in range(TRIES):
        assert launch.choose(state) == (release, True)
    assert launch.choose(state) is None
    assert Slots.load(state).failed == (NEWER,)
    assert not list(state.rglob("*.whl"))


def test_after_a_trial_that_failed_the_one_before_runs(state, sign, timer):
    before = on_trial(state, sign)
    launch.confirm(state)
    on_trial(state, sign, NEWEST, current=before, tries=TRIES)
    assert launch.choose(state) == (before, False)
    unpacked = (state / "release" / "access_gateway" / "__init__.py").read_text()
    assert unpacked == f"# {NEWER}"


def test_a_release_that_works_stays(state, sign, timer):
    release = on_trial(state, sign)
    launch.choose(state)
    launch.confirm(state)
    assert timer == [0]
    for _start in range(2 * TRIES):
        assert launch.choose(state) == (release, False)


def confirmed(state, sign, *versions):
    """Have releases work here, one after the other."""
    for version in versions:
        file = wheel(version)
        release = sign(file, version)
        keep_wheel(state, release, file)
        Slots.load(state).begin_trial(release, []).save(state)
        launch.confirm(state)
    return Slots.load(state)


async def test_a_release_that_is_older_than_one_that_worked_is_not_taken_again(
    state, erp, sign, timer
):
    """Also when the newer one is gone, and the installed program runs."""
    slots = confirmed(state, sign, NEWER, NEWEST)
    slots.without(slots.current).save(state)
    file = wheel()
    async with updating(state, erp) as (update, restarts):
        await update.take(offer(erp, file, sign(file)))
        assert f"older than {NEWEST}" in update.problem
        assert not restarts


@pytest.mark.parametrize("slot", ["current", "trial"])
def test_an_older_release_in_a_slot_is_not_run(state, sign, timer, slot):
    slots = confirmed(state, sign, NEWER, NEWEST)
    file = wheel()
    keep_wheel(state, sign(file), file)
    changed = {"current": None, "trial": None, slot: sign(file)}
    dataclasses.replace(slots, **changed).save(state)
    assert launch.choose(state) is None


def test_staff_take_a_release_back_at_the_box(state, sign, timer):
    """Without the folder of the releases the installed program begins anew."""
    confirmed(state, sign, NEWEST)
    shutil.rmtree(state / "releases")
    assert launch.choose(state) is None
    assert confirmed(state, sign, NEWER).newest == NEWER


def test_slots_of_an_older_program_know_what_worked(state, sign, timer):
    confirmed(state, sign, NEWER)
    file = state / "releases" / "slots.json"
    known = json.loads(file.read_text())
    del known["newest"]
    file.write_text(json.dumps(known))
    assert Slots.load(state).newest == NEWER


def test_what_was_changed_on_the_disk_is_not_run(state, sign, timer):
    release = on_trial(state, sign)
    launch.confirm(state)
    keep_wheel(state, release, wheel(python=">=3.9"))
    assert launch.choose(state) is None


def test_what_was_changed_where_it_is_unpacked_is_not_run(state, sign, timer):
    on_trial(state, sign)
    launch.choose(state)
    changed = state / "release" / "access_gateway" / "__init__.py"
    changed.write_text("evil")
    (changed.parent / "more.py").write_text("evil")
    launch.choose(state)
    assert changed.read_text() == f"# {NEWER}"
    assert not (changed.parent / "more.py").exists()


def test_a_newer_program_that_is_installed_takes_over(state, sign, timer):
    on_trial(state, sign, "0.1")
    assert launch.choose(state) is None


def test_a_trial_runs_against_the_timer(state, sign, timer, monkeypatch):
    became = []
    monkeypatch.setattr(launch, "_become", lambda *call: became.append(call))
    monkeypatch.delenv(launch.MARK, raising=False)
    on_trial(state, sign)
    launch.launch(state, ["run"])
    assert timer == [0, launch.TRIAL_S]
    [(arguments, variables)] = became
    assert arguments[-2:] == [str(state / "release"), "run"]
    assert variables[launch.MARK] == NEWER


async def test_it_is_confirmed_when_it_works_as_the_old_one_did(
    state, erp, sign, timer, monkeypatch
):
    monkeypatch.setattr(updates, "LOOK_EVERY_S", 0.001)
    on_trial(state, sign, online=("lock", "reader"))
    monkeypatch.setattr(updates, "__version__", NEWER)
    online, well, looks = set(), [], []

    def is_well():
        looks.append(1)
        return bool(well)

    async with erp, Link(erp.url, TOKEN) as link:
        update = Updates(state, link, GATEWAY, lambda: online, lambda: None)
        confirming = asyncio.create_task(update.confirm_when(is_well))
        for change in (lambda: well.append(1), lambda: online.add("lock")):
            change()
            seen = len(looks)
            await eventually(lambda s=seen: len(looks) > s + 2)
            assert Slots.load(state).trial
        online.add("reader")
        await confirming
    assert Slots.load(state).current.version == NEWER


class PowerCut(BaseException):
    """Nothing after this reaches the disk."""


@pytest.mark.parametrize("step", range(1, 16))
def test_power_cut_at_any_step_leaves_a_program_that_runs(
    state, sign, timer, monkeypatch, step
):
    """Keeping, choosing and confirming a release: what runs after is old or new."""
    before = on_trial(state, sign)
    launch.confirm(state)
    file = wheel(NEWEST)
    release, seen = sign(file, NEWEST), []

    def at(real):
        def call(*arguments, **options):
            seen.append(1)
            if len(seen) == step:
                raise PowerCut
            return real(*arguments, **options)

        return call

    update = Updates(state, None, GATEWAY, lambda: set(), lambda: None)
    with monkeypatch.context() as power:
        for name in ("fsync", "replace"):
            power.setattr(files.os, name, at(getattr(files.os, name)))
        power.setattr(
            launch.zipfile.ZipFile, "extractall", at(zipfile.ZipFile.extractall)
        )
        with contextlib.suppress(PowerCut):
            update._put_on_trial(release, file)
            launch.choose(state)
            launch.confirm(state)
    chosen, _is_trial = launch.choose(state)
    assert chosen in (before, release)
    unpacked = (state / "release" / "access_gateway" / "__init__.py").read_text()
    assert unpacked == f"# {chosen.version}"
    if step > len(seen):
        assert chosen == release


def test_damaged_slots_count_as_none(state, sign):
    on_trial(state, sign)
    path = state / "releases" / "slots.json"
    for text in ("{", "[]", json.dumps({"current": {"version": "../x"}})):
        path.write_text(text)
        assert Slots.load(state) == Slots()


def test_versions_are_compared_as_numbers():
    release = Release(NEWEST, "0" * 64, "")
    assert release.is_newer_than(NEWER) and release.is_newer_than(__version__)
    assert not Release("19.0", "0" * 64, "").is_newer_than("19")
    with pytest.raises(ReleaseError):
        Release.from_document({"version": NEWER})
