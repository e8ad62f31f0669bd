from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..access_policy import GENESIS, link
from ..access_policy.event import sent_form, utc_text
from .access_event_table import month_uses, presences, ticket_uses
from .access_use import as_utc

FETCHED_AT_ONCE = 2000

# By column what the record says: the same, or nothing where the record names what the
# company did not have when the event arrived.
_SAME = {
    "sequence": "sequence",
    "granted": "granted",
    "reason": "reason",
    "seen": "seen",
    "policy_version": "policy",
    "note": "note",
}
_SAME_OR_NOTHING = {
    "point_id": "point",
    "person_id": "person",
    "companion_id": "companion",
    "credential_id": "credential",
    "right_id": "right",
    "band_id": "band",
    "ticket_id": "ticket",
    "user_id": "user",
    "day": "day",
}
_COLUMNS = (
    "id",
    "journal_id",
    "date",
    "record",
    "hash",
    "has_moved",
    "zone_id",
    "warnings",
    *_SAME,
    *_SAME_OR_NOTHING,
)


class Break(NamedTuple):
    """The first event of a journal that is not what was written, and how so."""

    journal: int
    sequence: int
    time: str
    fault: str  # missing, changed, column


class Difference(NamedTuple):
    """Where the derived state is not what follows from the log."""

    table: str
    problem: str  # missing, extra, different
    id: int | None
    person: int
    when: str


class AccessVerify(models.AbstractModel):
    """Tells whether the log is whole, and what follows from it is what it should be."""

    _name = "access.verify"
    _description = "Check of the Passage Log"

    def _report(self):
        """Say of all companies what is wrong, a line for each."""
        companies = self._all_companies()
        return [
            *map(self._break_words, self._breaks(companies)),
            *map(self._difference_words, self._differences(companies)),
        ]

    def _all_companies(self):
        return self.env["res.company"].with_context(active_test=False).search([])

    def _breaks(self, companies):
        """Give the first break of each journal."""
        walk = {}
        while not self._walk_on(companies, walk):
            pass
        return [Break(*found) for found in walk["breaks"]]

    def _walk_on(self, companies, walk):
        """Read the next page of the log; tell whether it was the last one.

        ``walk`` keeps, as JSON, where the reading is and what was found. It begins
        empty.
        """
        breaks = walk.setdefault("breaks", [])
        walk.setdefault("done", 0)
        rows, gaps = self._page(companies, walk.get("at")), self._gaps(companies)
        for row in rows:
            journal, sequence = row["journal_id"], row["sequence"]
            last = walk.get("at") or (None,)
            before, digest = 0, GENESIS
            if last[0] == journal:
                before, digest = last[1], walk["hash"]
            while gap := gaps.get((journal, before + 1)):
                before, digest = gap.last, gap.hash
            if not (breaks and breaks[-1][0] == journal):
                if fault := _fault(row, before + 1, digest):
                    time = utc_text(as_utc(row["date"]))
                    breaks.append([journal, sequence, time, fault])
            walk["at"], walk["hash"] = (journal, sequence, row["id"]), row["hash"]
        walk["done"] += len(rows)
        return len(rows) < FETCHED_AT_ONCE

    def _gaps(self, companies):
        """Give what is known to be missing, by journal and first number."""
        domain = [("company_id", "in", companies.ids)]
        found = self.env["access.journal.gap"].sudo().search(domain)
        return {(gap.journal_id.id, gap.first): gap for gap in found}

    def _known_gaps(self, companies):
        """Say what is known to be missing, a line for each."""
        return [
            self.env._(
                "Journal %(journal)s: events %(first)s to %(last)s are missing, as was "
                "told on %(day)s.",
                journal=gap.journal_id.name,
                first=gap.first,
                last=gap.last,
                day=gap.create_date.date().isoformat(),
            )
            for gap in self._gaps(companies).values()
        ]

    def _page(self, companies, after):
        """Give the events that follow one, journal by journal."""
        query = SQL(
            "SELECT %s FROM access_event WHERE company_id = ANY(%s) AND %s"
            " ORDER BY journal_id, sequence, id LIMIT %s",
            SQL(", ").join(map(SQL.identifier, _COLUMNS)),
            companies.ids,
            SQL("(journal_id, sequence, id) > %s", tuple(after))
            if after
            else SQL("TRUE"),
            FETCHED_AT_ONCE,
        )
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    def _differences(self, companies):
        """Compare uses and presence with what the log says."""
        parts = range(len(self._compared()))
        return [one for part in parts for one in self._differences_of(part, companies)]

    def _differences_of(self, part, companies):
        return self._compare(*self._compared()[part], companies)

    def _compared(self):
        """Give what follows from the log: table, rows, key and values."""
        return (
            (
                "access_use",
                month_uses("access_event"),
                SQL("ticket_id IS NULL"),
                ("person_id", "right_id", "band_id", "day"),
                ("date", "point_id", "company_id"),
            ),
            (
                "access_use",
                ticket_uses("access_event"),
                SQL("ticket_id IS NOT NULL"),
                ("ticket_id", "day", "date", "point_id"),
                ("person_id", "company_id"),
            ),
            (
                "access_presence",
                presences("access_event"),
                SQL("TRUE"),
                ("person_id", "company_id"),
                ("since", "zone_id"),
            ),
        )

    def _compare(self, table, wanted, only, key, values, companies):
        """Compare rows of a table with those wanted; both name each key once."""
        rows = self.env.execute_query(
            SQL(
                _DIFFERENCES,
                wanted=wanted,
                table=SQL.identifier(table),
                only=only,
                same=SQL(" AND ").join(map(_same_value, key)),
                when=SQL.identifier("since" if table == "access_presence" else "day"),
                theirs=_columns_of("wanted", (*key, *values)),
                ours=_columns_of("found", (*key, *values)),
                companies=companies.ids,
            )
        )
        return [Difference(table, *row[:3], row[3].isoformat()) for row in rows]

    def _rebuild(self, companies):
        """Make uses and presence what the log says; give what was different."""
        differences = self._differences(companies)
        for table in ("access_use", "access_presence"):
            wrong = [d.id for d in differences if d.table == table and d.id]
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(table), wrong)
            )
        for table, columns, wanted in (
            ("access_use", _USE_COLUMNS, month_uses("access_event")),
            ("access_use", _USE_COLUMNS, ticket_uses("access_event")),
            ("access_presence", _PRESENCE_COLUMNS, presences("access_event")),
        ):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) %s ON CONFLICT DO NOTHING",
                    SQL.identifier(table),
                    SQL(", ").join(map(SQL.identifier, columns)),
                    wanted,
                )
            )
        self.env.invalidate_all()
        return differences

    def _break_words(self, found):
        journal = self.env["access.journal"].sudo().browse(found.journal)
        faults = {
            "missing": self.env._("an event before it is missing"),
            "changed": self.env._("it was changed, or what is before it"),
            "column": self.env._("what is shown is not what was recorded"),
        }
        return self.env._(
            "Journal %(journal)s breaks at number %(sequence)s, %(time)s: %(fault)s.",
            journal=journal.name,
            sequence=found.sequence,
            time=found.time,
            fault=faults[found.fault],
        )

    def _difference_words(self, found):
        person = self.env["access.person"].sudo().browse(found.person)
        what = {
            "access_use": self.env._("used-up entry"),
            "access_presence": self.env._("presence"),
        }
        problems = {
            "missing": self.env._("missing"),
            "extra": self.env._("there without a passage"),
            "different": self.env._("different"),
        }
        return self.env._(
            "%(person)s, %(what)s, %(day)s: %(problem)s.",
            person=person.display_name,
            what=what[found.table],
            day=found.when,
            problem=problems[found.problem],
        )


_USE_COLUMNS = (
    "person_id",
    "right_id",
    "band_id",
    "day",
    "ticket_id",
    "date",
    "point_id",
    "company_id",
)
_PRESENCE_COLUMNS = ("person_id", "zone_id", "since", "company_id")

_DIFFERENCES = """
SELECT CASE WHEN found.id IS NULL THEN 'missing'
            WHEN wanted.person_id IS NULL THEN 'extra'
            ELSE 'different' END,
       found.id, COALESCE(wanted.person_id, found.person_id),
       COALESCE(wanted.%(when)s, found.%(when)s)::date
  FROM (%(wanted)s) AS wanted
  FULL JOIN (SELECT * FROM %(table)s WHERE %(only)s) AS found
       ON %(same)s
 WHERE (%(theirs)s) IS DISTINCT FROM (%(ours)s)
   AND COALESCE(wanted.company_id, found.company_id) = ANY(%(companies)s)
 ORDER BY 3, 4
"""


def _columns_of(name, fields):
    return SQL(", ").join(SQL.identifier(name, field) for field in fields)


def _same_value(field):
    """Compare a column of both; a point that is gone is a value like others."""
    return SQL(
        "COALESCE(%s::text, '') = COALESCE(%s::text, '')",
        SQL.identifier("wanted", field),
        SQL.identifier("found", field),
    )


def _fault(row, sequence, digest):
    """Tell what is wrong with an event that should follow a hash, if anything."""
    if row["sequence"] != sequence:
        return "missing"
    if link(digest, row["record"]) != row["hash"]:
        return "changed"
    return None if _columns_agree(row) else "column"


def _columns_agree(row):
    event = sent_form(row["record"], row["hash"])
    if any(row[column] != event[name] for column, name in _SAME.items()):
        return False
    day = row["day"] and row["day"].isoformat()
    known = {**row, "day": day}
    if any(known[c] not in (None, event[name]) for c, name in _SAME_OR_NOTHING.items()):
        return False
    return (
        utc_text(as_utc(row["date"])) == event["time"]
        and row["has_moved"] == (event["zone"] is not None)
        and row["zone_id"] in (None, event["zone"])
        and (row["warnings"] or []) == list(event["warnings"])
    )
