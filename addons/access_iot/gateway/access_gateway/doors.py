"""What devices tell, and what is done about it: doors, gates, lockers, pictures."""

import logging
from collections.abc import Callable
from pathlib import Path

from .autonomy import Autonomy
from .controller import Controller
from .devices import Devices
from .drivers import NotKept
from .gates import Gates
from .holding import Holding
from .journal import JournalError
from .locker_desk import LockerDesk
from .locker_events import event_of_note
from .locker_store import Note
from .messages import Alarm, Contact, Read, Told, Verdict
from .pictures import Album
from .recorder import Recorder
from .records import Records
from .rules import Rules
from .tasks import Work

log = logging.getLogger(__name__)

PICTURES_FOLDER = "pictures"


class Doors:
    """All that moves here, by what ``records`` say; it needs no ERP.

    ``on_event`` is called when an event is on the disk.
    """

    def __init__(
        self, records: Records, serial_dir: Path, on_event: Callable[[], None]
    ):
        self._records, now = records, records.now
        journal, store = records.journal, records.store
        self.devices = Devices(serial_dir, self.handle)
        self.recorder = Recorder(journal, records.facts, now, on_event)
        self.holding = Holding(
            store,
            self.recorder,
            self.devices,
            now,
            is_burning=lambda: self.gates.is_burning,
        )
        self.gates = Gates(
            self.recorder,
            self.devices,
            now,
            is_free=self.holding.is_free,
            on_turn=self.holding.look,
        )
        self.autonomy = Autonomy(store, self.devices, now)
        self.album = Album(
            records.directory / PICTURES_FOLDER,
            self.devices,
            records.link,
            records.identity.gateway,
            rules=lambda: store.rules,
            has_room=lambda: journal.has_room,
        )
        self.recorder.on_recorded = self.album.see
        seal = records.keyring.seal
        self.controller = Controller(
            seal, store, self.recorder, self.gates, self.devices, now
        )
        self.locker_desk = LockerDesk(
            seal,
            store,
            records.lockers,
            records.facts,
            self.devices,
            now,
            tell=self.tell_of_locker,
        )

    @property
    def work(self) -> tuple[Work, ...]:
        """Give what goes on all the time."""
        return (
            self.holding.run,
            self.autonomy.run,
            self.gates.run,
            self.album.run,
            self.locker_desk.run,
        )

    async def apply(self, rules: Rules) -> None:
        """Work by other rules from now on."""
        self.gates.apply(rules)
        await self.devices.apply(rules.devices)
        self.gates.recall()
        self.holding.settle()
        self.autonomy.look()

    def handle(self, told: Told) -> None:
        """Take what a device tells; raise ``NotKept`` for what it should tell again."""
        try:
            if isinstance(told, Read):
                self._handle_read(told)
            elif isinstance(told, Contact):
                self.gates.sense(told)
            elif isinstance(told, Verdict):
                self.controller.note_verdict(told)
            elif isinstance(told, Alarm):
                self.gates.note_alarm(told)
        except JournalError as error:
            raise NotKept(str(error)) from error
        except Exception:
            # Whatever one device tells, the others must go on.
            log.exception("device %s: fault while handling what it told", told.device)

    def _handle_read(self, read: Read) -> None:
        if read.device in self._records.store.rules.bank_of_terminal:
            self.locker_desk.handle(read)
        else:
            self.controller.handle(read)

    def tell_of_locker(self, note: Note) -> None:
        """Write down what befell a locker, unless that was done before a crash."""
        event = event_of_note(note, self._records.store.rules)
        if note.id is None or not self._records.journal.has_lately(event):
            self.recorder.record(event)
