import secrets
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .gateway_keys import hashed

PAIRING_TIME = timedelta(minutes=15)
SILENT_AFTER = timedelta(seconds=30)
SEEN_RESOLUTION = timedelta(seconds=8)

# Without letters and digits that people mistake for each other; 40 bits in eight.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class AccessGateway(models.Model):
    _name = "access.gateway"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Gateway"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    identifier = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
    )
    journal_id = fields.Many2one(
        "access.journal", readonly=True, copy=False, ondelete="restrict"
    )
    device_ids = fields.One2many("access.device", "gateway_id", string="Devices")
    offer_ids = fields.One2many("access.device.offer", "gateway_id", string="Found")
    point_ids = fields.One2many("access.point", "gateway_id", string="Points")
    # pairing
    is_paired = fields.Boolean(compute="_compute_is_paired")
    paired_at = fields.Datetime(readonly=True, copy=False)
    cut_off_at = fields.Datetime(readonly=True, copy=False)
    misused_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When somebody used its token to speak for another gateway.",
    )
    forked_at = fields.Datetime(
        string="Two Journals Since",
        readonly=True,
        copy=False,
        help="When it sent other events under numbers that the log holds already.",
    )
    gap_ids = fields.One2many(related="journal_id.gap_ids")
    nameless_count = fields.Integer(related="journal_id.nameless_count")
    hardware = fields.Char(readonly=True, copy=False)
    software = fields.Char(readonly=True, copy=False)
    pairing_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    pairing_expires_at = fields.Datetime(groups=fields.NO_ACCESS, copy=False)
    token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    seal_key = fields.Char(groups=fields.NO_ACCESS, copy=False)
    signing_key = fields.Char(groups=fields.NO_ACCESS, copy=False)
    # what it told last
    last_seen = fields.Datetime(readonly=True, copy=False)
    pending_count = fields.Integer(
        string="Events Waiting", readonly=True, copy=False, help="Not yet received."
    )
    problem = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("new", "Not paired"), ("online", "Online"), ("offline", "Offline")],
        compute="_compute_state",
    )

    _identifier_unique = models.Constraint(
        "UNIQUE (identifier)", "A gateway exists once."
    )
    _token_unique = models.UniqueIndex(
        "(token_hash) WHERE token_hash IS NOT NULL", "A token belongs to one gateway."
    )

    @api.depends("token_hash")
    def _compute_is_paired(self):
        for gateway in self.sudo():
            gateway.is_paired = bool(gateway.token_hash)

    @api.depends("is_paired", "last_seen")
    def _compute_state(self):
        heard_since = fields.Datetime.now() - SILENT_AFTER
        for gateway in self:
            if not gateway.is_paired:
                gateway.state = "new"
            elif gateway.last_seen and gateway.last_seen >= heard_since:
                gateway.state = "online"
            else:
                gateway.state = "offline"

    @api.model_create_multi
    def create(self, vals_list):
        gateways = super().create(vals_list)
        for gateway in gateways:
            gateway.sudo().journal_id = (
                self.env["access.journal"]
                .sudo()
                .create({"name": gateway.name, "company_id": gateway.company_id.id})
            )
        return gateways

    def _system_fields(self):
        # Events could go to the log of another company.
        return super()._system_fields() | {"journal_id"}

    # -- pairing ------------------------------------------------------------------

    def action_new_pairing_code(self):
        """Make a code that pairs a box with this gateway once, and show it."""
        self.ensure_one()
        self.check_access("write")
        if not self.active:
            raise UserError(
                self.env._(
                    "%(gateway)s is archived: unarchive it first.", gateway=self.name
                )
            )
        code = "".join(secrets.choice(CODE_ALPHABET) for _position in range(8))
        self.sudo().write(
            {
                "pairing_hash": hashed(code),
                "pairing_expires_at": fields.Datetime.now() + PAIRING_TIME,
            }
        )
        shown = f"{code[:4]}-{code[4:]}"
        # As the service's user: what root writes, the service may not read.
        pair = f"access-gateway pair {self.get_base_url()} {shown}"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pair %(gateway)s", gateway=self.name),
            "res_model": "access.pairing.code",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_gateway_id": self.id,
                "default_code": shown,
                "default_command": f"runuser -u access-gateway -- {pair}",
            },
        }

    def action_cut_off(self):
        """Void the gateway's token at once, as when the box is lost."""
        self.check_access("write")
        self.sudo().write(
            {
                "token_hash": False,
                "pairing_hash": False,
                "cut_off_at": fields.Datetime.now(),
                **self._no_next_keys(),
            }
        )
        self._wake_after_commit()

    @api.model
    def _pair(self, code, hardware, software):
        """Trade a one-time code for identity and keys; ``None`` for a wrong code."""
        gateway = self._of_code(code)
        if not gateway:
            return None
        keys = gateway._new_keys()
        gateway._begin_anew(keys, hardware, software)
        gateway._wake_after_commit()
        sequence, digest = gateway.journal_id._end()
        return {
            "gateway": gateway.identifier,
            **keys.told(),
            "journal": {"sequence": sequence, "hash": digest},
        }

    def _of_code(self, code):
        """Give the gateway that waits for a box with this code, or none."""
        typed = "".join(sign for sign in code.upper() if sign.isalnum())
        return self.search(
            [
                ("pairing_hash", "=", hashed(typed)),
                ("pairing_expires_at", ">", fields.Datetime.now()),
            ],
            limit=1,
        )

    def _begin_anew(self, keys, hardware, software):
        """Forget the box there was: another one has the gateway's name now."""
        self.write(
            {
                "pairing_hash": False,
                "pairing_expires_at": False,
                **self._keys_in_force(keys),
                "paired_at": fields.Datetime.now(),
                "cut_off_at": False,
                "misused_at": False,
                "forked_at": False,
                "last_seen": False,
                "hardware": hardware,
                "software": software,
                "policy_version_there": 0,
                "policy_there_since": False,
                "policy_read_back_at": False,
                "policy_refusal": False,
                "compared_at": False,
                "difference_count": 0,
                "policy_snapshot": False,
                "policy_base": 0,
                "policy_base_snapshot": False,
                "problem": False,
            }
        )
        self.device_ids._report({})  # what is known of them is the old box's
        self.device_ids._note_logged()

    @api.model
    def _from_token(self, token):
        """Give the gateway that a token was made for, or none."""
        names = ["identifier", "company_id", "journal_id"]
        return self.search_fetch([("token_hash", "=", hashed(token))], names, limit=1)

    # -- status and commands --------------------------------------------------------

    def _report(self, policy_version, status, results):
        """Take over what the gateway tells of itself."""
        self.ensure_one()
        there = (status.get("policy") or {}).get("version", policy_version)
        self._note_version_there(max(there, policy_version))
        values = {
            **self._rules_report(policy_version, status.get("policy") or {}),
            "is_pushed": bool(status.get("push")),
            "pending_count": status.get("pending") or 0,
            "problem": status.get("problem") or False,
            "software": status.get("software") or self.software,
        }
        now = fields.Datetime.now()
        if not self.last_seen or now - self.last_seen > SEEN_RESOLUTION:
            values["last_seen"] = now
        changed = {name: v for name, v in values.items() if self[name] != v}
        if changed:
            self.write(changed)
        if status.get("drivers"):
            self.env["access.driver"]._learn(status["drivers"], self)
        if status.get("found") is not None:
            self._take_offers(status["found"])
        self.device_ids._report(status.get("devices") or {})
        for result in results:
            command = self._command(result["command"])
            command._end(result["ok"], result.get("message"))

    def _take_offers(self, found):
        """Keep what the gateway found, but for what is set up already."""
        addresses = set(self.device_ids.mapped("address"))
        drivers = {one.code: one for one in self.env["access.driver"].search([])}
        self.offer_ids.unlink()
        self.env["access.device.offer"].create(
            [
                {
                    "gateway_id": self.id,
                    "driver_id": drivers[offer["driver"]].id,
                    "address": offer["address"],
                    "words": offer["words"],
                }
                for offer in found
                if offer["driver"] in drivers and offer["address"] not in addresses
            ]
        )

    def action_discover(self):
        """Have the gateway look for devices; what it finds is offered here."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "online":
            raise UserError(self.env._("%(gateway)s is offline.", gateway=self.name))
        self.env["access.command"].sudo().create(
            {"kind": "discover", "gateway_id": self.id, "user_id": self.env.uid}
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("It looks around; you are told when it is done."),
            },
        }

    def _note_misuse(self):
        """Note that the token was used to speak for another gateway."""
        if not self.misused_at:
            self.misused_at = fields.Datetime.now()

    def _note_fork(self):
        """Note that there are two journals: the box was copied, or lost its own."""
        if not self.forked_at:
            self.forked_at = fields.Datetime.now()

    def _note_missing(self, last, digest):
        """Note that the box itself has no events up to a number any more."""
        first = self.journal_id._note_gap(last, digest)
        self.message_post(
            body=self.env._(
                "Events %(first)s to %(last)s are missing for good: this database does "
                "not have them, as after a restore from a backup, and the gateway has "
                "deleted or lost them.",
                first=first,
                last=last,
            )
        )

    def _note_held_elsewhere(self, journal, end):
        """Note that events up to one came from another box, of which one is a copy."""
        first = self.journal_id._note_gap(*end)
        self.message_post(
            body=self.env._(
                "Events %(first)s to %(last)s stand under %(name)s already: one of the "
                "two boxes is a copy of the other.",
                first=first,
                last=end[0],
                name=journal.name,
            )
        )

    def _tz(self):
        """Give the time zone of the venue of its points, or of the first one."""
        venues = self.point_ids.venue_id
        if not venues:
            company = self.company_id or self.env.company
            venues = venues.search([("company_id", "=", company.id)], limit=1)
        return venues[:1].tz or "UTC"

    def _lockers_given(self, points):
        """Give by the points of banks who has which locker, of this gateway's own."""
        banks = self.env["access.locker.bank"].search(
            [("point_id", "in", points), ("gateway_id", "=", self.id)]
        )
        return {str(bank.point_id.id): bank._given() for bank in banks}

    def _changed_parts(self):
        """By itself it is no rule; its devices and points are told with the venues."""
        return {"venues": True}

    def _command(self, identifier):
        return self.env["access.command"].search(
            [("identifier", "=", identifier), ("gateway_id", "=", self.id)]
        )

    def _waiting_commands(self):
        return self.env["access.command"].search(
            [
                ("gateway_id", "=", self.id),
                ("result", "=", False),
                ("expires_at", ">", fields.Datetime.now()),
            ],
            order="id",
        )
