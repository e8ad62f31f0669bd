from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..access_policy import policy_from_document, state_from_document
from ..access_policy.reason import GRANTS, Reason
from ..access_policy.rehearsal import replay, side_of
from ..access_policy.state import document_of_state, time_of
from .access_event_table import AS_KNOWN, as_known

# How many passages are decided, and how many lines are made, before the clock is read.
PAGE = 1000
LINES = 200


class AccessRehearsal(models.Model):
    """Decides the passages of a period by the rules of today and by the draft's.

    In steps: the first compiles both, which the others go by, whatever changes
    meanwhile; what comes into the log after the first one is not played.
    """

    _name = "access.rehearsal"
    _inherit = ["access.rehearsal", "access.stepwise"]

    # Decided twice these take less than a minute.
    _most_passages = 400_000

    def action_replay(self):
        """Tell who would newly be refused or admitted."""
        self.ensure_one()
        self._check_open()
        begin, end = self._period()
        self._check_not_too_many(begin, end)
        period = {"begin": str(begin), "end": str(end), "is_compiled": False}
        return self._begin_steps(self.env._("Replaying passages"), period)

    def _check_may_step(self):
        self._check_open()

    def _work(self, work, has_time):
        if not work["is_compiled"]:
            self._compile(work)
            return False
        if not work["is_replayed"]:
            self._replay(work, has_time)
            return False
        return self._make_lines(work, has_time)

    def _period(self):
        """Give the begin and the end of the period, in UTC as the ORM has it."""
        midnight = self.company_id.sudo()._access_midnight
        return midnight(self.date_from), midnight(self.date_to + timedelta(days=1))

    def _check_not_too_many(self, begin, end):
        count = self.env["access.event"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", begin),
                ("date", "<", end),
                ("person_id", "!=", False),
            ]
        )
        if count > self._most_passages:
            raise UserError(
                self.env._(
                    "There are %(count)s passages in this period. Choose a shorter "
                    "one, of at most %(most)s.",
                    count=count,
                    most=self._most_passages,
                )
            )

    def _passages(self, work, columns, page=None):
        """Give the passages of the period, after those that count for its first days.

        These are the entries of its first month, and where everybody was.
        """
        begin = _begin_of(work)
        return self.env.execute_query(
            SQL(
                _PASSAGES,
                columns=columns,
                company=self.company_id.id,
                told_from=self._told_from(begin),
                begin=begin,
                end=work["end"],
                page=page or SQL(),
            )
        )

    def _page(self, work):
        """Give the next passages, in their order; of those there were at the begin."""
        after = SQL("TRUE")
        if work["after"]:
            after = SQL("(date, id) > (%s::timestamp, %s)", *work["after"])
        page = SQL(
            "AND id <= %s AND %s ORDER BY date, id LIMIT %s", work["last"], after, PAGE
        )
        return self._passages(work, SQL("id, date, %s", AS_KNOWN), page)

    def _told_from(self, begin):
        """Give a time before the month in which the period begins, by every clock."""
        return begin.replace(day=1, hour=0, minute=0, second=0) - timedelta(days=2)

    # -- both sides -------------------------------------------------------------------

    def _compile(self, work):
        """Keep the rules of both sides, and what happened before the first passage."""
        begin = _begin_of(work)
        columns = "count(*), max(id), array_agg(DISTINCT person_id)"
        columns += ", array_agg(DISTINCT point_id)"
        [(total, last, people, points)] = self._passages(work, SQL(columns))
        names = self._first_names(set(people or ()))
        people = {names.get(person, person) for person in people or ()}
        rules = self._both_rules(points or (), people, begin)
        self._keep_for_steps({"names": list(names.items()), "rules": rules})
        used = {"ticket_uses": self._ticket_uses(begin)}
        work.update(
            is_compiled=True,
            played=self._draft()._rule_values(),
            total=total,
            last=last or 0,
            after=None,
            done=0,
            count=0,
            states=[used, used],
            found=[],
            is_replayed=False,
        )

    def _replay(self, work, has_time):
        """Decide the next passages by both, and collect those that differ."""
        kept = self._kept_for_steps()
        names = dict(kept["names"])
        sides = [
            side_of(policy_from_document(rules))._replace(
                state=state_from_document(state)
            )
            for rules, state in zip(kept["rules"], work["states"], strict=True)
        ]
        zones = self._zones()
        found = {tuple(what): told for what, told in work["found"]}
        while True:
            rows = self._page(work)
            self._replay_page(work, rows, names, sides, zones, found)
            if work["is_replayed"] or not has_time():
                break
        work["states"] = [document_of_state(side.state) for side in sides]
        work["found"] = list(found.items())

    def _replay_page(self, work, rows, names, sides, zones, found):
        events = [as_known(*known) for _key, _date, *known in rows]
        events = [
            event._replace(person=names.get(event.person, event.person))
            for event in events
        ]
        since = _begin_of(work).replace(tzinfo=timezone.utc)
        for twice in replay(*sides, events, since):
            work["count"] += 1
            if twice.before.granted != twice.after.granted:
                key = rows[twice.position][0]
                _collect(found, key, zones[twice.event.point], twice)
        work["done"] += len(rows)
        work["is_replayed"] = len(rows) < PAGE
        if rows:
            work["after"] = [str(rows[-1][1]), rows[-1][0]]

    def _make_lines(self, work, has_time):
        """Make the lines of what was found; tell whether all are made."""
        if not work.get("is_forgotten"):
            self._forget_result()
            work["is_forgotten"] = True
        while work["found"]:
            some, work["found"] = work["found"][:LINES], work["found"][LINES:]
            values = [self._line_values(*one) for one in some]
            self.env["access.rehearsal.line"].sudo().create(values)
            if not has_time():
                return False
        self.write(
            {
                "state": "played",
                "passage_count": work["count"],
                "played": work["played"],
            }
        )
        return True

    def _line_values(self, what, told):
        person, before, after = what
        return {
            "rehearsal_id": self.id,
            "person_id": person,
            "change": "refused" if Reason(before) in GRANTS else "admitted",
            "reason_before": before,
            "reason_after": after,
            "passage_count": len(told["events"]),
            "day_count": len(told["days"]),
            "last_date": told["last"],
            "event_ids": [Command.set(told["events"])],
        }

    def _both_rules(self, points, people, begin):
        """Compile the rules as they are, and as they are once the draft is applied.

        The second is really done, and undone: so nothing about it is done twice in
        the code, and differently.
        """
        rule, draft = self._rule(), self._draft()
        points = self.env["access.point"].sudo().browse(points)
        now = self._rules(points, people, begin)
        with self.env.cr.savepoint() as savepoint:
            values = draft._rule_values()
            rule.sudo().with_context(tracking_disable=True)._change_to(values)
            then = self._rules(points, people, begin)
            savepoint.rollback()
        return now, then

    def _rules(self, points, people, begin):
        self.env.flush_all()
        rules, company = self.env["access.policy"].sudo(), self.company_id.sudo()
        return {
            **rules._venue_document(company, self._told_from(begin).date()),
            "points": rules._point_entries(points.exists()),
            "rights": dict(rules._right_entries(company)),
            "persons": dict(rules._person_entries(company, list(people))),
        }

    def _ticket_uses(self, begin):
        """Give the entries that tickets had lost before the first passage told."""
        rows = self.env.execute_query(
            SQL(
                _TICKET_USES,
                company=self.company_id.id,
                until=self._told_from(begin),
            )
        )
        return dict(rows)

    def _first_names(self, people):
        """Give by name in the log the one that rules know the contact by, if not it."""
        self.env["access.person"].flush_model()
        rows = self.env.execute_query(SQL(_FIRST_NAMES))
        return {name: first for name, first in rows if name in people and name != first}

    def _zones(self):
        points = self.env["access.point"].sudo().with_context(active_test=False)
        points = points.search([("company_id", "=", self.company_id.id)])
        return {point.id: ZoneInfo(point.venue_id.tz or "UTC") for point in points}


def _begin_of(work):
    return fields.Datetime.to_datetime(work["begin"])


def _collect(found, key, zone, twice):
    """Note a passage whose answer changes, by person and reasons."""
    event, at = twice.event, time_of(twice.event.time)
    what = (event.person, twice.before.reason.value, twice.after.reason.value)
    told = found.setdefault(what, {"events": [], "days": [], "last": ""})
    told["events"].append(key)
    day = at.astimezone(zone).date().isoformat()
    if day not in told["days"]:
        told["days"].append(day)
    last = fields.Datetime.to_string(at.replace(tzinfo=None, microsecond=0))
    told["last"] = max(told["last"], last)


_PASSAGES = """
SELECT %(columns)s FROM access_event
 WHERE company_id = %(company)s AND date >= %(told_from)s AND date < %(end)s
   AND person_id IS NOT NULL AND point_id IS NOT NULL
   AND (date >= %(begin)s OR day IS NOT NULL OR has_moved)
   %(page)s
"""

_FIRST_NAMES = """
SELECT id, CASE WHEN partner_id IS NULL THEN id
                ELSE min(id) OVER (PARTITION BY partner_id) END
  FROM access_person
"""

_TICKET_USES = """
SELECT ticket_id::text,
       json_agg(json_build_array(
           day, to_char(date, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), point_id))
  FROM access_use
 WHERE company_id = %(company)s AND ticket_id IS NOT NULL AND date < %(until)s
   AND point_id IS NOT NULL
 GROUP BY ticket_id
"""
