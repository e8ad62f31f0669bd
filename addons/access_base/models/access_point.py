from datetime import datetime, timezone

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..access_policy import Attempt, PassageEvent, decide
from ..access_policy.reading import PIN, reading

# All that a decision reads of the record: the rest is in the rules.
DECIDED_BY = ("company_id", "venue_id", "journal_id")


class AccessPoint(models.Model):
    _name = "access.point"
    _inherit = ["mail.thread", "access.venue.part"]
    _description = "Access Point"
    _order = "venue_id, sequence, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("door", "Door"),
            ("gate", "Gate"),
            ("turnstile", "Turnstile"),
            ("barrier", "Barrier"),
            ("locker_bank", "Locker Bank"),
            ("lift_floor", "Lift Floor"),
        ],
        required=True,
        default="door",
    )
    venue_id = fields.Many2one(
        "access.venue",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["access.venue"].search([], limit=1),
    )
    company_id = fields.Many2one(related="venue_id.company_id", store=True, index=True)
    zone_from_id = fields.Many2one(
        "access.zone",
        string="From",
        index=True,
        ondelete="restrict",
        domain="[('venue_id', '=', venue_id)]",
        help="Empty: from outdoors.",
    )
    zone_to_id = fields.Many2one(
        "access.zone",
        string="Into",
        index=True,
        ondelete="restrict",
        domain="[('venue_id', '=', venue_id)]",
        help="Empty: to outdoors.",
    )
    combination = fields.Selection(
        [
            ("either", "Either one is enough"),
            ("both", "Both must allow"),
            ("record", "Only recorded, never refused"),
        ],
        string="Device and Plan Rights",
        required=True,
        default="either",
        help="How the rights of the device and those of persons' plans go together.\n"
        "Either one is enough: locks with keys that are granted by contract.\n"
        "Both must allow: QR readers and wireless locks.\n"
        "Only recorded: a face terminal or alarm panel decides alone; what it let "
        "through is recorded and counted here, and never refused but in lockdown.",
    )
    persons_needed = fields.Selection(
        [("1", "One is enough"), ("2", "Two, one right after the other")],
        string="Persons to Enter",
        required=True,
        default="1",
        help="With two, the door opens to the second of two persons who may both pass.",
    )
    interlock_point_ids = fields.Many2many(
        "access.point",
        "access_point_interlock",
        "point_id",
        "other_id",
        string="Interlocked With",
        copy=False,
        domain="[('venue_id', '=', venue_id), ('id', '!=', id)]",
        help="While one of these is open this point stays shut, and vice versa.",
    )
    leads_out = fields.Boolean(
        compute="_compute_leads_out",
        help="It leads outdoors, or into a zone around the one it is in.",
    )
    exit_control = fields.Selection(
        [
            ("free", "Nobody is kept inside"),
            ("ticket", "Only with a right for this point"),
        ],
        string="Leaving",
        required=True,
        default="free",
        help="Nobody is kept inside: who is known may leave, whatever is said against "
        "it.\n"
        "Only with a right for this point: rights for its zone let nobody out here, "
        "but those that name the point itself do. A right that asks for a ticket takes "
        "an entry of one each time, so that a copy of an exit ticket opens nothing.\n"
        "In an emergency it opens as ever: by a fire input, where it opens on fire, by "
        "an exit button, by staff, and while the point is unlocked.",
    )
    journal_id = fields.Many2one("access.journal", readonly=True, copy=False)
    event_count_today = fields.Integer(
        string="Passages Today", compute="_compute_event_count_today"
    )

    @api.constrains("venue_id", "zone_from_id", "zone_to_id")
    def _check_zones(self):
        for point in self:
            zones = point.zone_from_id | point.zone_to_id
            if zones.venue_id - point.venue_id:
                raise ValidationError(
                    self.env._(
                        "%(point)s leads to a zone of another venue.", point=point.name
                    )
                )
            if point.zone_from_id and point.zone_from_id == point.zone_to_id:
                raise ValidationError(
                    self.env._(
                        "%(point)s leads from a zone into itself.", point=point.name
                    )
                )

    @api.depends("zone_from_id.parent_path", "zone_to_id")
    def _compute_leads_out(self):
        for point in self:
            inside = point.zone_from_id
            path = (inside.parent_path or "").split("/")[:-2]
            around = point.zone_to_id._origin.id
            point.leads_out = bool(inside) and (not around or str(around) in path)

    @api.constrains("venue_id", "interlock_point_ids")
    def _check_interlock(self):
        for point in self.with_context(active_test=False):
            others = point.interlock_point_ids
            if point in others:
                raise ValidationError(
                    self.env._(
                        "%(point)s cannot be interlocked with itself.", point=point.name
                    )
                )
            if others.venue_id - point.venue_id:
                raise ValidationError(
                    self.env._(
                        "%(point)s is interlocked with a point of another venue.",
                        point=point.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        points = super().create(vals_list)
        for point in points:
            point._mirror_interlock(self.browse())
        return points

    def write(self, vals):
        if "interlock_point_ids" not in vals:
            return super().write(vals)
        before = {point: point._interlocked() for point in self}
        result = super().write(vals)
        for point, others in before.items():
            point._mirror_interlock(others)
        return result

    def _interlocked(self):
        return self.with_context(active_test=False).interlock_point_ids

    def _mirror_interlock(self, before):
        """Let the other side say the same of each interlock that came or went."""
        now = self._interlocked()
        for other in now - before:
            if self not in other._interlocked():
                other.interlock_point_ids = [Command.link(self.id)]
        for other in before - now:
            if self in other._interlocked():
                other.interlock_point_ids = [Command.unlink(self.id)]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_log(self):
        self._check_not_in_log("point_id", self.env._("Archive it instead."))

    def _compute_event_count_today(self):
        for venue, points in self.grouped("venue_id").items():
            counts = dict(
                self.env["access.event"]._read_group(
                    [
                        ("point_id", "in", points.ids),
                        ("granted", "=", True),
                        ("date", ">=", venue._start_of_day()),
                    ],
                    ["point_id"],
                    ["__count"],
                )
            )
            for point in points:
                point.event_count_today = counts.get(point, 0)

    def action_view_events(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_base.access_event_action"
        )
        return action | {"domain": [("point_id", "in", self.ids)]}

    def _check_operator(self):
        """Refuse who may not operate these points."""
        self.check_access("read")
        if not self.env.user.has_group("access_base.group_operator"):
            raise AccessError(
                self.env._("Only operators may open, lock or unlock a point.")
            )

    def _decide(self, kind, value, pin=None):
        """Decide here in the ERP whether a credential opens this point; record it.

        :param kind: medium or kind of credential, as ``credential_token`` takes it
        :param value: what the reader read
        :param pin: the PIN that was typed after it, if one was
        :return: the ``Decision``
        """
        self.ensure_one()
        self.sudo().fetch(DECIDED_BY)
        at = datetime.now(timezone.utc)
        read = self._reading(kind, value, at)
        typed = self._reading(PIN, pin, at).token
        attempt = Attempt(self.id, read.token, at, pin=typed, typed=kind == PIN)
        rules = self.env["access.policy"].sudo()
        policy, state = rules._for_attempt(self, read.token, typed)
        if policy.points[self.id].toggle_minutes:
            rules._note_toggles(state, self.ids)
        decision = decide(policy, state, attempt)
        first = decision.first
        for ticket in sorted({decision.ticket, first and first.ticket} - {None}):
            self.env["access.ticket"]._use(ticket)
        if decision.zone is not None:
            self.env["access.zone"]._take_places(policy, state, self.id)
        seen = read.seen(known=decision.credential is not None)
        journal = self.sudo()._ensure_journal()
        event = PassageEvent.of(attempt, decision, seen)
        told = filter(None, (event, event.of_first(decision)))
        # Of the first of two persons a gateway may have told what is gone since.
        journal._append(*told, is_known=first is None)
        return decision

    def _reading(self, kind, value, at):
        """Give what was read here, by the keys of the company where they are needed."""
        company = self.company_id.sudo()
        is_pin = kind == PIN and value is not None
        pin_key = self.venue_id._pin_key() if is_pin else None
        return reading(
            kind, value, self.venue_id.id, at, pin_key, company._access_qr_verifies
        )

    def _ensure_journal(self):
        if not self.journal_id:
            # A point of its own: two points never wait for each other's journal.
            self.journal_id = self.env["access.journal"].create(
                {"name": self.name, "company_id": self.company_id.id}
            )
        return self.journal_id

    def _system_fields(self):
        # Events could go to the log of another company.
        return super()._system_fields() | {"journal_id"}

    def _policy_entry(self):
        """Give the point as the policy has it."""
        self.ensure_one()
        origin, to = self.zone_from_id.id or None, self.zone_to_id.id or None
        if self.kind == "locker_bank":
            # It stands in a zone: nobody enters one there, nor uses up an entry.
            origin = to = to or origin
        return {
            "venue": self.venue_id.id,
            "zone_from": origin,
            "zone_to": to,
            "mode": self.normal_mode,
            "combination": self.combination,
            "persons": int(self.persons_needed),
            "interlock": self.interlock_point_ids.sorted("id").ids,
            "controls_exit": self.exit_control == "ticket",
        }

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "kind",
            "venue_id",
            "zone_from_id",
            "zone_to_id",
            "combination",
            "persons_needed",
            "interlock_point_ids",
            "exit_control",
        }
