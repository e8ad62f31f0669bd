from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..access_policy import event_of, policy_from_document, state_from_document
from ..access_policy.model import GRANTS
from ..access_policy.rehearsal import replay, side_of
from ..access_policy.state import time_of


class AccessRehearsal(models.Model):
    """Decides the passages of a period by the rules of today and by the draft's."""

    _inherit = "access.rehearsal"

    # Decided twice these take less than a minute.
    _most_passages = 400_000

    def action_replay(self):
        """Tell who would newly be refused or admitted."""
        self.ensure_one()
        self._check_open()
        period = self._period()
        self._check_not_too_many(*period)
        rows = self._passages(*period)
        values, count = self._changes(rows, period[0])
        played = self._draft()._rule_values()
        self._forget_result()
        self.env["access.rehearsal.line"].sudo().create(values)
        self.write({"state": "played", "passage_count": count, "played": played})

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

    def _passages(self, begin, end):
        """Give the passages of the period, after those that count for its first days.

        These are the entries of its first month, and where everybody was.
        """
        return self.env.execute_query(
            SQL(
                _PASSAGES,
                company=self.company_id.id,
                told_from=self._told_from(begin),
                begin=begin,
                end=end,
            )
        )

    def _told_from(self, begin):
        """Give a time before the month in which the period begins, by every clock."""
        return begin.replace(day=1, hour=0, minute=0, second=0) - timedelta(days=2)

    # -- both sides -------------------------------------------------------------------

    def _changes(self, rows, begin):
        """Give the values of the lines, and how many passages were played."""
        names = self._first_names()
        events = [
            event._replace(person=names[event.person])
            for event in (event_of(record) for _key, record in rows)
        ]
        sides = [side_of(policy) for policy in self._both_rules(events, begin)]
        for side in sides:
            side.state.ticket_uses = self._ticket_uses(begin)
        found, count = {}, 0
        for twice in replay(*sides, events, begin.replace(tzinfo=timezone.utc)):
            count += 1
            if twice.before.granted != twice.after.granted:
                what = (twice.event.person, twice.before.reason, twice.after.reason)
                key = rows[twice.position][0]
                found.setdefault(what, []).append((key, twice.event))
        zones = self._zones(events)
        return [self._line_values(*one, zones) for one in found.items()], count

    def _line_values(self, what, passages, zones):
        person, before, after = what
        times = [(time_of(event.time), zones[event.point]) for _key, event in passages]
        last = max(at for at, _zone in times).replace(tzinfo=None, microsecond=0)
        return {
            "rehearsal_id": self.id,
            "person_id": person,
            "change": "refused" if before in GRANTS else "admitted",
            "reason_before": before.value,
            "reason_after": after.value,
            "passage_count": len(passages),
            "day_count": len({at.astimezone(zone).date() for at, zone in times}),
            "last_date": fields.Datetime.to_string(last),
            "event_ids": [Command.set([key for key, _event in passages])],
        }

    def _both_rules(self, events, begin):
        """Compile the rules as they are, and as they are once the draft is applied.

        The second is really done, and undone: so nothing about it is done twice in
        the code, and differently.
        """
        rule, draft = self._rule(), self._draft()
        points = self.env["access.point"].sudo().browse({e.point for e in events})
        people = {event.person for event in events}
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
        return policy_from_document(
            {
                **rules._venue_document(company, self._told_from(begin).date()),
                "points": rules._point_entries(points.exists()),
                "rights": dict(rules._right_entries(company)),
                "persons": dict(rules._person_entries(company, list(people))),
            }
        )

    def _ticket_uses(self, begin):
        """Give the entries that tickets had lost before the first passage told."""
        rows = self.env.execute_query(
            SQL(
                _TICKET_USES,
                company=self.company_id.id,
                until=self._told_from(begin),
            )
        )
        return state_from_document({"ticket_uses": dict(rows)}).ticket_uses

    def _first_names(self):
        """Give by name in the log the one that rules know the contact by."""
        self.env["access.person"].flush_model()
        return dict(self.env.execute_query(SQL(_FIRST_NAMES)))

    def _zones(self, events):
        points = self.env["access.point"].sudo().browse({e.point for e in events})
        return {
            point.id: ZoneInfo(point.venue_id.tz or "UTC") for point in points.exists()
        }


_PASSAGES = """
SELECT id, record FROM access_event
 WHERE company_id = %(company)s AND date >= %(told_from)s AND date < %(end)s
   AND person_id IS NOT NULL AND point_id IS NOT NULL
   AND (date >= %(begin)s OR day IS NOT NULL OR has_moved)
 ORDER BY date, id
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
