from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.access_base.access_policy import Reason

GIVEN, FREED = Reason.LOCKER_ASSIGNED.value, Reason.LOCKER_FREED.value

# Follows a locker's number in the note of an event.
NOTE_COMMA = ", "


class AccessLockerBank(models.Model):
    """Lockers that belong together, with a terminal on each row.

    The gateway alone gives them to bands: here it is set up what there is.
    """

    _name = "access.locker.bank"
    _inherit = "access.policy.part"
    _description = "Locker Bank"
    _order = "point_id"
    _rec_name = "point_id"

    point_id = fields.Many2one(
        "access.point",
        string="Access Point",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'locker_bank')]",
        help="Who may pass there may have a locker of this bank.",
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True, index=True)
    gateway_id = fields.Many2one(related="point_id.gateway_id")
    terminal_ids = fields.One2many(
        "access.locker.terminal", "bank_id", string="Terminals"
    )
    locker_ids = fields.One2many("access.locker", "bank_id", string="Lockers")
    locker_count = fields.Integer(compute="_compute_locker_count")
    open_seconds = fields.Float(
        string="Opens for", default=5.0, help="How long a bolt stays released."
    )
    free_after_seconds = fields.Integer(
        string="Free after Standing Open",
        default=0,
        help="A locker that was shut and then stands open and empty for so many "
        "seconds is free again; 0 is never.",
    )

    _point_unique = models.Constraint(
        "UNIQUE (point_id)", "This access point has its lockers already."
    )
    _open_range = models.Constraint(
        "CHECK (open_seconds > 0 AND open_seconds <= 600)",
        "A bolt is released for more than 0 and at most 600 seconds.",
    )
    _free_range = models.Constraint(
        "CHECK (free_after_seconds BETWEEN 0 AND 86400)",
        "A locker is free after at most a day.",
    )

    @api.depends("locker_ids")
    def _compute_locker_count(self):
        for bank in self:
            bank.locker_count = len(bank.locker_ids)

    @api.constrains("point_id")
    def _check_point(self):
        for bank in self:
            if bank.point_id.kind != "locker_bank":
                raise ValidationError(
                    self.env._("%(point)s is no locker bank.", point=bank.point_id.name)
                )
        self.point_id._check_devices()

    def write(self, vals):
        if "point_id" in vals:
            moved = self.filtered(lambda bank: bank.point_id.id != vals["point_id"])
            moved.locker_ids._check_is_free()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_free(self):
        self.locker_ids._check_is_free()

    def action_open_plan(self):
        """Show the lockers as they stand, row by row."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "access_iot.access_locker_action"
        )
        return action | {
            "name": self.point_id.name,
            "domain": [("bank_id", "=", self.id)],
            "context": {"default_bank_id": self.id},
        }

    def _devices(self):
        return self.terminal_ids.device_id | self.locker_ids.device_id

    def _document(self):
        """Give the bank as the gateway gets it."""
        self.ensure_one()
        return {
            "terminals": {
                str(terminal.device_id.id): {
                    "row": terminal.row,
                    "position": terminal.position,
                }
                for terminal in self.terminal_ids
            },
            "open_ms": round(self.open_seconds * 1000),
            "free_after_s": self.free_after_seconds,
        }

    def _given(self):
        """Give by locker the credential and the person that have it by the log.

        Credential 0 is nobody's: it is not known here (any more).
        """
        return {
            str(locker): [credential or 0, person]
            for locker, (credential, person, _since) in self._holders().items()
        }

    def _holders(self):
        """Give by locker the credential and the person that have it, and since when.

        The gateway alone gives lockers, and tells what it did by the locker's number.
        What the last event of a locker tells, holds; those of one journal are in order.
        """
        self.ensure_one()
        self.env["access.event"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT number, credential_id, person_id, date FROM ("
                "SELECT DISTINCT ON (number) * FROM ("
                "SELECT split_part(note, %(comma)s, 1) AS number,"
                " id, reason, credential_id, person_id, date FROM access_event"
                " WHERE point_id = %(point)s AND reason IN %(reasons)s) AS told"
                " ORDER BY number, id DESC) AS last"
                " WHERE reason = %(given)s",
                comma=NOTE_COMMA,
                point=self.point_id.id,
                reasons=(GIVEN, FREED),
                given=GIVEN,
            )
        )
        lockers = {locker.number: locker.id for locker in self.locker_ids}
        return {
            lockers[number]: (credential, person, since)
            for number, credential, person, since in rows
            if number in lockers
        }

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "point_id",
            "open_seconds",
            "free_after_seconds",
        }


class AccessLockerTerminal(models.Model):
    """A reader of a bank: which row it stands on, and where along it."""

    _name = "access.locker.terminal"
    _inherit = "access.policy.part"
    _description = "Locker Terminal"
    _order = "bank_id, row, position, id"
    _rec_name = "device_id"

    bank_id = fields.Many2one(
        "access.locker.bank", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bank_id.company_id", store=True, index=True)
    device_id = fields.Many2one(
        "access.device",
        string="Reader",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('driver_id.is_reader', '=', True)]",
    )
    row = fields.Integer(default=1, required=True)
    position = fields.Integer(
        default=1, required=True, help="The nearest free locker of the row is given."
    )

    _device_unique = models.Constraint(
        "UNIQUE (device_id)", "This reader is a terminal already."
    )
    _place_range = models.Constraint(
        "CHECK (row >= 1 AND position >= 1)", "Rows and positions are counted from 1."
    )

    @api.constrains("device_id", "bank_id")
    def _check_device(self):
        self.bank_id.point_id._check_devices()
        taken = self.env["access.point"].search(
            [
                "|",
                ("reader_id", "in", self.device_id.ids),
                ("keypad_id", "in", self.device_id.ids),
            ],
            limit=1,
        )
        if taken:
            raise ValidationError(
                self.env._("This reader is at %(point)s already.", point=taken.name)
            )

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {"bank_id", "device_id", "row", "position"}
