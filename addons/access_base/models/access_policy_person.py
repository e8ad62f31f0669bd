from datetime import date, timedelta

from odoo import fields, models
from odoo.tools import SQL

from .access_policy import ENDED_IS_TOLD, utc_text
from .res_company import midnight

BOOKINGS_BACK, BOOKINGS_AHEAD = timedelta(days=1), timedelta(days=45)


class AccessPolicy(models.AbstractModel):
    """The persons of the rules: rights with their time, bookings, tickets."""

    _inherit = "access.policy"

    def _person_entries(self, company, person_ids=None, holders=False):
        """Yield number and entry of those who hold credentials of a company.

        :param person_ids: give these, whether they hold credentials or not
        :param holders: of these only those who do
        """
        if person_ids is not None and not person_ids:
            return
        people = self._people(company, person_ids, holders)
        partner_ids = None
        if person_ids is not None:
            partner_ids = [row["partner"] for row in people]
        has = self._has_at_all(partner_ids)
        grants = self._plain_grants(company, partner_ids)
        if has["subscriptions"]:
            self._add_plans(grants, company, partner_ids)
        bookings = self._bookings(company, partner_ids) if has["bookings"] else {}
        tickets = self._tickets(company, partner_ids) if has["tickets"] else {}
        for row in people:
            partner = row["partner"]
            entry = {"rights": grants.get(partner, [])}
            if row["suspended"]:
                entry["suspended"] = True
            if row["identity_unchecked"]:
                entry["identity_unchecked"] = True
            if partner in bookings:
                entry["bookings"] = bookings[partner]
            if partner in tickets:
                entry["tickets"] = tickets[partner]
            yield str(row["person"]), entry

    def _people(self, company, person_ids, holders):
        named, holding = SQL(), SQL()
        if person_ids is not None:
            named = SQL("AND person.id = ANY(%s)", list(person_ids))
        if person_ids is None or holders:
            holding = SQL(_HOLDERS, company=company.id)
        return self._rows(SQL(_PEOPLE, named=named, holding=holding))

    def _rows(self, query):
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    def _has_at_all(self, partner_ids):
        """Tell which queries can be spared: to plan one takes longer than to do it."""
        if partner_ids is None:
            return dict.fromkeys(_HAS, True)
        looks = SQL(", ").join(
            SQL(look, partners=partner_ids) for look in _HAS.values()
        )
        [found] = self.env.execute_query(SQL("SELECT %s", looks))
        return dict(zip(_HAS, found, strict=True))

    # -- rights ---------------------------------------------------------------------

    def _plain_grants(self, company, partner_ids):
        """Give by contact the rights that they have by name or by tag."""
        only = _only("partner_id", partner_ids)
        rows = self._rows(SQL(_PLAIN_GRANTS, company=company.id, only=only))
        return {row["partner_id"]: row["rights"] for row in rows}

    def _add_plans(self, grants, company, partner_ids):
        """Add what rights they have by their plans, and until when."""
        only = _only("subscription.partner_id", partner_ids)
        tz = company._access_tz()
        today = company._access_today(tz)
        told_from = today - ENDED_IS_TOLD
        rows = self._rows(
            SQL(_SUBSCRIPTIONS, company=company.id, only=only, told_from=told_from)
        )
        for row in rows:
            periods = _plan_periods(row, tz, today)
            held = grants.setdefault(row["partner_id"], [])
            held += [
                {"right": right, **period} if period else right
                for right, period in (
                    (right, period) for right in row["rights"] for period in periods
                )
            ]

    # -- bookings and tickets ---------------------------------------------------------

    def _bookings(self, company, partner_ids):
        """Give by contact the programs they have booked in these weeks."""
        now = fields.Datetime.now()
        query = SQL(
            _BOOKINGS,
            after=now - BOOKINGS_BACK,
            before=now + BOOKINGS_AHEAD,
            only=_only("attendee.partner_id", partner_ids),
        )
        bookings = {}
        for row in self._rows(query):
            period = [utc_text(row["start"]), utc_text(row["stop"])]
            if row["allday"]:
                tz = company._access_tz()
                end = row["stop_date"] + timedelta(days=1)
                period = [_day_text(row["start_date"], tz), _day_text(end, tz)]
            held = bookings.setdefault(row["partner_id"], [])
            held.append([row["program"], *period])
        return bookings

    def _tickets(self, company, partner_ids):
        """Give by contact the tickets that are not cancelled or long over."""
        query = SQL(
            _TICKETS,
            company=company.id,
            told_from=fields.Datetime.now() - ENDED_IS_TOLD,
            only=_only("ticket.partner_id", partner_ids),
        )
        tickets = {}
        for row in self._rows(query):
            tickets.setdefault(row["partner_id"], {})[str(row["id"])] = {
                "type": row["type_id"],
                "entries": row["entries"] or None,
                "valid_from": utc_text(row["valid_from"]),
                "valid_to": utc_text(row["valid_to"]),
                "bands": row["bands"] or None,
                "once_a_day": row["once_a_day"],
            }
        return tickets


def _only(column, partner_ids):
    if partner_ids is None:
        return SQL()
    return SQL("AND %s = ANY(%s)", SQL(column), partner_ids)


def _day_text(day, tz):
    return midnight(day, tz).isoformat()


def _plan_periods(row, tz, today):
    """Tell when a subscription gives its rights; ``{}`` is always.

    It ends by itself on the day after its last one, and on the day after the first
    unpaid invoice was to be paid: so nothing has to be written when time passes. A
    pause is an end as well, after which it may begin anew.
    """
    day_after = timedelta(days=1)
    ends = [
        (row["closed_on"], "plan_ended"),
        (row["last_day"] and row["last_day"] + day_after, "plan_ended"),
        (row["unpaid_due"] and row["unpaid_due"] + day_after, "plan_unpaid"),
    ]
    period = {}
    if row["date_start"] and row["date_start"] > today:
        period["valid_from"] = _day_text(row["date_start"], tz)
    if not row["is_paused"] or row["closed_on"]:
        return [period | _ending(ends, tz)]
    # What was marked as paused below the ORM has no first day.
    paused = (row["paused_on"] or date(1970, 1, 2), "plan_paused")
    periods = [period | _ending([*ends, paused], tz)]
    if row["paused_until"]:
        resumed = max(row["paused_until"], row["date_start"] or date.min)
        resumed = {"valid_from": _day_text(resumed, tz)}
        periods.append(period | resumed | _ending(ends, tz))
    return periods


def _ending(ends, tz):
    """Give the first of the days after which there is only grace, if there is one."""
    day, then = min((end for end in ends if end[0]), default=(None, None))
    if not day:
        return {}
    return {"valid_to": _day_text(day, tz), "then": then, "grace": True}


_HAS = {
    "subscriptions": """EXISTS (
        SELECT FROM sale_subscription WHERE partner_id = ANY(%(partners)s))""",
    "bookings": """EXISTS (
        SELECT FROM calendar_attendee WHERE partner_id = ANY(%(partners)s))""",
    "tickets": """EXISTS (
        SELECT FROM access_ticket WHERE partner_id = ANY(%(partners)s))""",
}

_PEOPLE = """
SELECT min(person.id) AS person, partner.id AS partner,
       partner.access_suspended IS TRUE
       OR partner.active IS NOT TRUE AND partner.access_is_guest IS NOT TRUE
       AS suspended,
       partner.access_identity = 'pending' AS identity_unchecked
  FROM access_person AS person
  JOIN res_partner AS partner ON partner.id = person.partner_id
 WHERE TRUE %(named)s %(holding)s
 GROUP BY partner.id
 ORDER BY person
"""

_HOLDERS = """
AND EXISTS (SELECT FROM access_credential
             WHERE partner_id = partner.id
               AND company_id = %(company)s AND token IS NOT NULL)
"""

_PLAIN_GRANTS = """
SELECT held.partner_id, array_agg(held.right_id ORDER BY held.right_id) AS rights
  FROM (SELECT res_partner_id AS partner_id, access_right_id AS right_id
          FROM access_right_res_partner_rel
         UNION
        SELECT tag.partner_id, access_right_id
          FROM access_right_res_partner_category_rel
          JOIN res_partner_res_partner_category_rel AS tag
               ON tag.category_id = res_partner_category_id) AS held
  JOIN access_right AS r ON r.id = held.right_id
 WHERE r.active AND r.company_id = %(company)s %(only)s
 GROUP BY held.partner_id
"""

_SUBSCRIPTIONS = """
SELECT subscription.partner_id, plan.rights,
       subscription.date_start, subscription.date AS last_day,
       subscription.access_closed_on AS closed_on,
       subscription.access_unpaid_due AS unpaid_due,
       subscription.is_paused, subscription.paused_until,
       subscription.access_paused_on AS paused_on
  FROM sale_subscription AS subscription
  JOIN sale_subscription_stage AS stage ON stage.id = subscription.stage_id
  JOIN (SELECT sale_subscription_template_id AS id,
               array_agg(access_right_id ORDER BY access_right_id) AS rights
          FROM access_right_sale_subscription_template_rel
          JOIN access_right AS r ON r.id = access_right_id
         WHERE r.active AND r.company_id = %(company)s
         GROUP BY sale_subscription_template_id) AS plan
       ON plan.id = subscription.template_id
 WHERE subscription.active AND subscription.company_id = %(company)s %(only)s
   AND (stage.type = 'in_progress'
        OR stage.type = 'post' AND subscription.access_closed_on > %(told_from)s)
 ORDER BY subscription.id
"""

_BOOKINGS = """
SELECT attendee.partner_id, tag.type_id AS program,
       event.start, event.stop, event.allday, event.start_date, event.stop_date
  FROM calendar_event_type AS program
  JOIN meeting_category_rel AS tag ON tag.type_id = program.id
  JOIN calendar_event AS event ON event.id = tag.event_id
  JOIN calendar_attendee AS attendee ON attendee.event_id = event.id
 WHERE program.access_is_program AND event.active
   AND attendee.state IS DISTINCT FROM 'declined'
   AND event.stop > %(after)s AND event.start < %(before)s %(only)s
 ORDER BY event.start, event.id, tag.type_id
"""

_TICKETS = """
SELECT ticket.id, ticket.partner_id, ticket.type_id,
       CASE WHEN ticket.entries > 0
            THEN ticket.entries + COALESCE(ticket.given_back, 0) END AS entries,
       ticket.valid_from, ticket.valid_to, type.once_a_day IS TRUE AS once_a_day,
       ARRAY(SELECT access_band_id FROM access_band_access_ticket_type_rel
              WHERE access_ticket_type_id = type.id) AS bands
  FROM access_ticket AS ticket
  JOIN access_ticket_type AS type ON type.id = ticket.type_id
 WHERE ticket.company_id = %(company)s AND ticket.is_cancelled IS NOT TRUE
   AND ticket.is_unpaid IS NOT TRUE
   AND (ticket.valid_to IS NULL OR ticket.valid_to > %(told_from)s) %(only)s
 ORDER BY ticket.id
"""
