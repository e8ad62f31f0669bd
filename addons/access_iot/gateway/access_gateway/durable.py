"""SQLite files of which nothing is lost that was committed, not even in a power cut."""

import sqlite3
from pathlib import Path

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # A short log leaves more of a nearly full disk to what is written.
    "PRAGMA wal_autocheckpoint = 256",
)


def open_durable(path: Path, tables: str) -> sqlite3.Connection:
    """Open a file, making ``tables`` (a script); raise ``sqlite3.DatabaseError``."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in PRAGMAS:
            connection.execute(statement)
        connection.executescript(tables)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
