from secrets import token_urlsafe

from odoo import api, fields, models


class AccessPoolTerminal(models.Model):
    """A screen with a reader, where guests see what is on their band.

    Whoever has its address may ask; it tells of a band no more than the guest's page.
    """

    _name = "access.pool.terminal"
    _description = "Info Terminal"
    _order = "venue_id, name"
    _check_company_auto = True

    name = fields.Char(required=True, help="Where it hangs.")
    active = fields.Boolean(default=True)
    venue_id = fields.Many2one(
        "access.venue", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="venue_id.company_id", store=True, index=True)
    token = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        default=lambda self: token_urlsafe(24),
    )
    url = fields.Char(
        string="Address",
        compute="_compute_url",
        compute_sudo=True,
        groups="access_base.group_manager",
        help="Open it full screen on the terminal. Its reader types like a keyboard.",
    )

    _token_unique = models.Constraint("UNIQUE (token)", "Take another address.")

    @api.depends("token")
    def _compute_url(self):
        for terminal in self:
            path = f"/pool/terminal/{terminal.token}"
            terminal.url = terminal.get_base_url() + path

    @api.model
    def _by_token(self, token):
        known = [("token", "=", token)]
        return self.sudo().search(known, limit=1) if token else self.sudo()

    def _read(self, value):
        """Give the stay of the band that was held to the reader."""
        bands = self.env["access.wristband"].sudo()
        return bands._read(self.company_id, value).stay_id

    def action_renew(self):
        """Take a new address: the old one shows nothing any more."""
        self.check_access("write")
        for terminal in self.sudo():
            terminal.token = token_urlsafe(24)

    def action_open(self):
        self.ensure_one()
        self.check_access("write")
        return {"type": "ir.actions.act_url", "url": self.sudo().url, "target": "new"}
