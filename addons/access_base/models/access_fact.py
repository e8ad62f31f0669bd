from odoo import fields, models
from odoo.tools import SQL

from .access_event_table import AS_KNOWN, KNOWN_COLUMNS, as_known
from .access_policy_person import ENDED_IS_TOLD
from .access_snapshot import Snapshot, current_snapshot

# Beyond so many new events the state that follows from all of them is lighter.
MOST_EVENTS = 5_000
# Events that are no news for the one who asks are looked at again no more often.
MOST_PASSED = 200


class AccessFact(models.AbstractModel):
    """What happened elsewhere, as far as it counts for what is decided next.

    Who asks says by a cursor what is known already: the database snapshot in which it
    was told. What was committed late is told late, but never missed.
    """

    _name = "access.fact"
    _description = "What Happened Elsewhere"

    def _since(self, company, journal, cursor):
        """Give what is new to the holder of a journal, or ``None``.

        With a ``state`` it stands in place of all that was told before. Events go by
        the names that persons have in the rules; ``names`` gives these for what the
        holder noted itself by another.
        """
        here, names = current_snapshot(self.env), journal._names_known(company)
        answer = {"cursor": f"{here} {names}", "state": None, "events": []}
        told, _space, known_names = (cursor or "").rpartition(" ")
        seen = Snapshot.read(told)
        is_known = seen and seen.cluster == Snapshot.read(here).cluster
        rows = None
        if is_known and known_names == names:
            rows = self._unseen(company, journal, seen)
        if rows is None:
            return answer | {"state": self._state(company), "names": self._names()}
        events = self._renamed([row for row in rows if row["counts"]])
        if not events and len(rows) < MOST_PASSED:
            return None
        return answer | {"events": events}

    def _unseen(self, company, journal, seen):
        """Give the events that a snapshot did not see; ``None``: too many of them."""
        rows = self.env.execute_query_dict(
            SQL(
                _UNSEEN,
                as_known=AS_KNOWN,
                company=company.id,
                journal=journal.id,
                unseen=seen.unseen("transaction_number"),
                most=MOST_EVENTS + 1,
            )
        )
        if len(rows) > MOST_EVENTS:
            return None
        return sorted(rows, key=lambda row: row["id"])

    def _renamed(self, rows):
        """Give the records, by the name that a merged contact has in the rules."""
        numbers = {row[name] for row in rows for name in ("person_id", "companion_id")}
        names = self._names(list(filter(None, numbers))) if rows else {}
        return [_told(as_known(*map(row.get, KNOWN_COLUMNS)), names) for row in rows]

    def _names(self, numbers=None):
        """Give the names in the rules of those, or all, who have another one too."""
        only = SQL() if numbers is None else SQL("AND person.id = ANY(%s)", numbers)
        return dict(self.env.execute_query(SQL(_NAMES, only=only)))

    # -- the whole ------------------------------------------------------------------

    def _state(self, company):
        """Give all that counts still, as ``access_policy.state_from_document`` has it.

        By a few queries that do not ask for each person: there may be many.
        """
        self.env.flush_all()
        values = {
            "company": company.id,
            "since": self.env["access.use"]._counted_since(),
            "told_from": fields.Datetime.now() - ENDED_IS_TOLD,
        }
        return {
            name: {
                str(key): found
                for key, found in self.env.execute_query(SQL(query, **values))
            }
            for name, query in _STATE.items()
        }


def _told(event, names):
    """Give of an event what counts elsewhere: not its card, nor who opened, nor why."""
    return event._replace(
        person=names.get(event.person, event.person),
        companion=names.get(event.companion, event.companion),
        credential=None,
        seen=None,
        user=None,
        warnings=(),
        note=None,
    ).record(1)


_UNSEEN = """
SELECT id, %(as_known)s,
       company_id = %(company)s AND journal_id <> %(journal)s
       AND person_id IS NOT NULL AND (day IS NOT NULL OR has_moved) AS counts
  FROM access_event
 WHERE %(unseen)s
 LIMIT %(most)s
"""

_NAMES = """
SELECT person.id, min(same.id)
  FROM access_person AS person
  JOIN access_person AS same ON same.partner_id = person.partner_id
 WHERE same.id < person.id %(only)s
 GROUP BY person.id
"""

_BY_NAME = """
WITH name AS (
    SELECT id, min(id) OVER (PARTITION BY COALESCE(partner_id, -id)) AS person
      FROM access_person)
"""

_TIME = """to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""

_STATE = {
    "uses": f"""{_BY_NAME}
SELECT person, json_agg(json_build_array(right_id, band_id, day)
                        ORDER BY day, right_id, band_id)
  FROM (SELECT DISTINCT person, right_id, band_id, day
          FROM access_use JOIN name ON name.id = person_id
         WHERE ticket_id IS NULL AND company_id = %(company)s AND day >= %(since)s
       ) AS used
 GROUP BY person
""",
    "ticket_uses": f"""
SELECT ticket_id, json_agg(json_build_array(
           day, {_TIME % "access_use.date"}, COALESCE(point_id, 0))
           ORDER BY access_use.date, point_id)
  FROM access_use JOIN access_ticket AS ticket ON ticket.id = ticket_id
 WHERE access_use.company_id = %(company)s AND ticket.is_cancelled IS NOT TRUE
   AND (ticket.valid_to IS NULL OR ticket.valid_to > %(told_from)s)
 GROUP BY ticket_id
""",
    "presence": f"""{_BY_NAME}
SELECT DISTINCT ON (person)
       person, json_build_array(COALESCE(zone_id, 0), {_TIME % "since"})
  FROM access_presence JOIN name ON name.id = person_id
 WHERE company_id = %(company)s
 ORDER BY person, since DESC, zone_id NULLS FIRST
""",
}
