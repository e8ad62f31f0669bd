from functools import partial

from psycopg2.errors import DataError, UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tools import format_list

from ..access_policy.event import event_of, sent_form, shown
from ..access_policy.reason import NOTES
from .access_event_batch import WORTH_COPYING, copy_events
from .access_event_table import TABLE, ingest
from .access_reason import BY_KIND, KINDS, REASONS
from .announcer import Announcer
from .policy_version import named_until

NOTED = [reason.value for reason in NOTES]

# As what an unknown credential is issued. Nobody issues a PIN that somebody tried.
_KIND_OF_UNKNOWN = {
    "rfid": "card",
    "barcode": "barcode",
    "phone": "phone",
    "plate": "plate",
    "mobile": "mobile_key",
}


class AccessEvent(models.Model):
    """The passage log: every decision, for ever, in the order of its journal.

    The table is made by hand, not by the ORM, so that upgrades never rewrite it. A
    trigger refuses changes; ``_ingest`` is the only way in. ``record`` is what the hash
    covers, to the letter; the columns beside it are for searching. They refer to what
    exists in the company: an event may tell of a right deleted before it arrived.
    """

    _name = "access.event"
    _description = "Passage"
    _auto = False
    _log_access = False
    _order = "date desc, id desc"
    _rec_name = "point_id"

    journal_id = fields.Many2one(
        "access.journal", readonly=True, required=True, ondelete="restrict"
    )
    sequence = fields.Integer(string="Number in Journal", readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, ondelete="restrict"
    )
    date = fields.Datetime(string="Time", readonly=True)
    received_at = fields.Datetime(string="Received", readonly=True)
    point_id = fields.Many2one(
        "access.point", string="Point", readonly=True, ondelete="restrict"
    )
    venue_id = fields.Many2one(related="point_id.venue_id")
    granted = fields.Boolean(readonly=True)
    result = fields.Selection(
        [("granted", "Granted"), ("refused", "Refused"), ("noted", "Noted")],
        compute="_compute_result",
        search="_search_result",
    )
    reason = fields.Selection(REASONS, readonly=True)
    reason_kind = fields.Selection(
        KINDS,
        string="Kind of Reason",
        compute="_compute_reason_kind",
        search="_search_reason_kind",
    )
    person_id = fields.Many2one(
        "access.person", string="Person", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="person_id.partner_id")
    companion_id = fields.Many2one(
        "access.person",
        string="Together with",
        readonly=True,
        ondelete="restrict",
        help="The first of two persons, who waited for this one.",
    )
    credential_id = fields.Many2one(
        "access.credential", string="Credential", readonly=True, ondelete="restrict"
    )
    right_id = fields.Many2one(
        "access.right", string="Right", readonly=True, ondelete="restrict"
    )
    band_id = fields.Many2one(
        "access.band", string="Time Band", readonly=True, ondelete="restrict"
    )
    day = fields.Date(
        string="Entry of",
        readonly=True,
        help="The day whose entry was used up; none when it used up nothing. Of who "
        "was refused to wait for a second person: what is used up once that one comes.",
    )
    ticket_id = fields.Many2one(
        "access.ticket", string="Ticket", readonly=True, ondelete="restrict"
    )
    has_moved = fields.Boolean(string="Went Through", readonly=True)
    zone_id = fields.Many2one(
        "access.zone",
        string="Went Into",
        readonly=True,
        ondelete="restrict",
        help="Empty: outdoors, or nobody moved.",
    )
    warnings = fields.Json(string="Warning Codes", readonly=True, exportable=False)
    warning_words = fields.Char(string="Warnings", compute="_compute_warning_words")
    has_warnings = fields.Boolean(readonly=True)
    is_duress = fields.Boolean(string="Duress", readonly=True)
    note = fields.Char(readonly=True, help="Why, in the words of staff.")
    duty_user_id = fields.Many2one(
        "res.users", string="On Duty", readonly=True, ondelete="restrict"
    )
    seen = fields.Char(
        string="Credential as Read",
        readonly=True,
        exportable=False,
        help="A known credential by its last characters, an unknown one in full.",
    )
    user_id = fields.Many2one(
        "res.users", string="Opened by", readonly=True, ondelete="restrict"
    )
    policy_version = fields.Integer(
        string="Version of Rules",
        readonly=True,
        help="Version at the gateway that decided; 0 when the ERP decided.",
    )
    record = fields.Text(string="As Recorded", readonly=True, exportable=False)
    hash = fields.Char(readonly=True)

    def init(self):
        self.env.cr.execute(TABLE)
        for field in self._fields.values():
            if field.type == "many2one" and field.store:
                field.update_db_foreign_key(self, None)

    @api.depends("granted", "reason")
    def _compute_result(self):
        for event in self:
            if event.granted:
                event.result = "granted"
            else:
                event.result = "noted" if event.reason in NOTED else "refused"

    def _search_result(self, operator, value):
        if operator != "in":
            return NotImplemented
        noted = Domain("reason", "in", NOTED)
        refused = Domain("granted", "=", False)
        domains = {
            "granted": Domain("granted", "=", True),
            "refused": refused & ~noted,
            "noted": refused & noted,
        }
        return Domain.OR(domains[result] for result in value if result in domains)

    @api.depends("reason")
    def _compute_reason_kind(self):
        kinds = {code: kind for kind, codes in BY_KIND.items() for code in codes}
        for event in self:
            event.reason_kind = kinds.get(event.reason)

    def _search_reason_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        codes = [code for kind in value for code in BY_KIND.get(kind, ())]
        return Domain("reason", "in", codes)

    @api.depends("warnings", "person_id", "record")
    def _compute_warning_words(self):
        words = dict(self._fields["reason"]._description_selection(self.env))
        for event in self:
            told = [words.get(code, code) for code in event.warnings or []]
            if not event.person_id and event_of(event.record).person is not None:
                told.append(self.env._("Somebody who is not known here"))
            event.warning_words = format_list(self.env, told)

    @api.depends("point_id", "reason")
    def _compute_display_name(self):
        for event in self:
            nowhere = (
                self.env._("By staff")
                if event.reason in NOTED
                else self.env._("Unknown point")
            )
            event.display_name = event.point_id.display_name or nowhere

    def _ingest(self, journal, events, is_known=False, told=None):
        """Append events of one journal; what it holds already stays as it is.

        :param events: pairs of record (``PassageEvent.record``) and hash
        :param is_known: whether this transaction has just read all that they name
        :param told: the same as ``PassageEvent``, where that is at hand and their
            numbers follow one another
        :return: how many were new
        """
        self.env.flush_all()
        copied = self._copied(journal, events, told)
        new, alerting, nameless = copied or self._inserted(journal, events, is_known)
        if nameless:
            journal._note_nameless(nameless)
        if new:
            for model in ("access.use", "access.presence", "access.limit.report"):
                self.env[model].invalidate_model()
            self.browse(alerting)._alert()
            announce(self.env)
        return new

    def _copied(self, journal, events, told):
        """Append many events by a copy; ``None``: they must go in one by one."""
        if len(events) < WORTH_COPYING:
            return None
        try:
            with self.env.cr.savepoint(flush=False):
                return copy_events(self.env.cr, journal, events, told)
        except (DataError, UniqueViolation):
            return None

    def _inserted(self, journal, events, is_known=False):
        rows = [_row(record, digest) for record, digest in events]
        self.env.cr.execute(
            ingest(journal.id, rows, is_known),
            log_exceptions=False,  # a logged query would show card numbers
        )
        return self.env.cr.fetchone()

    def _announce(self):
        """Tell open screens that there is something new, not what."""
        self.env.ref("access_base.group_user")._bus_send("access_event", {})

    def _seen_words(self):
        """Give the credential as lists that leave the building may show it."""
        return shown(self.seen, known=True) if self.seen else ""

    def action_issue_credential(self):
        """Open the form that issues the unknown credential of this event."""
        self.ensure_one()
        medium, _colon, value = (self.seen or "").partition(":")
        kind = _KIND_OF_UNKNOWN.get(medium)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Issue Credential"),
            "res_model": "access.credential",
            "views": [
                (
                    self.env.ref("access_base.access_credential_view_form_issue").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {"default_kind": kind, "default_value": value} if kind else {},
        }


def _row(record, digest):
    """Give an event as ``access_event_table.ingest`` takes it."""
    sent = sent_form(record, digest)
    until = named_until(sent["policy"])
    return {**sent, "record": record, "named_until": until and until.isoformat()}


def announce(env):
    """Tell open screens after the commit that they show what is no longer so.

    Not while modules are installed: that may end before it is told.
    """
    if env.registry.ready:
        env.cr.postcommit.add(partial(_announcer.news, env.cr.dbname))


def _announce(database):
    with Registry(database).cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["access.event"]._announce()


_announcer = Announcer(_announce)
