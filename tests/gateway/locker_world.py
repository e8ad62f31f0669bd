"""A changing room to test in: a bank of lockers in two rows, a terminal on each."""

import asyncio
import sqlite3
from datetime import datetime, timezone
from functools import partial

from access_gateway.drivers import DeviceError, Read
from access_gateway.journal import JournalError
from access_gateway.locker_desk import LockerDesk
from access_gateway.locker_store import LockerStore
from access_gateway.rules import rules_from_document
from access_policy import State, seal_token

from .fake_erp import GATEWAY, SEAL_KEY

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=timezone.utc)
BANK = 2
TERMINALS = {
    "left": {"row": 1, "position": 4},
    "middle": {"row": 1, "position": 1},
    "right": {"row": 2, "position": 1},
}
BANDS = {f"04A1B2C3D4E5{number:02X}": 10 + number for number in range(12)}
FIRST, SECOND, THIRD, *_OTHERS = BANDS
STRANGER = "04FFFFFFFFFFFF"


def lockers(per_row=3, **changes):
    """Give lockers 1, 2, 3 in row 1 and 4, 5, 6 in row 2, on outputs of their order."""
    return {
        str(key): {
            "bank": BANK,
            "number": f"A{key}",
            "row": 1 + (key - 1) // per_row,
            "position": 1 + (key - 1) % per_row,
            "device": "board",
            "output": key - 1,
            "input": key - 1,
            **changes,
        }
        for key in range(1, 2 * per_row + 1)
    }


def document(**changes):
    """Give rules under which every one of BANDS may have a locker."""
    return {
        "format": 2,
        "gateway": GATEWAY,
        "version": 1,
        "venues": {"1": {"timezone": "Europe/Warsaw"}},
        "zones": {"1": {}},
        "points": {str(BANK): {"venue": 1, "zone_from": 1, "zone_to": 1}},
        "rights": {"1": {"zones": [1]}},
        "persons": {str(number): {"rights": [1]} for number in BANDS.values()},
        "credentials": {
            seal_token(SEAL_KEY, f"rfid:{band}"): {"id": number, "person": number}
            for band, number in BANDS.items()
        },
        "devices": {
            "board": {"driver": "locker_board", "address": "lockers"},
            **{
                name: {"driver": "serial_reader", "address": name} for name in TERMINALS
            },
        },
        "banks": {str(BANK): {"terminals": TERMINALS, "open_ms": 5000}},
        "lockers": lockers(),
        **changes,
    }


def changed(band, **fields):
    """Give the credentials of which that of one band says something else."""
    credentials = document()["credentials"]
    credentials[seal_token(SEAL_KEY, f"rfid:{band}")].update(fields)
    return credentials


class Crash(BaseException):
    """The program is killed here."""


class Room:
    """A locker desk with stand-ins around it; notes what it does, in order.

    It fails or dies (``fails``: an error by the name of what is about to happen:
    ``tell``, ``release``, ``show``, or has just happened: ``told``), and can be started
    again on the same disk.
    """

    def __init__(self, path, **changes):
        self.path = path
        self.rules = rules_from_document(document(**changes))
        self.state = State()
        self.online = True
        self.contacts = {}
        self.happened = []
        self.told = []
        self.shown = []
        self.fails = {}
        self.seconds = 0.0
        self.store, self.work = None, []
        self.start()

    def start(self):
        """Start anew, as after a crash: what is not on the disk is gone."""
        self.close()
        self.store = LockerStore(self.path)
        for bank in set(self.rules.banks) - self.store.banks:
            # What the ERP told when the bank was new here.
            self.store.take_over(bank, (), {})
        self.desk = LockerDesk(
            partial(seal_token, SEAL_KEY),
            self,
            self.store,
            self,
            self,
            lambda: NOW,
            self.tell,
            lambda: self.seconds,
        )
        # What follows is done when the test says so.
        self.desk._work.start = self.work.append

    def close(self):
        for one in self.work:
            one.close()
        self.work = []
        if self.store is not None:
            self.store.close()

    def change(self, **changes):
        self.rules = rules_from_document(document(**changes))

    # The stand-ins

    def get(self, device):
        if device in self.rules.devices:
            return self
        raise DeviceError(f"there is no device {device}")

    async def release(self, command):
        self._step("release")
        self.happened.append(("release", command.output))

    async def show(self, indication):
        self._step("show")
        self.shown.append((indication.granted, indication.text))

    def tell(self, note):
        self._step("tell")
        self.happened.append(("tell", note.outcome, note.locker))
        self.told.append(note)
        self._step("told")

    def _step(self, name):
        if name in self.fails:
            raise self.fails[name]

    # What happens

    def hold(self, band, terminal="left", follow=True):
        """Hold a band to a terminal; give what came of it and, if any, the locker."""
        self.seconds += 5.0
        read = Read(terminal, "wristband", band, at=self.seconds)
        choice = self.desk.handle(read)
        if follow:
            self.follow()
        return None if choice is None else (choice.outcome.value, choice.locker)

    def follow(self):
        """Do what follows from what was decided."""
        while self.work:
            run(self.work.pop(0))

    def command(self, kind, locker, **fields):
        fields = {"user": 7, "note": "lost band", **fields}
        return run(self.desk.perform({"kind": kind, "locker": locker, **fields}))

    def give(self, band, **fields):
        """Give locker 3 to a band; by itself each band is another person's."""
        fields = {"person": BANDS[band], **fields}
        return self.command("hand_over_locker", 3, credential=BANDS[band], **fields)

    @property
    def held(self):
        return {key: holder.credential for key, holder in self.store.holders.items()}

    def on_disk(self):
        with sqlite3.connect(self.path) as connection:
            return dict(connection.execute("SELECT id, credential FROM locker"))


def run(coroutine):
    """Run what waits for nothing that is not there; ``gather`` needs a loop."""
    return asyncio.run(_awaited(coroutine))


async def _awaited(coroutine):
    return await coroutine


NO_DISK = JournalError("disk full")
