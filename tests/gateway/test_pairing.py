"""Pairing, and what the command line says when something is wrong."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from access_gateway import cli
from access_gateway.cli import main
from access_gateway.files import exclusive
from access_gateway.identity import Identity, IdentityError
from access_gateway.journal import Head, Journal

from .fake_erp import GATEWAY, SEAL_KEY, TOKEN, FakeErp
from .world import event, eventually, open_venue, venue


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def run(state, capsys):
    """Run a command as a user does; give exit code and what it printed."""

    def run(*arguments):
        code = main(["--state-dir", str(state), *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def pair(run, erp=None, code="K7QM-4TXR", again=0, options=(), **changes):
    """Pair with an ERP that is there for as long as it takes."""

    async def scenario():
        async with erp or FakeErp() as there:
            for name, value in changes.items():
                setattr(there, name, value)
            for _ in range(again):
                await asyncio.to_thread(run, "pair", there.url, code)
            return await asyncio.to_thread(run, "pair", there.url, code, *options)

    return asyncio.run(scenario())


@contextmanager
def unsent_event(state):
    """A journal with one event that was not sent."""
    journal = Journal(state / "journal.db")
    journal.continue_from(GATEWAY, Head())
    journal.append(event())
    yield journal
    journal.close()


def test_a_good_code_pairs(run):
    assert pair(run)[0] == 0


def test_pairing_keeps_what_the_server_gave(run, state):
    pair(run)
    identity = Identity.load(state)
    assert (identity.gateway, identity.token) == (GATEWAY, TOKEN)
    assert (identity.seal_key, len(identity.policy_key)) == (SEAL_KEY, 32)


def test_the_identity_is_private(run, state):
    pair(run)
    assert (state / "identity.json").stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mode & 0o777 == 0o700


def test_no_secret_shows_in_the_identity(run, state):
    pair(run)
    shown = repr(Identity.load(state))
    assert TOKEN not in shown and repr(SEAL_KEY) not in shown


def test_the_server_hears_what_pairs(run):
    erp = FakeErp()
    pair(run, erp)
    _call, body = erp.requests[0]
    assert (body["hardware"], body["software"]) == (
        socket.gethostname(),
        "19.0.1.0.0",
    )


def test_the_journal_starts_where_that_of_the_server_ends(run, state):
    pair(run, head=Head(41, "e" * 64))
    assert Identity.load(state).journal == Head(41, "e" * 64)


def one_line(outcome, words):
    code, printed = outcome
    assert code == 1
    assert words in printed
    assert printed.count("\n") == 1


def test_a_wrong_code_is_told_in_one_line(run):
    one_line(pair(run, code="WRONG"), "wrong, used or expired")


def test_a_code_is_not_used_up_where_no_journal_can_be_kept(run, state):
    erp = FakeErp()
    (state / "journal.db").mkdir(parents=True)
    one_line(pair(run, erp), "cannot be opened")
    assert not erp.requests


def test_a_used_code_is_told_in_one_line(run):
    one_line(pair(run, again=1), "wrong, used or expired")


def test_a_wrong_code_changes_nothing(run, state):
    pair(run)
    before = (state / "identity.json").read_text()
    pair(run, code="WRONG")
    assert (state / "identity.json").read_text() == before


def test_too_many_attempts_are_told_in_one_line(run):
    refusals = {"pair": (429, {"error": "too_many_attempts"})}
    one_line(pair(run, refusals=refusals), "wait a minute")


def test_a_server_that_is_away_is_told_in_one_line(run):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        one_line(run("pair", url, "K7QM-4TXR"), "not reachable")


@pytest.mark.parametrize("url", ["erp.example.com", "ftp://erp", "http://"])
def test_an_address_that_is_none_is_told_in_one_line(run, url):
    one_line(run("pair", url, "K7QM-4TXR"), "")


def test_a_server_that_is_no_erp_is_told_in_one_line(run):
    one_line(pair(run, refusals={"pair": (200, ["hello"])}), "not as an ERP")


def test_what_a_stranger_says_is_not_repeated(run):
    refusals = {"pair": (400, {"error": "odd", "message": "AttributeError"})}
    code, printed = outcome = pair(run, refusals=refusals)
    one_line(outcome, "not as an ERP")
    assert "AttributeError" not in printed


def test_a_server_that_speaks_no_tls_is_told_in_one_line(run):
    async def answer(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def scenario():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            return await asyncio.to_thread(run, "pair", url, "K7QM-4TXR")

    one_line(asyncio.run(scenario()), "no TLS is spoken there")


def test_an_answer_without_keys_is_told_in_one_line(run):
    one_line(pair(run, refusals={"pair": (200, {})}), "malformed")


def test_unsent_events_of_another_gateway_forbid_pairing(run, state):
    pair(run)
    with unsent_event(state):
        outcome = pair(run, gateway="another")
    one_line(outcome, "not sent yet: run it")
    assert Identity.load(state).gateway == GATEWAY


def test_unsent_events_of_another_gateway_are_sent_by_this_one_when_told_so(run, state):
    pair(run)
    with unsent_event(state):
        assert pair(run, gateway="another", options=["--keep-events"])[0] == 0
    with closing(Journal(state / "journal.db")) as journal:
        journal.continue_from("another", Identity.load(state).journal)
        assert [event["sequence"] for event in journal.pending(9)] == [1]


def test_unsent_events_of_this_gateway_are_sent_after_pairing_again(run, state):
    pair(run)
    with unsent_event(state) as journal:
        assert pair(run)[0] == 0
        journal.continue_from(GATEWAY, Identity.load(state).journal)
        assert journal.pending_count == 1


def test_another_gateway_may_be_paired_when_all_is_sent(run, state):
    pair(run)
    assert pair(run, gateway="another")[0] == 0


def test_while_a_gateway_runs_it_is_not_paired(run, state):
    with exclusive(state):
        one_line(run("pair", "http://x", "K7QM-4TXR"), "stop it first")


# Running and status


def test_an_unpaired_box_says_what_to_do(run):
    one_line(run("run"), "access-gateway pair URL CODE")


def test_two_gateways_do_not_run_in_one_directory(run, state):
    pair(run)
    with exclusive(state):
        one_line(run("run"), "stop it first")


def test_a_damaged_identity_says_what_to_do(run, state):
    pair(run)
    (state / "identity.json").write_text("{")
    one_line(run("run"), "pair again")


@pytest.mark.parametrize(
    ("name", "value"), [("seal_key", "xyz"), ("policy_key", "AAAA"), ("journal", {})]
)
def test_an_identity_with_a_bad_key_is_damaged(run, state, name, value):
    pair(run)
    known = json.loads((state / "identity.json").read_text())
    with pytest.raises(IdentityError, match="malformed"):
        Identity.from_document({**known, name: value})


def test_status_of_a_gateway_that_does_not_run(run):
    pair(run)
    assert run("status")[1].endswith("not running\n")


async def test_a_gateway_runs_tells_its_status_and_stops(tmp_path, run, python_path):
    program = [sys.executable, "-m", "access_gateway", "--state-dir"]
    async with venue(tmp_path) as place:
        url = place.erp.url
        await asyncio.to_thread(run, "pair", url, "K7QM-4TXR")
        running = subprocess.Popen(
            [*program, place.state_dir, "run", "--serial-dir", tmp_path],
            env=python_path,
        )
        await place.erp.until(lambda: place.erp.policy_version_seen == 1, 20)
        await eventually(lambda: "lock: online, well" in run("status")[1], 20)
        place.reader.hold("04A1B2C3D4E580")
        await place.board.wait_for(0, True, within=20)
        _code, shown = run("status")
        running.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.wait, 10) == 0
    assert "policy: version 1, good until 2100-01-01T00:00:00Z" in shown
    assert "problem: none" in shown


async def test_status_of_a_gateway_that_is_cut_off(tmp_path, run, monkeypatch):
    async with open_venue(tmp_path) as place:
        place.erp.identity().save(place.state_dir)
        place.erp.token = "another"
        await eventually(lambda: place.gateway.sync.link_problem)
        told = place.gateway.status()
        monkeypatch.setattr(cli.runtime, "read_status", lambda _directory: told)
        with exclusive(place.state_dir):
            code, shown = await asyncio.to_thread(run, "status")
    assert code == 1
    assert "problem: cut off" in shown


def test_simulators_run_as_a_program(tmp_path, python_path):
    program = [sys.executable, "-m", "access_gateway.simulators", tmp_path]
    with subprocess.Popen(
        [*program, "--reader", "entrance", "--relays", "board"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=python_path,
    ) as running:
        started = json.loads(running.stdout.readline())
        assert started == {"ready": True, "panel": None}
        assert (tmp_path / "board").is_symlink()
        running.stdin.write("hold entrance 04A1\nunplug board\nnonsense\n")
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["held"] == "entrance"
        assert "nonsense" in json.loads(running.stdout.readline())["error"]
        assert not (tmp_path / "board").exists()
        running.stdin.close()
        assert running.wait(10) == 0


async def test_nothing_is_left_behind_by_simulators(tmp_path):
    async with venue(tmp_path):
        await eventually(lambda: (tmp_path / "entrance").is_symlink())
    assert list(tmp_path.iterdir()) == []
