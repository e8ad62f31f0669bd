"""A pool that opens its doors: all come to the lockers in one moment."""

import asyncio

from access_policy import event_of

from .changing_room import LOCKERS, PER_ROW, ROWS, crowded_room, terminal_of
from .world import eventually

# Two more than lockers in each row.
BANDS = [f"04A1B2C3D4{number:04X}" for number in range(LOCKERS + 2 * ROWS)]
GIVEN, FREED = "locker_assigned", "locker_freed"


async def come(room, number):
    """Hold a band to a terminal of its row, in the midst of all others."""
    await asyncio.sleep(0)
    room.readers[terminal_of(number)].hold(BANDS[number])


def holders_by_the_log(room):
    """Give who has which locker; none may be given to two, nor two to one."""
    holders = {}
    for _sequence, record in room.gateway.journal.records(0, 1000):
        event = event_of(record)
        locker = (event.note or "").split(", ")[0]
        if event.reason == GIVEN:
            assert locker not in holders, f"{locker} was given to two"
            assert event.credential not in holders.values()
            holders[locker] = event.credential
        elif event.reason == FREED:
            del holders[locker]
    return holders


async def test_all_bands_that_fit_get_a_locker_each(tmp_path):
    async with crowded_room(tmp_path, BANDS) as room, room.running():
        await asyncio.gather(*(come(room, one) for one in range(LOCKERS)))
        await eventually(lambda: len(room.held) == LOCKERS, within=20)
        assert len(set(room.held.values())) == LOCKERS
        await eventually(lambda: not any(any(one.shut[:2]) for one in room.boards), 20)


async def test_no_two_share_one_while_staff_give_some_and_the_gateway_restarts(
    tmp_path,
):
    async with crowded_room(tmp_path, BANDS) as room:
        async with room.running():
            for row in range(ROWS):
                give(room, 1 + PER_ROW * row, to=LOCKERS + row)
            await asyncio.gather(*(come(room, one) for one in range(0, LOCKERS, 2)))
            # It ends in the middle of that.
            await eventually(lambda: len(room.held) > ROWS)
        async with room.running():
            room.erp.command("freed", kind="free_locker", locker=LOCKERS, user=7)
            await asyncio.gather(*(come(room, one) for one in range(len(BANDS))))
            await room.erp.until(lambda: "freed" in room.erp.results)
            await asyncio.gather(*(come(room, one) for one in range(len(BANDS))))
            await eventually(lambda: len(room.held) == LOCKERS, within=20)
            known = {f"A{key}": holder for key, holder in room.held.items()}
            assert holders_by_the_log(room) == known


def give(room, locker, to):
    """Have staff give a locker to a band, whose holder comes to the same row later."""
    who = {"credential": 10 + to, "person": 10 + to, "user": 7, "note": "asked for it"}
    room.erp.command(f"give {locker}", kind="hand_over_locker", locker=locker, **who)
