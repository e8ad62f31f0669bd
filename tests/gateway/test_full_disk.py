"""A full disk: on a small file system of its own, and by a limit on the file size.

Each program here fills its disk and asserts what holds; it fails by its exit code.
"""

import shutil
import subprocess
import sys

import pytest

_START = """
import os, resource, sys
from pathlib import Path
from access_gateway.ballast import Ballast
from access_gateway.journal import Head, Journal, JournalFull
from access_policy import GENESIS, PassageEvent, first_break
from access_policy.event import record_of

directory = Path(sys.argv[1])
# A long text fills the disk in fewer steps.
event = PassageEvent("2026-11-21T07:30:00.000Z", 1, True, "right", seen="x" * 3000)

def chain(journal):
    kept = journal.pending(1_000_000)
    rows = [(record_of(e), e["hash"]) for e in kept]
    assert first_break(rows, GENESIS) is None
    return [e["sequence"] for e in kept]

def append_until(holds, journal, told):
    while not holds():
        told.append(journal.append(event))

def append_until_full(journal, told):
    try:
        append_until(lambda: False, journal, told)
    except JournalFull:
        pass
"""

_LIMIT = """
class NoBallast(Ballast):
    # Whatever is deleted, a limit on the file size stays.
    is_held = True
    def take(self): return True
    def give_up(self): return False

journal, told = Journal(directory / "journal.db", NoBallast(directory / "b")), []
journal.continue_from("ours", Head())
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
append_until_full(journal, told)
"""

_SMALL_DISK = """
journal = Journal(directory / "journal.db", Ballast(directory / "ballast", 2**21))
told = []
journal.continue_from("ours", Head())
filling = open(directory / "filling", "wb")
def fill():
    free = os.statvfs(directory).f_bfree * os.statvfs(directory).f_bsize
    os.posix_fallocate(filling.fileno(), filling.tell(), max(free - 65536, 4096))
"""


def _run(program, directory, environment, *prefix):
    return subprocess.run(
        [*prefix, sys.executable, "-c", _START + program, str(directory)],
        env=environment,
        check=True,
        timeout=60,
    )


@pytest.fixture
def small_disk(tmp_path, python_path):
    """Run a program on a file system of 8 MB that is gone when it ends."""
    mount = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"'
    prefix = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(tmp_path))
    if not shutil.which("unshare") or subprocess.call([*prefix, "true"]):
        pytest.skip("this user may not mount a file system")
    return lambda program: _run(_SMALL_DISK + program, tmp_path, python_path, *prefix)


def test_nothing_is_lost_when_nothing_more_can_be_written(tmp_path, python_path):
    _run(_LIMIT + "assert chain(journal) == told", tmp_path, python_path)


def test_a_full_journal_says_so(tmp_path, python_path):
    program = "assert 'no door is opened' in journal.problem"
    _run(_LIMIT + program, tmp_path, python_path)


def test_a_full_journal_opens_again_whole(tmp_path, python_path):
    program = """
journal.close()
assert chain(Journal(directory / "journal.db", NoBallast(directory / "b"))) == told
"""
    _run(_LIMIT + program, tmp_path, python_path)


def test_a_journal_goes_on_by_itself_when_there_is_room_again(tmp_path, python_path):
    program = """
infinity = resource.RLIM_INFINITY
resource.setrlimit(resource.RLIMIT_FSIZE, (infinity, infinity))
told.append(journal.append(event))
assert journal.problem is None
assert chain(journal) == told == list(range(1, len(told) + 1))
"""
    _run(_LIMIT + program, tmp_path, python_path)


def test_on_a_full_disk_the_journal_goes_on_in_its_reserve(small_disk):
    small_disk("""
fill()
append_until(lambda: journal.problem, journal, told)
assert journal.problem.startswith("disk full: the journal lives on its reserve")
told.append(journal.append(event))
assert chain(journal) == told
""")


def test_when_the_reserve_is_used_up_no_event_is_half_there(small_disk):
    small_disk("""
fill()
append_until_full(journal, told)
assert journal.problem.startswith("disk full: nothing can be recorded")
assert len(told) > 200
assert chain(journal) == told
""")


def test_with_room_again_the_reserve_is_taken_again(small_disk):
    small_disk("""
fill()
append_until_full(journal, told)
filling.truncate(0)
journal.recover()
assert journal.problem is None
told.append(journal.append(event))
assert chain(journal) == told
assert (directory / "ballast").stat().st_size == 2**21
""")


def test_a_journal_opens_on_a_disk_that_filled_up_meanwhile(small_disk):
    small_disk("""
told.append(journal.append(event))
journal.close()
fill()
filling.write(b"x" * 65536)
try:
    filling.flush()
    filling.write(b"x" * 65536)
    filling.flush()
except OSError:
    pass
assert chain(Journal(directory / "journal.db")) == told
""")


def test_on_a_full_disk_no_locker_is_half_given_and_the_others_stay_known(small_disk):
    small_disk("""
from access_gateway.locker_store import Holder, LockerStore, LockerStoreError, Note
store = LockerStore(directory / "lockers.db")
note = Note("assigned", "2026-11-21T07:30:00.000Z", 1, words="x" * 3000)
fill()
try:
    for number in range(1, 10_000):
        store.assign(number, Holder(number, None), note)
except LockerStoreError:
    pass
assert 0 < len(store.holders) < 9_000
store.close()
again = LockerStore(directory / "lockers.db")
assert again.holders == store.holders
filling.truncate(0)
again.assign(10_000, Holder(1, None), note)
told = []
again.tell_all(told.append)
assert len(told) == len(again.holders)
""")


def test_a_journal_that_cannot_be_opened_even_on_its_reserve_says_so(
    tmp_path, python_path
):
    program = """
from access_gateway.journal import JournalError
reserve = Ballast(directory / "reserve", 0)
(directory / "reserve").touch()
resource.setrlimit(resource.RLIMIT_FSIZE, (16, resource.RLIM_INFINITY))
try:
    Journal(directory / "fresh.db", reserve)
except JournalError as error:
    assert "fresh.db cannot be opened" in str(error)
else:
    raise AssertionError
"""
    _run(program, tmp_path, python_path)


def test_on_a_full_disk_without_reserve_the_program_starts_for_the_ways_out(small_disk):
    small_disk("""
from access_gateway.journal import JournalError
from access_gateway.stores import Stores
told.append(journal.append(event))
journal.close()
(directory / "ballast").unlink()
more = open(directory / "more", "wb", buffering=0)
try:
    while True:
        more.write(b"x" * 4096)
except OSError:
    pass
stores = Stores(directory, "ours", Head())
assert "cannot be opened" in stores.journal.problem
assert "no locker is given" in stores.lockers.problem
try:
    stores.journal.append(event)
    raise AssertionError
except JournalError:
    pass
assert not stores.can_be_opened_now()
more.truncate(0)
assert stores.can_be_opened_now()
assert chain(Stores(directory, "ours", Head()).journal) == told
""")


def test_pictures_leave_the_reserve_to_the_journal(small_disk):
    small_disk("""
from access_gateway.pictures import Album
has_room = lambda: journal.has_room
album = Album(directory / "pictures", None, None, "ours", None, has_room)
try:
    for sequence in range(1, 100):
        album._keep(sequence, b"x" * 300_000)
except OSError as error:
    assert "runs short" in str(error)
assert journal.problem is None
assert sequence > 3
free = os.statvfs(directory).f_bavail * os.statvfs(directory).f_bsize
assert free > 2**22 - 2**20
assert not list(directory.rglob("*.new"))
""")


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(small_disk):
    small_disk("""
from access_gateway.pictures import Album
album = Album(directory / "pictures", None, None, "ours", None)
album._keep(1, b"x")
album._keep(2, b"x")
fill()
try:
    album._keep(3, b"x" * 300_000)
    raise AssertionError
except OSError:
    pass
assert [path.name for path in (directory / "pictures").iterdir()] == ["2.jpg"]
""")
