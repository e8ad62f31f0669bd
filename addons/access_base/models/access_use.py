from datetime import timedelta, timezone

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..access_policy.event import utc_text
from .access_event_table import STATE_TABLES


class AccessUse(models.Model):
    """An entry that was used up: of a month's limit, or of a ticket.

    It follows from the log and is written by ``access.event._ingest`` alone.
    """

    _name = "access.use"
    _description = "Used-up Entry"
    _auto = False
    _log_access = False
    _order = "day desc, id desc"
    _rec_name = "day"

    person_id = fields.Many2one("access.person", readonly=True, required=True)
    partner_id = fields.Many2one(related="person_id.partner_id")
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    right_id = fields.Many2one("access.right", readonly=True)
    band_id = fields.Many2one("access.band", string="Time Band", readonly=True)
    day = fields.Date(readonly=True, required=True)
    ticket_id = fields.Many2one("access.ticket", readonly=True)
    date = fields.Datetime(
        string="Time", readonly=True, required=True, help="Of the first entry."
    )
    point_id = fields.Many2one("access.point", readonly=True)

    def init(self):
        self.env.cr.execute(STATE_TABLES)

    @api.model
    def _state(self, person_ids):
        """Give what persons used up this month and the last one, and of tickets ever.

        In the form of ``access_policy.state_from_document``.
        """
        names = self.env["access.person"]._names(person_ids)
        return {
            "uses": self._month_state(names),
            "ticket_uses": self._ticket_state(names),
        }

    def _month_state(self, names):
        rows = self.env.execute_query(
            SQL(
                "SELECT person_id, right_id, band_id, day FROM access_use"
                " WHERE person_id = ANY(%s) AND ticket_id IS NULL AND day >= %s",
                *(every_name(names), self._counted_since()),
            )
        )
        uses = {}
        for person, same in names.items():
            used = {(day, right, band) for by, right, band, day in rows if by in same}
            uses[str(person)] = [[r, b, day.isoformat()] for day, r, b in sorted(used)]
        return {person: used for person, used in uses.items() if used}

    def _counted_since(self):
        """Give the first day whose entries may count still: of the month before."""
        today = fields.Date.context_today(self.with_context(tz="UTC"))
        return today.replace(day=1) - relativedelta(months=1)

    def _ticket_state(self, names):
        rows = self.env.execute_query(
            SQL(
                # A point that is unknown here counts as one all the same.
                "SELECT ticket_id, day, date, COALESCE(point_id, 0) FROM access_use"
                " WHERE ticket_id IN ("
                "       SELECT ticket_id FROM access_use WHERE person_id = ANY(%s))"
                " ORDER BY ticket_id, date, point_id",
                every_name(names),
            )
        )
        uses = {}
        for ticket, day, date, point in rows:
            use = [day.isoformat(), _text(date), point]
            uses.setdefault(str(ticket), []).append(use)
        return uses


class AccessPresence(models.Model):
    """Where a person went last in a company, by the time of the events.

    It follows from the log and is written by ``access.event._ingest`` alone.
    """

    _name = "access.presence"
    _description = "Presence"
    _auto = False
    _log_access = False
    _order = "since desc, id desc"
    _rec_name = "person_id"

    person_id = fields.Many2one("access.person", readonly=True, required=True)
    partner_id = fields.Many2one(related="person_id.partner_id")
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    zone_id = fields.Many2one(
        "access.zone",
        readonly=True,
        help="Empty: outdoors.",
    )
    since = fields.Datetime(readonly=True, required=True)

    def _words(self):
        """Say where the person is, and since when by the clock there."""
        if not self:
            return self.env._("Not seen yet")
        venue = self.zone_id.sudo().venue_id
        since = format_datetime(self.env, self.since, tz=venue.tz, dt_format="short")
        if self.zone_id and self._is_over():
            return self.env._(
                "Left without being seen; last %(zone)s, %(since)s",
                zone=self.zone_id.display_name,
                since=since,
            )
        where = self.zone_id.display_name or self.env._("Outside")
        return self.env._("%(where)s, since %(since)s", where=where, since=since)

    def _is_over(self):
        """Tell whether the stay is longer than the zone lets anybody stay."""
        since = self.zone_id.sudo()._stays_since(fields.Datetime.now())
        return since is not None and self.since <= since

    @api.model
    def _state(self, company, person_ids):
        """Give where persons are, as ``state_from_document`` has its presence."""
        return self._places(company, self.env["access.person"]._names(person_ids))

    def _places(self, company, names):
        rows = self.env.execute_query(
            SQL(
                "SELECT person_id, since, COALESCE(zone_id, 0) FROM access_presence"
                " WHERE person_id = ANY(%s) AND company_id = %s",
                every_name(names),
                company.id,
            )
        )
        places = {}
        # The latest counts; of two at one time outdoors, then the smaller number.
        for by, since, zone in sorted(rows, key=lambda row: (row[1], -row[2])):
            for person, same in names.items():
                if by in same:
                    places[str(person)] = [zone, _text(since)]
        return places

    @api.model
    def _occupancy(self, zones):
        """Count who is in each of these zones, without the zones inside it.

        Who is there longer than the zone, or one around it, lets anybody stay has
        left without being seen. Contacts with two names in the log count once.
        """
        now = fields.Datetime.now()
        return self._occupancy_since(
            {zone.id: zone._stays_since(now) for zone in zones.sudo()}
        )

    @api.model
    def _occupancy_since(self, stays):
        """Count who came to each zone after a time, or ever: ``stays`` is by zone."""
        if not stays:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT here.zone_id, count(*)
                  FROM unnest(%(zones)s::int4[], %(since)s::timestamp[])
                       AS stay(zone, since)
                  JOIN access_presence AS here ON here.zone_id = stay.zone
                  JOIN access_person AS person ON person.id = here.person_id
                 WHERE (stay.since IS NULL OR here.since > stay.since)
                   AND NOT EXISTS (
                       SELECT FROM access_person AS same
                         JOIN access_presence AS later ON later.person_id = same.id
                        WHERE same.partner_id = person.partner_id
                          AND same.id <> person.id
                          AND later.company_id = here.company_id
                          AND (later.since, -COALESCE(later.zone_id, 0), -same.id)
                            > (here.since, -here.zone_id, -person.id))
                 GROUP BY here.zone_id
                """,
                zones=list(stays),
                since=list(stays.values()),
            )
        )
        return dict.fromkeys(stays, 0) | dict(rows)


class AccessZone(models.Model):
    _inherit = "access.zone"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("zone_id", self.env._("Keep it for the log."))

    def _stays_since(self, now):
        """Give since when who is here now came at the earliest, if stays end."""
        around = self.browse(map(int, filter(None, self.parent_path.split("/"))))
        limits = [round(zone.max_stay * 60) for zone in around if zone.max_stay]
        return now - timedelta(minutes=min(limits)) if limits else None


class AccessBand(models.Model):
    _inherit = "access.band"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("band_id", self.env._("Archive it instead."))


def every_name(names):
    """Give all names of these persons, as ``access.person._names`` has them."""
    return sorted(frozenset().union(*names.values()))


def as_utc(naive):
    return naive.replace(tzinfo=timezone.utc)


def _text(naive):
    return utc_text(as_utc(naive))
