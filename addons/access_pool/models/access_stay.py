from collections import defaultdict
from datetime import datetime, time, timedelta, timezone
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.access_base.access_policy import Reason
from odoo.addons.access_base.access_tariff import Passage
from odoo.addons.access_base.models.access_use import as_utc

from .lock import lock

# By so much the clock of a gateway may be behind.
CLOCKS_DIFFER = timedelta(minutes=10)

_LOCKERS = (Reason.LOCKER_ASSIGNED.value, Reason.LOCKER_FREED.value)


class AccessStay(models.Model):
    """A guest with a band, from its handing out until it is paid for and back.

    Where the guest went is told by the log alone: by the events of the credentials
    that the stay had, one for each band and exit ticket.
    """

    _name = "access.stay"
    _description = "Stay"
    _order = "begun_at desc, id desc"
    _rec_name = "band_number"
    _rec_names_search = ["band_number"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    venue_id = fields.Many2one(
        "access.venue", required=True, readonly=True, ondelete="restrict"
    )
    guest_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        context={"active_test": False},
    )
    wristband_id = fields.Many2one(
        "access.wristband",
        string="Band",
        readonly=True,
        index=True,
        ondelete="restrict",
        context={"active_test": False},
    )
    band_number = fields.Char(readonly=True)
    credential_ids = fields.One2many(
        "access.credential", "access_stay_id", string="Credentials", readonly=True
    )
    ticket_ids = fields.One2many(
        "access.ticket", "access_stay_id", string="Tickets", readonly=True
    )
    admission_id = fields.Many2one(
        "access.admission", required=True, readonly=True, ondelete="restrict"
    )
    admission_line_id = fields.Many2one(
        "access.admission.line",
        string="Place",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    kind_id = fields.Many2one(
        "access.customer.kind",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    band_color = fields.Char(related="kind_id.band_color")
    version_id = fields.Many2one(
        "access.tariff.version",
        string="Price List",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    party_id = fields.Many2one(
        "access.stay",
        string="Came with",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The first of those who came together.",
    )
    is_leader = fields.Boolean(string="Leader", readonly=True)
    order_line_id = fields.Many2one(
        "pos.order.line",
        string="Sold by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    card_id = fields.Many2one(
        "access.pool.card",
        string="Card",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    held = fields.Json(
        readonly=True, help="Pairs of a cover's name and what was left of it."
    )
    credit_limit = fields.Monetary(readonly=True)
    state = fields.Selection(
        [
            ("out", "Band given"),
            ("settled", "Paid, band back"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="out",
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    is_lost = fields.Boolean(
        string="Band Lost", readonly=True, help="Its fee is part of the bill."
    )
    lost_at = fields.Datetime(string="Reported Lost", readonly=True)
    lost_reason = fields.Char(string="How It Was Lost", readonly=True)
    begun_at = fields.Datetime(string="Band Given", readonly=True, required=True)
    settled_at = fields.Datetime(string="Paid", readonly=True)
    ended_at = fields.Datetime(string="Band Back", readonly=True)
    charge_ids = fields.One2many("access.stay.charge", "stay_id", string="Charges")
    tab_ids = fields.One2many("pos.order", "access_stay_id", string="On the Band")
    token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    zone_id = fields.Many2one("access.zone", compute="_compute_place")
    entered_at = fields.Datetime(string="Came In", compute="_compute_place")
    left_at = fields.Datetime(string="Went Out", compute="_compute_place")
    lockers = fields.Char(string="Locked Lockers", compute="_compute_lockers")

    _one_guest = models.UniqueIndex(
        "(guest_id) WHERE state = 'out'", "This guest has another stay."
    )
    _one_band = models.UniqueIndex(
        "(wristband_id) WHERE state = 'out' AND wristband_id IS NOT NULL",
        "This band is with a guest.",
    )
    _open_idx = models.Index("(company_id) WHERE state = 'out'")
    _token_unique = models.UniqueIndex("(token)", "A page shows one stay.")

    @api.depends("state")
    def _compute_is_open(self):
        for stay in self:
            stay.is_open = stay.state == "out"

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = [("state", "=", "out")]
        wanted = {bool(one) for one in value}
        if len(wanted) == 2:
            return fields.Domain.TRUE
        return is_open if True in wanted else ["!", *is_open]

    @api.model
    def _open_by_band(self, bands):
        stays = self.search([("wristband_id", "in", bands.ids), ("state", "=", "out")])
        return {stay.wristband_id.id: stay for stay in stays}

    # -- begin ------------------------------------------------------

    @api.model
    def _begin(self, givings, party=None):
        """Give bands to guests who came together.

        :param givings: for each guest a pair of a free ``access.wristband`` and values
            of the stay, among them ``admission_id``, ``kind_id`` and ``held``
        :param party: the stay of one who was given a band before, if they follow
        """
        if not givings:
            return self
        bands = self.env["access.wristband"].union(*[band for band, _vals in givings])
        lock(bands.sudo())
        admission = self.env["access.admission"].browse(givings[0][1]["admission_id"])
        company, venue = admission.company_id, admission.venue_id
        guests = self.env["res.partner"]._access_take_guests(company, len(givings))
        version = admission.tariff_id._use()
        now = fields.Datetime.now()
        stays = self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "venue_id": venue.id,
                    "version_id": version.id,
                    "guest_id": guest.id,
                    "wristband_id": band.id,
                    "band_number": band.number,
                    "credit_limit": venue.band_credit_limit,
                    "begun_at": now,
                    "token": token_urlsafe(24),
                    **values,
                }
                for guest, (band, values) in zip(guests, givings, strict=True)
            ]
        )
        stays.write({"party_id": (party and party.party_id or stays[0]).id})
        stays._issue_bands()
        stays._issue_entries()
        bands.sudo().write({"reserved_by": False, "reserved_at": False})
        return stays

    def _places_left(self, places):
        """Give the lines of an admission, one for each band, that these have not."""
        left = list(places)
        for stay in self:
            if stay.admission_line_id in left:
                left.remove(stay.admission_line_id)
        return left

    def _issue_bands(self):
        """Issue the bands as credentials; the gateways hear of it in a second."""
        credentials = self.env["access.credential"].sudo()
        credentials.with_context(tracking_disable=True).create(
            [
                {
                    "partner_id": stay.guest_id.id,
                    "company_id": stay.company_id.id,
                    "kind": "wristband",
                    "value": stay.wristband_id.value,
                    "access_stay_id": stay.id,
                }
                for stay in self
            ]
        )

    def _issue_entries(self):
        tickets = self.env["access.ticket"].sudo().with_context(tracking_disable=True)
        tickets.create(
            [
                {
                    "partner_id": stay.guest_id.id,
                    "type_id": ticket_type.id,
                    "access_stay_id": stay.id,
                    "valid_to": stay._day_end(),
                }
                for stay in self
                for ticket_type in stay._ticket_types()
            ]
        )

    def _day_end(self):
        """Give when the opening day ends, on which the band was given."""
        tariff = self.version_id.tariff_id
        begins = timedelta(hours=tariff.day_starts)
        clock = ZoneInfo(self.venue_id.tz)
        day = (
            as_utc(self.begun_at).astimezone(clock).replace(tzinfo=None) - begins
        ).date()
        end = datetime.combine(day + timedelta(days=1), time.min) + begins
        return end.replace(tzinfo=clock).astimezone(timezone.utc).replace(tzinfo=None)

    def _ticket_types(self):
        types = self.admission_id.ticket_type_id
        return (
            types | self.admission_id.leader_ticket_type_id if self.is_leader else types
        )

    # -- what the log tells ------------------------------------------------------

    def _passages(self):
        """Give by stay where its guest went, as ``access_tariff`` takes it."""
        if not self:
            return {}
        self.env["access.event"].flush_model()
        self.env["access.credential"].flush_model(["access_stay_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT credential.access_stay_id, event.date, event.zone_id
                  FROM access_credential AS credential
                  JOIN access_person AS person
                       ON person.partner_id = credential.partner_id
                  JOIN access_event AS event
                       ON event.person_id = person.id
                      AND event.credential_id = credential.id
                      AND event.date >= %(since)s
                 WHERE credential.access_stay_id = ANY(%(stays)s)
                   AND event.has_moved
                   AND (event.granted OR event.reason = %(passed)s)
                 ORDER BY event.date, event.id
                """,
                since=min(self.mapped("begun_at")) - CLOCKS_DIFFER,
                stays=self.ids,
                passed=Reason.PASSED.value,
            )
        )
        passages = defaultdict(list)
        for stay, date, zone in rows:
            passages[stay].append(Passage(zone, as_utc(date)))
        return passages

    @api.depends("state")
    def _compute_place(self):
        passages = self._passages()
        zones = self.env["access.zone"].sudo()
        for stay in self:
            gone = passages.get(stay.id, ())
            here = zones.browse(gone[-1].zone if gone else None)
            is_out = bool(gone) and stay._is_around(here)
            stay.entered_at = gone[0].at.replace(tzinfo=None) if gone else False
            stay.left_at = gone[-1].at.replace(tzinfo=None) if is_out else False
            stay.zone_id = here if not is_out else False

    def _is_around(self, zone):
        """Tell whether one who is in a zone, or in none, has left what was bought."""
        bought = self.sudo().admission_id.zone_ids
        paths = [one.parent_path.split("/")[:-2] for one in bought]
        return not zone or all(str(zone.id) in around for around in paths)

    def _locked(self):
        """Give by stay the numbers of the lockers that its bands have locked."""
        if not self:
            return {}
        self.env["access.event"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT last.stay, last.number
                  FROM (SELECT DISTINCT ON (given.point_id, given.number)
                               given.stay, given.number, event.reason,
                               event.credential_id, given.credential
                          FROM (SELECT DISTINCT credential.access_stay_id AS stay,
                                       credential.id AS credential, event.point_id,
                                       split_part(event.note, ', ', 1) AS number
                                  FROM access_credential AS credential
                                  JOIN access_person AS person
                                       ON person.partner_id = credential.partner_id
                                  JOIN access_event AS event
                                       ON event.person_id = person.id
                                      AND event.credential_id = credential.id
                                      AND event.date >= %(since)s
                                 WHERE credential.access_stay_id = ANY(%(stays)s)
                                   AND event.reason = %(assigned)s) AS given
                          JOIN access_event AS event
                               ON event.point_id = given.point_id
                              AND event.date >= %(since)s
                              AND event.reason IN %(reasons)s
                              AND split_part(event.note, ', ', 1) = given.number
                         ORDER BY given.point_id, given.number, event.id DESC) AS last
                 WHERE last.reason = %(assigned)s
                   AND last.credential_id = last.credential
                 ORDER BY last.number
                """,
                since=min(self.mapped("begun_at")) - CLOCKS_DIFFER,
                stays=self.ids,
                assigned=_LOCKERS[0],
                reasons=_LOCKERS,
            )
        )
        lockers = defaultdict(list)
        for stay, number in rows:
            lockers[stay].append(number)
        return lockers

    @api.depends("state")
    def _compute_lockers(self):
        locked = self._locked()
        for stay in self:
            stay.lockers = ", ".join(locked.get(stay.id, ())) or False
