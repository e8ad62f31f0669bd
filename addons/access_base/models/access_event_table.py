"""The passage log and the state that follows from it, as the database has them."""

import json
from datetime import datetime, timezone

from odoo.tools import SQL

from ..access_policy import event_of
from ..access_policy.model import OUTDOORS
from ..access_policy.reason import GRANTS, NOTES
from .access_reason import ALERTING

TABLE = """
CREATE TABLE IF NOT EXISTS access_event (
    id serial PRIMARY KEY,
    journal_id int4 NOT NULL,
    sequence int4 NOT NULL,
    company_id int4 NOT NULL,
    date timestamp NOT NULL,
    received_at timestamp NOT NULL,
    point_id int4,
    granted boolean NOT NULL,
    reason varchar NOT NULL,
    person_id int4,
    companion_id int4,
    credential_id int4,
    right_id int4,
    band_id int4,
    ticket_id int4,
    day date,
    zone_id int4,
    has_moved boolean NOT NULL,
    warnings jsonb,
    has_warnings boolean GENERATED ALWAYS AS (warnings IS NOT NULL) STORED,
    is_duress boolean GENERATED ALWAYS AS (
        COALESCE(warnings @> '"duress"', FALSE)) STORED,
    note varchar,
    seen varchar,
    user_id int4,
    duty_user_id int4,
    policy_version int4 NOT NULL,
    transaction_number xid8 NOT NULL DEFAULT pg_current_xact_id(),
    record text NOT NULL,
    hash varchar NOT NULL,
    CONSTRAINT access_event_once UNIQUE (journal_id, sequence)
);
CREATE INDEX IF NOT EXISTS access_event_date ON access_event (date DESC, id DESC);
CREATE INDEX IF NOT EXISTS access_event_duress
    ON access_event ((COALESCE(is_duress, FALSE)) DESC, date DESC, id DESC);
CREATE INDEX IF NOT EXISTS access_event_point ON access_event (point_id, date DESC);
CREATE INDEX IF NOT EXISTS access_event_person ON access_event (person_id, date DESC)
    WHERE person_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS access_event_transaction
    ON access_event (transaction_number);

CREATE OR REPLACE FUNCTION access_event_is_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The passage log cannot be changed.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER access_event_no_change
    BEFORE UPDATE OR DELETE ON access_event
    FOR EACH ROW EXECUTE FUNCTION access_event_is_append_only();
CREATE OR REPLACE TRIGGER access_event_no_truncate
    BEFORE TRUNCATE ON access_event
    FOR EACH STATEMENT EXECUTE FUNCTION access_event_is_append_only();
"""

# Without foreign keys, which would double the time of an ingest: all that these tables
# name is named by the log too, and what that names is never deleted.
STATE_TABLES = """
CREATE TABLE IF NOT EXISTS access_use (
    id serial PRIMARY KEY,
    company_id int4 NOT NULL,
    person_id int4 NOT NULL,
    right_id int4,
    band_id int4,
    day date NOT NULL,
    ticket_id int4,
    date timestamp NOT NULL,
    point_id int4
);
CREATE UNIQUE INDEX IF NOT EXISTS access_use_once_a_day
    ON access_use (person_id, right_id, band_id, day) WHERE ticket_id IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS access_use_once_a_ticket
    ON access_use (ticket_id, day, date, COALESCE(point_id, 0))
    WHERE ticket_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS access_use_day ON access_use (day);

CREATE TABLE IF NOT EXISTS access_presence (
    id serial PRIMARY KEY,
    company_id int4 NOT NULL,
    person_id int4 NOT NULL,
    zone_id int4,
    since timestamp NOT NULL
);
-- Each passage changes a row: with room for it on the page no index is written to.
ALTER TABLE access_presence SET (fillfactor = 70);
DROP INDEX IF EXISTS access_presence_one_place;
CREATE UNIQUE INDEX IF NOT EXISTS access_presence_once_a_company
    ON access_presence (person_id, company_id);
CREATE INDEX IF NOT EXISTS access_presence_zone
    ON access_presence (zone_id) WHERE zone_id IS NOT NULL;
"""

# What follows from events, by the rules of ``access_policy.State.note``. All of it can
# be told from these columns alone, in whatever order the events came.
_MONTH_USES = """
SELECT DISTINCT ON (person_id, right_id, band_id, day)
       person_id, right_id, band_id, day, ticket_id, date, point_id, company_id
  FROM %(source)s
 WHERE (granted OR reason = 'passed') AND day IS NOT NULL
   AND ticket_id IS NULL AND person_id IS NOT NULL
   AND right_id IS NOT NULL AND band_id IS NOT NULL
 ORDER BY person_id, right_id, band_id, day, date, COALESCE(point_id, 0)
"""

_TICKET_USES = """
SELECT DISTINCT ON (ticket_id, day, date, COALESCE(point_id, 0))
       person_id, right_id, band_id, day, ticket_id, date, point_id, company_id
  FROM %(source)s
 WHERE (granted OR reason = 'passed') AND day IS NOT NULL
   AND ticket_id IS NOT NULL AND person_id IS NOT NULL
 ORDER BY ticket_id, day, date, COALESCE(point_id, 0), id
"""

_PRESENCES = """
SELECT DISTINCT ON (person_id, company_id) person_id, zone_id, since, company_id
  FROM (SELECT unnest(ARRAY[person_id, companion_id]) AS person_id,
               zone_id,
               -- By a clock that is ahead nobody comes later than we hear of it.
               date_trunc('milliseconds', LEAST(date, received_at)) AS since,
               company_id
          FROM %(source)s
         WHERE has_moved AND person_id IS NOT NULL AND reason = ANY(%(moves)s)
       ) AS moved
 WHERE person_id IS NOT NULL
 ORDER BY person_id, company_id, since DESC, COALESCE(zone_id, 0)
"""

_INGEST = """
WITH new AS (
    INSERT INTO access_event (
        journal_id, sequence, company_id, date, received_at, granted, reason,
        point_id, person_id, companion_id, credential_id, right_id, band_id, ticket_id,
        day, zone_id, has_moved, warnings, note, user_id, duty_user_id, seen,
        policy_version, record, hash)
    SELECT journal.id, e.sequence, journal.company_id,
           e.time AT TIME ZONE 'utc',
           %(received)s, e.granted, e.reason,
           %(point)s, %(person)s, %(companion)s, %(credential)s, %(right)s, %(band)s,
           %(ticket)s, %(day)s, %(zone)s,
           e.zone IS NOT NULL,
           NULLIF(e.warnings, '[]'::jsonb), e.note,
           %(user)s, %(duty)s,
           e.seen, e.policy, e.record, e.hash
      FROM access_journal AS journal
           CROSS JOIN jsonb_to_recordset(%(events)s::jsonb) AS e(
               sequence int4, time timestamptz, point int4, granted boolean,
               reason varchar, person int4, companion int4, credential int4,
               "right" int4, band int4, ticket int4, day date, zone int4,
               warnings jsonb, note varchar, seen varchar, "user" int4, policy int4,
               record text, hash varchar, named_until timestamp)
     WHERE journal.id = %(journal)s
     ORDER BY e.sequence
    ON CONFLICT (journal_id, sequence) DO NOTHING
    RETURNING *)
%(follows)s
%(told)s
"""

_TOLD = """
SELECT count(*),
       COALESCE(array_agg(id) FILTER (
           WHERE is_duress OR warnings @> '"pin_locked"'
              OR reason = ANY(%(alerting)s)), '{}'),
       %(nameless)s
  FROM new
"""

# Somebody whom the record names, and whom nobody here is known to be.
_NAMELESS = "count(*) FILTER (WHERE person_id IS NULL AND record::jsonb ->> 5 <> '')"

# Events that were copied in, with what anything follows from.
_COPIED = """
WITH new AS MATERIALIZED (
    SELECT id, company_id, date, received_at, point_id, granted, reason, person_id,
           companion_id, right_id, band_id, ticket_id, day, zone_id, has_moved,
           warnings, is_duress
      FROM access_event
     WHERE journal_id = %(journal)s AND sequence BETWEEN %(first)s AND %(last)s)
%(follows)s
%(told)s
"""

# What the events name, as far as it exists in the company, and did when the rules were
# compiled by which they were decided (``policy_version.py``).
_IN_TIME = "COALESCE(create_date <= e.named_until, TRUE)"
_NAMED = {
    **{
        name: f"""(SELECT id FROM access_{name}
             WHERE id = e."{name}" AND company_id = journal.company_id
               AND {_IN_TIME})"""
        for name in ("point", "credential", "right", "band", "ticket", "zone")
    },
    "person": f"(SELECT id FROM access_person WHERE id = e.person AND {_IN_TIME})",
    "companion": f"""(SELECT id FROM access_person
             WHERE id = e.companion AND {_IN_TIME})""",
    # Users are not of the rules: they give orders.
    "user": """(SELECT id FROM res_users WHERE id = e."user" AND COALESCE(
             create_date <= CASE WHEN e.named_until IS NOT NULL
             THEN e.time AT TIME ZONE 'utc' + interval '1 minute' END, TRUE))""",
}

# The same where it was read in this transaction, so that it is there: if it goes at
# this moment, the foreign keys refuse the event.
_KNOWN = {name: f'NULLIF(e."{name}", 0)' for name in _NAMED}

_ON_DUTY = """
(SELECT duty.user_id
   FROM access_duty AS duty
   JOIN access_point AS point ON point.venue_id = duty.venue_id
  WHERE point.id = e.point AND point.company_id = journal.company_id
    AND duty.start <= e.time AT TIME ZONE 'utc'
    AND COALESCE(duty.stop > e.time AT TIME ZONE 'utc', TRUE)
  ORDER BY duty.start DESC, duty.id DESC LIMIT 1)
"""

# An entry of a ticket that is gone is not one of the month.
_DAY_OF_TICKET = """
CASE WHEN e.ticket IS NULL OR %(ticket)s IS NOT NULL THEN e.day END
"""

_NOTE_MONTH_USES = """
, month_uses AS (
    INSERT INTO access_use (
        person_id, right_id, band_id, day, ticket_id, date, point_id, company_id)
    %(found)s
    ON CONFLICT (person_id, right_id, band_id, day) WHERE ticket_id IS NULL
    DO UPDATE SET date = excluded.date, point_id = excluded.point_id
     WHERE (excluded.date, COALESCE(excluded.point_id, 0))
         < (access_use.date, COALESCE(access_use.point_id, 0)))
"""

_NOTE_TICKET_USES = """
, ticket_uses AS (
    INSERT INTO access_use (
        person_id, right_id, band_id, day, ticket_id, date, point_id, company_id)
    %(found)s
    ON CONFLICT (ticket_id, day, date, COALESCE(point_id, 0))
    WHERE ticket_id IS NOT NULL DO NOTHING)
"""

_NOTE_PRESENCES = """
, presences AS (
    INSERT INTO access_presence (person_id, zone_id, since, company_id)
    %(found)s
    ON CONFLICT (person_id, company_id)
    DO UPDATE SET zone_id = excluded.zone_id, since = excluded.since
     WHERE (excluded.since, -COALESCE(excluded.zone_id, 0))
         > (access_presence.since, -COALESCE(access_presence.zone_id, 0)))
"""


# What is to be read of an event for ``as_known``.
KNOWN_COLUMNS = (
    "record",
    "person_id",
    "companion_id",
    "credential_id",
    "right_id",
    "band_id",
    "ticket_id",
    "day",
    "zone_id",
)
AS_KNOWN = SQL(", ").join(map(SQL.identifier, KNOWN_COLUMNS))


def as_known(record, person, companion, credential, right, band, ticket, day, zone):
    """Give the event of a row of ``AS_KNOWN``: it names only what is known here."""
    event = event_of(record)
    return event._replace(
        person=person,
        companion=companion,
        credential=credential,
        right=right,
        band=band,
        ticket=ticket,
        day=day and day.isoformat(),
        zone=None if event.zone is None else zone or OUTDOORS,
    )


def month_uses(source):
    return SQL(_MONTH_USES, source=SQL.identifier(source))


def ticket_uses(source):
    return SQL(_TICKET_USES, source=SQL.identifier(source))


def presences(source):
    moves = [reason.value for reason in (*GRANTS, *NOTES)]
    return SQL(_PRESENCES, source=SQL.identifier(source), moves=moves)


def ingest(journal, events, is_known=False):
    """Append events to a journal and note what follows, in one statement.

    It looks up and notes only what one of the events tells of: the database takes
    longer to plan the statement than to do it.

    :param events: as ``access_policy.event.sent_form`` has them, with the ``record``
    :param is_known: whether all that they name is in the company
    :return: a query that gives how many were new, those that staff are alerted to, and
        how many name somebody who is not known here
    """
    told = {name for event in events for name, one in event.items() if one is not None}
    named = {
        name: SQL(look) if name in told else SQL("NULL::int4")
        for name, look in (_KNOWN if is_known else _NAMED).items()
    }
    is_sure = is_known or "ticket" not in told
    return SQL(
        _INGEST,
        journal=journal,
        events=json.dumps(events),
        received=datetime.now(timezone.utc).replace(tzinfo=None),
        **named,
        day=SQL("e.day") if is_sure else SQL(_DAY_OF_TICKET, ticket=named["ticket"]),
        duty=SQL(_ON_DUTY),
        follows=SQL().join(_follows(told)),
        told=_told(_NAMELESS),
    )


def follow(journal, first, last, told):
    """Note what follows of new events that tell of these things; as ``ingest``, but
    for who is not known."""
    return SQL(
        _COPIED,
        journal=journal,
        first=first,
        last=last,
        follows=SQL().join(_follows(told)),
        told=_told("0"),
    )


def _told(nameless):
    return SQL(_TOLD, alerting=list(ALERTING), nameless=SQL(nameless))


def _follows(told):
    """Yield what is noted of new events that tell of these things."""
    if "day" in told:
        yield SQL(_NOTE_MONTH_USES, found=month_uses("new"))
    if "ticket" in told:
        yield SQL(_NOTE_TICKET_USES, found=ticket_uses("new"))
    if "zone" in told:
        yield SQL(_NOTE_PRESENCES, found=presences("new"))
