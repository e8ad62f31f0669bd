"""A running gateway with a bank of lockers: its terminals, its boards, its ERP."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

from access_gateway.runtime import Runtime, Settings
from access_gateway.simulators import Line, SimulatedLockers, SimulatedReader
from access_policy import seal_token

from .fake_erp import SEAL_KEY, FakeErp
from .locker_world import BANK, document
from .world import eventually

# Those of a crowd: as many lockers as terminals, with the 16 locks that a board has.
ROWS, PER_ROW, LOCKS = 5, 10, 16
LOCKERS = ROWS * PER_ROW
BOARDS = -(-LOCKERS // LOCKS)


class ChangingRoom:
    """A running gateway with its ERP, a reader at each terminal and locker boards."""

    def __init__(self, directory, erp, boards, readers):
        self.directory = directory
        self.erp = erp
        self.board, *_others = self.boards = boards
        self.readers = readers
        self.gateway = None

    @property
    def held(self):
        return self.gateway.locker_desk._lockers.credentials()

    @asynccontextmanager
    async def running(self, is_known=True, poll=0.01):
        state = self.directory / "state"
        state.mkdir(mode=0o700, exist_ok=True)
        settings = Settings(state, self.directory, poll=poll)
        self.gateway = Runtime(settings, self.erp.identity())
        stop = asyncio.Event()
        task = asyncio.create_task(self.gateway.run(stop))
        try:
            await eventually(lambda: self.is_up(is_known), within=20)
            yield self
        finally:
            stop.set()
            await task

    def is_up(self, is_known):
        status = self.gateway.devices.status()
        is_so = bool(self.gateway.takeover.known) is is_known
        count = len(self.readers) + len(self.boards)
        return is_so and sum(one["online"] for one in status.values()) == count


@asynccontextmanager
async def changing_room(directory, kind=SimulatedLockers, beside=(), **changes):
    """A room whose gateway does not run yet; ``beside`` are boards on the same line."""
    rules = document(**changes)
    async with FakeErp() as erp, AsyncExitStack() as stack:
        erp.publish(rules)
        readers = {
            name: SimulatedReader(stack.enter_context(Line(directory / name)))
            for bank in rules["banks"].values()
            for name in bank["terminals"]
        }
        line = stack.enter_context(Line(directory / "lockers"))
        board = kind(line, beside=beside) if beside else kind(line)
        await stack.enter_async_context(board)
        yield ChangingRoom(directory, erp, [board, *beside], readers)


@asynccontextmanager
async def crowded_room(directory, bands, changed=None):
    """A room with a terminal for each of its lockers, into which ``bands`` may come.

    ``changed`` is as that of a board, by the number of the locker.
    """
    boards = [
        SimulatedLockers(board=board, changed=_by_locker(board, changed))
        for board in range(BOARDS)
    ]

    def first(line, beside):
        one = SimulatedLockers(line, changed=_by_locker(0, changed), beside=beside)
        return one

    beside, changes = boards[1:], _crowd(bands)
    async with changing_room(directory, first, beside, **changes) as room:
        yield room


def terminal_of(number):
    """Give the terminal to which the band of a number is held."""
    return f"terminal-{number % LOCKERS}"


def _by_locker(board, changed):
    return lambda lock, shut: changed and changed(1 + LOCKS * board + lock, shut)


def _crowd(bands):
    """Give rules of a room of rows, each with its boards and terminals."""
    persons = {str(10 + number): {"rights": [1]} for number in range(len(bands))}
    credentials = {
        seal_token(SEAL_KEY, f"rfid:{band}"): {"id": 10 + number, "person": 10 + number}
        for number, band in enumerate(bands)
    }
    terminals = {
        terminal_of(number): {"row": 1 + number % ROWS, "position": 1 + number // ROWS}
        for number in range(LOCKERS)
    }
    boards = {
        f"board-{board}": {
            "driver": "locker_board",
            "address": "lockers",
            "settings": {"board": board},
        }
        for board in range(BOARDS)
    }
    # Who comes again means it.
    settings = {"kind": "card", "repeat_ms": 0}
    readers = {
        name: {"driver": "serial_reader", "address": name, "settings": settings}
        for name in terminals
    }
    return {
        "persons": persons,
        "credentials": credentials,
        "devices": {**boards, **readers},
        "banks": {str(BANK): {"terminals": terminals, "open_ms": 5000}},
        "lockers": {str(key): _locker(key) for key in range(1, LOCKERS + 1)},
    }


def _locker(key):
    board, lock = divmod(key - 1, LOCKS)
    row, position = divmod(key - 1, PER_ROW)
    return {
        "bank": BANK,
        "number": f"A{key}",
        "row": 1 + row,
        "position": 1 + position,
        "device": f"board-{board}",
        "output": lock,
        "input": lock,
    }
