"""Who has which locker, on disk before a bolt moves, and what is to be told of it.

A change and what is to be told of it are written as one, so that after a power cut
nothing stays untold. Telling may happen twice then, with the same ``id``.
"""

import hashlib
import hmac
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .durable import damaged_before, open_durable
from .journal import JournalError
from .sealing import Sealing, SealingError

log = logging.getLogger(__name__)

# What the key is sealed for.
_PURPOSE = "lockers.db"

_KEYLESS = (
    "bands are known by their numbers alone until the program is started with this "
    "machine's key again"
)

_TABLES = """
CREATE TABLE IF NOT EXISTS locker (
    id INTEGER PRIMARY KEY,
    credential INTEGER NOT NULL,
    person INTEGER
);
CREATE TABLE IF NOT EXISTS band (
    locker INTEGER PRIMARY KEY,
    credential INTEGER NOT NULL,
    tag TEXT,
    policy INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tag_key (
    kept TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS bank (
    id INTEGER PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS untold (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    note TEXT NOT NULL
);
"""


# A row of ``band`` belongs to a holder of its credential: a release from before there
# were any writes none.
_HOLDERS = """
SELECT locker.id, locker.credential, person, tag, COALESCE(policy, 0)
  FROM locker
  LEFT JOIN band ON band.locker = locker.id AND band.credential = locker.credential
"""


class LockerStoreError(JournalError):
    """Nothing was written: what should have been must not happen."""


class Holder(NamedTuple):
    """Who has a locker, by the numbers that rules of the version ``policy`` had.

    Numbers are given again by an ERP that was restored from a backup. What a terminal
    read of the band is not: it is known by its ``tag``, once it was read.
    """

    credential: int
    person: int | None
    tag: str | None = None
    policy: int = 0


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

    Tags are made with a key of this file's own, which outlasts those that the ERP
    renews; with a key of the machine (``sealing``) it is sealed.
    """

    def __init__(
        self,
        path: Path | None,
        failure: str | None = None,
        sealing: Sealing | None = None,
    ):
        self.failure = failure
        self._aside = None
        try:
            if path is None:
                self._connection = sqlite3.connect(":memory:", isolation_level=None)
                self._connection.executescript(_TABLES)
            else:
                self._connection = open_durable(path, _TABLES)
                self._aside = damaged_before(path)
            self._key = self._tag_key(sealing or Sealing())
            if self._key is None:
                log.error("lockers: %s", _KEYLESS)
            rows = self._connection.execute(_HOLDERS)
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
        return self.failure or (_KEYLESS if self._key is None else None)

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
                _put(execute, key, holder)
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

    def tag(self, token: str) -> str | None:
        """Give what a band is known by, whatever number the ERP has for it."""
        if self._key is None:
            return None
        return hmac.new(self._key, token.encode(), hashlib.sha256).hexdigest()

    def held_by(self, tag: str | None, credential: int | None) -> set[int]:
        """Give the lockers that a band has; by its number where it was never read."""

        def has(holder: Holder) -> bool:
            by_tag = holder.tag and self._key is not None
            return holder.tag == tag if by_tag else holder.credential == credential

        return {key for key, holder in self.holders.items() if has(holder)}

    def assign(self, locker: int, holder: Holder, note: Note) -> None:
        """Give a free locker; one that is not free cannot be given."""
        with self._noting(note) as execute:
            _put(execute, locker, holder)
        self.holders[locker] = holder

    def hand_over(self, locker: int, holder: Holder, note: Note) -> None:
        """Give a locker, whoever has it."""
        with self._noting(note) as execute:
            execute("DELETE FROM locker WHERE id = ?", (locker,))
            _put(execute, locker, holder)
        self.holders[locker] = holder

    def free(self, locker: int, note: Note) -> None:
        with self._noting(note) as execute:
            execute("DELETE FROM locker WHERE id = ?", (locker,))
            execute("DELETE FROM band WHERE locker = ?", (locker,))
        self.holders.pop(locker, None)

    def tell_all(self, tell: Tell) -> None:
        """Tell what is untold, in order; what ``tell`` raises ends it for now."""
        try:
            for key, note in self._rows("SELECT id, note FROM untold ORDER BY id"):
                tell(_note(key, json.loads(note)))
                self._connection.execute("DELETE FROM untold WHERE id = ?", (key,))
        except sqlite3.DatabaseError as error:
            raise LockerStoreError(str(error)) from error

    @contextmanager
    def _noting(self, note: Note) -> Iterator[Callable[..., Any]]:
        """Change something, and tell of it, as one."""
        text = json.dumps(asdict(note))
        with self._transaction() as execute:
            yield execute
            execute("INSERT INTO untold (note) VALUES (?)", (text,))

    def _tag_key(self, sealing: Sealing) -> bytes | None:
        """Give the key of tags; ``None`` while the machine's key that opens it is away.

        With another machine's key it is lost for good: then tags say nothing any more.
        """
        kept = self._connection.execute("SELECT kept FROM tag_key").fetchone()
        with suppress(SealingError, TypeError, ValueError, KeyError):
            key = bytes.fromhex(json.loads(sealing.read(kept[0], _PURPOSE))["key"])
            if kept[0][:1] == "{" and sealing.is_on:
                self._keep_key(key, sealing)
            return key
        if kept and not sealing.is_on and self._has_tags():
            return None
        if kept:
            log.error("lockers: the key of bands cannot be opened: another is made")
        key = os.urandom(32)
        self._connection.execute("UPDATE band SET tag = NULL")
        self._keep_key(key, sealing)
        return key

    def _has_tags(self) -> bool:
        """Whether any band is known by what was read."""
        return bool(self._rows("SELECT 1 FROM band WHERE tag IS NOT NULL LIMIT 1"))

    def _keep_key(self, key: bytes, sealing: Sealing) -> None:
        kept = sealing.kept(json.dumps({"key": key.hex()}), _PURPOSE)
        with self._transaction() as execute:
            execute("DELETE FROM tag_key")
            execute("INSERT INTO tag_key VALUES (?)", (kept,))

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


def _put(execute: Callable[..., Any], key: int, holder: Holder) -> None:
    credential, person, tag, policy = holder
    execute("INSERT INTO locker VALUES (?, ?, ?)", (key, credential, person))
    band = (key, credential, tag, policy)
    execute("INSERT OR REPLACE INTO band VALUES (?, ?, ?, ?)", band)


def _note(key: int, fields: dict[str, Any]) -> Note:
    return Note(**{**fields, "warnings": tuple(fields["warnings"]), "id": key})
