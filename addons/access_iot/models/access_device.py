from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# What a gateway may tell of a device besides whether it is well.
FACTS = (
    "model",
    "serial",
    "firmware",
    "battery",
    "tamper",
    "cards",
    "cards_known",
    "cards_at",
)


class AccessDevice(models.Model):
    _name = "access.device"
    _inherit = ["mail.thread", "access.policy.part"]
    _description = "Device"
    _order = "gateway_id, sequence, name"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    gateway_id = fields.Many2one(
        "access.gateway", required=True, index=True, ondelete="cascade", tracking=True
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    driver_id = fields.Many2one(
        "access.driver",
        string="Kind",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["access.driver"]._of("serial_reader"),
    )
    driver = fields.Char(related="driver_id.code", string="Driver")
    address_help = fields.Char(related="driver_id.address_help")
    has_inputs = fields.Boolean(related="driver_id.is_inputs")
    can_identify = fields.Boolean(related="driver_id.is_identify")
    is_printer = fields.Boolean(related="driver_id.is_printer")
    address = fields.Char(
        required=True,
        tracking=True,
        help="Where the gateway finds it: the name of a serial port, or a network "
        "address.",
    )
    settings = fields.Properties(definition="driver_id.settings_definition")
    settings_flaw = fields.Char(compute="_compute_settings_flaw")
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        exportable=False,
        help="It is kept for the gateway and never shown again.",
    )
    secret_label = fields.Char(related="driver_id.secret_label")
    secret_value = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_secret = fields.Boolean(compute="_compute_secret")
    is_controller = fields.Boolean(related="driver_id.is_controller")
    stand_alone = fields.Boolean(
        string="Opens by Itself for Members",
        tracking=True,
        copy=False,
        help="While its gateway is silent the controller opens for members by a list "
        "of its own. The price: the numbers of all cards in use leave the ERP for this "
        "gateway, and the controller keeps those of who may pass its doors, though it "
        "keeps no secrets. What cannot be counted there does not hold meanwhile: "
        "monthly limits, anti-passback, full zones. Tickets open nothing.",
    )
    input_ids = fields.One2many("access.input", "device_id", string="Inputs")
    command_ids = fields.One2many("access.command", "device_id", string="Commands")

    # what the gateway told last
    online = fields.Boolean(readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    gone_at = fields.Datetime(
        string="Offline Since",
        readonly=True,
        copy=False,
        help="When its gateway first told that it is not there.",
    )
    last_seen = fields.Datetime(
        compute="_compute_last_seen",
        help="While it is there: when its gateway was heard of, which asks it.",
    )
    model = fields.Char(readonly=True, copy=False)
    serial = fields.Char(string="Serial Number", readonly=True, copy=False)
    firmware = fields.Char(readonly=True, copy=False)
    battery = fields.Integer(string="Battery (%)", readonly=True, copy=False)
    has_battery = fields.Boolean(readonly=True, copy=False)
    tamper = fields.Boolean(string="Tampered With", readonly=True, copy=False)
    cards = fields.Integer(string="Cards Kept", readonly=True, copy=False)
    cards_known = fields.Integer(
        string="Cards of Members",
        readonly=True,
        copy=False,
        help="Of those who may pass its doors; not all may be of its format.",
    )
    cards_at = fields.Datetime(
        string="Cards Kept At",
        readonly=True,
        copy=False,
        help="When its list was last brought to what the rules say.",
    )
    cards_flaw = fields.Char(compute="_compute_cards_flaw")
    state = fields.Selection(
        [("online", "Online"), ("trouble", "Trouble"), ("offline", "Offline")],
        compute="_compute_state",
    )

    @api.depends("online", "problem", "tamper", "gateway_id.state")
    def _compute_state(self):
        for device in self:
            if not device.online or device.gateway_id.state != "online":
                device.state = "offline"
            else:
                trouble = device.problem or device.tamper
                device.state = "trouble" if trouble else "online"

    @api.depends("cards", "cards_known", "cards_at", "problem")
    @api.depends_context("lang")
    def _compute_cards_flaw(self):
        """A list that is full or cannot be written is a problem that is told."""
        for device in self:
            missing = device.cards_known - device.cards
            device.cards_flaw = (
                device.cards_at
                and not device.problem
                and missing > 0
                and self.env._(
                    "Cards of members that are not kept: %(count)s. They are of "
                    "another format than it reads, and open nothing while the "
                    "gateway is silent.",
                    count=missing,
                )
            )

    @api.depends("settings", "driver_id.settings_definition")
    @api.depends_context("lang")
    def _compute_settings_flaw(self):
        """Odoo shows what is no choice as empty, and the driver goes by its default."""
        for device in self:
            stored = device.settings._values if device.settings else {}
            device.settings_flaw = device._no_choice_words(stored)

    def _no_choice_words(self, settings):
        found = self.driver_id._no_choices(settings)
        return "\n".join(
            self.env._(
                "%(setting)s: %(value)s is no choice.", setting=name, value=value
            )
            for name, value in found.items()
        )

    @api.depends("online", "gone_at", "gateway_id.last_seen")
    def _compute_last_seen(self):
        # Not written for each device with each poll: its gateway answers for it.
        for device in self:
            seen = device.gateway_id.last_seen
            device.last_seen = seen if device.online else device.gone_at

    @api.depends("driver_id")
    def _compute_secret(self):
        for device in self:
            device.secret = False
            device.has_secret = bool(device.sudo().secret_value)

    def _inverse_secret(self):
        for device in self.filtered("secret"):
            device.sudo().secret_value = device.secret
        # It is not even in the memory of who has set it.
        self.invalidate_recordset(["secret", "has_secret"])

    @api.onchange("driver_id")
    def _onchange_driver_id(self):
        """What belongs to another kind of device is no setting of this one."""
        self.secret = False
        # Odoo would keep those of the same name, such as the speed of another line.
        self.settings = self.driver_id._defaults(self.gateway_id._tz())
        self.stand_alone = self.stand_alone and self.is_controller

    @api.onchange("gateway_id")
    def _onchange_gateway_id(self):
        """A new device begins with the time zone of the venue where it is."""
        zones = self.driver_id.zone_settings or []
        if zones and not self._origin:
            known = self.with_context(property_selection_get_key=True).settings
            tz = self.gateway_id._tz()
            self.settings = {**dict(known or {}), **dict.fromkeys(zones, tz)}

    @api.constrains("stand_alone", "driver_id")
    def _check_stand_alone(self):
        for device in self:
            if device.stand_alone and not device.is_controller:
                raise ValidationError(
                    self.env._(
                        "%(device)s cannot open by itself: it keeps no cards.",
                        device=device.name,
                    )
                )

    @api.constrains("driver_id", "settings")
    def _check_settings(self):
        """Those of before a driver had these bounds are looked at when they change."""
        for device in self.filtered("settings_flaw"):
            raise ValidationError(device.settings_flaw)
        for told in self.read(["driver_id", "settings"], load=None):
            driver = self.env["access.driver"].browse(told["driver_id"])
            driver._check_settings(told["settings"])

    @api.constrains("gateway_id", "active", "driver_id")
    def _check_points(self):
        points = self.env["access.point"].with_context(active_test=False)
        points = points.search(
            Domain.OR(
                Domain(name, "in", self.ids)
                for name in (
                    "reader_id",
                    "lock_id",
                    "keypad_id",
                    "camera_id",
                    "locker_bank_ids.terminal_ids.device_id",
                    "locker_bank_ids.locker_ids.device_id",
                )
            )
        )
        points._check_devices()
        points._check_interlock_gateway()
        self.input_ids._check_gateway()

    # -- orders of staff -----------------------------------------------------------

    def action_test(self):
        """Have the gateway ask the device whether it is there."""
        return self._order_device("test")

    def action_identify(self):
        """Have the device blink or beep."""
        return self._order_device("identify")

    def action_restart(self):
        """Have the gateway let go of the device and connect anew."""
        return self._order_device("restart")

    def action_replace(self):
        """Ask for the unit that takes this one's place; all settings stay."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace %(device)s", device=self.name),
            "res_model": "access.device.replacement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_device_id": self.id, "default_address": self.address},
        }

    def _order_device(self, kind):
        self.check_access("write")
        self._give_order(kind)
        return self._sent()

    def _give_order(self, kind, **values):
        """Give an order to the gateway of each device, in the name of who asks."""
        for device in self:
            if device.gateway_id.state != "online":
                raise UserError(
                    self.env._(
                        "The gateway of %(device)s is offline.", device=device.name
                    )
                )
        commands = self.env["access.command"].sudo()
        return commands.create(
            [
                {
                    "kind": kind,
                    "gateway_id": device.gateway_id.id,
                    "device_id": device.id,
                    "user_id": self.env.uid,
                    **values,
                }
                for device in self
            ]
        )

    def _sent(self):
        """Say that an order is on its way."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Sent to the gateway; you are told its answer."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- what the gateway is told, and tells ----------------------------------------

    def _document(self):
        """Give the device as the gateway gets it in its policy."""
        self.ensure_one()
        [known] = self.read(["settings"])
        settings = {
            one["name"]: one["value"]
            for one in known["settings"]
            if one.get("value") is not None
            and (one["type"] == "boolean" or one["value"] is not False)
        }
        secret = self.sudo().secret_value
        if secret and self.driver_id.secret_name:
            settings[self.driver_id.secret_name] = secret
        return {
            "name": self.name,
            "driver": self.driver_id.code,
            "address": self.address,
            "settings": settings,
            "stand_alone": self.stand_alone,
            **({"logged": self.logged} if self.logged else {}),
        }

    def _report(self, status):
        """Take over what the gateway tells of its devices, by their number."""
        now = fields.Datetime.now()
        for device in self:
            told = status.get(str(device.id), {})
            online = bool(told.get("online"))
            facts = told.get("facts") or {}
            values = {"online": online, "problem": told.get("problem") or False}
            if online:
                values |= {name: facts.get(name, False) for name in FACTS}
                values["has_battery"] = "battery" in facts
            changed = {name: v for name, v in values.items() if device[name] != v}
            if device.online and not online:
                changed["gone_at"] = now
            if changed:
                device.write(changed)

    def _changed_parts(self):
        # For such a one card numbers come with all credentials, or go.
        return {} if any(self.mapped("stand_alone")) else {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "gateway_id",
            "name",
            "driver_id",
            "address",
            "settings",
            "secret_value",
            "stand_alone",
        }
