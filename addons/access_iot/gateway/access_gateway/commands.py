"""Which commands of the ERP were run, in the journal's file: none is run twice."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from access_policy.event import utc_text

TABLE = """
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY,
    ok INTEGER,
    message TEXT,
    time TEXT NOT NULL
);
"""

# The ERP may give out a command again for so long, whatever the retention.
REMEMBERED = timedelta(days=1)


class Commands:
    """``write`` runs a statement that changes something, durably."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        write: Callable[[str, tuple[Any, ...]], sqlite3.Cursor],
    ):
        self._connection = connection
        self._write = write

    def remember(self, command: str, at: datetime) -> bool:
        """Note durably that a command is about to be run; tell whether it is new."""
        added = self._write(
            "INSERT OR IGNORE INTO command (id, time) VALUES (?, ?)",
            (command, utc_text(at)),
        ).rowcount
        return added == 1

    def finish(self, command: str, ok: bool, message: str | None) -> None:
        self._write(
            "UPDATE command SET ok = ?, message = ? WHERE id = ?",
            (ok, message, command),
        )

    def result(self, command: str) -> tuple[bool, str | None]:
        """Give what came of a remembered command."""
        ok, message = self._connection.execute(
            "SELECT ok, message FROM command WHERE id = ?", (command,)
        ).fetchone()
        return (False, "interrupted") if ok is None else (bool(ok), message)

    def forget(self, before: datetime) -> None:
        """Forget those from before a time, but not those of the last day."""
        before = min(before, datetime.now(timezone.utc) - REMEMBERED)
        self._write("DELETE FROM command WHERE time < ?", (utc_text(before),))
