from odoo import api, fields, models


class AccessLocker(models.Model):
    """What attendants see of a locker on the plan, and what they do there."""

    _inherit = "access.locker"

    state = fields.Selection(
        [
            ("free", "Free"),
            ("taken", "Taken"),
            ("out_of_order", "Out of order"),
            ("offline", "Offline"),
        ],
        compute="_compute_holder",
        compute_sudo=True,
        help="Offline: its gateway is not heard, so nobody knows what befell it since.",
    )
    holder_id = fields.Many2one(
        "access.credential",
        string="Holder",
        compute="_compute_holder",
        compute_sudo=True,
    )
    taken_since = fields.Datetime(
        string="Since", compute="_compute_holder", compute_sudo=True
    )

    @api.depends("out_of_order", "bank_id", "number")
    def _compute_holder(self):
        """Tell who has it; it is read anew each time, as the log goes on."""
        holders = {}
        for bank in self.bank_id:
            holders |= bank._holders()
        known = self.env["access.credential"].browse(
            {credential for credential, _person, _since in holders.values()} - {None}
        )
        known = set(known.exists().ids)
        for locker in self:
            credential, _person, since = holders.get(locker.id, (False, False, False))
            locker.holder_id = credential if credential in known else False
            locker.taken_since = since
            locker.state = locker._state(bool(since))

    def _state(self, is_taken):
        if self.gateway_id.state != "online":
            return "offline"
        if is_taken:
            return "taken"
        return "out_of_order" if self.out_of_order else "free"

    def write(self, vals):
        result = super().write(vals)
        if "out_of_order" in vals:
            # Whoever looks at the plan sees it at once.
            self.env.ref("access_base.group_user").sudo()._bus_send("access_event", {})
        return result

    def action_out_of_order(self):
        """Give these lockers to nobody until somebody has repaired them."""
        self.bank_id.point_id._check_operator()
        self.sudo().out_of_order = True

    def action_in_order(self):
        """Give these lockers again."""
        self.bank_id.point_id._check_operator()
        self.sudo().out_of_order = False
