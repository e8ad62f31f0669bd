from odoo import api, fields, models


# pylint: disable=consider-merging-classes-inherited
class AccessGateway(models.Model):
    """Which rules are in force at a gateway, as it tells itself (requirement F4)."""

    _inherit = "access.gateway"

    policy_version_there = fields.Integer(
        string="Rules at the Gateway",
        readonly=True,
        copy=False,
        help="The version that it says is in force there.",
    )
    policy_there_since = fields.Datetime(
        string="In Force Since",
        readonly=True,
        copy=False,
        help="Since when these rules decide there, by the gateway's clock.",
    )
    policy_read_back_at = fields.Datetime(
        string="Read Back", readonly=True, copy=False, help="When it first said so."
    )
    policy_refusal = fields.Char(
        string="Rules Refused",
        readonly=True,
        copy=False,
        help="Why newer rules that it was given are not in force there.",
    )
    rules_state = fields.Selection(
        [
            ("none", "No rules yet"),
            ("in_force", "In force"),
            ("on_its_way", "On its way"),
            ("refused", "Refused"),
            ("cut_off", "Cut off"),
        ],
        string="State of the Rules",
        compute="_compute_rules_state",
    )
    rules_words = fields.Char(string="Rules", compute="_compute_rules_state")
    rules_since = fields.Datetime(
        string="State of the Rules Since", compute="_compute_rules_state"
    )

    @api.depends(
        "policy_version",
        "policy_version_there",
        "policy_there_since",
        "policy_refusal",
        "is_paired",
        "cut_off_at",
    )
    @api.depends_context("lang")
    def _compute_rules_state(self):
        for gateway in self:
            state, words, since = gateway.sudo()._rules_now()
            gateway.rules_state, gateway.rules_words = state, words
            # No part of the words: the browser tells it by the clock of all others.
            gateway.rules_since = since

    def _rules_now(self):
        """Give the state of the rules there, the same in words, and since when."""
        if self.cut_off_at and not self.is_paired:
            # Which rules are there now, nobody knows.
            return "cut_off", self.env._("Cut off"), self.cut_off_at
        if self.policy_refusal:
            words = self.env._("Refused: %(why)s", why=self.policy_refusal)
            return "refused", words, False
        if not (self.is_paired and self.policy_version_there):
            return "none", self.env._("No rules there yet"), False
        if since := self._on_its_way_since():
            return "on_its_way", self.env._("On its way"), since
        since = self.policy_there_since or self.policy_read_back_at
        return "in_force", self.env._("In force"), since

    def _on_its_way_since(self):
        """Give when the rules changed that are not in force there yet, if they did."""
        if self.policy_version_there != self.policy_version:
            return self.policy_sent_at or self.last_seen or fields.Datetime.now()
        snapshot = self._snapshot_of(self.policy_version)
        if not snapshot:
            # Older than a day: the next poll gives the whole anew.
            return self.last_seen if self.state == "offline" else None
        return self.env["access.policy.change"]._first_since(snapshot)

    def _rules_report(self, version, told):
        """Give what changes by what the gateway tells of its rules."""
        version = told.get("version", version)
        values = {
            "policy_version_there": version,
            "policy_refusal": told.get("refused") or False,
        }
        if version != self.policy_version_there:
            now = fields.Datetime.now()
            since = told.get("since")
            values["policy_there_since"] = min(since, now) if since else now
            values["policy_read_back_at"] = now
        return values
