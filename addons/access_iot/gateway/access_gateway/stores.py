"""The files that the program lives by, opened - or what stands in for them.

Whatever is wrong with a file or the disk, the program starts: exit buttons, fire inputs
and doors held open need neither a journal nor lockers.
"""

import logging
from contextlib import suppress
from pathlib import Path

from .journal import Head, Journal, JournalError
from .locker_store import LockerStore
from .no_journal import NoJournal
from .sealing import Sealing

log = logging.getLogger(__name__)

JOURNAL_FILE = "journal.db"
LOCKERS_FILE = "lockers.db"


class Stores:
    """The journal and the lockers of a gateway; ``start`` is as its identity has it."""

    def __init__(
        self,
        directory: Path,
        gateway: str,
        start: Head,
        sealing: Sealing | None = None,
    ):
        self._journal_path = directory / JOURNAL_FILE
        self._lockers_path = directory / LOCKERS_FILE
        self._gateway, self._start, self._sealing = gateway, start, sealing
        self._is_short = False
        self.journal = self._journal()
        self.lockers = self._lockers()

    def close(self) -> None:
        self.lockers.close()
        self.journal.close()

    def can_be_opened_now(self) -> bool:
        """Tell whether what could not be opened can be: then begin anew with it."""
        if not self._is_short:
            return False
        with suppress(JournalError):
            self._opened_journal().close()
            self._opened_lockers().close()
            return True
        return False

    def _opened_journal(self) -> Journal:
        journal = Journal(self._journal_path)
        try:
            journal.continue_from(self._gateway, self._start)
        except JournalError:
            journal.close()
            raise
        return journal

    def _journal(self) -> Journal:
        try:
            return self._opened_journal()
        except JournalError as error:
            self._note(error)
            return NoJournal(self._journal_path, str(error))

    def _opened_lockers(self) -> LockerStore:
        return LockerStore(self._lockers_path, sealing=self._sealing)

    def _lockers(self) -> LockerStore:
        try:
            return self._opened_lockers()
        except JournalError as error:
            self._note(error)
            return LockerStore(None, f"{error}: no locker is given")

    def _note(self, error: JournalError) -> None:
        log.error("%s", error)
        self._is_short = True
