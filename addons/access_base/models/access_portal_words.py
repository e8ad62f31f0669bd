from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime
from odoo.tools.misc import babel_locale_parse, get_lang

from ..access_policy import Grant, Venue
from .access_event import NOTED
from .access_policy_person import ENDED_IS_TOLD

SECOND = timedelta(seconds=1)


class Held(NamedTuple):
    """A right that a member holds, has held lately or will hold."""

    right: models.Model
    opens: bool  # now, as far as its own time goes
    begins: str  # if not now, but later
    used: list[str]  # of the month's entries, in words
    how_often: str


class Plan(NamedTuple):
    name: str
    is_good: bool
    words: str
    todo: str = ""
    is_unpaid: bool = False


# pylint: disable=consider-merging-classes-inherited
class AccessPortal(models.AbstractModel):
    """A member's rights, plans, tickets and passages, as they read them."""

    _inherit = "access.portal"

    # -- rights -------------------------------------------------------------------

    def _held(self, partner):
        """Give the rights that a member was given, those in force first."""
        company = self._company(partner)
        self.env.flush_all()
        rules = self.env["access.policy"]
        grants = rules._plain_grants(company, [partner.id])
        rules._add_plans(grants, company, [partner.id])
        periods = {}
        for grant in grants.get(partner.id, ()):
            period = grant if isinstance(grant, dict) else {"right": grant}
            periods.setdefault(period["right"], []).append(period)
        rights = self.env["access.right"].browse(periods)
        uses = self._uses(partner)
        return self._sorted(
            self._held_right(right, periods[right.id], uses, company)
            for right in rights.filtered(lambda right: right.effect == "allow")
        )

    def _rights(self, partner):
        """Give also those that are everybody's who holds a credential."""
        held, company = self._held(partner), self._company(partner)
        of_all = self.env["access.right"].search(
            [
                ("company_id", "=", company.id),
                ("effect", "=", "allow"),
                ("everyone", "=", True),
                ("id", "not in", [one.right.id for one in held]),
            ]
        )
        if not self.env["access.credential"].search_count(self._own(partner), limit=1):
            return held
        uses = self._uses(partner)
        everyones = [self._held_right(right, [{}], uses, company) for right in of_all]
        return self._sorted([*held, *everyones])

    def _sorted(self, held):
        return sorted(held, key=lambda one: (not one.opens, one.right.name))

    def _held_right(self, right, periods, uses, company):
        now = datetime.now(timezone.utc)
        spans = [self._span(right, period) for period in periods]
        opens = any(begin <= now < end for begin, end in spans)
        begins = min((begin for begin, end in spans if now < begin < end), default=None)
        words = ""
        if begins and not opens:
            day = begins.astimezone(ZoneInfo(company._access_tz())).date()
            words = self.env._("From %(day)s", day=format_date(self.env, day))
        used = self._used_words(right, uses, company)
        types = right.with_context(active_test=False).ticket_type_ids
        if right.limiting == "ticket" and not types:
            how_often = self.env._("With a ticket: ask reception which one.")
            return Held(right, False, words, used, how_often)
        return Held(right, opens, words, used, right.how_often)

    def _span(self, right, period):
        """Give from when until when a right is held for one reason, with its grace."""
        begin = _time(period.get("valid_from"), datetime.min)
        end = _time(period.get("valid_to"), datetime.max)
        if period.get("grace") and period.get("valid_to"):
            grant = Grant(right.id, valid_to=end, grace=True)
            venues = right.point_ids.venue_id | right.zone_ids.venue_id
            rules = [
                Venue(ZoneInfo(venue.tz), grace_days=venue.grace_days)
                for venue in venues
            ]
            end = max((grant.ends_at(one) or end for one in rules), default=end)
        begin = max(begin, _aware(right.valid_from, datetime.min))
        return begin, min(end, _aware(right.valid_to, datetime.max))

    def _uses(self, partner):
        people = partner.access_person_ids.ids
        uses = self.env["access.use"]._state(people)["uses"]
        return {tuple(use) for person in uses.values() for use in person}

    def _used_words(self, right, uses, company):
        today = company._access_today()
        locale = babel_locale_parse(get_lang(self.env).code)
        month = babel_date(today, "LLLL", locale=locale)
        return [
            self.env._(
                "%(used)s of %(limit)s entries of %(band)s used in %(month)s",
                used=sum(
                    (right_id, band_id) == (right.id, line.band_id.id)
                    and day[:7] == today.isoformat()[:7]
                    for right_id, band_id, day in uses
                ),
                limit=line.monthly_limit,
                band=line.band_id.name,
                month=month,
            )
            for line in right.band_line_ids
            if line.monthly_limit
        ]

    # -- plans --------------------------------------------------------------------

    def _plans(self, partner):
        """Give a member's plans that open something, also those that ended lately."""
        company = self._company(partner)
        today = company._access_today()
        subscriptions = self.env["sale.subscription"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("template_id.access_right_ids", "!=", False),
                "|",
                ("stage_id.type", "=", "in_progress"),
                ("access_closed_on", ">", today - ENDED_IS_TOLD),
            ]
        )
        return [self._plan(subscription, today) for subscription in subscriptions]

    def _plan(self, plan, today):
        name, unpaid = plan.template_id.name, plan.access_unpaid_due
        ended = plan.access_closed_on or (plan.date and plan.date < today and plan.date)
        if ended:
            words = self.env._("Ended on %(day)s", day=format_date(self.env, ended))
            return Plan(name, False, words, self.env._("Renew it to get in again."))
        if unpaid and unpaid < today:
            words = self.env._("Not paid by %(day)s", day=format_date(self.env, unpaid))
            return Plan(name, False, words, self.env._("Pay the open invoice."), True)
        if plan.is_paused and not (plan.paused_until and plan.paused_until <= today):
            return self._paused(plan, name)
        return Plan(name, True, self._running_words(plan, today))

    def _running_words(self, plan, today):
        if plan.date_start and plan.date_start > today:
            day = format_date(self.env, plan.date_start)
            return self.env._("Begins on %(day)s", day=day)
        if plan.date:
            day = format_date(self.env, plan.date)
            return self.env._("Until %(day)s", day=day)
        return self.env._("Running")

    def _paused(self, plan, name):
        if not plan.paused_until:
            todo = self.env._("Ask reception to let it go on.")
            return Plan(name, False, self.env._("Paused"), todo)
        day = format_date(self.env, plan.paused_until)
        words = self.env._("Paused until %(day)s", day=day)
        todo = self.env._("It goes on by itself, or ask reception to do it earlier.")
        return Plan(name, False, words, todo)

    # -- tickets ------------------------------------------------------------------

    def _tickets(self, partner):
        """Give a member's tickets, those that are good first."""
        tickets = self.env["access.ticket"].search(self._own(partner))
        order = ("valid", "not_yet", "unpaid", "used_up", "expired", "cancelled")
        return tickets.sorted(lambda ticket: order.index(ticket.state))

    def _ticket_left(self, ticket):
        if not ticket.entries:
            return self.env._("Entries without limit")
        return self.env._(
            "%(left)s of %(entries)s entries left",
            left=ticket.left,
            entries=ticket.entries,
        )

    def _ticket_until(self, ticket):
        """Say what its last day is: it ends with the midnight after that."""
        if not ticket.valid_to:
            return self.env._("Without end")
        tz = ticket.company_id._access_tz()
        last = fields.Datetime.context_timestamp(
            self.with_context(tz=tz), ticket.valid_to - SECOND
        )
        return self.env._("Until %(day)s", day=format_date(self.env, last.date()))

    # -- passages -----------------------------------------------------------------

    def _visits(self, partner):
        """Give the domain of a member's own passages; no notes of staff."""
        company = self._company(partner)
        people = partner.access_person_ids.ids
        mine = Domain("person_id", "in", people) & Domain("company_id", "=", company.id)
        return (
            mine & Domain("point_id", "!=", False) & Domain("reason", "not in", NOTED)
        )

    def _visit_time(self, visit):
        """Tell when it was on the venue's clock, by its date where that is long ago."""
        venue = visit.venue_id
        if visit.date >= venue._start_of_day(days=-6):
            return venue._local_words(visit.date)
        form = "d MMM y, HH:mm"
        return format_datetime(self.env, visit.date, tz=venue.tz, dt_format=form)

    def _entrances(self, partner):
        """Give the points about which a member may ask whether they may pass.

        They are those that the member's own rights cover or where the member was, and
        those that rights cover which anybody can come by. Others are nobody's business.
        """
        company = self._company(partner)
        own = [held.right.id for held in self._held(partner)]
        rights = self.env["access.right"].search(
            [
                ("company_id", "=", company.id),
                ("effect", "=", "allow"),
                "|",
                "|",
                "|",
                ("id", "in", own),
                ("everyone", "=", True),
                ("plan_ids", "!=", False),
                ("limiting", "=", "ticket"),
            ]
        )
        into = Domain("zone_to_id", "child_of", rights.zone_ids.ids)
        tried = self.env["access.event"]._read_group(
            self._visits(partner), ["point_id"]
        )
        known = [*rights.point_ids.ids, *(point.id for [point] in tried)]
        chosen = Domain("id", "in", known)
        return self.env["access.point"].search(
            Domain("company_id", "=", company.id) & (into | chosen)
        )


def _time(text, default):
    if not text:
        return default.replace(tzinfo=timezone.utc)
    return datetime.fromisoformat(text)


def _aware(naive, default):
    return (naive or default).replace(tzinfo=timezone.utc)
