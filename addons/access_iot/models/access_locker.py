from odoo import api, fields, models
from odoo.exceptions import UserError


class AccessLocker(models.Model):
    """A locker: where it stands, and what its bolt and its contacts hang on."""

    _name = "access.locker"
    _inherit = "access.policy.part"
    _description = "Locker"
    _order = "bank_id, row, position, id"
    _rec_name = "number"

    bank_id = fields.Many2one(
        "access.locker.bank", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bank_id.company_id", store=True, index=True)
    gateway_id = fields.Many2one(related="bank_id.gateway_id")
    number = fields.Char(required=True, help="As it stands on the door.")
    row = fields.Integer(default=1, required=True)
    position = fields.Integer(default=1, required=True)
    device_id = fields.Many2one(
        "access.device",
        string="Board",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('driver_id.is_outputs', '=', True)]",
    )
    output = fields.Integer(help="The board's first output is number 0.")
    has_input = fields.Boolean(string="Tells that it is Shut", default=True)
    input = fields.Integer(
        string="Input: Shut", help="Of locker boards it is the number of the output."
    )
    has_inside = fields.Boolean(string="Sees What is Inside")
    inside = fields.Integer(string="Input: Something is Inside")
    out_of_order = fields.Boolean(help="It is given to nobody.")

    _number_unique = models.Constraint(
        "UNIQUE (bank_id, number)", "This number is there already."
    )
    _place_unique = models.Constraint(
        "UNIQUE (bank_id, row, position)", "There stands another locker already."
    )
    _bolt_unique = models.UniqueIndex(
        "(device_id, COALESCE(output, 0)) WHERE device_id IS NOT NULL",
        "Another locker hangs on this output: two persons would share them.",
    )
    _number_plain = models.Constraint(
        "CHECK (number NOT LIKE '%,%')",
        "No comma, please: the log has the number before one.",
    )
    _place_range = models.Constraint(
        "CHECK (row >= 1 AND position >= 1)", "Rows and positions are counted from 1."
    )
    _wires_range = models.Constraint(
        "CHECK (output >= 0 AND input >= 0 AND inside >= 0)",
        "Outputs and inputs are counted from 0.",
    )

    @api.depends("number", "bank_id.point_id.name")
    def _compute_display_name(self):
        for locker in self:
            locker.display_name = f"{locker.bank_id.point_id.name} {locker.number}"

    @api.constrains("device_id", "bank_id")
    def _check_device(self):
        self.bank_id.point_id._check_devices()

    def write(self, vals):
        if "number" in vals or "bank_id" in vals:
            self.filtered(lambda locker: not locker._stays(vals))._check_is_free()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_free(self):
        self._check_is_free()

    def _stays(self, vals):
        """Tell whether it is the same in the log, where its number stands."""
        stays = vals.get("number", self.number) == self.number
        return stays and vals.get("bank_id", self.bank_id.id) == self.bank_id.id

    def _check_is_free(self):
        """Whoever has a locker would lose it: another one would seem to be free."""
        for locker in self:
            if str(locker.id) in locker.bank_id.sudo()._given():
                raise UserError(
                    self.env._(
                        "Somebody has locker %(number)s: free it first.",
                        number=locker.number,
                    )
                )

    # -- orders of staff -----------------------------------------------------------

    def action_open(self):
        """Ask why a locker is opened for somebody, then open it."""
        return self._ask("open_locker", self.env._("Open %s", self.number))

    def action_free(self):
        """Ask why a locker is taken from its holder, then do."""
        return self._ask("free_locker", self.env._("Free %s", self.number))

    def action_hand_over(self):
        """Ask to whom a locker is given: a free one, or that of a lost band."""
        return self._ask("hand_over_locker", self.env._("Give %s", self.number))

    def _ask(self, kind, title):
        self.ensure_one()
        self.bank_id.point_id._check_operator()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "access.locker.order",
            "view_mode": "form",
            "target": "new",
            "context": {"default_locker_id": self.id, "default_kind": kind},
        }

    def _order_locker(self, kind, note, credential):
        """Have the gateway open, free or give it, in the name of who asks."""
        self.ensure_one()
        self.bank_id.point_id._check_operator()
        if self.gateway_id.state != "online":
            raise UserError(
                self.env._(
                    "The gateway of locker %(number)s is offline: use the key.",
                    number=self.number,
                )
            )
        return (
            self.env["access.command"]
            .sudo()
            .create(
                {
                    "kind": kind,
                    "gateway_id": self.gateway_id.id,
                    "point_id": self.bank_id.point_id.id,
                    "locker_id": self.id,
                    "credential_id": credential.id,
                    "note": note,
                    "user_id": self.env.uid,
                }
            )
        )

    # -- what the gateway is told ---------------------------------------------------

    def _document(self):
        """Give the locker as the gateway gets it."""
        self.ensure_one()
        return {
            "bank": self.bank_id.point_id.id,
            "number": self.number,
            "row": self.row,
            "position": self.position,
            "device": str(self.device_id.id) if self.device_id else None,
            "output": self.output,
            "input": self.input if self.has_input else None,
            "inside": self.inside if self.has_inside else None,
            "out_of_order": self.out_of_order,
        }

    def _changed_parts(self):
        return {"venues": True}

    def _policy_fields(self):
        return super()._policy_fields() | {
            "bank_id",
            "number",
            "row",
            "position",
            "device_id",
            "output",
            "has_input",
            "input",
            "has_inside",
            "inside",
            "out_of_order",
        }
