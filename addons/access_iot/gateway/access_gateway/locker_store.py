"""Who has which locker, on disk before a bolt moves, and what is to be told of it.

A change and what is to be told of it are written as one, so that after a power cut
nothing stays untold. Telling may happen twice then, with the same ``id``.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .durable import damaged_before, open_durable
from .journal import JournalError

log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS locker (
    id INTEGER PRIMARY KEY,
    credential INTEGER NOT NULL,
    person INTEGER
);
CREATE TABLE IF NOT EXISTS bank (
    id INTEGER PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS untold (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    note TEXT NOT NULL
);
"""


class LockerStoreError(JournalError):
    """Nothing was written: what should have been must not happen."""


class Holder(NamedTuple):
    credential: int
    person: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """What befell a locker or a band at a terminal, for the ERP.

    ``outcome`` is one of ``lockers.Outcome``; ``time`` and ``seen`` are as in
    ``PassageEvent``, ``reason`` and ``warnings`` those of the decision, if there was
    one; ``user`` is the member of staff and ``words`` why. ``id`` is there where a
    telling may happen twice.
    """

    outcome: str
    time: str
    bank: int
    locker: int | None = None
    credential: int | None = None
    person: int | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    seen: str | None = None
    user: int | None = None
    words: str | None = None
    policy: int = 0
    id: int | None = field(default=None, compare=False)


Tell = Callable[[Note], None]


class LockerStore:
    """The assignments of one gateway. Not for several threads or programs at once.

    ``banks`` are those of which it knows who has which locker: in others none is given
    before the ERP's log has said so. Without a ``path`` it stands in for one that
    cannot be opened (``failure``): it knows no bank, and takes over none.
    """

    def __init__(self, path: Path | None, failure: str | None = None):
        self.failure = failure
        self._aside = None
        try:
            if path is None:
                self._connection = sqlite3.connect(":memory:", isolation_level=None)
                self._connection.executescript(_TABLES)
            else:
                self._connection = open_durable(path, _TABLES)
                self._aside = damaged_before(path)
            rows = self._connection.execute("SELECT id, credential, person FROM locker")
            self.holders = {key: Holder(*holder) for key, *holder in rows}
            banks = self._connection.execute("SELECT id FROM bank")
            self.banks = {key for (key,) in banks}
        except (sqlite3.DatabaseError, OSError) as error:
            raise LockerStoreError(f"{path} cannot be opened: {error}") from error

    def close(self) -> None:
        self._connection.close()

    @property
    def problem(self) -> str | None:
        if self._aside:
            return f"the lockers' file was damaged: set aside as {self._aside.name}"
        return self.failure

    @property
    def is_told(self) -> bool:
        """Whether the journal has all that befell the lockers."""
        return not self._rows("SELECT 1 FROM untold LIMIT 1")

    def take_over(
        self, bank: int, lockers: Collection[int], holders: Mapping[int, Holder]
    ) -> None:
        """Know a bank, of whose lockers those with holders are given."""
        with self._transaction() as execute:
            for key in lockers:
                execute("DELETE FROM locker WHERE id = ?", (key,))
            for key, holder in holders.items():
                execute("INSERT INTO locker VALUES (?, ?, ?)", (key, *holder))
            execute("INSERT OR IGNORE INTO bank VALUES (?)", (bank,))
        for key in lockers:
            self.holders.pop(key, None)
        self.holders.update(holders)
        self.banks.add(bank)

    def forget(self, bank: int) -> None:
        """Know a bank no more: another gateway gives its lockers now."""
        with self._transaction() as execute:
            execute("DELETE FROM bank WHERE id = ?", (bank,))
        self.banks.discard(bank)

    def credentials(self) -> dict[int, int]:
        """Give by locker the credential that has it."""
        return {key: holder.credential for key, holder in self.holders.items()}

    def assign(self, locker: int, holder: Holder, note: Note) -> None:
        """Give a free locker; one that is not free cannot be given."""
        self._write("INSERT INTO locker VALUES (?, ?, ?)", (locker, *holder), note)
        self.holders[locker] = holder

    def hand_over(self, locker: int, holder: Holder, note: Note) -> None:
        """Give a locker, whoever has it."""
        statement = "INSERT OR REPLACE INTO locker VALUES (?, ?, ?)"
        self._write(statement, (locker, *holder), note)
        self.holders[locker] = holder

    def free(self, locker: int, note: Note) -> None:
        self._write("DELETE FROM locker WHERE id = ?", (locker,), note)
        self.holders.pop(locker, None)

    def tell_all(self, tell: Tell) -> None:
        """Tell what is untold, in order; what ``tell`` raises ends it for now."""
        try:
            for key, note in self._rows("SELECT id, note FROM untold ORDER BY id"):
                tell(_note(key, json.loads(note)))
                self._connection.execute("DELETE FROM untold WHERE id = ?", (key,))
        except sqlite3.DatabaseError as error:
            raise LockerStoreError(str(error)) from error

    def _write(self, statement: str, values: Iterable[Any], note: Note) -> None:
        text = json.dumps(asdict(note))
        with self._transaction() as execute:
            execute(statement, tuple(values))
            execute("INSERT INTO untold (note) VALUES (?)", (text,))

    def _rows(self, query: str) -> list[Any]:
        try:
            return self._connection.execute(query).fetchall()
        except sqlite3.DatabaseError as error:
            raise LockerStoreError(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., Any]]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection.execute
            self._connection.execute("COMMIT")
        except Exception as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.DatabaseError):
                raise LockerStoreError(str(error)) from error
            raise


def _note(key: int, fields: dict[str, Any]) -> Note:
    return Note(**{**fields, "warnings": tuple(fields["warnings"]), "id": key})
