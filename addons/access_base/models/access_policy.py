from datetime import timedelta, timezone

from odoo import fields, models, tools
from odoo.tools import SQL

from ..access_policy import policy_from_document

# Days around now whose holidays are compiled: a gateway may be offline for weeks.
HOLIDAYS_BACK, HOLIDAYS_AHEAD = timedelta(days=60), timedelta(days=400)
# How long a refusal still says that a plan or ticket, or what a guest held, has ended,
# rather than nothing.
ENDED_IS_TOLD = timedelta(days=60)


class AccessPolicy(models.AbstractModel):
    """The records as the rules that ``access_policy`` decides by.

    Each section of the document comes from one method. Those of what there is much of
    (``_right_entries``, ``_person_entries``, ``_credential_entries``) compile all of a
    company, or what is asked for, by the same few queries: so a whole policy, the rules
    of one attempt, and the difference that one change makes are the same.
    """

    _name = "access.policy"
    _description = "Access Rules"

    def _document(self, company, points):
        """Compile the policy document of a company for some of its access points."""
        self.env.flush_all()
        return {
            **self._venue_document(company),
            "points": self._point_entries(points),
            "orders": self._order_entries(points),
            "rights": dict(self._right_entries(company)),
            "persons": dict(self._person_entries(company)),
            "credentials": dict(self._credential_entries(company)),
        }

    def _for_attempt(self, point, token=None, pin=None, person=None):
        """Give the policy and state that decide one attempt at one point.

        :param token: the token that was read, if one could be
        :param pin: the token of the PIN that was typed besides
        :param person: number of a person who has shown nothing
        """
        self.env.flush_all()
        tokens = tuple(one for one in (token, pin) if one)
        policy, names = self._rules_for(point, tokens, person)
        return policy, self._state_of(policy, point, names)

    # -- venues -------------------------------------------------------------------

    def _venues(self, company):
        # Not by the ORM, which would read more of the company.
        company.flush_model(["access_rules_version"])
        query = SQL(
            "SELECT access_rules_version FROM res_company WHERE id = %s", company.id
        )
        [(version,)] = self.env.execute_query(query)
        return self._venue_policy(company.id, version, fields.Date.today())

    @tools.ormcache("company_id", "version", "today")
    def _venue_policy(self, company_id, version, today):
        """Give venues, bands, zones and points of a company.

        ``version`` is what the caller's own transaction sees, and is raised by the
        transaction that changes them: so what is kept here can't be outdated. Which
        holidays are near changes by the day.
        """
        company = self.env["res.company"].browse(company_id)
        points = self.env["access.point"].sudo().with_context(active_test=False)
        points = points.search([("company_id", "=", company_id)])
        policy = policy_from_document(
            {
                **self._venue_document(company),
                "points": self._point_entries(points.with_context(active_test=True)),
            }
        )
        for what_follows in ("ways", "zones_within"):
            getattr(policy, what_follows)  # so that no attempt works it out anew
        return policy

    def _venue_document(self, company, holidays_since=None):
        def ours(model, **context):
            records = self.env[model].sudo().with_context(**context)
            return records.search([("company_id", "=", company.id)])

        # The points of an archived venue still need its clock.
        venues = ours("access.venue", active_test=False)
        today = fields.Date.today()
        since = min(filter(None, (today - HOLIDAYS_BACK, holidays_since)))
        holidays = venues._holidays(since, today + HOLIDAYS_AHEAD)
        return {
            "venues": {
                str(venue.id): {
                    "timezone": venue.tz,
                    "holidays": [day.isoformat() for day in holidays.get(venue.id, ())],
                    "grace_days": venue.grace_days,
                    "pin_tries": venue.pin_tries,
                    "pin_lock_minutes": venue.pin_lock_minutes,
                }
                for venue in venues
            },
            "bands": {str(b.id): {"hours": b._hours()} for b in ours("access.band")},
            "zones": {str(z.id): z._policy_entry() for z in ours("access.zone")},
        }

    def _point_entries(self, points):
        return {str(point.id): point._policy_entry() for point in points}

    def _order_entries(self, points):
        return self.env["access.order"].sudo()._policy_entries(points)

    # -- rights ---------------------------------------------------------------------

    def _right_entries(self, company, right_ids=None, with_everyones=False):
        """Yield number and entry of the rights of a company, or of those named.

        :param with_everyones: also give those that apply to everybody
        """
        only = SQL()
        if right_ids is not None:
            only = SQL(
                "AND (r.id = ANY(%s) OR (%s AND r.everyone))",
                list(right_ids),
                with_everyones,
            )
        self.env.cr.execute(SQL(_RIGHTS, company=company.id, only=only))
        for row in self.env.cr.dictfetchall():
            yield str(row["id"]), _right_entry(row)

    # -- credentials ------------------------------------------------------------------

    def _credential_entries(self, company, tokens=None, person_ids=None):
        """Yield token and entries of the credentials of a company, or of those named.

        A token that is issued more than once has several entries: the decision takes
        the one that is good then. One that was returned is told only if nothing else
        has the token, and only the last. Who shares a token with one that is named
        is given with it. Guests go through thousands: of theirs none is told for ever.
        """
        if tokens is not None and not tokens:
            return
        only = SQL()
        if tokens is not None:
            only = SQL("AND token = ANY(%s)", list(tokens))
        elif person_ids is not None:
            only = SQL(
                "AND token IN (SELECT token FROM access_credential AS held"
                " JOIN access_person AS name ON name.partner_id = held.partner_id"
                " WHERE name.id = ANY(%s))",
                list(person_ids),
            )
        told_from = fields.Datetime.now() - ENDED_IS_TOLD
        self.env.cr.execute(
            SQL(_CREDENTIALS, company=company.id, only=only, told_from=told_from)
        )
        entries = {}
        for row in self.env.cr.dictfetchall():
            entries.setdefault(row["token"], []).append(_credential_entry(row))
        yield from entries.items()


def _right_entry(row):
    entry = {
        name: row[name]
        for name in (
            "effect",
            "layer",
            "zones",
            "points",
            "bands",
            "holidays",
            "holiday_eves",
            "early_entry",
            "late_exit",
            "everyone",
            "exempt",
            "ticket_types",
        )
    }
    return entry | {
        "limits": row["limits"] or {},
        "weekdays": [day for day, counts in enumerate(row["weekdays"]) if counts],
        "valid_from": utc_text(row["valid_from"]),
        "valid_to": utc_text(row["valid_to"]),
    }


def _credential_entry(row):
    return {
        "id": row["id"],
        "person": row["person"],
        "status": row["state"],
        "valid_from": utc_text(row["valid_from"]),
        "valid_to": utc_text(row["valid_to"]),
        "duress": row["duress"],
        "is_pin": row["kind"] == "pin",
    }


def utc_text(naive):
    """Write a time in UTC, as the database has it, the way the document has it."""
    return naive and naive.replace(tzinfo=timezone.utc).isoformat()


_RIGHTS = """
SELECT r.id, r.effect, r.layer, r.valid_from, r.valid_to,
       r.holidays, r.holiday_eves,
       coalesce(r.early_entry, 0) AS early_entry,
       coalesce(r.late_exit, 0) AS late_exit,
       r.everyone IS TRUE AS everyone,
       ARRAY[on_monday, on_tuesday, on_wednesday, on_thursday, on_friday,
             on_saturday, on_sunday] AS weekdays,
       ARRAY(SELECT access_zone_id FROM access_right_access_zone_rel
              WHERE access_right_id = r.id) AS zones,
       ARRAY(SELECT access_point_id FROM access_point_access_right_rel
              WHERE access_right_id = r.id) AS points,
       CASE WHEN r.hours = 'bands' THEN
            ARRAY(SELECT band_id FROM access_right_band WHERE right_id = r.id)
       END AS bands,
       CASE WHEN r.hours = 'bands' AND r.limiting = 'month' THEN
            (SELECT json_object_agg(band_id, monthly_limit) FROM access_right_band
              WHERE right_id = r.id AND monthly_limit > 0) END AS limits,
       CASE WHEN r.limiting = 'ticket' THEN
            ARRAY(SELECT access_ticket_type_id
                    FROM access_right_access_ticket_type_rel
                   WHERE access_right_id = r.id) END AS ticket_types,
       CASE WHEN r.exemption = 'any' THEN ARRAY[]::integer[]
            -- With no program left it exempts nothing; an empty list would say any.
            WHEN r.exemption = 'chosen' THEN
            (SELECT array_agg(calendar_event_type_id)
               FROM access_right_calendar_event_type_rel
              WHERE access_right_id = r.id) END AS exempt
  FROM access_right AS r
 WHERE r.active AND r.company_id = %(company)s %(only)s
 ORDER BY r.id
"""

_CREDENTIALS = """
SELECT token, id, kind, state, valid_from, valid_to, duress, person
  FROM (
    SELECT credential.*, credential.is_duress IS TRUE AS duress, person.id AS person,
           rank() OVER (
               PARTITION BY token
               ORDER BY state = 'returned',
                        CASE WHEN state = 'returned' THEN -credential.id END) AS place
      FROM access_credential AS credential
      JOIN LATERAL (SELECT min(id) AS id FROM access_person
                     WHERE partner_id = credential.partner_id) AS person
           ON person.id IS NOT NULL
     WHERE credential.company_id = %(company)s AND token IS NOT NULL %(only)s
       AND (COALESCE(credential.valid_to, 'infinity') > %(told_from)s
            OR NOT EXISTS (SELECT FROM res_partner
                            WHERE id = credential.partner_id AND access_is_guest))
  ) AS credential
 WHERE place = 1
 ORDER BY token, id DESC
"""
