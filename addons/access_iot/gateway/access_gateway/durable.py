"""SQLite files of which nothing is lost that was committed, not even in a power cut."""

import logging
import os
import sqlite3
from itertools import count
from pathlib import Path

log = logging.getLogger(__name__)

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # A short log leaves more of a nearly full disk to what is written.
    "PRAGMA wal_autocheckpoint = 256",
)

# What SQLite keeps beside a file. It goes first: it would be taken for that of the
# next file of the name.
_BESIDE = ("-wal", "-shm", "")


def open_durable(path: Path, tables: str, damage: str = "") -> sqlite3.Connection:
    """Open a file, making ``tables`` (a script); one that is damaged is set aside, and
    another begun in its place. Raise ``sqlite3.DatabaseError`` and ``OSError``.

    ``damage`` is a query that finds something in a file that is damaged for us.
    """
    try:
        return _open(path, tables, damage)
    except sqlite3.OperationalError:
        # The disk, not the file: full, read only, or away.
        raise
    except sqlite3.DatabaseError as error:
        aside = _set_aside(path)
        log.error("%s is damaged (%s): set aside as %s", path, error, aside.name)
        return _open(path, tables, damage)


def damaged_before(path: Path) -> Path | None:
    """Give a damaged file that once was in the place of this one, if it is kept."""
    aside = _aside(path, 1)
    return aside if aside.exists() else None


def _open(path: Path, tables: str, damage: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in PRAGMAS:
            connection.execute(statement)
        [[found]] = connection.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        connection.executescript(tables)
        if damage and (row := connection.execute(damage).fetchone()):
            raise sqlite3.DatabaseError(f"{row[0]} cannot be read")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _set_aside(path: Path) -> Path:
    """Rename what is damaged: it is never deleted, and never put over another."""
    aside = next(one for n in count(1) if not (one := _aside(path, n)).exists())
    for end in _BESIDE:
        if (part := path.with_name(path.name + end)).exists():
            os.replace(part, aside.with_name(aside.name + end))
    return aside


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.damaged{number if number > 1 else ''}")
