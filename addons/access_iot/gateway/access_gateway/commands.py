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

# Whether it was done, ``None`` for perhaps, and words about it.
Outcome = tuple[bool | None, str | None]

INTERRUPTED = "the gateway was stopped in the middle of it: it may have been done"
LATELY = 100


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

    def finish(self, command: str, ok: bool | None, message: str | None) -> None:
        self._write(
            "UPDATE command SET ok = ?, message = ? WHERE id = ?",
            (ok, message, command),
        )

    def result(self, command: str) -> Outcome:
        """Give what came of a remembered command."""
        row = self._connection.execute(
            "SELECT ok, message FROM command WHERE id = ?", (command,)
        ).fetchone()
        return _outcome(*row)

    def lately(self) -> dict[str, Outcome]:
        """Give what came of the last commands, of which the ERP may not know yet."""
        rows = self._connection.execute(
            "SELECT id, ok, message FROM command ORDER BY time DESC LIMIT ?", (LATELY,)
        )
        return {command: _outcome(*row) for command, *row in rows}

    def forget(self, before: datetime) -> None:
        """Forget those from before a time, but not those of the last day."""
        before = min(before, datetime.now(timezone.utc) - REMEMBERED)
        self._write("DELETE FROM command WHERE time < ?", (utc_text(before),))


def _outcome(ok: int | None, message: str | None) -> Outcome:
    return (None, message or INTERRUPTED) if ok is None else (bool(ok), message)
