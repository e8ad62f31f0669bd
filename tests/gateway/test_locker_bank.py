"""A bank of lockers with everything that belongs to it: terminals, board, gateway."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from access_gateway.locker_events import event_of_note
from access_gateway.locker_store import Note
from access_gateway.simulators import SimulatedRelays
from access_policy import event_of

from .changing_room import changing_room
from .locker_world import BANDS, FIRST, SECOND, STRANGER, TERMINALS, Room, document
from .world import eventually


async def test_a_band_springs_its_locker_open_and_opens_it_again(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        room.readers["left"].hold(FIRST)
        await eventually(lambda: not room.board.shut[2])
        room.board.shut_door(2)
        room.gateway.locker_desk._repeats._last.clear()
        room.readers["left"].hold(FIRST)
        await eventually(lambda: not room.board.shut[2])
        assert room.board.opened == [2, 2]


async def test_lockers_may_be_on_a_board_that_speaks_modbus(tmp_path):
    devices = document()["devices"]
    settings = {"inputs": 6, "scan_ms": 10}
    devices["board"] = {
        "driver": "modbus_relay",
        "address": "lockers",
        "settings": settings,
    }
    banks = {"2": {"terminals": TERMINALS, "open_ms": 50}}
    given = changing_room(tmp_path, SimulatedRelays, devices=devices, banks=banks)
    async with given as room, room.running():
        room.readers["left"].hold(FIRST)
        await room.board.wait_for(2, True)
        await room.board.wait_for(2, False)
        driver = room.gateway.devices.get("board")
        await eventually(lambda: len(driver.contacts) == 6)
        room.board.inputs[2] = True
        await eventually(lambda: driver.contacts[2])


async def test_two_bands_held_at_once_get_two_lockers(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        for band, terminal in zip(BANDS, ["left", "middle"] * 2, strict=False):
            room.readers[terminal].hold(band)
        await eventually(lambda: len(room.board.opened) == 3)
        assert sorted(room.board.opened) == [0, 1, 2]
        assert len(set(room.held.values())) == 3


async def test_what_befalls_a_locker_is_in_the_journal(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        room.readers["left"].hold(STRANGER)
        room.readers["left"].hold(FIRST)
        await eventually(lambda: room.board.opened == [2])
        kept = room.gateway.journal.records(0, 5)
        refused, given = [event_of(record) for _sequence, record in kept]
        assert refused.reason == "locker_refused"
        assert "credential_unknown" in refused.note
        assert given.reason == "locker_assigned"
        assert given.person and given.note


async def test_what_may_have_been_told_before_a_crash_is_told_once(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        room.readers["left"].hold(FIRST)
        await eventually(lambda: room.board.opened == [2])
        rules = room.gateway.store.rules
        note = Note("assigned", "2026-11-21T07:30:00.000Z", 2, 3, 11, 1, id=9)
        for _ in range(2):
            room.gateway.doors.tell_of_locker(note)
        written = [event_of(text) for _, text in room.gateway.journal.records(0, 9)]
        assert written.count(event_of_note(note, rules)) == 1


async def test_after_a_restart_without_the_erp_the_holder_opens_the_locker(tmp_path):
    async with changing_room(tmp_path) as room:
        async with room.running():
            room.readers["left"].hold(FIRST)
            await eventually(lambda: room.board.opened == [2])
        await room.erp.stop()
        async with room.running():
            room.readers["left"].hold(SECOND)
            await eventually(lambda: room.board.opened == [2, 1])
            room.readers["left"].hold(FIRST)
            await eventually(lambda: room.board.opened == [2, 1, 2])


async def test_another_box_gives_no_locker_that_is_given_by_the_log(tmp_path):
    async with changing_room(tmp_path) as room:
        room.erp.holders = {"3": [BANDS[SECOND], None]}
        async with room.running():
            room.readers["left"].hold(FIRST)
            await eventually(lambda: room.board.opened == [1])
            room.readers["left"].hold(SECOND)
            await eventually(lambda: room.board.opened == [1, 2])
            # From here on it knows better itself.
            room.erp.holders = {}
            seen = len(room.erp.requests)
            await room.erp.until(lambda: len(room.erp.requests) > seen + 3)
            requests = room.erp.requests
            asked = [body["banks"] for call, body in requests if call == "sync"]
            assert asked.count([2]) == 1
            assert set(room.held) == {2, 3}


async def test_what_is_not_sent_yet_is_sent_before_the_holders_are_asked_for(tmp_path):
    async with changing_room(tmp_path) as room:
        async with room.running():
            room.erp.refusals["events"] = (500, {})
            room.readers["left"].hold(FIRST)
            await eventually(lambda: room.board.opened == [2])
        for path in (tmp_path / "state").glob("lockers.db*"):
            path.unlink()
        async with room.running(is_known=False):
            room.readers["left"].hold(SECOND)
            seen = len(room.erp.requests)
            await room.erp.until(lambda: len(room.erp.requests) > seen + 3)
            assert room.gateway.takeover.known == set()
            room.erp.holders = {"3": [BANDS[FIRST], None]}
            del room.erp.refusals["events"]
            await eventually(lambda: room.held == {3: BANDS[FIRST]})


async def test_a_bank_that_another_gateway_had_is_asked_for_again(
    tmp_path,
):
    async with changing_room(tmp_path) as room, room.running():
        room.erp.publish(document(version=2, banks={}, lockers={}))
        await eventually(lambda: room.gateway.takeover.known == set())
        room.erp.holders = {"3": [BANDS[SECOND], None]}
        room.erp.publish(document(version=3))
        await eventually(lambda: room.held == {3: BANDS[SECOND]})


async def test_staff_open_and_free_from_the_erp(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        room.readers["left"].hold(FIRST)
        await eventually(lambda: room.board.opened == [2])
        given = {"locker": 3, "user": 7, "note": "key lost"}
        room.erp.command("a", kind="open_locker", **given)
        room.erp.command("b", kind="free_locker", **given)
        room.erp.command("c", kind="open_locker", locker=3, user=7)
        await room.erp.until(lambda: len(room.erp.results) == 3)
        results = room.erp.results
        assert [results[key]["ok"] for key in "abc"] == [True, True, False]
        assert results["c"]["message"] == "a reason is needed"
        assert room.board.opened == [2, 2] and room.held == {}


async def test_a_command_that_makes_no_sense_is_answered(tmp_path):
    async with changing_room(tmp_path) as room, room.running():
        room.erp.command("a", kind="open_locker", locker="x", user=7)
        room.erp.command("b", kind="free_locker")
        room.erp.command("c", kind=["open_locker"])
        await room.erp.until(lambda: len(room.erp.results) == 3)
        assert not any(one["ok"] for one in room.erp.results.values())


# A program that holds bands to terminals for ever, and says what bolt it moved.
PROGRAM = """
import sys
from pathlib import Path
from {package}.locker_world import BANDS, Room

room = Room(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for band, credential in BANDS.items():
        outcome = room.hold(band, "left" if credential % 2 else "right")
        if outcome[0] == "assigned":
            print(f"{{outcome[1]}} {{credential}}\\n", end="", flush=True)
            room.command("free_locker", 1 + credential % 6)
"""


def test_after_kill_9_every_bolt_that_moved_is_known(tmp_path, python_path):
    here = Path(__file__).parent
    paths = [str(here.parent), python_path["PYTHONPATH"]]
    python_path["PYTHONPATH"] = os.pathsep.join(paths)
    text = PROGRAM.format(package=here.name)
    for delay in (0.02, 0.05, 0.1):
        program = subprocess.Popen(
            [sys.executable, "-c", text, str(tmp_path / "lockers.db")],
            env=python_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert program.stdout.readline() == "ready\n"
        try:
            program.wait(delay)
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
        # kill -9 may cut the last line short
        lines = program.communicate()[0].splitlines(keepends=True)
        moved = [line.split() for line in lines if line.endswith("\n")]
        room = Room(tmp_path / "lockers.db")
        held = room.held
        room.close()
        assert len(set(held.values())) == len(held)
        if moved:
            locker, credential = map(int, moved[-1])
            freed = 1 + credential % 6
            assert locker == freed or held.get(locker) == credential
