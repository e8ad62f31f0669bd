"""What a right asks for, and why it does not hold at a time, in words."""

from datetime import date, timedelta

from babel.dates import format_date, format_datetime

from odoo.tools import format_list
from odoo.tools.misc import babel_locale_parse, get_lang

from ..access_policy import Effect, Reason
from ..access_policy.schedule import DAY, occurrences, week_day
from ..access_policy.state import time_of


class RightWords:
    """The words for the rights that one decision looked at."""

    def __init__(self, env, policy, state, attempt, decision, point):
        self.env = env
        self.policy = policy
        self.state = state
        self.decision = decision
        self.at = attempt.at
        self.venue_key = policy.points[attempt.point].venue
        self.venue = policy.venues[self.venue_key]
        self.venue_name = point.venue_id.name
        self.local = attempt.at.astimezone(self.venue.timezone)
        self.locale = babel_locale_parse(get_lang(env).code)
        self.reasons = dict(
            env["access.event"]._fields["reason"]._description_selection(env)
        )

    def right(self, key):
        right = self._record(key)
        parts = filter(None, (right.where, right.when, right.how_often))
        return f"{right.name} ({'; '.join(parts)})"

    def opening(self, key):
        """Say which right opens, and what of it is used up."""
        words = [self.env._("Opens: %(right)s.", right=self.right(key))]
        decision = self.decision
        if decision.day and decision.ticket:
            ticket = self.env["access.ticket"].sudo().browse(decision.ticket)
            words.append(
                self.env._("Takes an entry of %(ticket)s.", ticket=ticket.display_name)
            )
        elif decision.day:
            words.append(self._entry_words(key, decision.band, decision.day))
        return " ".join(words)

    def objection(self, step):
        """Say what a right asks for and why it does not hold."""
        values = {"right": self.right(step.right), "why": self._why(step)}
        if self.policy.rights[step.right].effect is Effect.DENY:
            return self.env._("Does not refuse now: %(right)s: %(why)s", **values)
        return self.env._("%(right)s: %(why)s", **values)

    def _why(self, step):
        key, reason = step.right, step.found
        tell = {
            Reason.OUTSIDE_HOURS: self._outside_hours,
            Reason.LIMIT_REACHED: self._limit_reached,
            Reason.NO_TICKET: self._no_ticket,
            Reason.RIGHT_NOT_YET_VALID: self._not_yet_valid,
            Reason.RIGHT_EXPIRED: self._ended,
            Reason.PLAN_ENDED: self._ended,
            Reason.PLAN_UNPAID: self._unpaid,
            Reason.PLAN_PAUSED: self._paused,
        }.get(reason)
        words = tell(key) if tell else ""
        return words or f"{self.reasons[reason.value]}."

    # -- hours ------------------------------------------------------------------------

    def _outside_hours(self, key):
        when, today = self.policy.rights[key].when, self.local.date()
        day = week_day(when, today, self.venue.holidays)
        if day is None:
            return self._closed_day(when, today)
        values = {
            "venue": self.venue_name,
            "day": self._format("EEEE", self.local),
            "hours": self._hours(when, day),
            "now": self._format("HH:mm", self.local),
        }
        if today in self.venue.holidays:
            values["day"] = self.env._("a holiday (%(day)s)", day=values["day"])
        if not values["hours"]:
            return self.env._("no hours at %(venue)s on %(day)s.", **values)
        return self.env._(
            "at %(venue)s on %(day)s: %(hours)s; it is %(now)s there.", **values
        )

    def _closed_day(self, when, today):
        values = {"day": self._format("EEEE d MMMM", self.local)}
        holidays = self.venue.holidays
        if today in holidays and when.holidays.value == "closed":
            return self.env._("not on holidays, and %(day)s is one.", **values)
        eve = today + timedelta(days=1) in holidays
        if eve and when.holiday_eves.value == "closed":
            return self.env._(
                "not on days before holidays, and %(day)s is one.", **values
            )
        return self.env._("not on this day of the week (%(day)s).", **values)

    def _hours(self, when, day):
        """List the hours that hold at the venue on a day of the week."""
        found = []
        for key in sorted(when.bands or ()):
            band = self.policy.bands.get(key)
            spans = band.hours.get(self.venue_key) if band else None
            if spans and spans[day]:
                clock = [f"{_clock(start)}–{_clock(end)}" for start, end in spans[day]]
                found.append(f"{self._band_name(key)} {', '.join(clock)}")
        return "; ".join(found)

    # -- validity ---------------------------------------------------------------------

    def _not_yet_valid(self, key):
        begin = self.policy.rights[key].when.valid_from
        # Both the right and whatever gives it must have come.
        begins = [(begin, grant.valid_from) for grant in self._grants(key)]
        begins = [max(filter(None, both), default=None) for both in begins] or [begin]
        later = [begin for begin in begins if begin and begin > self.at]
        return self.env._("good from %(time)s.", time=self.time(min(later)))

    def _ended(self, key):
        ends = [self.policy.rights[key].when.valid_to]
        ends += [grant.valid_to for grant in self._grants(key)]
        past = [end for end in ends if end and end <= self.at]
        words = self.env._("ended on %(time)s.", time=self.time(min(past)))
        return f"{words}{self._grace_words(key)}"

    def _unpaid(self, key):
        due = next(
            g.valid_to for g in self._grants(key) if g.then is Reason.PLAN_UNPAID
        )
        day = due.astimezone(self.venue.timezone) - timedelta(days=1)
        words = self.env._(
            "the plan is not paid since %(day)s.", day=self._format("d MMMM y", day)
        )
        return f"{words}{self._grace_words(key)}"

    def _paused(self, key):
        begins = [g.valid_from for g in self._grants(key) if g.valid_from]
        later = [begin for begin in begins if begin > self.at]
        if not later:
            return ""
        return self.env._(
            "the plan is paused until %(time)s.", time=self.time(min(later))
        )

    def _grace_words(self, key):
        days = self.venue.grace_days
        if not days or not any(grant.grace for grant in self._grants(key)):
            return ""
        words = self.env._("The %(days)s days of grace are over.", days=days)
        return f" {words}"

    def _grants(self, key):
        person = self.policy.persons.get(self.decision.person)
        held = (
            [grant for grant in person.rights if grant.right == key] if person else []
        )
        return [one for one in held if one.then is not Reason.PLAN_PAUSED]

    # -- how often --------------------------------------------------------------------

    def _limit_reached(self, key):
        """Say which limits are reached, of the month in which the hours began."""
        right, found = self.policy.rights[key], []
        held = occurrences(
            right.when,
            self.policy.bands,
            self.venue_key,
            self.venue.holidays,
            self.local,
        )
        for band, day in sorted(held):
            limit = right.limits.get(band)
            used = self._uses(key, band, f"{day:%Y-%m}")
            if limit is not None and used >= limit:
                found.append(self._limit_words(key, band, used, day))
        return " ".join(found)

    def _limit_words(self, key, band, used, day):
        return self.env._(
            "%(used)s of %(limit)s entries of %(band)s used in %(month)s.",
            used=used,
            limit=self.policy.rights[key].limits[band],
            band=self._band_name(band),
            month=format_date(day, "MMMM", self.locale),
        )

    def _entry_words(self, key, band, day):
        return self.env._(
            "This is entry %(number)s of %(limit)s of %(band)s in %(month)s.",
            number=self._uses(key, band, day[:7]) + 1,
            limit=self.policy.rights[key].limits[band],
            band=self._band_name(band),
            month=format_date(date.fromisoformat(day), "MMMM", self.locale),
        )

    def _uses(self, key, band, month):
        uses = self.state.uses.get(self.decision.person, ())
        return sum(
            (use.right, use.band, use.day[:7]) == (key, band, month) for use in uses
        )

    def _no_ticket(self, key):
        right, person = (
            self.policy.rights[key],
            self.policy.persons[self.decision.person],
        )
        types = self.env["access.ticket.type"].sudo().browse(right.ticket_types)
        lists = [t for t in person.tickets if t[1].type in right.ticket_types]
        if not types:
            return self.env._("it asks for a ticket, but says of which type nowhere.")
        if not lists:
            names = format_list(self.env, types.mapped("name"), "or")
            return self.env._("none of these tickets: %(tickets)s.", tickets=names)
        words = [self._ticket_words(number, ticket) for number, ticket in lists]
        return self.env._("no ticket is good: %(tickets)s.", tickets="; ".join(words))

    def _ticket_words(self, number, ticket):
        record = self.env["access.ticket"].sudo().browse(number)
        used = len(self.state.ticket_uses.get(number, ()))
        values = {"ticket": record.display_name, "used": used, "all": ticket.entries}
        if ticket.valid_to and ticket.valid_to <= self.at:
            values["time"] = self.time(ticket.valid_to)
            return self.env._("%(ticket)s ended on %(time)s", **values)
        if ticket.valid_from and ticket.valid_from > self.at:
            values["time"] = self.time(ticket.valid_from)
            return self.env._("%(ticket)s is good from %(time)s", **values)
        if ticket.entries and used >= ticket.entries:
            return self.env._("%(ticket)s: %(used)s of %(all)s entries used", **values)
        return self.env._("%(ticket)s is not good at this time", **values)

    # -- names and times --------------------------------------------------------------

    def time(self, at):
        """Tell a time on the venue's clock."""
        at = time_of(at) if isinstance(at, str) else at
        local = at.astimezone(self.venue.timezone)
        return self._format("EEEE d MMMM, HH:mm", local)

    def _format(self, form, local):
        return format_datetime(local, form, locale=self.locale)

    def _record(self, key):
        return self.env["access.right"].sudo().browse(key)

    def _band_name(self, key):
        return self.env["access.band"].sudo().browse(key).name


def _clock(minute):
    """Tell a minute of the day; 24:00 is its end.

    >>> _clock(360), _clock(1440), _clock(1560)
    ('06:00', '24:00', '02:00')
    """
    minute = minute if minute <= DAY else minute - DAY
    return f"{minute // 60:02}:{minute % 60:02}"
