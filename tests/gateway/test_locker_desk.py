"""Lockers at the edge: written down, told, released - in this order, once each."""

import sqlite3

import pytest

from access_gateway.drivers import DeviceError
from access_gateway.locker_events import event_of_note
from access_gateway.locker_store import Holder, LockerStore, LockerStoreError, Note
from access_gateway.sealing import Sealing
from access_policy import seal_token

from .fake_erp import SEAL_KEY
from .locker_world import (
    BANDS,
    BANK,
    FIRST,
    NO_DISK,
    SECOND,
    STRANGER,
    TERMINALS,
    THIRD,
    changed,
    document,
    lockers,
)


def test_the_nearest_free_locker_is_assigned_shown_and_opened(room):
    assert room.hold(FIRST) == ("assigned", 3)
    assert room.shown == [(True, "Locker A3")]
    assert room.happened == [("tell", "assigned", 3), ("release", 2)]
    assert room.on_disk() == {3: BANDS[FIRST]}


def test_it_is_on_the_disk_and_told_before_the_bolt_moves(room):
    room.hold(FIRST, follow=False)
    assert room.on_disk() == {3: BANDS[FIRST]}
    assert room.happened == [("tell", "assigned", 3)]


def test_the_same_terminal_opens_it_again(room):
    room.hold(FIRST)
    assert [room.hold(FIRST), room.hold(FIRST)] == [("opened", 3)] * 2
    assert room.happened.count(("release", 2)) == 3


def test_a_band_that_is_still_held_there_opens_once(room):
    room.hold(FIRST)
    room.seconds -= 4.9
    assert room.hold(FIRST) is None


def test_another_terminal_of_the_same_row_opens_it_too(room):
    room.hold(FIRST)
    assert room.hold(FIRST, "middle") == ("opened", 3)


def test_two_bands_at_two_terminals_never_get_one_locker(room):
    outcomes = [
        room.hold(band, terminal, follow=False)
        for band, terminal in zip(BANDS, ["left", "middle"] * 2, strict=False)
    ]
    assert [locker for _outcome, locker in outcomes] == [3, 1, 2, None]


def test_at_another_terminal_the_holder_sees_number_and_other_row(room):
    room.hold(FIRST)
    room.happened.clear()
    assert room.hold(FIRST, "right") == ("other_row", 3)
    assert room.shown[-1] == (False, "Locker A3: other row")
    assert room.happened == [("tell", "other_row", 3)]


def test_a_full_row_says_so(room):
    for band, locker in zip(BANDS, (3, 2, 1), strict=False):
        assert room.hold(band) == ("assigned", locker)
    assert room.hold(list(BANDS)[5]) == ("row_full", None)
    assert room.shown[-1] == (False, "Row full")


@pytest.mark.parametrize("value", [STRANGER, None, "rubbish"])
def test_a_wrong_band_is_told_and_opens_nothing(room, value):
    assert room.hold(value) == ("wrong_band", None)
    assert room.shown == [(False, "Wrong band")] and room.held == {}
    assert len(room.told) == 1


def test_a_stranger_is_shown_whole_and_a_band_by_its_end(room):
    room.hold(STRANGER)
    room.hold(FIRST)
    assert [note.seen for note in room.told] == [f"rfid:{STRANGER}", "rfid:…E500"]


def test_a_family_has_a_locker_for_each_band(room):
    for entry in (persons := document()["credentials"]).values():
        entry["person"] = 10
    room.change(credentials=persons)
    assert [room.hold(band)[1] for band in (FIRST, SECOND, THIRD)] == [3, 2, 1]


def test_whose_time_is_up_still_gets_to_the_own_clothes(room):
    room.hold(FIRST)
    room.change(rights={"1": {"zones": [1], "valid_to": "2026-11-21T07:00:00Z"}})
    assert room.hold(FIRST) == ("opened", 3)
    assert room.hold(SECOND) == ("wrong_band", None)


def test_a_lost_band_opens_nothing(room):
    room.hold(FIRST)
    room.change(credentials=changed(FIRST, status="lost"))
    assert room.hold(FIRST) == ("wrong_band", None)


def test_a_band_of_duress_is_told(room):
    room.change(credentials=changed(FIRST, duress=True))
    assert room.hold(FIRST) == ("assigned", 3)
    assert room.told[0].warnings == ("duress",)


def test_a_locker_out_of_order_is_not_given_but_opens_for_its_holder(room):
    room.hold(FIRST)
    room.change(lockers=lockers(out_of_order=True))
    assert room.hold(FIRST) == ("opened", 3)
    assert room.hold(SECOND) == ("row_full", None)


def test_lockers_of_a_board_that_is_away_are_not_given(room):
    room.online = False
    assert room.hold(FIRST) == ("row_full", None)


def test_a_locker_that_does_not_open_stays_the_holders_and_is_tried_again(room):
    room.fails["release"] = DeviceError("jammed")
    assert room.hold(FIRST) == ("assigned", 3)
    assert room.shown[-1] == (False, "Locker A3 does not open: ask our staff")
    room.fails.clear()
    assert room.hold(FIRST) == ("opened", 3)


def test_a_terminal_that_shows_nothing_keeps_no_locker_shut(room):
    room.fails["show"] = DeviceError("offline")
    assert room.hold(FIRST) == ("assigned", 3)
    assert room.shown == [] and ("release", 2) in room.happened


def test_what_cannot_be_told_moves_nothing_and_is_told_later(room):
    room.fails["tell"] = NO_DISK
    assert room.hold(FIRST) is None
    assert room.shown == [(False, "Ask our staff")] and room.happened == []
    room.fails.clear()
    assert room.hold(FIRST) == ("opened", 3)
    outcomes = [note.outcome for note in room.told]
    assert outcomes == ["assigned", "opened"]


def test_what_cannot_be_written_moves_nothing(room, monkeypatch):
    def full(*_given):
        raise LockerStoreError("disk full")

    monkeypatch.setattr(room.store, "_transaction", full)
    assert room.hold(FIRST) is None
    assert room.happened == [] and room.held == {}


def test_assignments_survive_a_restart(room):
    room.hold(FIRST)
    room.start()
    assert room.hold(SECOND) == ("assigned", 2)
    assert room.hold(FIRST) == ("opened", 3)


def test_a_locker_that_left_the_rules_stays_the_holders(room):
    room.hold(FIRST)
    room.change(lockers={k: one for k, one in lockers().items() if k != "3"})
    assert room.hold(FIRST) == ("assigned", 2)
    room.change()
    assert room.hold(SECOND) == ("assigned", 1)


# Found open and empty


FREE = {"banks": {str(BANK): {"terminals": TERMINALS, "free_after_s": 60}}}


def seconds(room, count):
    for _ in range(count):
        room.seconds += 1.0
        room.desk.look()


def test_a_locker_that_stands_open_after_use_is_free_where_the_bank_wants_it(room):
    room.change(**FREE)
    room.hold(FIRST)
    room.contacts[2] = False
    seconds(room, 100)
    assert room.held == {3: BANDS[FIRST]}, "it was not in use yet"
    room.contacts[2] = True
    seconds(room, 1)
    room.hold(FIRST)
    room.contacts[2] = False
    seconds(room, 60)
    assert room.held == {3: BANDS[FIRST]}
    seconds(room, 2)
    assert room.held == {} and room.told[-1].outcome == "found_empty"


def test_a_locker_that_was_shut_between_two_looks_was_in_use(room):
    room.change(**FREE, lockers={"3": {**lockers()["3"], "inside": 18}})
    room.hold(FIRST)
    room.contacts.update({2: True, 18: True})
    room.hold(FIRST)
    room.contacts.update({2: False, 18: False})
    seconds(room, 62)
    assert room.held == {}


def test_a_locker_that_its_holder_has_not_opened_yet_is_not_in_use(room):
    room.change(**FREE)
    room.hold(FIRST)
    room.contacts[2] = True
    seconds(room, 3)
    room.contacts[2] = False
    seconds(room, 100)
    assert room.held == {3: BANDS[FIRST]}


def test_no_locker_is_freed_where_the_bank_does_not_say_so(room):
    room.hold(FIRST)
    for shut in (True, False):
        room.contacts[2] = shut
        seconds(room, 100)
    assert room.held == {3: BANDS[FIRST]}


def test_a_locker_with_something_inside_is_not_freed(room):
    room.change(**FREE, lockers={"3": {**lockers()["3"], "inside": 18}})
    room.hold(FIRST)
    room.contacts.update({2: True, 18: True})
    seconds(room, 1)
    room.contacts[2] = False
    seconds(room, 100)
    assert room.held == {3: BANDS[FIRST]}
    room.contacts[18] = False
    seconds(room, 62)
    assert room.held == {}


def test_a_board_that_was_away_begins_the_time_anew(room):
    room.change(**FREE)
    room.hold(FIRST)
    for shut in (False, True):
        room.contacts[2] = shut
        seconds(room, 1)
    for _ in range(3):
        room.contacts[2] = False
        seconds(room, 50)
        room.contacts.clear()
        seconds(room, 1)
    assert room.held == {3: BANDS[FIRST]}


# Lockers that others gave


def test_of_a_bank_that_is_not_known_no_locker_is_given_and_none_is_freed(room):
    room.store.forget(BANK)
    assert room.hold(FIRST) is None
    assert room.shown == [(False, "Ask our staff")]
    assert room.happened == []
    assert room.command("free_locker", 3)[0] is False
    assert room.give(FIRST) == (False, "who has which locker is not known yet")


def test_what_is_taken_over_is_given_to_nobody_else_also_after_a_start(room):
    room.store.forget(BANK)
    room.store.take_over(BANK, range(1, 7), {3: Holder(BANDS[SECOND], None)})
    room.start()
    assert room.hold(FIRST) == ("assigned", 2)
    assert room.hold(SECOND) == ("opened", 3)


def test_of_a_bank_that_comes_back_what_was_known_counts_no_more(room):
    room.hold(FIRST)
    room.store.forget(BANK)
    room.store.take_over(BANK, range(1, 7), {3: Holder(BANDS[SECOND], None)})
    assert room.hold(FIRST) == ("assigned", 2)


# After a restore of the ERP


def numbered(**numbers):
    """Give the credentials of which those of some bands have other numbers."""
    credentials = document()["credentials"]
    for band, number in numbers.items():
        entry = credentials[seal_token(SEAL_KEY, f"rfid:{globals()[band]}")]
        entry.update(id=number)
    return credentials


def test_a_band_that_got_the_number_of_a_holder_opens_no_strangers_locker(room):
    room.hold(FIRST)
    room.change(credentials=numbered(FIRST=99, SECOND=BANDS[FIRST]))
    assert room.hold(SECOND) == ("assigned", 2)


def test_a_band_that_got_another_number_opens_its_own_locker(room):
    room.hold(FIRST)
    room.change(credentials=numbered(FIRST=99))
    room.start()
    assert room.hold(FIRST) == ("opened", 3)
    assert room.held == {3: 99}
    # By this a box that takes over from us knows who has it.
    event = event_of_note(room.told[-1], room.rules)
    assert (event.reason, event.credential) == ("locker_assigned", 99)
    assert room.hold(FIRST) == ("opened", 3)
    assert event_of_note(room.told[-1], room.rules).reason == "locker_opened"


def test_a_band_that_was_issued_to_somebody_else_opens_no_locker_of_before(room):
    room.hold(FIRST)
    room.change(credentials=changed(FIRST, id=99, person=BANDS[SECOND]))
    assert room.hold(FIRST) == ("assigned", 2)
    assert room.hold(FIRST) == ("opened", 2)
    assert room.held == {3: BANDS[FIRST], 2: 99}


def test_a_band_whose_holder_was_lost_with_a_backup_opens_its_own_locker(room):
    room.hold(FIRST)
    persons = document()["persons"]
    credentials = changed(FIRST, id=99, person=55)
    persons["55"] = persons.pop(str(BANDS[FIRST]))
    room.change(persons=persons, credentials=credentials)
    assert room.hold(FIRST) == ("opened", 3)
    assert room.store.holders[3].person == 55


def test_a_band_known_by_its_number_is_known_by_itself_once_it_was_read(room):
    holder = Holder(BANDS[FIRST], BANDS[FIRST])
    room.store.take_over(BANK, range(1, 7), {3: holder})
    room.hold(FIRST)
    room.start()
    room.change(credentials=numbered(FIRST=99, SECOND=BANDS[FIRST]))
    assert room.hold(SECOND) == ("assigned", 2)


def test_what_befalls_a_locker_names_its_holder_by_the_rules_that_did(room):
    room.hold(FIRST)
    room.change(version=8)
    room.command("free_locker", 3)
    note = room.told[-1]
    assert (note.credential, note.policy) == (BANDS[FIRST], 1)


def test_holders_of_a_release_that_knew_numbers_alone_stay_holders(room):
    room.hold(FIRST)
    room.hold(SECOND)
    with sqlite3.connect(room.path) as connection:
        connection.execute("UPDATE locker SET credential = ? WHERE id = 3", (12,))
        connection.execute("DELETE FROM band WHERE locker = 2")
        connection.execute("DROP TABLE tag_key")
    room.start()
    assert room.hold(THIRD) == ("opened", 3)
    assert room.hold(SECOND) == ("opened", 2)


def test_a_start_without_the_machines_key_forgets_no_band(tmp_path):
    path, sealing = tmp_path / "lockers.db", Sealing(bytes(32))
    store = LockerStore(path, sealing=sealing)
    tag = store.tag("rfid:1")
    note = Note("locker_assigned", "2026-11-21T07:00:00Z", 2, locker=3)
    store.assign(3, Holder(11, 1, tag), note)
    store.close()
    store = LockerStore(path)
    assert store.tag("rfid:1") is None and "machine's key" in store.problem
    assert store.held_by(None, 11) == {3} and store.held_by(None, 12) == set()
    store.close()
    store = LockerStore(path, sealing=sealing)
    assert store.held_by(tag, 99) == {3} and store.problem is None
    store.close()


def test_the_key_of_bands_is_sealed_and_another_machine_makes_its_own(tmp_path):
    path, sealing = tmp_path / "lockers.db", Sealing(bytes(32))
    tags = []
    for key in (None, sealing, sealing, Sealing(bytes(31) + b"x")):
        store = LockerStore(path, sealing=key)
        tags.append(store.tag("rfid:1"))
        store.close()
    assert tags[0] == tags[1] == tags[2] != tags[3]
    with sqlite3.connect(path) as connection:
        [[kept]] = connection.execute("SELECT kept FROM tag_key")
    assert not kept.startswith("{")
