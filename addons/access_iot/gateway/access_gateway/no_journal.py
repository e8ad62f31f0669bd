"""What stands in for a journal that cannot be opened: the ways out need none."""

import sqlite3
from pathlib import Path
from typing import Any, NoReturn

from .ballast import Ballast
from .journal import TABLES, Journal, JournalFull


class NoJournal(Journal):
    """Nothing can be recorded, so nothing is granted; ``failure`` says why."""

    def __init__(self, path: Path, failure: str):
        self._ballast = Ballast(path.with_name("ballast"))
        self._failure = failure
        self._aside = None
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.executescript(TABLES)
        self._load()

    def append(self, event: Any) -> NoReturn:
        raise JournalFull(self._failure)

    def recover(self) -> None:
        """The program begins anew when it can be opened (``stores.py``)."""

    def _write(self, statement: str, values: tuple[Any, ...]) -> NoReturn:
        raise JournalFull(self._failure)
