from odoo import api, fields, models
from odoo.fields import Domain


class AccessDevice(models.Model):
    _name = "access.device"
    _inherit = "access.policy.part"
    _description = "Device"
    _order = "gateway_id, sequence, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    gateway_id = fields.Many2one(
        "access.gateway", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    driver = fields.Selection(
        [
            ("serial_reader", "Serial card or barcode reader"),
            ("modbus_relay", "Modbus relay board"),
        ],
        required=True,
        default="serial_reader",
    )
    address = fields.Char(
        required=True,
        help="The serial port's name at the gateway, such as "
        "serial/by-id/usb-FTDI_ABC, or tcp://host:port for Modbus over TCP.",
    )
    baudrate = fields.Integer(default=9600)
    # serial reader
    credential_kind = fields.Selection(
        [
            ("card", "Cards and wristbands"),
            ("barcode", "Barcodes and QR codes"),
            ("pin", "PINs (a keypad)"),
        ],
        string="Reads",
        default="card",
    )
    framing = fields.Selection(
        [("crlf", "Line end (CR, LF)"), ("stx_etx", "STX … ETX")],
        default="crlf",
        help="How the reader marks where a number ends.",
    )
    # relay board
    unit = fields.Integer(string="Unit Number", default=1)

    online = fields.Boolean(readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [("online", "Online"), ("trouble", "Trouble"), ("offline", "Offline")],
        compute="_compute_state",
    )

    _unit_range = models.Constraint(
        "CHECK (unit BETWEEN 1 AND 247)", "A Modbus unit number is 1 to 247."
    )

    @api.depends("online", "problem", "gateway_id.state")
    def _compute_state(self):
        for device in self:
            if not device.online or device.gateway_id.state != "online":
                device.state = "offline"
            else:
                device.state = "trouble" if device.problem else "online"

    @api.constrains("gateway_id", "active", "driver")
    def _check_points(self):
        points = self.env["access.point"].with_context(active_test=False)
        points = points.search(
            Domain.OR(
                Domain(name, "in", self.ids)
                for name in ("reader_id", "lock_id", "keypad_id")
            )
        )
        points._check_devices()
        points._check_interlock_gateway()

    def _document(self):
        """Give the device as the gateway gets it in its policy."""
        self.ensure_one()
        settings = {"baudrate": self.baudrate}
        if self.driver == "serial_reader":
            settings |= {"kind": self.credential_kind, "framing": self.framing}
        else:
            settings |= {"unit": self.unit}
        return {"driver": self.driver, "address": self.address, "settings": settings}

    def _report(self, status):
        """Take over what the gateway tells of its devices, by their number."""
        for device in self:
            told = status.get(str(device.id), {})
            values = {
                "online": bool(told.get("online")),
                "problem": told.get("problem") or False,
            }
            if any(device[name] != value for name, value in values.items()):
                device.write(values)

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "active",
            "gateway_id",
            "driver",
            "address",
            "credential_kind",
            "framing",
            "baudrate",
            "unit",
        }
