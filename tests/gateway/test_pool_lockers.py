"""Lockers of a pool: an entry ticket suffices inside, a leader's room is the leader's.

Rules as ``access.admission`` keeps them: one for its zones by tickets of its entry, one
for what is only for the leader, by tickets of that; both for everyone who has one.
"""

import pytest

from access_policy import State
from access_policy.state import Presence, TicketUse

from .locker_world import BANDS, BANK, FIRST, SECOND, Room

POOL, SAUNA, WET, ROOM = 1, 2, 3, 4
ENTRY, LEADER = 1, 2
CAME = "2026-11-21T07:00:00.000Z"


def pool(zone, **changes):
    """Give rules of a bank in a zone; the first band is the leader's."""
    by_ticket = {"everyone": True}
    persons = {
        str(number): {"tickets": {str(number): {"type": ENTRY, "entries": 1}}}
        for number in BANDS.values()
    }
    persons[str(BANDS[FIRST])]["tickets"]["99"] = {"type": LEADER}
    zones = {str(one): {"parent": WET} for one in (POOL, SAUNA, ROOM)}
    return {
        "zones": {str(WET): {}, **zones},
        "points": {str(BANK): {"venue": 1, "zone_from": zone, "zone_to": zone}},
        "rights": {
            "1": {**by_ticket, "zones": [POOL, SAUNA], "ticket_types": [ENTRY]},
            "2": {**by_ticket, "points": [BANK], "ticket_types": [LEADER]},
        }
        if zone == ROOM
        else {"1": {**by_ticket, "zones": [POOL, SAUNA], "ticket_types": [ENTRY]}},
        "persons": persons,
        **changes,
    }


def inside():
    """Give the state in which all have come in, so that their entry is used up."""
    return State(
        ticket_uses={
            number: {TicketUse("2026-11-21", CAME, 1)} for number in BANDS.values()
        },
        presence={number: Presence(POOL, CAME) for number in BANDS.values()},
    )


@pytest.fixture
def room(tmp_path):
    """Give a bank in the pool."""
    made = Room(tmp_path / "lockers.db", **pool(POOL))
    made.state = inside()
    yield made
    made.close()


@pytest.fixture
def group_room(tmp_path):
    made = Room(tmp_path / "lockers.db", **pool(ROOM))
    made.state = inside()
    yield made
    made.close()


def test_who_has_come_in_gets_a_locker_without_another_entry(room):
    before = {key: set(uses) for key, uses in room.state.ticket_uses.items()}
    assert room.hold(SECOND) == ("assigned", 3)
    assert room.state.ticket_uses == before


def test_leader_opens_and_opens_again_the_groups_room(group_room):
    assert group_room.hold(FIRST) == ("assigned", 3)
    assert group_room.hold(FIRST) == ("opened", 3)


def test_another_band_of_the_group_is_refused_with_words(group_room):
    group_room.hold(FIRST)
    assert group_room.hold(SECOND) == ("wrong_band", None)
    assert group_room.shown[-1] == (False, "Wrong band")


def test_who_has_no_ticket_gets_none_by_a_right_of_everybody(room):
    persons = pool(POOL)["persons"]
    persons[str(BANDS[SECOND])] = {}
    room.change(**pool(POOL, persons=persons))
    assert room.hold(SECOND) == ("wrong_band", None)
