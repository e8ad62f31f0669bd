import base64
import binascii
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

MAX_BYTES = 4_000_000
MOST_AT_ONCE = 1_000
_JPEG = b"\xff\xd8\xff"


class AccessPicture(models.Model):
    """What a camera saw at the moment of an event.

    It is no part of the log: it can be deleted when its time is over, and the chain
    stays whole.
    """

    _name = "access.picture"
    _description = "Picture of a Passage"
    _order = "id desc"
    _rec_name = "sequence"

    journal_id = fields.Many2one(
        "access.journal", required=True, readonly=True, ondelete="cascade"
    )
    sequence = fields.Integer(required=True, readonly=True)
    company_id = fields.Many2one(related="journal_id.company_id", store=True)
    picture = fields.Binary(attachment=True, readonly=True, exportable=False)

    _once = models.UniqueIndex(
        "(journal_id, sequence)", "An event has one picture from its gateway."
    )

    @api.model
    def _take(self, journal, sequence, encoded):
        """Keep a picture (base64); raise ``ValueError`` for what is none.

        One that is there already stays as it is; of who was erased none is kept.
        """
        try:
            data = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        if len(data) > MAX_BYTES or not data.startswith(_JPEG):
            raise ValueError("no JPEG, or too large")
        known = [("journal_id", "=", journal.id), ("sequence", "=", sequence)]
        event = self.env["access.event"].search(known, limit=1)
        persons = event.person_id | event.companion_id
        is_erased = not all(person.partner_id for person in persons)
        if not is_erased and not self.search_count(known, limit=1):
            self.create(
                {
                    "journal_id": journal.id,
                    "sequence": sequence,
                    "picture": base64.b64encode(data),
                }
            )

    @api.model
    def _of_persons(self, persons):
        """Give the pictures of passages of persons, as the log names them."""
        self.env["access.event"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT picture.id
                     FROM access_picture AS picture
                     JOIN access_event AS event
                       ON event.journal_id = picture.journal_id
                      AND event.sequence = picture.sequence
                    WHERE event.person_id = ANY(%(persons)s)
                       OR event.companion_id = ANY(%(persons)s)""",
                persons=persons.ids,
            )
        )
        return self.browse(number for (number,) in rows)

    @api.autovacuum
    def _gc_old(self):
        """Delete those whose time is over; tell whether there may be more."""
        is_more = False
        for company in self.env["res.company"].search([]):
            days = timedelta(days=company.access_picture_days)
            before = fields.Datetime.now() - days
            domain = [("company_id", "=", company.id), ("create_date", "<", before)]
            old = self.search(domain, limit=MOST_AT_ONCE)
            is_more |= len(old) == MOST_AT_ONCE
            old.unlink()
        return 0, is_more


class AccessEvent(models.Model):
    _inherit = "access.event"

    picture = fields.Html(compute="_compute_picture", sanitize=False, exportable=False)

    @api.depends_context("uid")
    def _compute_picture(self):
        if not self.env["access.picture"].has_access("read"):
            self.picture = False
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT event.id, picture.id
                     FROM access_event AS event
                     JOIN access_picture AS picture
                       ON picture.journal_id = event.journal_id
                      AND picture.sequence = event.sequence
                    WHERE event.id = ANY(%s)""",
                self.ids,
            )
        )
        pictures = dict(rows)
        for event in self:
            number = pictures.get(event.id)
            # An image widget would ask for the event's date of change: it has none.
            event.picture = number and Markup(
                '<img class="img-fluid rounded" alt="" src="%s"/>'
            ) % (f"/web/image/access.picture/{number}/picture")
