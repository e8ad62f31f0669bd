from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class AccessPoint(models.Model):
    _inherit = "access.point"

    reader_id = fields.Many2one(
        "access.device",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('driver_id.is_reader', '=', True)]",
    )
    reader_number = fields.Integer(
        default=0,
        help="Which of the readers of a device with several; the first is number 0.",
    )
    keypad_id = fields.Many2one(
        "access.device",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('driver_id.is_keypad', '=', True)]",
        help="Where the PIN is typed, if that is not the reader itself.",
    )
    lock_id = fields.Many2one(
        "access.device",
        string="Lock",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('driver_id.is_outputs', '=', True)]",
    )
    lock_output = fields.Integer(
        string="Output", help="The board's first output is number 0."
    )
    release_seconds = fields.Float(
        string="Opens for", default=3.0, help="How long the bolt stays released."
    )
    input_ids = fields.One2many("access.input", "point_id", string="Inputs")
    locker_bank_ids = fields.One2many(
        "access.locker.bank", "point_id", string="Lockers"
    )
    held_seconds = fields.Float(
        string="May Stand Open",
        default=30.0,
        help="A door that stands open longer after its release is told of.",
    )
    opens_on_fire = fields.Boolean(
        help="It opens while a fire alarm of its gateway lasts, whatever else holds."
    )
    camera_id = fields.Many2one(
        "access.device",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('driver_id.is_camera', '=', True)]",
    )
    pictures = fields.Selection(
        [("refused", "Of refusals and alarms"), ("all", "Of every passage")],
        default="refused",
        required=True,
    )
    on_expiry = fields.Selection(
        [
            ("refuse", "Open nothing"),
            ("keep", "Go on with the last rules"),
            ("open", "Stand open (emergency exit)"),
        ],
        string="Without New Rules",
        required=True,
        default="refuse",
        help="What holds here when the gateway was cut off until its rules ran out.",
    )
    keep_hours = fields.Integer(
        string="Go On for", default=24, help="Hours after the rules ran out."
    )
    gateway_id = fields.Many2one(
        "access.gateway", compute="_compute_gateway_id", store=True, index=True
    )
    gateway_state = fields.Selection(related="gateway_id.state")
    rules_state = fields.Selection(related="gateway_id.rules_state")
    rules_words = fields.Char(related="gateway_id.rules_words")
    rules_since = fields.Datetime(related="gateway_id.rules_since")
    rules_version = fields.Integer(
        related="gateway_id.policy_version_there", string="Version of the Rules"
    )
    rules_read_back_at = fields.Datetime(related="gateway_id.policy_read_back_at")

    _reader_unique = models.UniqueIndex(
        "(reader_id, COALESCE(reader_number, 0)) WHERE reader_id IS NOT NULL",
        "This reader is at another point already.",
    )
    _keypad_unique = models.UniqueIndex(
        "(keypad_id) WHERE keypad_id IS NOT NULL",
        "This keypad is at another point already.",
    )
    _release_range = models.Constraint(
        "CHECK (release_seconds > 0 AND release_seconds <= 600)",
        "A bolt is released for more than 0 and at most 600 seconds.",
    )
    _held_range = models.Constraint(
        "CHECK (held_seconds > 0 AND held_seconds <= 86400)",
        "A door may stand open for more than 0 seconds and at most a day.",
    )
    _keep_range = models.Constraint(
        "CHECK (on_expiry <> 'keep' OR keep_hours BETWEEN 1 AND 744)",
        "The last rules can be kept for 1 to 744 hours.",
    )
    _numbers_not_negative = models.Constraint(
        "CHECK (reader_number BETWEEN 0 AND 255)", "Readers are counted from 0."
    )
    _output_not_negative = models.Constraint(
        "CHECK (lock_output >= 0)", "Outputs are counted from 0."
    )

    @api.constrains("gateway_id")
    def _check_inputs(self):
        self.input_ids._check_gateway()

    @api.constrains("on_expiry", "opens_on_fire", "zone_from_id", "zone_to_id")
    def _check_on_expiry(self):
        for point in self.filtered(lambda point: point.on_expiry == "open"):
            if not (point.opens_on_fire and point.leads_out):
                raise ValidationError(
                    self.env._(
                        "%(point)s cannot stand open without rules: only an emergency "
                        "exit may, which opens on fire and leads out of a zone.",
                        point=point.name,
                    )
                )

    @api.depends(
        "reader_id.gateway_id",
        "lock_id.gateway_id",
        "keypad_id.gateway_id",
        "locker_bank_ids.terminal_ids.device_id.gateway_id",
        "locker_bank_ids.locker_ids.device_id.gateway_id",
    )
    def _compute_gateway_id(self):
        for point in self:
            point.gateway_id = point._devices().gateway_id[:1]

    def _devices(self):
        lockers = self.locker_bank_ids._devices()
        own = self.reader_id | self.lock_id | self.keypad_id | self.camera_id
        return own | lockers

    @api.constrains("reader_id", "lock_id", "keypad_id", "camera_id", "venue_id")
    def _check_devices(self):
        for point in self:
            devices = point._devices()
            gateways = devices.gateway_id
            if archived := devices.filtered(lambda device: not device.active):
                raise ValidationError(
                    self.env._(
                        "%(point)s needs %(device)s: choose another one there first.",
                        point=point.name,
                        device=archived[0].name,
                    )
                )
            if len(gateways) > 1:
                raise ValidationError(
                    self.env._(
                        "Reader and relay board of %(point)s are at different "
                        "gateways: it could not open when the network is down.",
                        point=point.name,
                    )
                )
            if gateways.company_id - point.company_id:
                raise ValidationError(
                    self.env._(
                        "The devices of %(point)s belong to another company.",
                        point=point.name,
                    )
                )

    @api.constrains("interlock_point_ids", "reader_id", "lock_id", "keypad_id")
    def _check_interlock_gateway(self):
        """Only who decides for all of them knows in time which one is open."""
        for point in self.with_context(active_test=False):
            for other in point.interlock_point_ids:
                if len(point._devices().gateway_id | other._devices().gateway_id) > 1:
                    raise ValidationError(
                        self.env._(
                            "%(point)s and %(other)s are interlocked, so their "
                            "devices must be at the same gateway.",
                            point=point.name,
                            other=other.name,
                        )
                    )

    def action_release(self):
        """Open the point once, by hand."""
        self._check_operator()
        for point in self:
            if not (point.lock_id and point.active):
                raise UserError(
                    self.env._("%(point)s has no relay to open.", point=point.name)
                )
            if point.mode == "lockdown":
                raise UserError(
                    self.env._(
                        "%(point)s is in lockdown: end it first.", point=point.name
                    )
                )
            if point.gateway_state != "online":
                raise UserError(
                    self.env._(
                        "The gateway of %(point)s is offline: open it with the key.",
                        point=point.name,
                    )
                )
            self.env["access.command"].sudo().create(
                {
                    "gateway_id": point.gateway_id.id,
                    "point_id": point.id,
                    "user_id": self.env.uid,
                }
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Sent to the gateway. Under My Commands you see what came of it."
                ),
            },
        }

    def _wiring(self):
        """Give what the gateway must know to read and release at this point."""
        self.ensure_one()
        return {
            "reader": self.reader_id.id or None,
            "reader_number": self.reader_number,
            "keypad": self.keypad_id.id or None,
            "lock": self.lock_id.id or None,
            "output": self.lock_output,
            "release_ms": round(self.release_seconds * 1000),
            "held_ms": round(self.held_seconds * 1000),
            "opens_on_fire": self.opens_on_fire,
            "camera": self.camera_id.id or None,
            "pictures": self.pictures,
        }

    def _policy_entry(self):
        return super()._policy_entry() | {
            "open_seconds": self.release_seconds,
            "on_expiry": self.on_expiry,
            "keep_hours": self.keep_hours if self.on_expiry == "keep" else 0,
        }

    def _policy_fields(self):
        return super()._policy_fields() | {
            "reader_id",
            "reader_number",
            "held_seconds",
            "opens_on_fire",
            "camera_id",
            "pictures",
            "on_expiry",
            "keep_hours",
            "keypad_id",
            "lock_id",
            "lock_output",
            "release_seconds",
        }
