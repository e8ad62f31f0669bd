import json
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry
from odoo.tools import SQL

from ..access_policy.event import sent_form
from .announcer import Announcer

REASONS = [
    ("right", "Has the right"),
    ("point_unlocked", "Point is unlocked"),
    ("released_by_staff", "Opened by staff"),
    ("policy_expired", "Rules at the gateway are too old"),
    ("point_unknown", "Unknown point"),
    ("point_locked", "Point is locked"),
    ("point_lockdown", "Lockdown"),
    ("credential_unreadable", "Could not be read"),
    ("credential_unknown", "Unknown credential"),
    ("credential_blocked", "Credential is blocked"),
    ("credential_lost", "Credential is reported lost"),
    ("credential_returned", "Credential was returned"),
    ("credential_not_yet_valid", "Credential is not valid yet"),
    ("credential_expired", "Credential has expired"),
    ("person_suspended", "Person is suspended"),
    ("denied", "Denied by a right"),
    ("no_right", "No right for this point"),
    ("right_not_yet_valid", "Right is not valid yet"),
    ("right_expired", "Right has expired"),
    ("outside_hours", "Outside the hours of the right"),
]


class AccessEvent(models.Model):
    """The passage log: every decision, for ever, in the order of its journal.

    The table is made here, not by the ORM, so that upgrades never rewrite it. A trigger
    refuses changes; ``_ingest`` is the only way in. ``record`` is what the hash covers,
    to the letter; the columns beside it are for searching. They refer to what exists
    in the company: an event may tell of a right that was deleted before it arrived.
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
        [("granted", "Granted"), ("refused", "Refused")],
        compute="_compute_result",
        search="_search_result",
    )
    reason = fields.Selection(REASONS, readonly=True)
    person_id = fields.Many2one(
        "access.person", string="Person", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="person_id.partner_id")
    credential_id = fields.Many2one(
        "access.credential", string="Credential", readonly=True, ondelete="restrict"
    )
    right_id = fields.Many2one(
        "access.right", string="Right", readonly=True, ondelete="restrict"
    )
    seen = fields.Char(
        string="Credential as Read",
        readonly=True,
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
    record = fields.Text(string="As Recorded", readonly=True)
    hash = fields.Char(readonly=True)

    def init(self):
        self.env.cr.execute(_TABLE)
        for field in self._fields.values():
            if field.type == "many2one" and field.store:
                field.update_db_foreign_key(self, None)

    @api.depends("granted")
    def _compute_result(self):
        for event in self:
            event.result = "granted" if event.granted else "refused"

    def _search_result(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("granted", "in", [result == "granted" for result in value])]

    @api.depends("point_id")
    def _compute_display_name(self):
        for event in self:
            event.display_name = event.point_id.display_name or self.env._(
                "Unknown point"
            )

    def _ingest(self, journal, events):
        """Append events of one journal; what it holds already stays as it is.

        :param events: pairs of record (``PassageEvent.record``) and hash
        :return: how many were new
        """
        rows = [
            {**sent_form(record, digest), "record": record} for record, digest in events
        ]
        self.env.cr.execute(
            SQL(
                _INGEST,
                journal=journal.id,
                events=json.dumps(rows),
            ),
            log_exceptions=False,  # a logged query would show card numbers
        )
        new = self.env.cr.rowcount
        if new:
            self.env.cr.postcommit.add(partial(_announcer.news, self.env.cr.dbname))
        return new

    def _announce(self):
        """Tell open screens that there is something new, not what."""
        self.env.ref("access_base.group_user")._bus_send("access_event", {})

    def action_issue_credential(self):
        """Open the form that issues the unknown credential of this event."""
        self.ensure_one()
        medium, _colon, value = (self.seen or "").partition(":")
        kind = {"rfid": "card", "barcode": "barcode"}.get(medium, "card")
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
            "context": {"default_kind": kind, "default_value": value},
        }


def _announce(database):
    with Registry(database).cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["access.event"]._announce()


_announcer = Announcer(_announce)

_TABLE = """
CREATE TABLE IF NOT EXISTS access_event (
    id serial PRIMARY KEY,
    journal_id int4 NOT NULL,
    sequence int4 NOT NULL,
    company_id int4 NOT NULL,
    date timestamp NOT NULL,
    received_at timestamp NOT NULL,
    point_id int4,
    granted boolean NOT NULL,
    reason varchar NOT NULL,
    person_id int4,
    credential_id int4,
    right_id int4,
    seen varchar,
    user_id int4,
    policy_version int4 NOT NULL,
    record text NOT NULL,
    hash varchar NOT NULL,
    CONSTRAINT access_event_once UNIQUE (journal_id, sequence)
);
CREATE INDEX IF NOT EXISTS access_event_date ON access_event (date DESC, id DESC);
CREATE INDEX IF NOT EXISTS access_event_point ON access_event (point_id, date DESC);
CREATE INDEX IF NOT EXISTS access_event_person ON access_event (person_id, date DESC)
    WHERE person_id IS NOT NULL;

CREATE OR REPLACE FUNCTION access_event_is_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The passage log cannot be changed.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER access_event_no_change
    BEFORE UPDATE OR DELETE ON access_event
    FOR EACH ROW EXECUTE FUNCTION access_event_is_append_only();
CREATE OR REPLACE TRIGGER access_event_no_truncate
    BEFORE TRUNCATE ON access_event
    FOR EACH STATEMENT EXECUTE FUNCTION access_event_is_append_only();
"""

_INGEST = """
INSERT INTO access_event (
    journal_id, sequence, company_id, date, received_at, granted, reason,
    point_id, person_id, credential_id, right_id, user_id,
    seen, policy_version, record, hash)
SELECT journal.id, e.sequence, journal.company_id,
       e.time AT TIME ZONE 'utc',
       clock_timestamp() AT TIME ZONE 'utc', e.granted, e.reason,
       (SELECT id FROM access_point
         WHERE id = e.point AND company_id = journal.company_id),
       (SELECT id FROM access_person WHERE id = e.person),
       (SELECT id FROM access_credential
         WHERE id = e.credential AND company_id = journal.company_id),
       (SELECT id FROM access_right
         WHERE id = e."right" AND company_id = journal.company_id),
       (SELECT id FROM res_users WHERE id = e."user"),
       e.seen, e.policy, e.record, e.hash
  FROM access_journal AS journal,
       jsonb_to_recordset(%(events)s::jsonb) AS e(
       sequence int4, time timestamptz, point int4, granted boolean, reason varchar,
       person int4, credential int4, "right" int4, seen varchar, "user" int4,
       policy int4, record text, hash varchar)
 WHERE journal.id = %(journal)s
 ORDER BY e.sequence
ON CONFLICT (journal_id, sequence) DO NOTHING
RETURNING id
"""
