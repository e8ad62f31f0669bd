"""What a database snapshot has not seen, told by the numbers of transactions.

A snapshot is kept as text: the number of the database cluster, a space, and what
``pg_current_snapshot()`` gave. What was committed late is not missed, whatever order
transactions began in, and no counter makes them wait for each other.
"""

import re
from typing import NamedTuple

from odoo.tools import SQL

# As it goes through gateways, it must not grow with the load of the database.
MOST_SIGNS = 500

_SNAPSHOT = re.compile(r"([0-9]{1,20}) ([0-9]{1,20}):([0-9]{1,20}):([0-9,]*)")


class Snapshot(NamedTuple):
    cluster: str
    xmin: str
    xmax: str
    running: tuple[str, ...]

    @classmethod
    def read(cls, text):  # pylint: disable=method-required-super
        """Give what a text says, or ``None`` where it is no snapshot."""
        found = _SNAPSHOT.fullmatch(text or "")
        if found is None:
            return None
        cluster, xmin, xmax, running = found.groups()
        return cls(cluster, xmin, xmax, tuple(filter(None, running.split(","))))

    def unseen(self, column):
        """Give the condition that a row's transaction is one it did not see.

        Numbers that are not reached yet are of another cluster, from which the
        database was moved: they say nothing.
        """
        return SQL(
            """(%(column)s >= %(xmax)s::xid8
                AND (%(column)s < pg_snapshot_xmax(pg_current_snapshot())
                     OR %(column)s = pg_current_xact_id_if_assigned())
                OR %(column)s = ANY(%(running)s::xid8[]))""",
            column=SQL.identifier(column),
            xmax=self.xmax,
            running=list(self.running),
        )


def current_snapshot(env):
    """Give what the current transaction sees, as text to be kept.

    The number of the database cluster is part of it: after a move to another one
    transaction numbers begin anew and say nothing.
    """
    [(text,)] = env.execute_query(
        SQL(
            "SELECT system_identifier || ' ' || pg_current_snapshot()"
            " FROM pg_control_system()"
        )
    )
    if len(text) <= MOST_SIGNS:
        return text
    # To have seen less than one did is no mistake: it is told twice.
    snapshot = Snapshot.read(text)
    return f"{snapshot.cluster} {snapshot.xmin}:{snapshot.xmin}:"
