"""Lockers, whatever happens, and whenever the program is killed."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from access_gateway.drivers import DeviceError

from .locker_world import BANDS, NO_DISK, TERMINALS, Crash, Room


class ChangingRoom(RuleBasedStateMachine):
    """Bands, staff, faults and deaths around each step, in any order."""

    bands = st.sampled_from(list(BANDS)[:8])
    terminals = st.sampled_from(list(TERMINALS))
    numbers = st.integers(1, 6)
    places = st.sampled_from(["tell", "told", "release"])

    @initialize()
    def begin(self):
        self.directory = tempfile.TemporaryDirectory()
        self.room = Room(Path(self.directory.name) / "lockers.db")

    def teardown(self):
        self.room.close()
        self.directory.cleanup()

    @rule(band=bands, terminal=terminals, follow=st.booleans())
    def hold(self, band, terminal, follow):
        before = self.room.held
        outcome = self.room.hold(band, terminal, follow)
        if outcome and outcome[0] == "assigned":
            assert outcome[1] not in before
            row = TERMINALS[terminal]["row"]
            assert self.room.rules.lockers[outcome[1]].place.row == row
            assert BANDS[band] not in before.values()

    @rule()
    def follow(self):
        self.room.follow()

    @rule(band=bands, terminal=terminals, place=places)
    def is_killed(self, band, terminal, place):
        self.room.fails[place] = Crash()
        try:
            self.room.hold(band, terminal)
        except Crash:
            pass
        self.room.fails.clear()
        self.restart()

    @rule(band=bands, terminal=terminals, place=places)
    def fails(self, band, terminal, place):
        errors = {"tell": NO_DISK, "told": NO_DISK, "release": DeviceError("jammed")}
        self.room.fails[place] = errors[place]
        self.room.hold(band, terminal)
        self.room.fails.clear()

    @rule()
    def restart(self):
        disk = self.room.on_disk()
        self.room.start()
        assert self.room.held == disk

    @rule(number=numbers)
    def free(self, number):
        self.room.command("free_locker", number)
        assert number not in self.room.held

    @rule(number=numbers, band=bands, is_holders=st.booleans())
    def hand_over(self, number, band, is_holders):
        held, person = self.room.store.holders.get(number), BANDS[band]
        if is_holders and held is not None:
            person = held.person
        fields = {"credential": BANDS[band], "person": person}
        self.room.command("hand_over_locker", number, **fields)

    @invariant()
    def nobody_has_two_and_no_locker_two_holders(self):
        held = self.room.held
        assert len(set(held.values())) == len(held)
        assert held == self.room.on_disk()

    @invariant()
    def what_was_told_leads_to_what_is_held(self):
        # What failed or died while it was told is told later.
        self.room.desk.look()
        told, seen = {}, set()
        for note in self.room.told:
            if note.id in seen:
                continue
            if note.id is not None:
                seen.add(note.id)
            if note.outcome in ("assigned", "handed_over"):
                assert note.outcome == "handed_over" or note.locker not in told
                told[note.locker] = note.credential
            if note.outcome == "freed":
                del told[note.locker]
        assert told == self.room.held


ChangingRoom.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None
)
TestChangingRoom = ChangingRoom.TestCase
