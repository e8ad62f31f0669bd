"""Who has which locker, on disk before a bolt moves, and what is to be told of it.

A change and what is to be told of it are written as one, so that after a power cut
nothing stays untold. Telling may happen twice then, with the same ``id``.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .durable import open_durable
from .journal import JournalError

log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS locker (
    id INTEGER PRIMARY KEY,
    credential INTEGER NOT NULL,
    person INTEGER
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
    """The assignments of one gateway. Not for several threads or programs at once."""

    def __init__(self, path: Path):
        try:
            self._connection = open_durable(path, _TABLES)
            rows = self._connection.execute("SELECT id, credential, person FROM locker")
            self.holders = {key: Holder(*holder) for key, *holder in rows}
        except sqlite3.DatabaseError as error:
            raise LockerStoreError(f"{path} cannot be opened: {error}") from error

    def close(self) -> None:
        self._connection.close()

    def credentials(self) -> dict[int, int]:
        """Give by locker the credential that has it."""
        return {key: holder.credential for key, holder in self.holders.items()}

    def assign(self, locker: int, holder: Holder, note: Note) -> None:
        """Give a free locker; one that is not free cannot be given."""
        self._write("INSERT INTO locker VALUES (?, ?, ?)", (locker, *holder), note)
        self.holders[locker] = holder

    def hand_over(self, locker: int, holder: Holder, note: Note) -> None:
        statement = "UPDATE locker SET credential = ?, person = ? WHERE id = ?"
        self._write(statement, (*holder, locker), note)
        self.holders[locker] = holder

    def free(self, locker: int, note: Note) -> None:
        self._write("DELETE FROM locker WHERE id = ?", (locker,), note)
        self.holders.pop(locker, None)

    def tell_all(self, tell: Tell) -> None:
        """Tell what is untold, in order; what ``tell`` raises ends it for now."""
        try:
            rows = self._connection.execute("SELECT id, note FROM untold ORDER BY id")
            for key, note in rows.fetchall():
                tell(_note(key, json.loads(note)))
                self._connection.execute("DELETE FROM untold WHERE id = ?", (key,))
        except sqlite3.DatabaseError as error:
            raise LockerStoreError(str(error)) from error

    def _write(self, statement: str, values: Iterable[Any], note: Note) -> None:
        text = json.dumps(asdict(note))
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(statement, tuple(values))
            self._connection.execute("INSERT INTO untold (note) VALUES (?)", (text,))
            self._connection.execute("COMMIT")
        except Exception as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.DatabaseError):
                raise LockerStoreError(str(error)) from error
            raise


def _note(key: int, fields: dict[str, Any]) -> Note:
    return Note(**{**fields, "warnings": tuple(fields["warnings"]), "id": key})
