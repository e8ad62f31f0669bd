"""The journal: durable, in order, whole."""

import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access_gateway.ballast import Ballast
from access_gateway.commands import INTERRUPTED
from access_gateway.journal import (
    Head,
    Journal,
    JournalFull,
    JournalMismatch,
)
from access_policy import GENESIS, first_break
from access_policy.event import utc_text

from .world import event, prune, records

NOW = datetime.now(timezone.utc)
NOTHING = Head()
ELSEWHERE = Head(41, "e" * 64)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def opened(path):
    """A function that opens the journal, as each start of the gateway does."""
    with ExitStack() as stack:
        yield lambda start=NOTHING: stack.enter_context(closing(_open(path, start)))


@pytest.fixture
def journal(opened):
    return opened()


def _open(path, start=NOTHING):
    journal = Journal(path, Ballast(path.with_name("ballast"), size=4096))
    journal.continue_from("ours", start)
    return journal


def sequences(events):
    return [entry["sequence"] for entry in events]


def append(journal, count=1):
    return [journal.append(event(point)) for point in range(count)]


def test_sequences_count_from_one(journal):
    assert append(journal, 3) == [1, 2, 3]


def test_events_keep_their_body(journal):
    given = event(7, seen="rfid:…E580", policy=12)
    journal.append(given)
    (kept,) = journal.pending(10)
    assert kept == {"sequence": 1, **given._asdict(), "hash": journal.head.hash}


def test_an_event_is_there_after_closing(opened, journal):
    append(journal, 2)
    journal.close()
    assert sequences(opened().pending(10)) == [1, 2]


@settings(deadline=None, max_examples=25)
@given(
    reasons=st.lists(st.text(max_size=20), min_size=1, max_size=20),
    acknowledged=st.integers(0, 20),
    reopened=st.booleans(),
)
def test_the_chain_follows(tmp_path_factory, reasons, acknowledged, reopened):
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    journal = _open(path)
    for reason in reasons:
        journal.append(event(reason=reason))
    everything = journal.pending(100)
    journal.acknowledge(min(acknowledged, len(reasons)))
    prune(journal, datetime(2027, 1, 1, tzinfo=timezone.utc), NOW)
    if reopened:
        journal.close()
        journal = _open(path)
    with closing(journal):
        journal.append(event(reason="last"))
        everything += journal.pending(100)[-1:]
    assert first_break(records(everything), GENESIS) is None


def test_pending_is_what_is_not_acknowledged(journal):
    append(journal, 5)
    journal.acknowledge(2)
    assert sequences(journal.pending(2)) == [3, 4]


def test_an_acknowledgement_survives_closing(opened, journal):
    append(journal, 5)
    journal.acknowledge(2)
    journal.close()
    assert opened().pending_count == 3


def test_a_server_restored_from_a_backup_gets_the_events_again(journal):
    append(journal, 5)
    journal.acknowledge(5)
    journal.acknowledge(2)
    assert sequences(journal.pending(10)) == [3, 4, 5]


def test_a_server_that_holds_more_than_the_journal_is_a_mismatch(journal):
    append(journal, 5)
    with pytest.raises(JournalMismatch, match="holds event 6"):
        journal.acknowledge(6)


# Retention


def test_what_is_not_acknowledged_is_never_deleted(journal):
    append(journal, 3)
    assert prune(journal, datetime(2027, 1, 1, tzinfo=timezone.utc), NOW) == 0


def test_what_is_acknowledged_is_kept_for_the_retention(journal):
    append(journal, 3)
    journal.acknowledge(3)
    assert prune(journal, datetime(2026, 11, 21, tzinfo=timezone.utc), NOW) == 0


def test_what_is_acknowledged_and_old_is_deleted(journal):
    append(journal, 3)
    journal.acknowledge(2)
    assert prune(journal, datetime(2027, 1, 1, tzinfo=timezone.utc), NOW) == 2


def test_the_head_survives_deletion(opened, journal):
    append(journal, 3)
    head = journal.head
    journal.acknowledge(3)
    prune(journal, datetime(2027, 1, 1, tzinfo=timezone.utc), NOW)
    journal.close()
    assert opened().head == head


@pytest.mark.parametrize("year", [1970, 2036])
def test_a_clock_that_was_wrong_once_neither_keeps_nor_deletes_the_others(
    journal, year
):
    now = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
    for days in (40, 39, 1):
        journal.append(event(time=utc_text(now - timedelta(days=days))))
        journal.append(event(time=f"{year}-01-01T00:00:00.000Z"))
    journal.acknowledge(6)
    first_kept = {1970: 5, 2036: 4}[year]
    assert prune(journal, now - timedelta(days=30), now) == first_kept - 1
    assert journal.records(0, 1)[0][0] == first_kept


# Beginning


def test_a_new_journal_continues_that_of_the_server(opened):
    journal = opened(start=ELSEWHERE)
    append(journal)
    (kept,) = journal.pending(10)
    assert first_break(records([kept]), ELSEWHERE.hash) is None
    assert kept["sequence"] == 42


def test_a_journal_that_is_ahead_of_the_server_goes_on(opened, journal):
    append(journal, 3)
    journal.close()
    assert opened(start=NOTHING).pending_count == 3


def test_unsent_events_of_another_gateway_are_not_given_up(journal):
    append(journal, 3)
    with pytest.raises(JournalMismatch, match="3 events of gateway ours"):
        journal.continue_from("other", NOTHING)


def test_another_gateway_begins_its_own_chain_when_all_is_sent(journal):
    append(journal, 3)
    journal.acknowledge(3)
    journal.continue_from("other", ELSEWHERE)
    assert (journal.head, journal.pending_count) == (ELSEWHERE, 0)


def test_a_journal_behind_the_server_starts_at_its_head(journal):
    append(journal, 3)
    journal.acknowledge(3)
    journal.continue_from("ours", ELSEWHERE)
    assert append(journal) == [42]


def test_an_old_copy_with_events_of_its_own_is_refused(journal):
    append(journal, 3)
    with pytest.raises(JournalMismatch, match="old copy"):
        journal.continue_from("ours", ELSEWHERE)


def test_a_forked_journal_is_refused(journal):
    append(journal, 3)
    with pytest.raises(JournalMismatch, match="old copy"):
        journal.continue_from("ours", Head(2, "f" * 64))


def damaged(path):
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    return Journal(path)


def test_a_file_that_is_no_journal_is_set_aside_and_named(path):
    with closing(damaged(path)) as journal:
        assert "set aside as journal.db.damaged" in journal.problem
    assert path.with_name("journal.db.damaged").read_bytes().startswith(b"not a data")


def test_a_second_damaged_journal_is_not_put_over_the_first(path):
    for _ in range(2):
        damaged(path).close()
    assert path.with_name("journal.db.damaged2").exists()


def test_an_event_that_cannot_be_read_is_damage(opened, journal, path):
    append(journal, 3)
    journal._connection.execute("UPDATE event SET record = '[2, ' WHERE sequence = 2")
    journal.close()
    assert opened().is_lost
    with closing(sqlite3.connect(path.with_name("journal.db.damaged"))) as aside:
        assert aside.execute("SELECT count(*) FROM event").fetchone() == (3,)


def test_after_a_lost_journal_nothing_is_recorded_until_its_end_is_known(path):
    with closing(damaged(path)) as journal:
        journal.continue_from("ours", Head())
        with pytest.raises(JournalFull):
            append(journal, 1)
        journal.begin_anew("ours", Head(7, "e" * 64))
        append(journal, 1)
        assert (journal.lost.sequence, journal.head.sequence) == (8, 9)


# Commands


def test_a_command_is_new_once(journal):
    assert [journal.commands.remember("a", NOW) for _ in range(2)] == [True, False]


def test_a_command_is_remembered_after_closing(opened, journal):
    journal.commands.remember("a", NOW)
    journal.commands.finish("a", True, None)
    journal.close()
    again = opened()
    assert not again.commands.remember("a", NOW)
    assert again.commands.result("a") == (True, None)


def test_a_command_that_power_loss_cut_short_may_have_been_done(opened, journal):
    journal.commands.remember("a", NOW)
    journal.close()
    assert opened().commands.result("a") == (None, INTERRUPTED)


@pytest.mark.parametrize(
    ("hours", "is_new"), [(0, False), (23, False), (25, True), (1000, True)]
)
def test_a_command_is_forgotten_with_the_retention_but_not_within_a_day(
    journal, hours, is_new
):
    journal.commands.remember("a", NOW - timedelta(hours=hours))
    journal.commands.forget(NOW)
    assert journal.commands.remember("a", NOW) is is_new


def test_a_command_is_remembered_for_the_retention(journal):
    journal.commands.remember("a", NOW - timedelta(days=29))
    journal.commands.forget(NOW - timedelta(days=30))
    assert not journal.commands.remember("a", NOW)


# Power loss

_APPEND_FOR_EVER = """
import sys
from pathlib import Path
from access_gateway.journal import Head, Journal
from access_policy import PassageEvent
journal = Journal(Path(sys.argv[1]))
journal.continue_from("ours", Head())
while True:
    event = PassageEvent("2026-11-21T07:30:00.000Z", 1, True, "right")
    print(journal.append(event), flush=True)
"""


def test_a_killed_program_leaves_every_event_it_has_told_of(path, opened, python_path):
    with subprocess.Popen(
        [sys.executable, "-c", _APPEND_FOR_EVER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env=python_path,
    ) as program:
        told = [int(program.stdout.readline()) for _ in range(200)]
        program.kill()
        told += [int(line) for line in program.stdout.read().splitlines() if line]
    kept = opened().pending(1_000_000)
    assert sequences(kept)[: len(told)] == told
    assert first_break(records(kept), GENESIS) is None


def test_events_that_belong_together_are_written_together(journal, path):
    with sqlite3.connect(path) as other:
        other.execute("INSERT INTO event VALUES (2, 'x', '[]')")
    with pytest.raises(JournalFull):
        journal.append(event(), event(person=2))
    assert [sequence for sequence, _record in journal.records(0, 9)] == [2]
    assert journal.head.sequence == 0
