"""Many events at once: what they name is looked up once, and the rows are copied in.

What the one statement of ``access_event_table`` does for each event, this does for the
batch; one test holds both to the same rows.
"""

import json
from datetime import datetime, timezone
from itertools import islice

from odoo.tools import SQL

from ..access_policy.event import PassageEvent
from .access_event_table import follow
from .access_reason import ALERTING
from .policy_version import TOLERANCE, named_until

# From so many on, the look-ups and the copy cost less than one statement for each.
WORTH_COPYING = 50

_COLUMNS = (
    "journal_id",
    "sequence",
    "company_id",
    "date",
    "received_at",
    "granted",
    "reason",
    "point_id",
    "person_id",
    "companion_id",
    "credential_id",
    "right_id",
    "band_id",
    "ticket_id",
    "day",
    "zone_id",
    "has_moved",
    "warnings",
    "note",
    "user_id",
    "duty_user_id",
    "seen",
    "policy_version",
    "record",
    "hash",
)
_COPY = f"COPY access_event ({', '.join(_COLUMNS)}) FROM STDIN"

_LINES_AT_ONCE = 50

# By field where it is looked up; what has no company is everybody's.
_OF_COMPANY = ("point", "credential", "right", "band", "ticket", "zone")
_OF_ALL = {"person": "access_person", "companion": "access_person", "user": "res_users"}

_ESCAPES = str.maketrans(
    {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\b": r"\b"}
)


class _Stream:
    """Lines as a file: some are made while the database takes in those before."""

    def __init__(self, lines):
        self._lines = iter(lines)

    def read(self, _size):  # pylint: disable=method-required-super
        return "".join(islice(self._lines, _LINES_AT_ONCE))


def copy_events(cr, journal, rows, events=None):
    """Append events and note what follows; ``None`` if their numbers have gaps, or if
    one may name somebody who was made after it.

    Raises ``UniqueViolation`` when one is there already: then nothing is written.

    :param rows: pairs of record and hash, in order
    :param events: the same as ``PassageEvent``, if their numbers have no gaps
    :return: as the query of ``access_event_table.ingest``
    """
    first = json.loads(rows[0][0])[0]
    events = events or _parsed(rows, first)
    if events is None:
        return None
    columns = dict(zip(PassageEvent._fields, zip(*events, strict=True), strict=True))
    found = _found(cr, journal.company_id.id, columns)
    if found is None:
        return None
    on_duty = _duties(cr, journal.company_id.id, columns)
    lines = _lines(journal, first, rows, events, found, on_duty)
    cr.copy_expert(_COPY, _Stream(lines))
    told = {
        name
        for name in ("day", "ticket", "zone", "warnings")
        if any(one not in (None, []) for one in columns[name])
    }
    nameless = _nameless(columns["person"], found["person"])
    if not told and set(columns["reason"]).isdisjoint(ALERTING):
        return len(rows), [], nameless
    cr.execute(follow(journal.id, first, first + len(rows) - 1, told))
    return *cr.fetchone()[:2], nameless


def _parsed(rows, first):
    """Give the events of records, or ``None`` if their numbers have gaps."""
    parsed = [json.loads(record) for record, _digest in rows]
    if any(one[0] != number for number, one in enumerate(parsed, first)):
        return None
    # Not ``event_of``: that warnings are a list here changes nothing.
    return [PassageEvent(*one[1:]) for one in parsed]


def _found(cr, company, columns):
    """Give by field what of the named there is, as text for the copy.

    ``None`` if any of it was made after an event of the batch was decided.
    """
    parts = []
    for name in (*_OF_COMPANY, *_OF_ALL):
        wanted = list(set(columns[name]) - {None})
        if not wanted:
            continue
        table = SQL.identifier(_OF_ALL.get(name) or f"access_{name}")
        only = SQL() if name in _OF_ALL else SQL(" AND company_id = %s", company)
        parts.append(
            SQL(
                "SELECT %s, id, create_date FROM %s WHERE id = ANY(%s)%s",
                *(name, table, wanted, only),
            )
        )
    found = {name: {} for name in (*_OF_COMPANY, *_OF_ALL)}
    if parts:
        cr.execute(SQL(" UNION ALL ").join(parts))
        rows = cr.fetchall()
        if _is_too_young(rows, columns):
            return None
        for name, key, _made in rows:
            found[name][key] = str(key)
    return found


def _is_too_young(rows, columns):
    """Tell whether anything named was made after the oldest rules, or before the first
    event where rules do not name it."""
    known = [named_until(version) for version in set(columns["policy"])]
    if not any(known):
        return False
    first = datetime.fromisoformat(min(columns["time"])[:-1])
    rules = min(filter(None, known))
    return any(
        made and made > (first + TOLERANCE if name == "user" else rules)
        for name, _key, made in rows
    )


def _nameless(named, persons):
    """Tell how many of those named are none of these persons."""
    return sum([one is not None and one not in persons for one in named])


def _duties(cr, company, columns):
    """Give by point the duties of the time, the latest first."""
    cr.execute(
        SQL(
            "SELECT point.id, duty.start, duty.stop, duty.user_id"
            "  FROM access_duty AS duty"
            "  JOIN access_point AS point ON point.venue_id = duty.venue_id"
            " WHERE point.id = ANY(%s) AND point.company_id = %s"
            "   AND duty.start <= %s AND COALESCE(duty.stop > %s, TRUE)"
            " ORDER BY duty.start DESC, duty.id DESC",
            list(set(columns["point"])),
            company,
            max(columns["time"])[:-1],
            min(columns["time"])[:-1],
        )
    )
    duties = {}
    for point, *duty in cr.fetchall():
        duties.setdefault(point, []).append(duty)
    return duties


def _on_duty(duties, time):
    at = datetime.fromisoformat(time[:-1])
    for start, stop, user in duties:
        if start <= at and (stop is None or stop > at):
            return str(user)
    return r"\N"


def _lines(journal, first, rows, events, found, on_duty):
    """Yield the rows as COPY takes them."""
    nothing = r"\N"
    head, company = f"{journal.id}\t", f"\t{journal.company_id.id}\t"
    received = datetime.now(timezone.utc).isoformat(sep=" ")[:-6]
    look = [found[name].get for name in ("point", "person", "companion", "credential")]
    point, person, companion, credential = look
    look = [found[name].get for name in ("right", "band", "ticket", "zone", "user")]
    right, band, ticket, zone, user = look
    for sequence, ((record, digest), event) in enumerate(
        zip(rows, events, strict=True), first
    ):
        ticket_id = ticket(event.ticket, nothing)
        # An entry of a ticket that is gone is not one of the month.
        is_counted = event.ticket is None or ticket_id is not nothing
        duties = on_duty.get(event.point)
        yield "\t".join(
            (
                f"{head}{sequence}{company}{event.time[:-1]}",
                received,
                "t" if event.granted else "f",
                event.reason.translate(_ESCAPES),
                point(event.point, nothing),
                person(event.person, nothing),
                companion(event.companion, nothing),
                credential(event.credential, nothing),
                right(event.right, nothing),
                band(event.band, nothing),
                ticket_id,
                event.day if event.day and is_counted else nothing,
                zone(event.zone, nothing),
                "f" if event.zone is None else "t",
                json.dumps(event.warnings).replace("\\", r"\\")
                if event.warnings
                else nothing,
                nothing if event.note is None else event.note.translate(_ESCAPES),
                user(event.user, nothing),
                _on_duty(duties, event.time) if duties else nothing,
                nothing if event.seen is None else event.seen.translate(_ESCAPES),
                str(event.policy),
                record.replace("\\", r"\\"),
                f"{digest}\n",
            )
        )
