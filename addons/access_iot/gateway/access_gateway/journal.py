"""The journal: every decision on disk before a bolt moves, until the ERP has it.

SQLite in WAL mode with full synchronisation. Events are only ever appended and, once
acknowledged and old enough, deleted from the front; ``journal`` (one row) remembers the
event before the first one kept, so the chain continues whatever was deleted.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from access_policy import GENESIS, PassageEvent, event_of, link
from access_policy.event import sent_form, utc_text
from access_policy.reason import TOGGLING

from . import commands
from .ballast import Ballast
from .durable import damaged_before, open_durable

log = logging.getLogger(__name__)

# Also of a record that is damaged, of which nothing is known then.
_TIME = "CASE WHEN json_valid(record) THEN json_extract(record, '$[1]') END"
# All that devices tell by number, and little else: it is looked at with each event.
_OF_DEVICE = """(instr(record, '_by_device"') OR instr(record, '"alarm'))"""
# What points that are unlocked by one reading and locked by the next tell of that.
_OF_TOGGLE = " OR ".join(f"instr(record, '\"{one.value}\"')" for one in TOGGLING)
_OF_TOGGLE = f"({_OF_TOGGLE})"

TABLES = f"""
CREATE TABLE IF NOT EXISTS journal (
    gateway TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    acknowledged INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    record TEXT NOT NULL
);
DROP INDEX IF EXISTS event_of_device;
CREATE INDEX IF NOT EXISTS event_by_device ON event ({_TIME}) WHERE {_OF_DEVICE};
CREATE INDEX IF NOT EXISTS event_of_toggle ON event (sequence) WHERE {_OF_TOGGLE};
{commands.TABLE}
"""

_DAMAGE = "SELECT 'event ' || sequence FROM event WHERE NOT json_valid(record) LIMIT 1"

# Among so many events a repetition is looked for.
LATELY = 200


class Head(NamedTuple):
    """The last event of a chain; sequence 0 for none."""

    sequence: int = 0
    hash: str = GENESIS


MISSING = "the journal was damaged: what it had not sent is missing"
_COPIED = "a copy of this box is in use, or this journal is an old one"


class JournalError(Exception):
    """The journal cannot do its work; the text says why."""


class JournalFull(JournalError):
    """Nothing was recorded: what should have been must not happen."""


class JournalMismatch(JournalError):
    """This journal and the ERP's do not fit together; the text says what to do."""


class Journal:
    """One gateway's events. Not for use by several threads or programs at once."""

    def __init__(self, path: Path, ballast: Ballast | None = None):
        self._ballast = ballast or Ballast(path.with_name("ballast"))
        self._failure: str | None = None
        try:
            try:
                self._connection = open_durable(path, TABLES, _DAMAGE)
            except sqlite3.DatabaseError:
                if not self._ballast.give_up():
                    raise
                self._connection = open_durable(path, TABLES, _DAMAGE)
        except (sqlite3.DatabaseError, OSError) as error:
            raise JournalError(f"{path} cannot be opened: {error}") from error
        self._ballast.take()
        self._aside = damaged_before(path)
        self._load()

    def _load(self) -> None:
        self.commands = commands.Commands(self._connection, self._write)
        row = self._connection.execute("SELECT * FROM journal").fetchone()
        self.gateway, *floor, self.acknowledged = row or (None, *Head(), 0)
        self._floor = Head(*floor)
        row = self._connection.execute(
            "SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        self.head = Head(*row) if row else self._floor

    def close(self) -> None:
        self._connection.close()

    # Beginning

    def check(self, gateway: str, start: Head) -> None:
        """Make sure that nothing is lost by continuing for a gateway.

        ``start`` is the last event that the ERP holds. Raises ``JournalMismatch``.
        """
        if self.gateway is None:
            return
        if gateway != self.gateway:
            if self.pending_count:
                raise JournalMismatch(
                    f"{self.pending_count} events of gateway {self.gateway} are not "
                    "sent yet: run it until none is pending, or set the state "
                    "directory aside to give them up"
                )
            return
        known = self._hash_at(start.sequence)
        is_behind = start.sequence > self.head.sequence and self.pending_count
        if is_behind or known not in (None, start.hash):
            raise JournalMismatch(
                f"event {start.sequence} of the server is not in this journal, which "
                "is an old copy: set the state directory aside and pair again"
            )

    def continue_from(self, gateway: str, start: Head) -> None:
        """Begin where the ERP's journal of the gateway ends, or go on with our own.

        After one that was lost, only ``begin_anew`` begins.
        """
        self.check(gateway, start)
        is_ours = gateway == self.gateway and start.sequence <= self.head.sequence
        if not is_ours and not self.is_lost:
            self._begin(gateway, start, start.sequence)

    @property
    def is_lost(self) -> bool:
        """Whether the former journal was damaged and no other has begun: where it
        ended nobody knows, so that the ERP has to say where its log ends now."""
        return self.gateway is None and self._aside is not None

    def begin_anew(self, gateway: str, end: Head) -> None:
        """Go on after a journal that was lost, at the end of the ERP's log.

        How many events it had more is not known: one number stands for them all.
        """
        floor = Head(end.sequence + 1, link(end.hash, "lost"))
        self._begin(gateway, floor, end.sequence)

    def _begin(self, gateway: str, floor: Head, acknowledged: int) -> None:
        with self._transaction():
            self._connection.execute("DELETE FROM event")
            self._connection.execute("DELETE FROM journal")
            self._connection.execute(
                "INSERT INTO journal VALUES (?, ?, ?, ?)",
                (gateway, *floor, acknowledged),
            )
        self._load()

    def hand_over(self, gateway: str) -> None:
        """Let what the ERP does not hold yet be the journal of another gateway.

        What it holds is let go of here: it stands under the former name there.
        """
        last = max(self.acknowledged, self._floor.sequence)
        floor = Head(last, self._hash_at(last) or self._floor.hash)
        with self._transaction():
            self._connection.execute("DELETE FROM event WHERE sequence <= ?", (last,))
            self._connection.execute(
                "UPDATE journal SET gateway = ?, sequence = ?, hash = ?,"
                " acknowledged = 0",
                (gateway, *floor),
            )
        self._load()

    def _hash_at(self, sequence: int) -> str | None:
        if sequence == self._floor.sequence:
            return self._floor.hash
        row = self._connection.execute(
            "SELECT hash FROM event WHERE sequence = ?", (sequence,)
        ).fetchone()
        return row[0] if row else None

    # Events

    def append(self, *events: PassageEvent) -> int:
        """Record events; they are on the disk when the sequence of the last is given.

        Raises ``JournalFull`` when they are not: then none of them is.
        """
        if self.is_lost:
            raise JournalFull("the former journal was lost")
        head, rows = self.head, []
        for event in events:
            sequence = head.sequence + 1
            record = event.record(sequence)
            head = Head(sequence, link(head.hash, record))
            rows += [*head, record]
        values = ", ".join(["(?, ?, ?)"] * len(events))
        self._write(f"INSERT INTO event VALUES {values}", tuple(rows))
        self.head = head
        return head.sequence

    @property
    def pending_count(self) -> int:
        return self.head.sequence - max(self.acknowledged, self._floor.sequence)

    @property
    def lost(self) -> Head | None:
        """The last event that neither the ERP nor this journal has, if there is one."""
        return self._floor if self.acknowledged < self._floor.sequence else None

    @property
    def is_delivered(self) -> bool:
        return self.acknowledged == self.head.sequence

    def compare(self, end: Head) -> None:
        """Raise ``JournalMismatch`` if the ERP's journal is another one than this."""
        if end.sequence > self.head.sequence:
            raise JournalMismatch(
                f"the server holds event {end.sequence}, this journal ends with "
                f"{self.head.sequence}: {_COPIED}"
            )
        if self._hash_at(end.sequence) not in (None, end.hash):
            raise JournalMismatch(
                f"the server holds another event {end.sequence}: {_COPIED}"
            )

    def pending(self, limit: int) -> list[dict[str, Any]]:
        """Give the first events that are not acknowledged, as the ERP takes them."""
        rows = self._connection.execute(
            "SELECT record, hash FROM event"
            " WHERE sequence > ? ORDER BY sequence LIMIT ?",
            (self.acknowledged, limit),
        )
        return [sent_form(record, digest) for record, digest in rows]

    def records(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Give sequence and record of the first events after a sequence."""
        return self._connection.execute(
            "SELECT sequence, record FROM event"
            " WHERE sequence > ? ORDER BY sequence LIMIT ?",
            (after, limit),
        ).fetchall()

    @property
    def last_time(self) -> str | None:
        """The time of the last event, if it is still here."""
        return next(
            (event_of(r).time for _, r in self.records(self.head.sequence - 1, 1)), None
        )

    def has_lately(self, event: PassageEvent) -> bool:
        """Tell whether one of the last events is this very one."""
        after = self.head.sequence - LATELY
        return any(
            event_of(record) == event for _, record in self.records(after, LATELY)
        )

    def of_devices(self, time: str) -> list[PassageEvent]:
        """Give what devices told themselves, of a time and lately."""
        found = self._connection.execute(
            f"SELECT record FROM event WHERE {_TIME} = ? AND {_OF_DEVICE}"
            f" UNION SELECT record FROM event WHERE sequence > ? AND {_OF_DEVICE}",
            (time, self.head.sequence - LATELY),
        )
        return [event_of(record) for [record] in found]

    def of_toggles(self) -> list[PassageEvent]:
        """Give what unlocked a point until it is read again, and what ended it."""
        found = self._connection.execute(
            f"SELECT record FROM event WHERE {_OF_TOGGLE} ORDER BY sequence"
        )
        return [event_of(record) for [record] in found]

    def acknowledge(self, sequence: int) -> None:
        """Note that the ERP holds every event up to this one.

        It may be less than before, when the ERP was restored from a backup: what is
        still here is then sent again, and ``floor`` tells of what is not. Raises
        ``JournalMismatch`` beyond what is here.
        """
        if sequence > self.head.sequence:
            raise JournalMismatch(
                f"the server holds event {sequence}, this journal ends with "
                f"{self.head.sequence}: {_COPIED}"
            )
        if sequence != self.acknowledged:
            self._write("UPDATE journal SET acknowledged = ?", (sequence,))
            self.acknowledged = sequence

    @property
    def floor(self) -> int:
        """The last event that is kept no more."""
        return self._floor.sequence

    def last_old(self, before: datetime, now: datetime) -> int:
        """Give the last event that is acknowledged and from before a time, as all are
        until there but for those of a clock that was ahead of now; 0 for none.
        """
        # From the front: mostly the first one is not old, and nothing else is read.
        events = self._connection.execute(
            "SELECT sequence, json_extract(record, '$[1]') FROM event"
            " WHERE sequence <= ? ORDER BY sequence",
            (self.acknowledged,),
        )
        last, first_kept, latest = 0, utc_text(before), utc_text(now)
        for sequence, time in events:
            if first_kept <= time <= latest:
                break
            if time < first_kept:
                last = sequence
        return last

    def prune(self, last: int) -> int:
        """Delete the events up to one that is acknowledged; give their number."""
        if last <= self._floor.sequence:
            return 0
        floor = Head(last, self._hash_at(last))
        with self._transaction():
            self._connection.execute("UPDATE journal SET sequence = ?, hash = ?", floor)
            self._connection.execute("DELETE FROM event WHERE sequence <= ?", (last,))
        count, self._floor = last - self._floor.sequence, floor
        return count

    # A full disk

    @property
    def problem(self) -> str | None:
        found = []
        if self._failure or self.is_lost:
            why = self._failure or "the journal was lost, the server must be reached"
            found.append(f"{why}: nothing can be recorded, so no door is opened")
        elif not self._ballast.is_held:
            found.append("disk full: the journal lives on its reserve, make room")
        if self._aside:
            found.append(f"{MISSING}; it is set aside as {self._aside.name}")
        return "; ".join(found) or None

    @property
    def has_room(self) -> bool:
        """Whether the disk has room for what is worth less than the journal."""
        return not self._failure and self._ballast.is_safe

    def recover(self) -> None:
        """Take the reserve back when there is room again; cheap when all is well."""
        if self._ballast.take():
            self._failure = None

    def _write(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        try:
            cursor = self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            cursor = self._write_on_reserve(statement, values, error)
        self._failure = None
        return cursor

    def _write_on_reserve(
        self, statement: str, values: tuple[Any, ...], error: sqlite3.DatabaseError
    ) -> sqlite3.Cursor:
        if self._ballast.give_up():
            log.error("the journal goes on in its reserve: %s", error)
            try:
                return self._connection.execute(statement, values)
            except sqlite3.DatabaseError as second:
                error = second
        self._failure = "disk full" if "full" in str(error) else str(error)
        raise JournalFull(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise JournalFull(str(error)) from error
